"""An agency's system that takes webhooks: verifies each with the public Standard Webhooks library, and keeps it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class WebhookReceiver:
    """Serves on 127.0.0.1 at a free port; `url` is what to register. Unsigned deliveries are refused with 401."""

    def __init__(self, log_path: Path) -> None:
        self.events: list[dict[str, Any]] = []
        self.refused_count = 0
        self._log_path = log_path
        self._lock = threading.Lock()
        self._webhook: Webhook | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/webhooks"

    def trust(self, secret: str) -> None:
        """Verify with the secret that registration showed."""
        self._webhook = Webhook(secret)

    def accept(self, body: bytes, headers: dict[str, str]) -> int:
        """200 for a delivery whose signature is right, else 401. A repeated delivery is kept once."""
        try:
            if self._webhook is None:
                raise WebhookVerificationError("no secret yet")
            self._webhook.verify(body, headers)
        except WebhookVerificationError:
            self.refused_count += 1
            return 401
        event = json.loads(body)
        with self._lock:
            if all(known["id"] != headers["webhook-id"] for known in self.events):
                self.events.append({"id": headers["webhook-id"], "body": event})
                with self._log_path.open("a", encoding="utf-8") as log:
                    log.write(json.dumps({"id": headers["webhook-id"], **event}, ensure_ascii=False) + "\n")
        return 200

    def event_of(self, reference: str) -> dict[str, Any] | None:
        """The first event about an invoice, or None so far."""
        with self._lock:
            return next((event for event in self.events if reference in json.dumps(event["body"])), None)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name that http.server looks for
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(receiver.accept(body, headers))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # the signature that http.server has
                return

        return Handler
