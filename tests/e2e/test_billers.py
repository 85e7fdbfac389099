"""Bills paid in bank apps, at kiosks and at agents' counters, on the running platform: invoice to journal.

The sandbox's bank switch and machines ask and tell over HTTP in their own protocols; each case has an invoice of
its own, all are told of first and waited for once.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from infra.local.billers import AGENTS, KIOSKS, SWITCH
from mizan.domain.calendar import business_date
from tests.e2e.conftest import World
from tests.e2e.test_bad_input import invoice_body
from tests.e2e.test_bad_luck import wait_for

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

AMOUNT = 10_502
"""BHD 10.502: two fils that coins cannot pay."""

DUE, IN_COINS, NOTE = "10.502", "10.500", "20.000"
MFEP_CASES = (
    "success",
    "new_only",
    "complete_first",
    "acknowledged",
    "duplicate",
    "reused_guid",
    "reused_transaction",
    "wrong_amount",
    "reversal",
    "reversal_first",
    "late",
    "forged",
    "spliced",
    "wrong_currency",
    "truncated",
    "doctype",
)
KIOSK_CASES = ("success", "note", "duplicate", "reused_transaction", "reversal", "reversal_first", "forged", "spliced",
               "stale", "wrong_amount")  # fmt: skip


class Till:
    """One of those who pay for people: what it asked and told, through the sandbox's control API."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.note = world, world.notes.billers[name]
        self.biller_url = f"{world.url}/billers/{self.note.protocol}/{self.note.token}"

    def call(self, what: str, **body: Any) -> dict[str, Any]:
        url = f"{self.world.sandbox.url}/sandbox/billers/{self.note.account_id}/{what}"
        answer = httpx.post(url, json={"biller_url": self.biller_url} | body, timeout=120, trust_env=False)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    def inquire(self, reference: str, **body: Any) -> dict[str, Any]:
        return self.call("inquire", reference=reference, **body)

    def pay(self, reference: str, amount: str, outcome: str = "success", **body: Any) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = self.call("pay", reference=reference, amount=amount, outcome=outcome, **body)[
            "calls"
        ]
        return told


def raised(world: World, name: str, amount: int = AMOUNT) -> str:
    body = invoice_body() | {"lines": [{"description": "Fee", "description_ar": "رسم", "amount": amount}]}
    created = world.api().post("/v1/invoices", body, idempotency_key=f"billers-{name}", expect=201)
    return str(created["reference"])


def codes(calls: list[dict[str, Any]]) -> list[str]:
    """Of each call, its first code that is not the header's success."""
    return [next((code for code in one["codes"] if code != "0"), "0") for one in calls]


