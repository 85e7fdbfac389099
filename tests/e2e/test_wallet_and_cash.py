"""The wallet and the cash bill on the running platform: from invoice to journal, by success and by everything else."""

import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from html import unescape
from typing import Any

import httpx
import pytest

from mizan.adapters.gateways.benefitpay.signing import sign_bytes
from mizan.domain.calendar import business_date
from mizan.domain.references import track_id
from tests.e2e.conftest import World
from tests.e2e.test_bad_input import invoice_body, line
from tests.e2e.test_bad_luck import quarantined_reasons, wait_for

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]

AMOUNT, ROUGH_AMOUNT, ROUNDED_AMOUNT = 50_500, 50_503, 50_505
WALLET = {
    "success": "33000000",
    "declined": "33000051",
    "cancelled": "33000001",
    "more": "33000006",
    "currency": "33000007",
    "forged": "33000008",
    "spliced": "33000009",
    "stale": "33000010",
    "thrice": "33000005",
    "silent": "33000004",
}
CASH = {
    "success": "33000000",
    "rough": "33000000",
    "declined": "33000055",
    "cancelled": "33000001",
    "more": "33000006",
    "currency": "33000007",
    "late": "33000011",
    "unpaid": "33000003",
    "lost": "33000000",
}
SUSPENDED = {"more": (51_500, "BHD"), "currency": (50_500, "KWD")}


class Story:
    """One invoice with one attempt on one rail. `rail` is the sandbox's name and the method: wallet or sadad."""

    def __init__(self, world: World, rail: str, name: str) -> None:
        self.world, self.rail, self.name, self.api = world, rail, name, world.api()
        amount = ROUGH_AMOUNT if name == "rough" else AMOUNT
        body = invoice_body(lines=[line(amount)])
        self.invoice = self.api.post("/v1/invoices", body, idempotency_key=f"{rail}-{name}", expect=201)
        self.reference = self.invoice["reference"]
        path = f"/v1/invoices/{self.reference}/payments"
        self.attempt = self.api.post(path, {"method": rail}, idempotency_key=f"{rail}-{name}-1", expect=201)
        self.payment_id = self.attempt["payment_id"]

    def payment(self) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"/v1/payments/{self.payment_id}")
        return found

    def is_in(self, *states: str) -> Callable[[], bool]:
        return lambda: self.payment()["state"] in states

    def invoice_state(self) -> str:
        return str(self.api.get(f"/v1/invoices/{self.reference}")["state"])

    def sandbox(self, verb: str, **body: object) -> dict[str, Any]:
        url = f"{self.world.sandbox.url}/sandbox/online/{self.rail}/{track_id(self.payment_id)}/{verb}"
        response = httpx.post(url, json=body, timeout=120, trust_env=False)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def pay(self, payer: str) -> None:
        """As a payer would, in a browser: look at the page, type a number, be sent back."""
        with httpx.Client(timeout=120, trust_env=False) as browser:
            page = browser.get(self.attempt["redirect_url"])
            assert page.status_code == 200, page.text
            url, hidden = _form(page.text)
            back = browser.post(f"{self.world.sandbox.url}{url}", data=hidden | {"payer": payer, "action": "pay"})
            target, fields = _form(back.text)
            is_post = self.rail == "sadad"
            came = browser.post(target, data=fields) if is_post else browser.get(target, params=fields)
        assert came.status_code == (303 if is_post else 200), came.text

    def entries(self) -> list[dict[str, Any]]:
        """Its lines of today's journal."""
        day = business_date(datetime.now(UTC)).isoformat()
        found: list[dict[str, Any]] = []
        cursor: dict[str, Any] = {}
        while True:
            page = self.world.api("finance").get("/v1/journal", on=day, limit=200, **cursor)
            found += [entry for entry in page["items"] if entry["payment_id"] == self.payment_id]
            if not page["cursor"]:
                return found
            cursor = {"cursor": page["cursor"]}


