"""The sandbox's bank switch and kiosks against the platform's biller protocols: the same wire, read from both sides.

No network: what the sandbox sends is handed to the desks, and what they answer is handed back.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from infra.sandbox_gateway.chalicelib.http import Inbound, Reply
from infra.sandbox_gateway.chalicelib.routes import ROUTES, answer
from infra.sandbox_gateway.chalicelib.store import Store
from infra.sandbox_gateway.chalicelib.world import CallbackReply, SentReply, Settings, World
from mizan.adapters.gateways.billers import MANNERS
from mizan.application.ports_billers import BillerOperation, WireRequest
from mizan.domain.invoices import InvoiceState
from mizan.domain.payments import PaymentState
from tests.unit.billers.switches import SECRET, key_pair
from tests.unit.billers.world import REFERENCE, Billers

ASKED = (BillerOperation.INQUIRY, BillerOperation.VALIDATION)
HOST = "http://127.0.0.1:8080"


@dataclass
class Street:
    """A sandbox whose calls reach the platform's desks."""

    directory: Path
    billers: Billers = field(default_factory=Billers)

    def __post_init__(self) -> None:
        self.billers.platform.clock.instant = self.billers.platform.clock.instant.replace(microsecond=0)
        settings = Settings(self.directory, HOST)
        self.world = World(
            settings,
            Store(self.directory),
            lambda *_: CallbackReply(None, ""),
            self.billers.platform.clock.now,
            send=self._send,
        )
        switch = {"own_key": key_pair("switch")[0], "biller_key": key_pair("biller")[1]}
        switch |= {"name": "switch", "protocol": "mfep", "biller_code": "171", "own_code": "1"}
        for partner in (switch, {"name": "kiosks", "protocol": "kiosk", "secret": SECRET}):
            assert self.call("POST", "/sandbox/billers", partner).status == 201

    def call(self, method: str, path: str, body: dict[str, Any], **values: str) -> Reply:
        handler = next(route.handler for route in ROUTES if (route.method, route.path) == (method, path))
        return answer(self.world, handler, Inbound(values, {}, json.dumps(body).encode()))

    def inquire(self, name: str, **body: Any) -> dict[str, Any]:
        asked = {"biller_url": self._url(name), "reference": REFERENCE} | body
        found: dict[str, Any] = json.loads(self.call("POST", "/sandbox/billers/{name}/inquire", asked, name=name).body)
        return found

    def pay(self, name: str, outcome: str, amount: str = "12.500", **body: Any) -> list[dict[str, Any]]:
        asked = {"biller_url": self._url(name), "reference": REFERENCE, "amount": amount, "outcome": outcome} | body
        reply = self.call("POST", "/sandbox/billers/{name}/pay", asked, name=name)
        assert reply.status == 200, reply.body
        calls: list[dict[str, Any]] = json.loads(reply.body)["calls"]
        self.billers.work()
        return calls

    def _url(self, name: str) -> str:
        account = self.billers.mfep if name == "switch" else self.billers.kiosk
        return f"{HOST}/billers/{account.gateway}/{account.token}"

    def _send(self, url: str, body: bytes, headers: Mapping[str, str], _timeout_seconds: float) -> SentReply:
        parts = urlsplit(url)
        _, _, protocol, _, tail = parts.path.split("/", 4)
        account = self.billers.mfep if protocol == "mfep" else self.billers.kiosk
        kept = {name.lower(): value for name, value in [*headers.items(), *parse_qsl(parts.query)]}
        operation = MANNERS[protocol].operations[tail]
        if operation in ASKED:
            request = WireRequest(operation, body, self.billers.platform.clock.now(), kept)
            reply = self.billers.ask(account, request).answer
        else:
            reply = self.billers.take(account, body, kept, operation).answer
        return SentReply(reply.status, reply.body.decode(), dict(reply.headers))


@pytest.fixture
def street(tmp_path: Path) -> Street:
    return Street(tmp_path)


def first_codes(calls: list[dict[str, Any]]) -> list[str]:
    return [next((code for code in one["codes"] if code != "0"), "0") for one in calls]


@pytest.mark.parametrize("name", ["switch", "kiosks"])
def test_a_bill_is_asked_for_and_answered_under_both_keys(street: Street, name: str) -> None:
    """The sandbox checks our signature with the key that it was given."""
    shown = street.inquire(name)
    allowed, refused = street.inquire(name, amount="12.500"), street.inquire(name, amount="1.000")
    unknown = street.inquire(name, reference="123")

    assert (shown["status"], shown["is_signed"]) == (200, True)
    assert shown["bill"]["DueAmount" if name == "switch" else "amount"] == ("12.500" if name == "switch" else "12500")
    assert first_codes([allowed])[0] in ("0", "ok")
    assert first_codes([refused])[0] in ("325", "bad_amount")
    assert first_codes([unknown])[0] in ("408", "unknown")