def payments(world: World, reference: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.api().get("/v1/payments", reference=reference)["items"]
    return found


def invoice(world: World, reference: str) -> tuple[str, int]:
    found = world.api().get(f"/v1/invoices/{reference}")
    return found["state"], found["outstanding"]


def set_aside(world: World, protocol: str) -> list[str]:
    """Why deliveries of that protocol were set aside today."""
    items = world.table_items(f"QRN#{datetime.now(UTC):%Y%m%d}")
    return [item["reason"]["S"] for item in items if item["gateway"]["S"] == protocol]


def exposure(world: World, code: str) -> int:
    with world.http("finance") as finance:
        return int(finance.get(f"/v1/operators/{code}").json()["exposure"])


def journal_entry(world: World, transaction: str) -> dict[str, Any] | None:
    """The entry of today's journal about a rail's transaction."""
    cursor = None
    with world.http("finance") as finance:
        while True:
            asked = {"on": f"{business_date(datetime.now(UTC))}"} | ({"cursor": cursor} if cursor else {})
            page = finance.get("/v1/journal", params=asked).json()
            for row in page["items"]:
                if row["gateway_transaction"] == transaction:
                    return dict(row)
            if (cursor := page["cursor"]) is None:
                return None


def side_by_side(
    played: Callable[[str], tuple[str, list[dict[str, Any]]]], names: tuple[str, ...]
) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    with ThreadPoolExecutor(max_workers=4) as pool:
        return dict(zip(names, pool.map(played, names), strict=True))


@pytest.fixture(scope="module")
def bank(world: World) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """Each scenario of the bank switch: the invoice's reference, and the calls with their answers."""
    till = Till(world, SWITCH)
    options = {"late": {"days": 2}}

    def played(name: str) -> tuple[str, list[dict[str, Any]]]:
        reference = raised(world, f"bank-{name}")
        return reference, till.pay(reference, DUE, name, **options.get(name, {}))

    return side_by_side(played, MFEP_CASES)


@pytest.fixture(scope="module")
def kiosk(world: World) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """Each scenario of the kiosks."""
    till = Till(world, KIOSKS)
    options = {"note": {"tendered": NOTE}}

    def played(name: str) -> tuple[str, list[dict[str, Any]]]:
        reference = raised(world, f"kiosk-{name}")
        return reference, till.pay(reference, IN_COINS, name, **options.get(name, {}))

    return side_by_side(played, KIOSK_CASES)


def test_a_bank_app_shows_the_bill_and_nothing_more(world: World) -> None:
    """Amount, due date, masked name, signed; unknown numbers and wrong check digits are one answer."""
    reference = raised(world, "shown")
    till = Till(world, SWITCH)

    shown = till.inquire(reference)
    allowed, refused = till.inquire(reference, amount=DUE), till.inquire(reference, amount="1.000")
    unknown, mistyped = till.inquire("000000000000000195"), till.inquire("123456789012345678")

    assert (shown["status"], shown["is_signed"]) == (200, True)
    assert (shown["bill"]["DueAmount"], shown["bill"]["BillStatus"]) == (DUE, "BillNew")
    assert "•••" in shown["bill"]["CustName"]
    assert (codes([allowed]), codes([refused])) == (["0"], ["325"])
    assert codes([unknown]) == codes([mistyped]) == ["408"]
    assert (unknown["is_signed"], mistyped["is_signed"]) == (True, True)


@pytest.mark.parametrize(
    ("name", "answers", "is_final"),
    [
        ("success", ["0", "0"], True),
        ("new_only", ["0"], False),
        ("complete_first", ["0", "0"], True),
        ("acknowledged", ["0", "0"], True),
        ("duplicate", ["0", "0"], False),
        ("reused_guid", ["0", "7"], False),
        ("reused_transaction", ["0", "340"], False),
        ("late", ["0", "0"], True),
    ],
)
def test_what_a_bank_app_took_pays_the_bill_once(
    world: World, bank: dict[str, Any], name: str, answers: list[str], is_final: bool
) -> None:
    """In whatever order the bank says PmtNew and PmtComplt, and however often; every answer is signed."""
    reference, calls = bank[name]

    wait_for(lambda: invoice(world, reference) == ("paid", 0))
    if is_final:
        wait_for(lambda: payments(world, reference)[0]["is_final"])

    (payment,) = payments(world, reference)
    assert codes(calls) == answers
    assert all(one["is_signed"] for one in calls)
    assert (payment["state"], payment["method"], payment["amount"]) == ("succeeded", "bank_app", AMOUNT)
    assert payment["is_final"] is is_final


@pytest.mark.parametrize("name", ["reversal", "reversal_first"])
def test_what_a_bank_took_back_is_owed_again(world: World, bank: dict[str, Any], name: str) -> None:
    """701, before or after the payment that it takes back."""
    reference, calls = bank[name]

    wait_for(lambda: [one["state"] for one in payments(world, reference)] == ["reversed"])

    assert codes(calls) == ["0", "0"]
    assert invoice(world, reference) == ("issued", AMOUNT)


def test_the_wrong_amount_in_a_bank_app_is_in_suspense(world: World, bank: dict[str, Any]) -> None:
    """One dinar too little: acknowledged, for the money is real, and in the books; the bill is not paid by it."""
    reference, calls = bank["wrong_amount"]

    wait_for(lambda: payments(world, reference))

    (payment,) = payments(world, reference)
    assert codes(calls) == ["0"]
    assert [share["disposition"] for line in payment["lines"] for share in line["shares"]] == ["suspended"]
    assert invoice(world, reference) == ("issued", AMOUNT)


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("forged", "2", "bad_signature"),
        ("spliced", "2", "bad_signature"),
        ("wrong_currency", "101", "unknown_currency"),
        ("truncated", "101", "bad_schema"),
        ("doctype", "101", "bad_schema"),
    ],
)
def test_what_a_bank_did_not_sign_or_we_cannot_read_books_nothing(
    world: World, bank: dict[str, Any], name: str, code: str, reason: str
) -> None:
    """Answered with the family's own code, kept, set aside."""
    reference, calls = bank[name]

    wait_for(lambda: reason in set_aside(world, "mfep"))

    assert codes(calls) == [code]
    assert payments(world, reference) == []
    assert invoice(world, reference) == ("issued", AMOUNT)


