"""A sandbox in a temporary directory, with a clock that stands still and merchants who answer as told."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from infra.sandbox_gateway.chalicelib import crypto
from infra.sandbox_gateway.chalicelib.bank_routes import signature
from infra.sandbox_gateway.chalicelib.http import Inbound, Reply
from infra.sandbox_gateway.chalicelib.payouts import put_client
from infra.sandbox_gateway.chalicelib.records import BankClient, Merchant
from infra.sandbox_gateway.chalicelib.routes import ROUTES, answer
from infra.sandbox_gateway.chalicelib.store import Store
from infra.sandbox_gateway.chalicelib.world import CallbackReply, Settings, World

KEY = "TESTRESOURCEKEYTESTRESOURCEKEY12"
TERMINAL, PASSWORD = "10000001", "password-1"
CLIENT, API_KEY, SIGNING_SECRET = "treasury", "api-key-of-the-treasury", "signing-secret-of-the-treasury"
BACK = "http://127.0.0.1:8080/pay/1"
NOON = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
"""Wednesday 25 November 2026, noon in Bahrain."""


@dataclass
class Scene:
    """A world, and the levers of its surroundings."""

    directory: Path
    now: datetime = NOON
    reply: CallbackReply = field(default_factory=lambda: CallbackReply(200, f"REDIRECT={BACK}"))
    posted: list[tuple[str, bytes]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    posted_headers: list[dict[str, str]] = field(default_factory=list)
    loopback_only: bool = True

    def __post_init__(self) -> None:
        settings = Settings(self.directory, "http://127.0.0.1:8090", loopback_only=self.loopback_only)
        self.world = World(settings, Store(self.directory), self._post, lambda: self.now, self.slept.append)
        with self.world.store.write() as session:
            session.put_merchant(Merchant(TERMINAL, PASSWORD, KEY, name="Traffic <Directorate>"))
            put_client(session, BankClient(CLIENT, API_KEY, SIGNING_SECRET))

    def _post(self, url: str, body: bytes, _timeout_seconds: float, headers: Mapping[str, str]) -> CallbackReply:
        self.posted.append((url, body))
        self.posted_headers.append(dict(headers))
        return self.reply

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Reply:
        """Answer a request as the server would, routed by the table of routes."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        handler, values = _route(method, path)
        return answer(self.world, handler, Inbound(values, query, raw))

    def initiate(self, **changes: str) -> dict[str, str]:
        """The first answer to a purchase of 10.500."""
        fields = purchase_fields() | changes
        body = [{"id": TERMINAL, "trandata": crypto.encrypt(KEY, json.dumps([fields]))}]
        [first] = json.loads(self.call("POST", "/payment/API/hosted.htm", body).body)
        assert isinstance(first, dict)
        return first

    def open_payment(self, **changes: str) -> str:
        """A new payment's id."""
        return self.initiate(**changes)["result"].partition("=")[2]

    def pay(self, payment_id: str, card: str = "4600410112345678") -> dict[str, Any]:
        answered = json.loads(self.call("POST", f"/sandbox/payments/{payment_id}/card", {"card": card}).body)
        assert isinstance(answered, dict)
        return answered

    def script(self, outcome: str, **details: Any) -> None:
        body = {"terminal_id": TERMINAL, "outcome": outcome} | details
        assert self.call("POST", "/sandbox/scenarios", body).status == 201

    def inquire(self, track_id: str, **changes: str) -> dict[str, Any]:
        """The inquiry's answer, its trandata opened."""
        fields = (
            purchase_fields() | {"action": "8", "trackId": track_id, "udf5": "TrackID", "transId": track_id} | changes
        )
        return self._tranportal(fields)

    def refund(self, paid: dict[str, Any], track_id: str, amt: str = "10.500", **changes: str) -> dict[str, Any]:
        """The refund's answer, its trandata opened; `paid` is the payment as `pay` answered it."""
        fields = {
            "amt": amt,
            "action": "2",
            "password": PASSWORD,
            "id": TERMINAL,
            "currencycode": "048",
            "trackId": track_id,
            "udf5": "TRANID",
            "transId": paid["tran_id"],
        } | changes
        return self._tranportal(fields)

    def settlement(self, day: str = "2026-11-25") -> list[list[str]]:
        """The fields of each DETAIL line and of the trailer, of one business date."""
        text = self.call("GET", f"/sandbox/settlements/{TERMINAL}/{day}.csv").body
        return [line.split(",") for line in text.split("\r\n")[1:-1]]

    def bank(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """A signed request to the payout bank; `headers` replace what would be sent, by name with underscores."""
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        stamp = str(int(self.now.timestamp()))
        sent = {
            "X-Client-Id": CLIENT,
            "X-Api-Key": API_KEY,
            "X-Timestamp": stamp,
            "X-Signature": signature(SIGNING_SECRET, method, path, stamp, raw),
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        handler, values = _route(method, path)
        return answer(self.world, handler, Inbound(values, {}, raw, method, path, sent))

    def _tranportal(self, fields: dict[str, str]) -> dict[str, Any]:
        body = [{"id": TERMINAL, "trandata": crypto.encrypt(KEY, json.dumps([fields]))}]
        reply = self.call("POST", "/payment/API/tranportal.htm", body)
        if reply.status != 200:
            return {"http": reply.status}
        [outer] = json.loads(reply.body)
        [inner] = json.loads(crypto.decrypt(KEY, outer["trandata"])) if "trandata" in outer else [{}]
        return dict(outer | inner)


def purchase_fields() -> dict[str, str]:
    return {
        "amt": "10.500",
        "action": "1",
        "cardType": "D",
        "password": PASSWORD,
        "id": TERMINAL,
        "currencycode": "048",
        "trackId": "123456789012345678654321",
        "udf1": "",
        "udf2": "",
        "udf3": "",
        "udf4": "",
        "udf5": "",
        "responseURL": "http://127.0.0.1:8080/callbacks/benefit/token?lost=1",
        "errorURL": "http://127.0.0.1:8080/callbacks/benefit/token/error",
    }


def _route(method: str, path: str) -> tuple[Callable[..., Reply], dict[str, str]]:
    parts = path.split("/")
    for route in ROUTES:
        wanted = route.path.split("/")
        fits = len(wanted) == len(parts) and all(
            name.startswith("{") or name == part for name, part in zip(wanted, parts, strict=True)
        )
        if fits and route.method == method:
            pairs = zip(wanted, parts, strict=True)
            return route.handler, {name[1:-1]: part for name, part in pairs if name.startswith("{")}
    raise AssertionError(f"no route {method} {path}")
