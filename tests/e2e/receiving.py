"""An agency's receiver, and what the platform says of the deliveries to it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.e2e.conftest import World
from tests.e2e.test_bad_luck import Case


@dataclass
class Receiver:
    """Answers with `answers` in turn, then 200; keeps every delivery. `concern`: what deliveries have to speak of (an
    invoice's reference, say); what is not about it, late news of other tests, is taken with 200 and not kept.
    """

    answers: list[int] = field(default_factory=list)
    url: str = ""
    concern: str = ""
    deliveries: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def events(self) -> list[dict[str, Any]]:
        """What came, parsed, each delivery in the order of its coming."""
        return [json.loads(body) for _, body in self.deliveries]

    def status_for(self, headers: dict[str, str], body: bytes) -> int:
        if self.concern.encode() not in body:
            return 200
        self.deliveries.append((headers, body))
        return self.answers.pop(0) if self.answers else 200

    @contextmanager
    def serving(self) -> Iterator["Receiver"]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name that http.server looks for
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(receiver.status_for(headers, body))
                self.send_header("location", receiver.url)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # the signature that http.server has
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}/hooks"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def deliveries_of(world: World, endpoint_id: str) -> dict[str, tuple[str, int]]:
    """The endpoint's log: event → state and attempts."""
    items = world.api().get(f"/v1/webhook-endpoints/{endpoint_id}/deliveries")["items"]
    return {item["event_id"]: (item["state"], item["attempts"]) for item in items}


def succeeded_event(case: Case) -> str:
    """The attempt's third entry: created, started, captured."""
    return f"evt_{case.attempt['payment_id']}_3_moic"
