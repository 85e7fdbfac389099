"""Money that goes back, on the running platform: approved, sent once, found out, paid out, disputed, taken back."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mizan.domain.references import track_id
from tests.e2e.conftest import World
from tests.e2e.test_bad_luck import Case
from tests.e2e.test_settlement_files import Settlement

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]

AMOUNT = 50_500
STORIES = ("approved", "timeout", "iban", "cash", "dispute")
PAYEE = {"name": "Maryam Sample", "iban": "BH67BMAG00001299123456", "identifier": "cpr:900112345"}
OTHERS_IBAN = "BH50SAND00000000000002"
WAIT_SECONDS = 300


def wait_long(ready: Callable[[], Any]) -> Any:
    """The sweep comes once a minute: what waits for it may wait for two of them."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if found := ready():
            return found
        time.sleep(1)
    pytest.fail("waited in vain")


class Paid(Case):
    """An invoice that is paid; refunds of it are sent once the gateway has confirmed the payment."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, f"refund-{name}")
        self.payment_id = self.attempt["payment_id"]

    def payment(self) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"/v1/payments/{self.payment_id}")
        return found

    def is_final(self) -> bool:
        return bool(self.payment()["is_final"])

    def order(self, amount: int | None = None, destination: str = "instrument", **changes: Any) -> dict[str, Any]:
        (line,) = self.payment()["lines"]
        seen = sum(share["left"] for share in line["shares"])
        order = {"seen_refundable": seen, "destination": destination, "reason": "Paid for the wrong branch"}
        return order | ({"amount": amount} if amount else {}) | changes

    def ask(self, key: str, **changes: Any) -> dict[str, Any]:
        path = f"/v1/payments/{self.payment_id}/refunds"
        asked: dict[str, Any] = self.api.post(
            path, self.order(**changes), idempotency_key=f"{self.name}-{key}", expect=201
        )
        return asked

    def refund_in(self, refund_id: str, *states: str) -> dict[str, Any]:
        """The refund once it is in one of the states."""

        def ready() -> dict[str, Any] | None:
            found: dict[str, Any] = self.api.get(f"/v1/refunds/{refund_id}")
            return found if found["state"] in states else None

        found: dict[str, Any] = wait_long(ready)
        return found

    def sent_to_gateway(self, refund_id: str) -> list[dict[str, Any]]:
        """What the sandbox knows under the refund's own track id."""
        url = f"{self.world.sandbox.url}/sandbox/refunds"
        found = httpx.get(url, timeout=10, trust_env=False).json()["refunds"]
        return [one for one in found if one["track_id"] == refund_id.removeprefix("rfd_")]


@pytest.fixture(scope="module")
def paid(world: World) -> dict[str, Paid]:
    """One paid invoice for each story, confirmed by the gateway's second word."""
    cases = {name: Paid(world, name) for name in STORIES}
    for case in cases.values():
        world.pay_by_card(case.gateway_payment)
    for case in cases.values():
        wait_long(case.is_final)
    return cases


def test_a_large_refund_is_approved_by_another_person_and_matches_the_settlement_file(
    world: World, paid: dict[str, Paid]
) -> None:
    """BHD 50.500: the maker's own approval is refused, another person's carried out once; the gateway's file of the
    day has the payment and the refund, and both match.
    """
    case = paid["approved"]
    path = f"/v1/payments/{case.payment_id}/refunds"
    with (
        world.person("finance_maker") as maker,
        world.person("finance_checker") as checker,
        world.http("agency") as agency,
    ):
        asked = maker.post(path, json=case.order(), headers={"Idempotency-Key": "e2e-approved"})
        refund_id = asked.json()["refund_id"]
        own = maker.post(f"/v1/refunds/{refund_id}/approve")
        by_key = agency.post(f"/v1/refunds/{refund_id}/approve")
        approved = checker.post(f"/v1/refunds/{refund_id}/approve")

    done = case.refund_in(refund_id, "completed", "failed")
    settlement = Settlement(world)
    settlement.deliver("refunds")
    report = wait_long(lambda: settlement.knows("refunds"))

    assert (asked.status_code, asked.json()["state"], asked.json()["amount"]) == (201, "requested", AMOUNT)
    assert (own.status_code, own.json()["type"].rpartition("/")[2]) == (409, "same-person")
    assert by_key.status_code == 403
    assert (approved.status_code, approved.json()["checker"]) == (200, "local-finance-checker")
    assert done["state"] == "completed"
    assert len(case.sent_to_gateway(refund_id)) == 1
    assert (case.payment()["refundable"], case.invoice_state()) == (0, "paid")
    files = {file["name"]: file["url"] for file in report["files"]}
    matched = world.api("finance").download(files["matched.csv"]).decode()
    assert track_id(case.payment_id) in matched
    assert refund_id.removeprefix("rfd_") in matched


def test_a_timeout_is_found_out_and_never_sent_again(world: World, paid: dict[str, Paid]) -> None:
    """The gateway paid it back and did not say so: unknown, then completed, and sent once."""
    case = paid["timeout"]
    case.script("refund_timeout_then_success")

    asked = case.ask("timeout", amount=5_000)
    lost = case.refund_in(asked["refund_id"], "unknown", "completed")
    done = case.refund_in(asked["refund_id"], "completed", "failed")

    assert asked["state"] == "approved"
    assert [entry["event"] for entry in lost["timeline"]][:4] == ["request", "approve", "send", "lose"]
    assert done["state"] == "completed"
    assert len(case.sent_to_gateway(asked["refund_id"])) == 1
    assert case.payment()["refundable"] == AMOUNT - 5_000