def taken(entry: dict[str, Any]) -> dict[tuple[str, str], int]:
    """What the rail took, by debit and credit; fees, which others bear, stand beside it."""
    rail = ("gateway_clearing", "operator_receivable")
    postings = [posting for posting in entry["postings"] if posting["debit"].startswith(rail)]
    return {(posting["debit"], posting["credit"]): posting["amount"] for posting in postings}


def _form(page: str) -> tuple[str, dict[str, str]]:
    found = re.search(r'<form method="\w+" action="([^"]+)"', page)
    assert found is not None, page
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return unescape(found[1]), {unescape(name): unescape(value) for name, value in hidden}


def _lost(world: World) -> None:
    """The next bill of the agency is made and paid, and its answer never comes."""
    vendor = f"vendor-{world.notes.online['sadad/moic'].terminal_id}"
    body = {"terminal_id": vendor, "outcome": "timeout_then_success", "hang_seconds": 0}
    httpx.post(f"{world.sandbox.url}/sandbox/scenarios", json=body, trust_env=False).raise_for_status()


def _driven(world: World, rail: str, payers: dict[str, str]) -> dict[str, Story]:
    """Every story begun and paid, several at a time."""

    def drive(name: str) -> Story:
        story = Story(world, rail, name)
        if story.attempt["redirect_url"]:
            story.pay(payers[name])
        return story

    first = {}
    if "lost" in payers:
        _lost(world)
        first["lost"] = drive("lost")
    if not first:
        first["success"] = drive("success")  # each function starts once, before several ask for it
    with ThreadPoolExecutor(3) as pool:
        rest = [name for name in payers if name not in first]
        return first | dict(zip(rest, pool.map(drive, rest), strict=True))


@pytest.fixture(scope="module")
def wallet(world: World) -> dict[str, Story]:
    return _driven(world, "wallet", WALLET)


@pytest.fixture(scope="module")
def cash(world: World) -> dict[str, Story]:
    return _driven(world, "sadad", CASH)


def test_a_wallet_pays_an_invoice_into_the_journal(wallet: dict[str, Story]) -> None:
    """Callback, inquiry, capture: the gateway owes us what the agency is owed."""
    story = wallet["success"]

    assert wait_for(story.is_in("succeeded"))

    payment = story.payment()
    [entry] = story.entries()
    assert (payment["gateway"], payment["captured_amount"], payment["disposition"]) == (
        "benefitpay",
        AMOUNT,
        "allocated",
    )
    assert story.invoice_state() == "paid"
    assert taken(entry) == {("gateway_clearing:benefitpay:benefitpay-moic", "agency_payable:moic"): AMOUNT}


@pytest.mark.parametrize(("name", "state", "code"), [("declined", "declined", "51"), ("cancelled", "cancelled", None)])
def test_a_wallet_that_does_not_pay_leaves_the_invoice_open(
    wallet: dict[str, Story], name: str, state: str, code: str | None
) -> None:
    """A decline has its reason in both languages."""
    story = wallet[name]

    assert wait_for(story.is_in(state))

    decline = story.payment()["decline"]
    assert (decline["code"] if decline else None) == code
    assert (story.invoice_state(), story.entries()) == ("issued", [])


@pytest.mark.parametrize("name", ["more", "currency"])
@pytest.mark.parametrize("rail", ["wallet", "cash"])
def test_another_amount_or_currency_is_in_suspense(request: pytest.FixtureRequest, rail: str, name: str) -> None:
    """The money is real and in the books; the invoice is not paid; the payer's page still opens."""
    story: Story = request.getfixturevalue(rail)[name]

    assert wait_for(story.is_in("succeeded"))

    payment = story.payment()
    [entry] = story.entries()
    assert (payment["disposition"], payment["captured_amount"]) == ("suspended", SUSPENDED[name][0])
    assert (list(taken(entry).values()), entry["currency"]) == ([SUSPENDED[name][0]], SUSPENDED[name][1])
    assert story.invoice_state() == "issued"
    page = httpx.get(f"{story.world.url}/pay/{story.reference}/payments/{story.payment_id}", trust_env=False)
    assert page.status_code == 200


