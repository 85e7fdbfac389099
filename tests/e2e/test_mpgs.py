"""Credit cards (MPGS) on the running platform: from invoice to journal, by success and by everything else."""

import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from mizan.domain.calendar import business_date
from mizan.domain.references import track_id
from tests.e2e.conftest import World
from tests.e2e.test_bad_input import invoice_body, line
from tests.e2e.test_bad_luck import wait_for

pytestmark = [pytest.mark.engine, pytest.mark.timeout(240)]

AMOUNT = 50_500
CARD = "5123450000000008"
FEE = [758, 76]
"""Of 50.500 by the catalogue's rate for credit cards, borne by the treasury, and the VAT on it: fils, half up."""

EXPIRIES = {
    "success": "01/39",
    "declined": "01/50",
    "unauthenticated": "08/50",
    "more": "05/50",
    "currency": "06/50",
    "part": "07/50",
    "thrice": "03/50",
    "reversed-order": "04/50",
    "slow": "11/50",
    "forged": "09/50",
    "spliced": "10/50",
    "strange": "01/51",
    "second-card": "05/39",
}
"""Story → the card's date, which is the sandbox's magic value."""

SUSPENDED = {"more": (51_500, "BHD"), "currency": (50_500, "KWD"), "part": (49_500, "BHD")}


class Story:
    """One invoice with one attempt by credit card."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name, self.api = world, name, world.api()
        body = invoice_body(lines=[line(AMOUNT)])
        self.invoice = self.api.post("/v1/invoices", body, idempotency_key=f"mpgs-{name}", expect=201)
        self.reference = self.invoice["reference"]
        path = f"/v1/invoices/{self.reference}/payments"
        self.attempt = self.api.post(path, {"method": "credit_card"}, idempotency_key=f"mpgs-{name}-1", expect=201)
        self.payment_id = self.attempt["payment_id"]

    def payment(self) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"/v1/payments/{self.payment_id}")
        return found

    def is_in(self, *states: str) -> Callable[[], bool]:
        return lambda: self.payment()["state"] in states

    def invoice_state(self) -> str:
        return str(self.api.get(f"/v1/invoices/{self.reference}")["state"])

    def sandbox(self, verb: str, **body: object) -> dict[str, Any]:
        session_id = urlsplit(self.attempt["redirect_url"]).path.rpartition("/")[2]
        url = f"{self.world.sandbox.url}/sandbox/mpgs/sessions/{session_id}/{verb}"
        response = httpx.post(url, json=body, timeout=60, trust_env=False)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def pay(self, expiry: str) -> dict[str, Any]:
        return self.sandbox("card", card=CARD, expiry=expiry)

    def entries(self) -> list[dict[str, Any]]:
        """Its lines of today's journal: every page, for other tests' entries may fill the first ones."""
        day = business_date(datetime.now(UTC)).isoformat()
        found: list[dict[str, Any]] = []
        cursor: dict[str, Any] = {}
        while True:
            page = self.world.api("finance").get("/v1/journal", on=day, **cursor)
            found += page["items"]
            if page["cursor"] is None:
                return [entry for entry in found if entry["payment_id"] == self.payment_id]
            cursor = {"cursor": page["cursor"]}

    def posted(self) -> list[list[int]]:
        """Amounts of its entries' postings: the money, then the fee and its VAT."""
        return [[posting["amount"] for posting in entry["postings"]] for entry in self.entries()]

    def quarantined_reasons(self) -> list[str]:
        """Why deliveries that name this attempt were set aside, since the day before."""
        days = (datetime.now(UTC) - timedelta(days=1), datetime.now(UTC))
        items = [item for day in days for item in self.world.table_items(f"QRN#{day:%Y%m%d}")]
        named = track_id(self.payment_id).encode()
        return [item["reason"]["S"] for item in items if named in item["body"]["B"]]


def _form(page: str) -> tuple[str, dict[str, str]]:
    found = re.search(r'<form method="\w+" action="([^"]+)"', page)
    assert found is not None, page
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return unescape(found[1]), {unescape(name): unescape(value) for name, value in hidden}


@pytest.fixture(scope="module")
def cards(world: World) -> dict[str, Story]:
    """Every story begun and paid, several at a time; the success on the page, as a payer would."""

    def drive(name: str) -> Story:
        story = Story(world, name)
        if name != "success":
            story.pay(EXPIRIES[name])
        return story

    first, *others = EXPIRIES
    warm = {first: drive(first)}  # cold functions are started by one story, not by four at once
    with ThreadPoolExecutor(3) as pool:
        return warm | dict(zip(others, pool.map(drive, others), strict=True))


def test_a_credit_card_pays_an_invoice_into_the_journal(world: World, cards: dict[str, Story]) -> None:
    """Page, webhook, inquiry, capture: the gateway owes us what the agency is owed; the payer comes back."""
    story = cards["success"]
    with httpx.Client(timeout=60, trust_env=False) as browser:
        page = browser.get(story.attempt["redirect_url"])
        url, hidden = _form(page.text)
        typed = hidden | {"card": CARD, "expiry": "01/39", "csc": "100", "action": "pay"}
        back = browser.post(f"{world.sandbox.url}{url}", data=typed)
        target, fields = _form(back.text)
        came = browser.get(target, params=fields)

    assert wait_for(story.is_in("succeeded"))

    payment = story.payment()
    [entry] = story.entries()
    assert (page.status_code, came.status_code) == (200, 200)
    assert target == f"{world.url}/pay/{story.reference}/payments/{story.payment_id}"
    assert (payment["gateway"], payment["captured_amount"], payment["disposition"]) == ("mpgs", AMOUNT, "allocated")
    assert story.invoice_state() == "paid"
    moved = [(posting["debit"], posting["credit"], posting["amount"]) for posting in entry["postings"]]
    assert moved[0] == ("gateway_clearing:mpgs:mpgs-moic", "agency_payable:moic", AMOUNT)
    assert [amount for _, _, amount in moved[1:]] == FEE


