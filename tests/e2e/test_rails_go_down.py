"""A terminal that is away: payments take the other one, and it is taken back by itself. A timeout stays where it is.

While both are away nothing can be paid: the agency serves all the same, and is paid later.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from infra.local.api import ApiError
from mizan.domain.calendar import business_date
from mizan.domain.references import track_id
from tests.e2e.conftest import World
from tests.e2e.test_bad_luck import wait_for

PREFERRED, RESERVE = "benefit-traffic", "benefit-traffic-reserve"
SERVICE = "vehicle-ownership-transfer"
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


@dataclass
class Traffic:
    """The agency with two terminals, each behind a gate, and a service that can be paid by card and wallet alone."""

    world: World
    number: int = 0
    gates: dict[str, Gate] = field(default_factory=dict)
    changed: list[dict[str, Any]] = field(default_factory=list)
    """Items of the table as they were."""

    def __post_init__(self) -> None:
        self.api, self.finance = self.world.api("agency_traffic"), self.world.api("finance")
        self.gates = {one: Gate(self.world.sandbox.url) for one in (PREFERRED, RESERVE)}
        self.dynamodb, self.table = self.world.platform.client("dynamodb"), self.world.platform.outputs["TableName"]
        self.reference = ""

    # -- what is set up, and put back ---------------------------------------------------------------------------------

    def take_over(self) -> None:
        service = self._item("SVC", SERVICE)
        channels = [one for one in service["channels"]["L"] if one["M"]["code"]["S"] in ("online", "wallet")]
        self._put({**service, "channels": {"L": channels}}, service)
        for pointer in self.world.table_items("AGY#traffic"):
            if pointer["sk"]["S"].startswith("ACC#"):
                head = self._item(f"ACC#{pointer['sk']['S'].rpartition('#')[2]}", "HEAD")
                gate = self.gates.get(head["account"]["S"])
                change = {"base_url": {"S": gate.url}} if gate else {"active": {"BOOL": False}}
                self._put({**head, **change}, head)

    def give_back(self) -> None:
        """The gates stay: processes know an account for a minute."""
        for item in self.changed:
            self.dynamodb.put_item(TableName=self.table, Item=item)

    def _item(self, pk: str, sk: str) -> dict[str, Any]:
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        item: dict[str, Any] = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)["Item"]
        return item

    def _put(self, item: dict[str, Any], before: dict[str, Any]) -> None:
        self.changed.append(before)
        self.dynamodb.put_item(TableName=self.table, Item=item)

    # -- what is done -------------------------------------------------------------------------------------------------

    def bill(self) -> None:
        """From now on attempts are for a new invoice."""
        self.number += 1
        body = {
            "service": SERVICE,
            "due_date": "2027-01-31",
            "customer": {"name": "Maryam Sample"},
            "lines": [{"description": "Transfer of a car", "description_ar": "نقل ملكية سيارة", "amount": 20_000}],
        }
        invoice = self.api.post("/v1/invoices", body, idempotency_key=f"rail-{self.number}", expect=201)
        self.reference = invoice["reference"]

    def start(self, expect: int = 201) -> dict[str, Any]:
        self.number += 1
        path, body = f"/v1/invoices/{self.reference}/payments", {"method": "debit_card"}
        answer: dict[str, Any] = self.api.post(path, body, idempotency_key=f"rail-{self.number}", expect=expect)
        return answer

    def serve(self, expect: int) -> dict[str, Any]:
        path, body = f"/v1/invoices/{self.reference}/stand-ins", {"reason": "Both terminals are away."}
        answer: dict[str, Any] = self.api.post(path, body, idempotency_key=f"serve-{expect}", expect=expect)
        return answer

    def served(self) -> dict[str, Any]:
        """This invoice in the programme's figures."""
        today = business_date(datetime.now(UTC)).isoformat()
        days: dict[str, Any] = {"from": today, "to": today}
        items = self.finance.get("/v1/stand-ins", **days, limit=500)["items"]
        found: dict[str, Any] = next(one for one in items if one["reference"] == self.reference)
        return found

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
        rails = self.finance.get("/v1/health/rails")["items"]
        found: dict[str, Any] = next(rail for rail in rails if rail["account_id"] == account_id)
        return found

    def start_until_refused(self) -> str:
        """Payments, none of which reaches a gateway, until one is not even begun: the problem's text."""
        deadline = time.monotonic() + WAIT_SECONDS
        try:
            while time.monotonic() < deadline:
                assert self.start()["state"] == "declined"
        except ApiError as refusal:
            return str(refusal)
        pytest.fail("waited in vain")


@pytest.fixture
def traffic(world: World) -> Iterator[Traffic]:
    agency = Traffic(world)
    agency.gates[RESERVE].open()
    agency.take_over()
    yield agency
    agency.give_back()


@pytest.mark.engine
def test_a_terminal_that_is_away_is_left_and_taken_back_and_while_both_are_the_agency_serves(
    world: World, traffic: Traffic
) -> None:
    """Away: each payment fails over until the rail is down, then it is skipped. Both away: 503, and the stand-in. Back:
    three probes bring each up again, and the invoice is paid. A terminal that hangs: the attempt is unknown, stays at
    its terminal, and the reserve never hears of it.
    """
    reserve, preferred = world.notes.reserves["traffic"].terminal_id, world.notes.accounts["traffic"].terminal_id
    traffic.bill()

    wait_for(lambda: traffic.terminal_of(traffic.start()) == reserve)  # processes know an account for a minute
    assert [traffic.start()["state"] for _ in range(9)] == ["pending"] * 9
    wait_for(lambda: traffic.start()["state"] == "pending" and traffic.rail()["state"] != "up")
    assert traffic.terminal_of(traffic.start()) == reserve
    trip = next(entry for entry in traffic.rail()["history"] if entry["event"] == "trip")
    assert trip["seen"]["unavailable"] >= 5
    assert traffic.rail(RESERVE)["state"] == "up"
    assert "debit_card" in traffic.serve(expect=409)["available"]

    traffic.gates[RESERVE].shut()
    assert "method-unavailable" in traffic.start_until_refused()
    assert traffic.rail(RESERVE)["state"] == "down"
    served = traffic.serve(expect=201)
    assert (served["amount"], served["outcome"], traffic.served()["outcome"]) == (20_000, "owed", "owed")
    assert datetime.fromisoformat(served["grace_until"]) - datetime.fromisoformat(served["at"]) == timedelta(hours=24)
    assert traffic.serve(expect=201) == served

    for gate in traffic.gates.values():
        gate.open()
    wait_for(lambda: all(_is_up_again(traffic, one) for one in (PREFERRED, RESERVE)))
    assert traffic.rail()["history"][0]["event"] == "recover"
    attempt = traffic.start()
    assert traffic.terminal_of(attempt) == preferred
    world.pay_by_card(attempt["redirect_url"].rpartition("=")[2])
    wait_for(lambda: traffic.served()["outcome"] == "paid")
    assert traffic.served()["outstanding"] == 0

    traffic.bill()
    body = {"terminal_id": preferred, "outcome": "timeout", "hang_seconds": 1}
    httpx.post(f"{world.sandbox.url}/sandbox/scenarios", json=body, timeout=30, trust_env=False).raise_for_status()
    attempt = traffic.start()
    assert attempt["state"] == "unknown"
    assert reserve not in traffic.terminal_of(attempt)


def _is_up_again(traffic: Traffic, account_id: str) -> bool:
    """One more payment tries what is due to be tried; 503 while nothing is."""
    with suppress(ApiError):
        traffic.start()
    return bool(traffic.rail(account_id)["state"] == "up")