def test_money_under_a_number_that_is_nobodys_is_in_the_books(world: World) -> None:
    """A bank took it: 200 and a signed acknowledgement, and suspense."""
    (call,) = Till(world, SWITCH).pay("123456789012345678", DUE, "new_only", transaction="unknown-1")

    found = wait_for(lambda: journal_entry(world, "unknown-1"))
    assert codes([call]) == ["0"]
    assert [(one["debit"], one["credit"], one["amount"]) for one in found["postings"]] == [
        (f"gateway_clearing:mfep:{SWITCH}", "suspense:mfep", AMOUNT)
    ]


def test_a_paid_bill_is_not_shown_for_payment_again(world: World, bank: dict[str, Any]) -> None:
    """324, with nothing due; at a kiosk in words."""
    reference, _ = bank["success"]
    wait_for(lambda: invoice(world, reference) == ("paid", 0))

    shown = Till(world, SWITCH).inquire(reference)
    at_kiosk = Till(world, KIOSKS).inquire(reference)

    assert (codes([shown]), shown["bill"]["DueAmount"], shown["bill"]["BillStatus"]) == (["324"], "0.000", "BillPaid")
    assert codes([at_kiosk]) == ["paid"]


# -- kiosks and agents ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "answers"),
    [("success", ["kept"]), ("duplicate", ["kept", "kept"]), ("reused_transaction", ["kept", "same_transaction"])],
)
def test_cash_pays_the_bill_to_the_coin(world: World, kiosk: dict[str, Any], name: str, answers: list[str]) -> None:
    """BHD 10.500 in coins for BHD 10.502: paid whole, final at once."""
    reference, calls = kiosk[name]

    wait_for(lambda: invoice(world, reference) == ("paid", 0))

    (payment,) = payments(world, reference)
    assert [one["codes"] for one in calls] == [[answer] for answer in answers]
    assert all(one["is_signed"] for one in calls)
    assert (payment["state"], payment["method"], payment["amount"]) == ("succeeded", "kiosk", 10_500)
    assert payment["is_final"]


def test_a_note_without_change_leaves_the_payer_a_credit(world: World, kiosk: dict[str, Any]) -> None:
    """BHD 20: the bill is paid, the rest is an overpayment that can be refunded or credited."""
    reference, _ = kiosk["note"]

    wait_for(lambda: invoice(world, reference) == ("paid", 0))

    (payment,) = payments(world, reference)
    shares = {share["disposition"]: share["amount"] for line in payment["lines"] for share in line["shares"]}
    assert shares == {"allocated": AMOUNT, "overpaid": 9_500}


@pytest.mark.parametrize("name", ["reversal", "reversal_first"])
def test_cash_that_went_back_out_is_owed_again(world: World, kiosk: dict[str, Any], name: str) -> None:
    """In either order."""
    reference, calls = kiosk[name]

    wait_for(lambda: [one["state"] for one in payments(world, reference)] == ["reversed"])

    assert [one["codes"] for one in calls] == [["kept"], ["kept"]]
    assert invoice(world, reference) == ("issued", AMOUNT)


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [("forged", 401, "bad_signature"), ("spliced", 401, "bad_signature"), ("stale", 401, "stale_timestamp")],
)
def test_what_an_operator_did_not_sign_just_now_books_nothing(
    world: World, kiosk: dict[str, Any], name: str, status: int, reason: str
) -> None:
    """A replay of an old request is no news."""
    reference, (call,) = kiosk[name]

    wait_for(lambda: reason in set_aside(world, "kiosk"))

    assert (call["status"], call["codes"]) == (status, [reason])
    assert payments(world, reference) == []


