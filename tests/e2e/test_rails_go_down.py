"""A terminal that is away: payments take the other one, and it is taken back by itself. A timeout stays where it is."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from infra.local.seed import terminal_account
from infra.setup import add_account
from mizan.domain.references import track_id
from tests.e2e.conftest import World

PREFERRED, RESERVE = "benefit-traffic", "benefit-traffic-reserve"
WAIT_SECONDS = 90


class Gate:
    """A port before the sandbox. Shut, nobody listens: whoever connects is refused, and nothing was sent."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._server: socket.socket | None = None
        self._carried: list[socket.socket] = []
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = int(server.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        self._server = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, args=(self._server,), daemon=True).start()

    def shut(self) -> None:
        """Also on who is inside."""
        listening = [self._server] if self._server is not None else []
        for one in [*listening, *self._carried]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._server = None

    def _serve(self, server: socket.socket) -> None:
        with server, suppress(OSError):
            while True:
                near, _ = server.accept()
                self._carried.append(near)
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._target) as far:
            back = threading.Thread(target=_copy, args=(far, near), daemon=True)
            back.start()
            _copy(near, far)
            back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


class Traffic:
    """The agency with two terminals, the preferred one behind a gate."""

    def __init__(self, world: World) -> None:
        self.world, self.api, self.gate = world, world.api("agency_traffic"), Gate(world.sandbox.url)
        self.number = 0

    def move_preferred(self, base_url: str) -> None:
        merchant = terminal_account(self.world.notes.accounts["traffic"], self.world.sandbox.url)
        platform = self.world.platform
        add_account(
            platform.client("dynamodb"),
            platform.client("kms"),
            platform.outputs["TableName"],
            replace(merchant, base_url=base_url),
        )

    def start(self) -> dict[str, Any]:
        self.number += 1
        body = {
            "service": "traffic-fine",
            "due_date": "2027-01-31",
            "customer": {"name": "Maryam Sample"},
            "lines": [{"description": "Fine", "description_ar": "مخالفة", "amount": 20_000}],
        }
        invoice = self.api.post("/v1/invoices", body, idempotency_key=f"rail-{self.number}", expect=201)
        path = f"/v1/invoices/{invoice['reference']}/payments"
        attempt: dict[str, Any] = self.api.post(
            path, {"method": "debit_card"}, idempotency_key=f"rail-{self.number}", expect=201
        )
        return attempt

    def terminal_of(self, attempt: dict[str, Any]) -> str:
        """At which terminal the sandbox has it; "" where it knows nothing of it."""
        found = httpx.get(
            f"{self.world.sandbox.url}/sandbox/transactions",
            params={"track_id": track_id(attempt["payment_id"])},
            timeout=30,
            trust_env=False,
        ).json()["transactions"]
        return ",".join(one["terminal_id"] for one in found)

    def rail(self, account_id: str = PREFERRED) -> dict[str, Any]:
        rails = self.world.api("finance").get("/v1/health/rails")["items"]
        found: dict[str, Any] = next(rail for rail in rails if rail["account_id"] == account_id)
        return found


@pytest.fixture
def traffic(world: World) -> Iterator[Traffic]:
    agency = Traffic(world)
    agency.move_preferred(agency.gate.url)
    yield agency
    agency.move_preferred(world.sandbox.url)  # the gate stays open: processes know an account for a minute


@pytest.mark.engine
def test_payments_take_the_other_terminal_and_the_first_is_taken_back_by_itself(world: World, traffic: Traffic) -> None:
    """Away: each payment fails over until the rail is down, then it is skipped. Back: three probes bring it up again.

    Then it hangs: the attempt is unknown, stays at its terminal, and the reserve never hears of it.
    """
    reserve, preferred = world.notes.reserves["traffic"].terminal_id, world.notes.accounts["traffic"].terminal_id

    deadline = time.monotonic() + WAIT_SECONDS
    while traffic.terminal_of(traffic.start()) != reserve and time.monotonic() < deadline:
        time.sleep(1)  # processes know an account for a minute, also where it was
    while traffic.rail()["state"] == "up" and time.monotonic() < deadline:
        attempt = traffic.start()
        assert attempt["state"] == "pending"
        assert traffic.terminal_of(attempt) == reserve

    down = traffic.rail()
    assert down["state"] == "down"
    assert down["history"][0]["event"] == "trip"
    assert down["history"][0]["seen"]["unavailable"] >= 5
    assert traffic.rail(RESERVE)["state"] == "up"

    traffic.gate.open()
    deadline = time.monotonic() + WAIT_SECONDS
    while traffic.rail()["state"] != "up" and time.monotonic() < deadline:
        assert traffic.start()["state"] == "pending"
        time.sleep(1)  # the cool-down of the local platform is three seconds

    back = traffic.rail()
    assert (back["state"], back["history"][0]["event"]) == ("up", "recover")
    assert traffic.terminal_of(traffic.start()) == preferred

    body = {"terminal_id": preferred, "outcome": "timeout", "hang_seconds": 1}
    httpx.post(f"{world.sandbox.url}/sandbox/scenarios", json=body, timeout=30, trust_env=False).raise_for_status()
    attempt = traffic.start()
    assert attempt["state"] == "unknown"
    assert reserve not in traffic.terminal_of(attempt)