@pytest.mark.parametrize(
    ("name", "code"), [("declined", "INSUFFICIENT_FUNDS"), ("unauthenticated", "AUTHENTICATION_FAILED")]
)
def test_a_card_that_does_not_pay_leaves_the_invoice_open(cards: dict[str, Story], name: str, code: str) -> None:
    """The reason is kept, in both languages."""
    story = cards[name]

    assert wait_for(story.is_in("declined"))

    decline = story.payment()["decline"]
    assert decline["code"] == code
    assert (story.invoice_state(), story.entries()) == ("issued", [])


def test_a_second_card_under_the_same_order_pays_after_all(cards: dict[str, Story]) -> None:
    """Late truth: what we thought declined was captured at the second try, and is booked once."""
    story = cards["second-card"]
    assert wait_for(story.is_in("declined"))

    story.pay("01/39")

    assert wait_for(story.is_in("succeeded"))
    assert story.posted() == [[AMOUNT, *FEE]]
    assert story.invoice_state() == "paid"


@pytest.mark.parametrize("name", ["more", "currency", "part"])
def test_another_amount_or_currency_is_in_suspense(cards: dict[str, Story], name: str) -> None:
    """Too much, other money, a partial capture: real and in the books, and the invoice is not paid."""
    story = cards[name]

    assert wait_for(story.is_in("succeeded"))

    payment = story.payment()
    [entry] = story.entries()
    assert (payment["disposition"], payment["captured_amount"]) == ("suspended", SUSPENDED[name][0])
    assert (entry["amount"], entry["currency"]) == SUSPENDED[name]
    assert story.invoice_state() == "issued"


@pytest.mark.parametrize("name", ["thrice", "reversed-order"])
def test_more_webhooks_than_payments_are_one_effect(cards: dict[str, Story], name: str) -> None:
    """Three attempts of one notice, an older one after the newer, and one more as if a week later: one entry."""
    story = cards[name]

    assert wait_for(story.is_in("succeeded"))
    story.sandbox("notify")

    time.sleep(2)
    assert story.posted() == [[AMOUNT, *FEE]]
    assert (story.payment()["state"], story.invoice_state()) == ("succeeded", "paid")


def test_a_charge_whose_inquiries_time_out_is_found_in_the_end(cards: dict[str, Story]) -> None:
    """Charged, and the gateway does not answer twice: asked again under the same id, booked once."""
    story = cards["slow"]

    story.sandbox("notify")

    assert wait_for(story.is_in("succeeded"))
    assert story.posted() == [[AMOUNT, *FEE]]


@pytest.mark.parametrize("name", ["forged", "spliced"])
def test_a_webhook_that_lies_pays_nothing(cards: dict[str, Story], name: str) -> None:
    """Under a foreign secret it is quarantined; under the right one it makes us ask, and the order says no."""
    story = cards[name]

    if name == "forged":
        assert wait_for(lambda: "bad_signature" in story.quarantined_reasons())

    assert (story.payment()["state"], story.invoice_state(), story.entries()) == ("pending", "issued", [])


def test_a_status_that_nobody_knows_is_never_paid(cards: dict[str, Story]) -> None:
    """The outcome is unknown, and stays so until the gateway says a word that we know."""
    story = cards["strange"]

    assert wait_for(story.is_in("unknown"))

    assert (story.invoice_state(), story.entries()) == ("issued", [])


def test_another_accounts_webhook_names_no_payment_of_this_one(world: World, cards: dict[str, Story]) -> None:
    """With the traffic directorate's secret, about the registry's payment: refused, and answered all the same."""
    story, other = cards["spliced"], world.notes.credit_cards["traffic"]
    body = {"merchant": other.terminal_id, "order": {"id": track_id(story.payment_id), "status": "CAPTURED"}}
    answer = httpx.post(
        f"{world.url}/callbacks/mpgs/{other.token}",
        content=json.dumps(body).encode(),
        headers={"X-Notification-Secret": other.resource_key, "Content-Type": "application/json"},
        timeout=60,
        trust_env=False,
    )

    assert (answer.status_code, answer.content) == (200, b"OK")
    assert wait_for(lambda: "unknown_payment" in story.quarantined_reasons())
    assert story.payment()["state"] == "pending"


def test_a_browser_that_claims_success_pays_nothing(world: World, cards: dict[str, Story]) -> None:
    """`resultIndicator` is a hint that nobody takes."""
    story = cards["spliced"]
    page = f"{world.url}/pay/{story.reference}/payments/{story.payment_id}"

    assert httpx.get(page, params={"resultIndicator": "1"}, timeout=60, trust_env=False).status_code == 200

    assert (story.payment()["state"], story.invoice_state()) == ("pending", "issued")