def test_an_operator_is_stopped_at_its_cap_and_by_suspension_and_goes_on_when_it_has_banked(world: World) -> None:
    """The agents' cap is BHD 60: one bill of 50 is taken, the next is not shown; its money is booked all the same; a
    deposit makes room; a suspension takes it.
    """
    till = Till(world, AGENTS)
    first, second = raised(world, "cap-1", 50_000), raised(world, "cap-2", 50_000)
    before = till.inquire(first)
    till.pay(first, "50.000")
    wait_for(lambda: exposure(world, "sample-agents") == 50_000)
    over = till.inquire(second)
    till.pay(second, "50.000")
    wait_for(lambda: exposure(world, "sample-agents") == 100_000)
    deposit = {
        "account_id": AGENTS,
        "amount": 100_000,
        "bank_reference": "FT-E2E-1",
        "banked_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(),
    }
    third = raised(world, "cap-3", 50_000)
    with world.person("finance_maker") as person, world.http("finance") as key:
        by_key = key.post("/v1/operators/sample-agents/deposits", json=deposit)
        banked = person.post("/v1/operators/sample-agents/deposits", json=deposit)
        again = person.post("/v1/operators/sample-agents/deposits", json=deposit)
        other = person.post("/v1/operators/sample-agents/deposits", json=deposit | {"amount": 1})
        after = till.inquire(third)
        suspended = person.post("/v1/operators/sample-agents/suspend", json={"reason": "Late deposits"})
        stopped = till.inquire(third)
        resumed = person.post("/v1/operators/sample-agents/resume")

    assert (before["codes"], before["bill"]["amount"]) == (["ok"], "50000")
    assert over["codes"] == ["operator_cap"]
    assert invoice(world, second) == ("paid", 0)
    assert by_key.status_code == 403
    assert (banked.status_code, banked.json()["exposure"]) == (201, 0)
    assert (again.status_code, again.headers["Idempotent-Replayed"], again.json()["exposure"]) == (201, "true", 0)
    assert other.status_code == 409
    assert after["codes"] == ["ok"]
    assert (suspended.json()["state"], stopped["codes"]) == ("suspended", ["operator_suspended"])
    assert (resumed.json()["state"], resumed.json()["timeline"][-1]["actor"]) == ("active", "local-finance-maker")


def test_an_address_that_is_nobodys_learns_nothing(world: World) -> None:
    """A wrong token is as a wrong signature; another protocol's address is not found."""
    mfep, kiosks = world.notes.billers[SWITCH], world.notes.billers[KIOSKS]
    base = f"{world.url}/billers"
    with httpx.Client(timeout=60, trust_env=False) as client:
        nobody = client.post(f"{base}/mfep/nobody/postpaid/BillPull?GUID=1", content="<MFEP/>")
        crossed = client.post(f"{base}/mfep/{kiosks.token}/postpaid/BillPull?GUID=1", content="<MFEP/>")
        elsewhere = client.post(f"{base}/kiosk/{kiosks.token}/postpaid/BillPull", content="<MFEP/>")
        unknown = client.post(f"{base}/soap/{mfep.token}/notices", content="{}")
        unsigned = client.post(f"{base}/kiosk/{kiosks.token}/inquiries", json={})

    assert "<ErrorCode>2</ErrorCode>" in nobody.text
    assert nobody.text.partition("<TrsInf>")[2] == crossed.text.partition("<TrsInf>")[2]
    assert (elsewhere.status_code, unknown.status_code, unsigned.status_code) == (404, 404, 401)
