"""KNET, EazyPay and Tap on the running platform: from invoice to journal, by success and by everything else."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from infra.local.api import Api
from infra.local.card_accounts import KINDS, card_accounts
from infra.local.seed import AGENCY_SCOPES
from infra.setup import KeyGrant, add_account, add_key
from mizan.adapters.gateways.eazypay import signing as eazypay_signing
from mizan.adapters.gateways.reading import read_object
from mizan.adapters.gateways.tap import signing as tap_signing
from mizan.domain.calendar import business_date
from mizan.domain.references import track_id
from tests.e2e.conftest import CARD_APPROVED, CARD_SHORT_OF_FUNDS, World
from tests.e2e.test_bad_input import invoice_body, line
from tests.e2e.test_bad_luck import wait_for

pytestmark = [pytest.mark.engine, pytest.mark.timeout(240)]

AMOUNT = 50_500
SERVICES = {
    "knet": ("passports", "passport-renewal"),
    "eazypay": ("labour", "work-permit"),
    "tap": ("customs", "customs-clearance"),
}
"""Gateway → an agency and a service of its own, so that no other test chooses the agency's accounts."""

FEES = {"knet": [505, 51], "eazypay": [758, 76], "tap": [606, 61]}  # customs bears its own rate for credit cards
"""Of 50.500 by the catalogue's rates, borne by the treasury, and the VAT on it: fils, half up."""

METHODS = {kind.gateway: kind.method for kind in KINDS}
SCRIPTS: dict[str, tuple[str, dict[str, Any]]] = {
    "success": ("success", {}),
    "declined": ("success", {}),
    "cancelled": ("cancel", {}),
    "amount": ("wrong_amount", {"amount": "10.000"}),
    "currency": ("wrong_currency", {}),
    "forged": ("forged_callback", {}),
    "claimed": ("forged_callback", {"forged_with": "terminal"}),
    "thrice": ("duplicate_callbacks", {"callbacks": 3}),
    "cut": ("truncated_callback", {}),
}


class Story:
    """One invoice with one attempt at one gateway."""

    def __init__(self, world: World, api: Api, gateway: str, name: str) -> None:
        self.world, self.api, self.gateway, self.name = world, api, gateway, name
        self.agency, service = SERVICES[gateway]
        body = invoice_body(service=service, lines=[line(AMOUNT)])
        self.reference = api.post("/v1/invoices", body, idempotency_key=f"{gateway}-{name}", expect=201)["reference"]
        path, order = f"/v1/invoices/{self.reference}/payments", {"method": METHODS[gateway]}
        self.attempt = api.post(path, order, idempotency_key=f"{gateway}-{name}-1", expect=201)
        self.payment_id = self.attempt["payment_id"]
        self.track_id = track_id(self.payment_id)

    def pay(self, card: str = CARD_APPROVED) -> None:
        outcome, details = SCRIPTS[self.name]
        self.world.script(outcome, self.track_id, **details)
        self.world.pay_by_card(self._page(), card)

    def _page(self) -> str:
        """The sandbox's id of the payment; KNET knows of it once a browser has come."""
        url = self.attempt["redirect_url"]
        if "PaymentID=" not in url:
            url = httpx.get(url, timeout=30, trust_env=False).headers["Location"]
        return str(parse_qs(urlsplit(url).query)["PaymentID"][0])

    def payment(self) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"/v1/payments/{self.payment_id}")
        return found

    def is_in(self, *states: str) -> Callable[[], bool]:
        return lambda: self.payment()["state"] in states

    def invoice_state(self) -> str:
        return str(self.api.get(f"/v1/invoices/{self.reference}")["state"])

    def posted(self) -> list[list[int]]:
        """Amounts of its entries' postings: the money, then the fee and its VAT."""
        return [[posting["amount"] for posting in entry["postings"]] for entry in self.entries()]

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


def _prefer(world: World) -> None:
    """The agency's account at its gateway before every other that takes the method."""
    platform = world.platform
    made = card_accounts(
        [agency for agency, _ in SERVICES.values()],
        sandbox_url=world.sandbox.url,
        notes=world.notes,
        post=lambda _url, _body: None,
    )
    wanted = {f"{gateway}-{agency}" for gateway, (agency, _) in SERVICES.items()}
    for account in made:
        if account.account_id in wanted:
            object.__setattr__(account, "rank", -1)
            client = platform.client
            add_account(client("dynamodb"), client("kms"), platform.outputs["TableName"], account)