@pytest.mark.parametrize("name", ["stale", "thrice"])
def test_more_callbacks_than_payments_are_one_effect(wallet: dict[str, Story], name: str) -> None:
    """The same thrice, and a stale failure after the success: one capture, one entry."""
    story = wallet[name]

    assert wait_for(story.is_in("succeeded"))
    story.sandbox("notify", claim="own")  # once more, as if a week later
    story.sandbox("notify", claim="failed")

    time.sleep(2)
    assert [sum(taken(entry).values()) for entry in story.entries()] == [AMOUNT]
    assert (story.payment()["state"], story.invoice_state()) == ("succeeded", "paid")


@pytest.mark.parametrize("name", ["forged", "spliced"])
def test_a_callback_that_lies_pays_nothing(world: World, wallet: dict[str, Story], name: str) -> None:
    """Under a foreign secret it is quarantined; under the right one it makes us ask, and the wallet says no."""
    story = wallet[name]

    if name == "forged":
        wallet_note = world.notes.online["benefitpay/moic"]
        claim = {
            "reference_number": track_id(story.payment_id),
            "merchant_id": wallet_note.terminal_id,
            "app_id": f"app-{wallet_note.terminal_id}",
            "status": "success",
        }
        assert wait_for(lambda: quarantined_reasons(world, json.dumps(claim).encode()) == ["bad_signature"])

    assert (story.payment()["state"], story.invoice_state(), story.entries()) == ("pending", "issued", [])


def test_another_accounts_callback_names_no_payment_of_this_one(world: World, wallet: dict[str, Story]) -> None:
    """Signed by the traffic directorate's secret, about the registry's payment: refused, and answered all the same."""
    story, other = wallet["spliced"], world.notes.online["benefitpay/traffic"]
    body = (
        f'{{"reference_number":"{track_id(story.payment_id)}","merchant_id":"{other.terminal_id}",'
        f'"app_id":"app-{other.terminal_id}","status":"success"}}'
    ).encode()
    answer = httpx.post(
        f"{world.url}/callbacks/benefitpay/{other.token}",
        content=body,
        headers={"x-foo-signature": sign_bytes(other.password, body), "Content-Type": "application/json"},
        timeout=30,
        trust_env=False,
    )

    assert (answer.status_code, answer.content) == (200, b'{"response":{"statusCode":200,"message":"Success"}}')
    assert answer.headers["Content-Type"] == "application/json"
    assert wait_for(lambda: quarantined_reasons(world, body) == ["unknown_payment"])
    assert story.payment()["state"] == "pending"


def test_a_silent_wallet_that_times_out_is_found_out(wallet: dict[str, Story]) -> None:
    """Paid, no callback; a late one finds a gateway that does not answer; the retry books the money once."""
    story = wallet["silent"]

    story.sandbox("notify", claim="own")

    assert wait_for(story.is_in("succeeded"))
    assert [sum(taken(entry).values()) for entry in story.entries()] == [AMOUNT]


def test_the_wallets_money_goes_back_to_an_iban_alone(wallet: dict[str, Story]) -> None:
    """The rail has no refund: the instrument is refused by name, an account is taken."""
    story = wallet["success"]
    assert wait_for(story.is_in("succeeded"))
    path = f"/v1/payments/{story.payment_id}/refunds"
    order = {"seen_refundable": AMOUNT, "amount": 1_000, "reason": "Paid for the wrong branch"}
    payee = {"name": "Maryam Sample", "iban": "BH67BMAG00001299123456", "identifier": "cpr:900112345"}

    with story.world.http() as agency:
        instrument = agency.post(
            path, json=order | {"destination": "instrument"}, headers={"Idempotency-Key": "w-instrument"}
        )
        account = agency.post(
            path, json=order | {"destination": "iban", "beneficiary": payee}, headers={"Idempotency-Key": "w-iban"}
        )

    assert instrument.status_code == 422
    assert instrument.json()["errors"][0]["code"] == "refund_not_supported"
    assert (account.status_code, account.json()["amount"]) == (201, 1_000)


