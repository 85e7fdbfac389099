"""What the contract tests need of the outside world: the sandbox over HTTP, a merchant who answers its callbacks."""

import json
import secrets
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic as time_passed
from time import sleep
from typing import Any

from mizan.adapters.gateways.registry import GATEWAYS
from mizan.application.ports import InitiationRequest, InitiationStarted
from mizan.domain.accounts import AccountSecrets, MerchantAccount
from mizan.domain.callbacks import RawCallback

PAY_PAGE = "https://127.0.0.1/pay/back"
APPROVED_CARD = "4600410112345678"
POOR_CARD = "4415550187654321"


@dataclass
class Merchant:
    """Listens for callbacks on loopback; `answer` is the next reply (status, body), by default the acknowledgement."""

    url: str
    received: list[tuple[str, bytes]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: tuple[int, bytes] = (200, GATEWAYS.manners("benefit").acknowledge(PAY_PAGE))
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, timeout_seconds: float = 10) -> list[tuple[str, bytes]]:
        """The deliveries, once there are at least `count`."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.received) >= count, timeout_seconds), self.received
            return list(self.received)


@contextmanager
def merchant() -> Iterator[Merchant]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # http.server's naming
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with listening.arrived:
                listening.received.append((self.path, body))
                listening.headers.append({name.lower(): value for name, value in self.headers.items()})
                listening.arrived.notify_all()
            status, reply = listening.answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_args: Any) -> None:
            """The test's output stays clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        listening = Merchant(f"http://127.0.0.1:{server.server_port}/callbacks/benefit/token")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield listening
        server.shutdown()
        thread.join()


class Sandbox:
    """The sandbox's control API."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The JSON answer (or text, where it is none), whatever the status."""
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, content, headers, method=method)  # noqa: S310  # loopback
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310  # loopback
                text = response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode()
        try:
            return json.loads(text)
        except ValueError:
            return text

    def open_account(self, *, retired: tuple[str, ...] = (), **options: object) -> MerchantAccount:
        """A fresh terminal, known on both sides."""
        terminal_id, password, key = secrets.token_hex(4), secrets.token_hex(8), secrets.token_hex(16)
        body = {"terminal_id": terminal_id, "password": password, "resource_key": key} | options
        assert self.call("POST", "/sandbox/merchants", body)["terminal_id"] == terminal_id
        return MerchantAccount(
            account_id=f"acc_{terminal_id}",
            token=secrets.token_urlsafe(24),
            gateway="benefit",
            agency="MOT",
            terminal_id=terminal_id,
            method="debit_card",
            base_url=self.url,
            cutoff=time(0, 0),
            is_active=True,
            secrets=AccountSecrets(password=password, resource_key=key, retired_keys=retired),
            effective_from=datetime(2026, 1, 1, tzinfo=UTC),
        )

    def script(self, account: MerchantAccount, outcome: str, **details: object) -> None:
        body = {"terminal_id": account.terminal_id, "outcome": outcome} | details
        assert "scenarios" in self.call("POST", "/sandbox/scenarios", body)

    def pay(self, started: InitiationStarted, card: str = APPROVED_CARD) -> Any:
        return self.call("POST", f"/sandbox/payments/{started.gateway_payment}/card", {"card": card})

    def wait_until(self, is_so: Callable[[], bool], timeout_seconds: float = 10) -> None:
        """Look again and again until the outside world has got there."""
        deadline = time_passed() + timeout_seconds
        while not is_so():
            assert time_passed() < deadline, "the sandbox never got there"
            sleep(0.05)

    def transactions(self, account: MerchantAccount) -> list[Any]:
        found = self.call("GET", f"/sandbox/transactions?terminal_id={account.terminal_id}")["transactions"]
        assert isinstance(found, list)
        return found


def purchase(listening: Merchant, amount: int = 10_500) -> InitiationRequest:
    """A purchase under a track id that was never used."""
    track_id = "".join(secrets.choice("0123456789") for _ in range(24))
    return InitiationRequest(track_id, amount, "BHD", listening.url, f"{listening.url}/error")


def as_callback(delivered: tuple[str, bytes], account: MerchantAccount) -> RawCallback:
    """The delivery as the platform would have kept it."""
    path, body = delivered
    return RawCallback(
        gateway="benefit",
        account_token=account.token,
        channel="error" if path.endswith("/error") else "notification",
        body=body,
        content_type="application/x-www-form-urlencoded",
        received_at=datetime.now(UTC),
        correlation_id="test",
    )