@pytest.fixture(scope="module")
def apis(world: World) -> Iterator[dict[str, Api]]:
    _prefer(world)
    expires_at = datetime.now(UTC) + timedelta(days=1)
    with ExitStack() as stack:
        made = {}
        for gateway, (agency, _) in SERVICES.items():
            grant = KeyGrant(f"cards {agency}", agency, "agency", AGENCY_SCOPES, expires_at)
            key = add_key(world.platform.client("dynamodb"), world.platform.outputs["TableName"], grant)
            made[gateway] = Api(world.url, key, timeout_seconds=120)
            stack.callback(made[gateway].close)
        yield made


@pytest.fixture(scope="module")
def stories(world: World, apis: dict[str, Api]) -> dict[tuple[str, str], Story]:
    """Every story of every gateway begun and paid, several at a time."""

    def drive(key: tuple[str, str]) -> Story:
        gateway, name = key
        story = Story(world, apis[gateway], gateway, name)
        assert story.attempt["gateway"] == gateway, story.attempt
        story.pay(CARD_SHORT_OF_FUNDS if name == "declined" else CARD_APPROVED)
        return story

    keys = [(gateway, name) for gateway in SERVICES for name in SCRIPTS]
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(keys, pool.map(drive, keys), strict=True))


@pytest.fixture(params=list(SERVICES))
def gateway(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _post(world: World, gateway: str, agency: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    note = world.notes.cards[f"{gateway}/{agency}"]
    url = f"{world.url}/callbacks/{gateway}/{note.token}"
    return httpx.post(url, content=body, headers=headers, timeout=30, trust_env=False)


def _eazypay_webhook(secret: str, track: str, sent_at: datetime) -> tuple[bytes, dict[str, str]]:
    body = json.dumps({"globalTransactionsId": "g-1", "invoiceId": track, "isPaid": True}).encode()
    stamp = str(int(sent_at.timestamp() * 1000))
    signature = eazypay_signing.sign(secret, stamp, "n-1", "g-1", "true")
    return body, {"Eazy-Timestamp": stamp, "Eazy-Nonce": "n-1", "Eazy-Signature": signature}


def _set_aside(world: World, gateway: str, agency: str) -> list[str]:
    """Why deliveries to that account were set aside, since the day before."""
    token = world.notes.cards[f"{gateway}/{agency}"].token
    days = (datetime.now(UTC) - timedelta(days=1), datetime.now(UTC))
    items = [item for day in days for item in world.table_items(f"QRN#{day:%Y%m%d}")]
    return [item["reason"]["S"] for item in items if item["token"]["S"] == token]


def test_a_card_pays_an_invoice_into_the_journal(stories: dict[tuple[str, str], Story], gateway: str) -> None:
    """Page, notification, inquiry, capture: the gateway owes us what the agency is owed."""
    story = stories[gateway, "success"]

    assert wait_for(story.is_in("succeeded"))

    payment, [entry] = story.payment(), story.entries()
    assert (payment["captured_amount"], payment["disposition"]) == (AMOUNT, "allocated")
    moved = [(posting["debit"], posting["credit"], posting["amount"]) for posting in entry["postings"]]
    clearing = f"gateway_clearing:{gateway}:{gateway}-{story.agency}"
    assert story.invoice_state() == "paid"
    assert moved[0] == (clearing, f"agency_payable:{story.agency}", AMOUNT)
    assert [amount for _, _, amount in moved[1:]] == FEES[gateway]


@pytest.mark.parametrize(("name", "state", "code"), [("declined", "declined", "51"), ("cancelled", "cancelled", None)])
def test_a_card_that_does_not_pay_leaves_the_invoice_open(
    stories: dict[tuple[str, str], Story], gateway: str, name: str, state: str, code: str | None
) -> None:
    """A decline has the issuer's code and its reason in both languages."""
    story = stories[gateway, name]

    assert wait_for(story.is_in(state))

    decline = story.payment()["decline"]
    assert (decline["code"] if decline else None) == code
    assert decline is None or decline["text"] != decline["text_ar"]
    assert (story.invoice_state(), story.entries()) == ("issued", [])


@pytest.mark.parametrize(("name", "amount", "currency"), [("amount", 10_000, "BHD"), ("currency", AMOUNT, "KWD")])
def test_another_amount_or_currency_is_in_suspense(
    stories: dict[tuple[str, str], Story], gateway: str, name: str, amount: int, currency: str
) -> None:
    """The money is real and in the books; the invoice is not paid."""
    story = stories[gateway, name]

    assert wait_for(story.is_in("succeeded"))

    payment, [entry] = story.payment(), story.entries()
    assert (payment["disposition"], payment["captured_amount"]) == ("suspended", amount)
    assert (entry["amount"], entry["currency"]) == (amount, currency)
    assert story.invoice_state() == "issued"


def test_the_same_delivery_many_times_is_one_effect(stories: dict[tuple[str, str], Story], gateway: str) -> None:
    """One capture, one entry."""
    story = stories[gateway, "thrice"]

    assert wait_for(story.is_in("succeeded"))

    time.sleep(1)  # the others are worked through meanwhile
    assert story.posted() == [[AMOUNT, *FEES[story.gateway]]]


def test_a_delivery_that_claims_a_payment_pays_nothing(stories: dict[tuple[str, str], Story], gateway: str) -> None:
    """Made with the account's own key, it makes us ask: the gateway says that the card was declined."""
    story = stories[gateway, "claimed"]

    assert wait_for(story.is_in("declined"))

    assert (story.invoice_state(), story.entries()) == ("issued", [])


@pytest.mark.parametrize("name", ["forged", "cut"])
def test_a_delivery_that_does_not_fit_is_set_aside(
    world: World, stories: dict[tuple[str, str], Story], gateway: str, name: str
) -> None:
    """Under a foreign key, or cut in half: both kept with their reasons, and answered all the same; nothing moves by
    them.
    """
    story = stories[gateway, name]

    assert wait_for(lambda: len(_set_aside(world, gateway, story.agency)) >= 2)

    assert story.invoice_state() in ("issued", "paid")  # paid once the sweep has asked about what was captured
    assert story.payment()["disposition"] in (None, "allocated")


def test_a_webhook_of_another_account_names_no_payment_of_this_one(
    world: World, stories: dict[tuple[str, str], Story]
) -> None:
    """Signed with another agency's secret, about this one's attempt: refused, and answered all the same."""
    story, other = stories["eazypay", "declined"], world.notes.cards["eazypay/health"]
    body, headers = _eazypay_webhook(other.resource_key, story.track_id, datetime.now(UTC))

    answer = _post(world, "eazypay", "health", body, headers)

    assert (answer.status_code, answer.content) == (200, b"{}")
    assert wait_for(lambda: "unknown_payment" in _set_aside(world, "eazypay", "health"))
    assert story.entries() == []


def test_a_webhook_replayed_after_a_week_only_asks(world: World, stories: dict[tuple[str, str], Story]) -> None:
    """Older than the window: kept, answered, asked about; the paid invoice stays paid once."""
    story, own = stories["eazypay", "success"], world.notes.cards["eazypay/labour"]
    assert wait_for(story.is_in("succeeded"))
    body, headers = _eazypay_webhook(own.resource_key, story.track_id, datetime.now(UTC) - timedelta(days=7))

    for _ in range(3):
        assert _post(world, "eazypay", "labour", body, headers).status_code == 200

    time.sleep(2)
    assert story.posted() == [[AMOUNT, *FEES[story.gateway]]]
    assert story.payment()["state"] == "succeeded"


def test_a_lost_first_answer_is_unknown_and_found_by_our_own_reference(world: World, apis: dict[str, Api]) -> None:
    """Tap charged and never said so: never declined, never sent again; a late webhook makes us ask."""
    own = world.notes.cards["tap/customs"]
    body = {"terminal_id": own.terminal_id, "outcome": "timeout_then_success", "hang_seconds": 0}
    httpx.post(f"{world.sandbox.url}/sandbox/scenarios", json=body, trust_env=False).raise_for_status()
    story = Story(world, apis["tap"], "tap", "lost")
    assert story.attempt["state"] == "unknown"
    charge = {"id": "chg_x", "amount": 1, "currency": "BHD", "reference": {"transaction": story.track_id}}
    told = json.dumps(charge).encode()
    hashstring = tap_signing.sign(own.resource_key, tap_signing.hashed_text(read_object(told)))

    _post(world, "tap", "customs", told, {"hashstring": hashstring, "Content-Type": "application/json"})

    assert wait_for(story.is_in("succeeded"))
    assert story.posted() == [[AMOUNT, *FEES[story.gateway]]]
    assert story.invoice_state() == "paid"


def test_these_gateways_give_nothing_back_to_the_instrument(
    stories: dict[tuple[str, str], Story], gateway: str
) -> None:
    """No refund of theirs is known: refused by name, before anything is sent."""
    story = stories[gateway, "success"]
    assert wait_for(story.is_in("succeeded"))
    order = {"seen_refundable": AMOUNT, "amount": 1_000, "reason": "Paid twice", "destination": "instrument"}

    refused = story.api.post(
        f"/v1/payments/{story.payment_id}/refunds", order, idempotency_key=f"{gateway}-refund", expect=422
    )

    assert refused["errors"][0]["code"] == "refund_not_supported"