@pytest.mark.parametrize(
    ("name", "outcome", "codes", "state"),
    [
        ("switch", "success", ["0", "0"], PaymentState.SUCCEEDED),
        ("switch", "new_only", ["0"], PaymentState.SUCCEEDED),
        ("switch", "sent_only", ["0"], PaymentState.SUCCEEDED),
        ("switch", "complete_first", ["0", "0"], PaymentState.SUCCEEDED),
        ("switch", "acknowledged", ["0", "0"], PaymentState.SUCCEEDED),
        ("switch", "duplicate", ["0", "0"], PaymentState.SUCCEEDED),
        ("switch", "late", ["0", "0"], PaymentState.SUCCEEDED),
        ("switch", "reused_guid", ["0", "7"], PaymentState.SUCCEEDED),
        ("switch", "reused_transaction", ["0", "340"], PaymentState.SUCCEEDED),
        ("switch", "reversal", ["0", "0"], PaymentState.REVERSED),
        ("switch", "reversal_first", ["0", "0"], PaymentState.REVERSED),
        ("kiosks", "success", ["kept"], PaymentState.SUCCEEDED),
        ("kiosks", "late", ["kept"], PaymentState.SUCCEEDED),
        ("kiosks", "duplicate", ["kept", "kept"], PaymentState.SUCCEEDED),
        ("kiosks", "reused_transaction", ["kept", "same_transaction"], PaymentState.SUCCEEDED),
        ("kiosks", "reversal", ["kept", "kept"], PaymentState.REVERSED),
        ("kiosks", "reversal_first", ["kept", "kept"], PaymentState.REVERSED),
    ],
)
def test_a_scenario_ends_as_its_name_says(
    street: Street, name: str, outcome: str, codes: list[str], state: PaymentState
) -> None:
    """One payment, one effect; the bill is paid, or owed again."""
    calls = street.pay(name, outcome)

    assert first_codes(calls) == codes
    assert all(one["is_signed"] for one in calls)
    assert street.billers.payment().state is state
    is_paid = state is PaymentState.SUCCEEDED
    assert street.billers.invoice().state is (InvoiceState.PAID if is_paid else InvoiceState.ISSUED)


def test_a_note_pays_the_bill_and_leaves_a_credit(street: Street) -> None:
    """BHD 20 into a machine without change."""
    street.pay("kiosks", "note", tendered="20.000")

    assert (street.billers.payment().amount, street.billers.invoice().outstanding) == (20_000, 0)


@pytest.mark.parametrize("name", ["switch", "kiosks"])
def test_a_wrong_amount_is_kept_and_pays_nothing(street: Street, name: str) -> None:
    """One dinar less than was due."""
    street.pay(name, "wrong_amount")

    assert (street.billers.payment().amount, street.billers.invoice().outstanding) == (11_500, 12_500)


@pytest.mark.parametrize(
    ("name", "outcome", "code"),
    [
        ("switch", "forged", "2"),
        ("switch", "spliced", "2"),
        ("switch", "wrong_currency", "101"),
        ("switch", "truncated", "101"),
        ("switch", "doctype", "101"),
        ("kiosks", "forged", "bad_signature"),
        ("kiosks", "spliced", "bad_signature"),
        ("kiosks", "stale", "stale_timestamp"),
    ],
)
def test_what_is_wrong_is_refused_and_books_nothing(street: Street, name: str, outcome: str, code: str) -> None:
    """Set aside with a reason."""
    assert first_codes(street.pay(name, outcome)) == [code]
    assert street.billers.platform.payments.rows == {}
    assert len(street.billers.platform.callbacks.quarantined) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"name": "x", "protocol": "soap"}, 422),
        ({"name": "x", "protocol": "mfep", "colour": "red"}, 422),
        ({"name": 1, "protocol": "mfep"}, 422),
    ],
)
def test_a_partner_that_cannot_be_is_refused(street: Street, body: dict[str, Any], status: int) -> None:
    """The control API says so at once."""
    assert street.call("POST", "/sandbox/billers", body).status == status


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"biller_url": "https://elsewhere.example/x"}, 422),
        ({"reference": 7}, 422),
        ({"amount": "ten"}, 422),
        ({"outcome": "magic"}, 422),
        ({"days": 1_000}, 422),
    ],
)
def test_a_call_that_cannot_be_made_is_refused(street: Street, changes: dict[str, Any], status: int) -> None:
    """Under the loopback rule nothing else is called."""
    body = {"biller_url": street._url("switch"), "reference": REFERENCE, "amount": "1.000"} | changes

    assert street.call("POST", "/sandbox/billers/{name}/pay", body, name="switch").status == status
    assert street.call("POST", "/sandbox/billers/{name}/pay", body, name="nobody").status in (404, 422)


def test_late_means_that_the_payer_paid_days_ago(street: Street) -> None:
    """The books have the rail's own day."""
    street.billers.platform.clock.instant = street.billers.platform.clock.instant.replace(day=10)
    street.pay("switch", "late", days=3)

    (entry,) = street.billers.platform.journal.rows.values()
    assert entry.business_date.isoformat() == "2026-03-07"


def test_another_accounts_key_opens_nothing(street: Street) -> None:
    """The switch of one account at another's address."""
    other = replace(street.billers.mfep, token="tok-other", terminal_id="999")
    street.billers.platform.accounts.rows[street.billers.mfep.token] = replace(other, token=street.billers.mfep.token)

    assert first_codes(street.pay("switch", "new_only")) == ["101"]
    assert street.billers.platform.payments.rows == {}