def test_an_iban_is_paid_after_its_name_was_checked(world: World, paid: dict[str, Paid]) -> None:
    """Another person's account is refused; the payer's own is paid by the bank, once."""
    case = paid["iban"]
    path = f"/v1/payments/{case.payment_id}/refunds"
    wrong = case.order(4_000, "iban", beneficiary=PAYEE | {"iban": OTHERS_IBAN})
    with world.http("agency") as http:
        refused = http.post(path, json=wrong, headers={"Idempotency-Key": "e2e-others-iban"})

    asked = case.ask("iban", amount=4_000, destination="iban", beneficiary=PAYEE)
    done = case.refund_in(asked["refund_id"], "completed", "failed")

    assert refused.status_code == 422
    assert [(error["field"], error["code"]) for error in refused.json()["errors"]] == [
        ("beneficiary.name", "name_mismatch")
    ]
    assert (done["state"], done["beneficiary"]["iban"]) == ("completed", "BH67**************3456")
    payouts = httpx.get(f"{world.sandbox.url}/sandbox/payouts", timeout=10, trust_env=False).json()["payouts"]
    assert len([one for one in payouts if one["payout_id"] == asked["refund_id"].removeprefix("rfd_")]) == 1


def test_a_cash_code_is_redeemed_by_the_kiosk_once(world: World, paid: dict[str, Paid]) -> None:
    """Shown to the agency, followed by the payer without the code, redeemed by its own person alone."""
    case = paid["cash"]
    asked = case.ask("cash", amount=3_000, destination="cash_code", beneficiary=PAYEE)
    ready = case.refund_in(asked["refund_id"], "redeemable", "failed")
    code = ready["cash_code"]
    page = httpx.get(ready["follow_url"], params={"lang": "en"}, timeout=30, trust_env=False)
    counter = world.api("counter").get(f"/v1/refunds/{asked['refund_id']}")

    with world.http("kiosk") as kiosk:
        stranger = _redeem(kiosk, code, "cpr:900112346", "e2e-kiosk-1")
        done = _redeem(kiosk, code, PAYEE["identifier"], "e2e-kiosk-2")
        again = _redeem(kiosk, code, PAYEE["identifier"], "e2e-kiosk-2")
        second = _redeem(kiosk, code, PAYEE["identifier"], "e2e-kiosk-3")

    assert (page.status_code, code in page.text, "ready in cash" in page.text) == (200, False, True)
    assert counter["cash_code"] is None
    assert [one.status_code for one in (stranger, done, again, second)] == [404, 201, 201, 409]
    assert (done.json()["amount"], again.headers["Idempotent-Replayed"]) == (3_000, "true")
    assert case.api.get(f"/v1/refunds/{asked['refund_id']}")["cash_code"] is None
    assert case.payment()["refundable"] == AMOUNT - 3_000


def _redeem(kiosk: httpx.Client, code: str, identifier: str, key: str) -> httpx.Response:
    body = {"code": code, "identifier": identifier}
    return kiosk.post("/v1/cash-outs/redeem", json=body, headers={"Idempotency-Key": key})


def test_a_lost_dispute_reopens_the_invoice(world: World, paid: dict[str, Paid]) -> None:
    """The bank's notice holds the money; what the bank decided is recorded by the treasury; the bill is owed again."""
    case = paid["dispute"]
    notice = {"case_number": "E2E-77", "reason": "10.4", "respond_by": "2027-01-31"}
    with world.person("finance_maker") as finance, world.person("agency_accountant") as accountant:
        noted = finance.post(f"/v1/payments/{case.payment_id}/disputes", json=notice)
        path = f"/v1/disputes/{noted.json()['dispute_id']}"
        evidence = accountant.post(f"{path}/evidence", json={"note": "Signed receipt 4711"})
        by_agency = accountant.post(f"{path}/lose")
        lost = finance.post(f"{path}/lose")

    assert (noted.status_code, noted.json()["amount"]) == (201, AMOUNT)
    assert evidence.json()["state"] == "evidence"
    assert (by_agency.status_code, by_agency.json()["type"].rpartition("/")[2]) == (403, "finance-only")
    assert lost.json()["state"] == "lost"
    assert (case.payment()["state"], case.invoice_state()) == ("charged_back", "issued")


def test_a_payment_that_its_gateway_takes_back_takes_its_refund_with_it(world: World) -> None:
    """Captured, acknowledged, and reversed all the same: the refund waited for the second word and is not sent."""
    case = Paid(world, "voided")
    world.pay_by_card(case.gateway_payment)
    wait_long(lambda: case.state() == "succeeded")
    reverse = f"{world.sandbox.url}/sandbox/payments/{case.gateway_payment}/reverse"
    httpx.post(reverse, timeout=10, trust_env=False).raise_for_status()

    asked = case.ask("voided", amount=2_000)
    done = case.refund_in(asked["refund_id"], "completed", "failed")

    assert (done["state"], done["decline"]["code"]) == ("failed", "payment_gone")
    assert case.sent_to_gateway(asked["refund_id"]) == []
    assert (case.state(), case.invoice_state()) == ("voided", "issued")