@pytest.mark.parametrize(("name", "asked", "rounding"), [("success", AMOUNT, 0), ("rough", ROUNDED_AMOUNT, 2)])
def test_cash_is_a_receivable_on_the_operator(cash: dict[str, Story], name: str, asked: int, rounding: int) -> None:
    """The browser's unsigned return makes us ask; what coins cannot pay has an account of its own."""
    story = cash[name]

    assert wait_for(story.is_in("succeeded"))

    payment = story.payment()
    [entry] = story.entries()
    moved = taken(entry)
    receivable = "operator_receivable:sadad-moic"
    assert (payment["amount"], payment["captured_amount"], story.invoice_state()) == (asked, asked, "paid")
    assert moved.pop((receivable, "agency_payable:moic")) == asked - rounding
    assert moved == ({(receivable, "cash_rounding"): rounding} if rounding else {})


def test_a_cash_bill_lives_to_the_end_of_the_day_in_bahrain(cash: dict[str, Story]) -> None:
    """21:00 UTC; half an hour at least."""
    attempt = cash["unpaid"].attempt
    ends_at = datetime.fromisoformat(attempt["expires_at"])
    lasts = ends_at - datetime.fromisoformat(attempt["created_at"])

    assert lasts.total_seconds() >= 1_800
    assert lasts.total_seconds() == 1_800 or (ends_at.hour, ends_at.minute, ends_at.second) == (21, 0, 0)


@pytest.mark.parametrize(("name", "state"), [("declined", "declined"), ("cancelled", "cancelled")])
def test_cash_that_was_not_taken_leaves_the_invoice_open(cash: dict[str, Story], name: str, state: str) -> None:
    """Whatever the browser says."""
    story = cash[name]

    assert wait_for(story.is_in(state))

    assert (story.invoice_state(), story.entries()) == ("issued", [])


def test_a_browser_that_claims_success_pays_nothing(world: World, cash: dict[str, Story]) -> None:
    """The return is unsigned: the status call says that nobody paid."""
    story = cash["unpaid"]
    page = f"{world.url}/pay/{story.reference}/payments/{story.payment_id}"
    form = {"ResultCode": "0", "ResultMessage": "Success", "TransactionIdentifier": "1"}

    for _ in range(3):
        assert httpx.post(page, data=form, timeout=120, trust_env=False).status_code == 303

    time.sleep(3)
    assert (story.payment()["state"], story.invoice_state(), story.entries()) == ("pending", "issued", [])


def test_money_of_an_older_day_pays_what_is_owed_when_it_is_told(cash: dict[str, Story]) -> None:
    """The kiosk reports it late; it is allocated, posted today."""
    story = cash["late"]

    assert wait_for(story.is_in("succeeded"))

    assert (story.payment()["disposition"], story.invoice_state()) == ("allocated", "paid")


def test_a_bill_whose_first_answer_was_lost_is_found_by_our_own_reference(world: World, cash: dict[str, Story]) -> None:
    """Unknown, never declined and never asked for twice; the payer's browser comes back and the money is found."""
    story = cash["lost"]
    assert story.attempt["state"] == "unknown"

    page = f"{world.url}/pay/{story.reference}/payments/{story.payment_id}"
    form = {"ResultCode": "0", "ResultMessage": "Success", "TransactionIdentifier": "1"}
    assert httpx.post(page, data=form, timeout=120, trust_env=False).status_code == 303

    assert wait_for(story.is_in("succeeded"))
    assert [sum(taken(entry).values()) for entry in story.entries()] == [AMOUNT]
    assert story.invoice_state() == "paid"
