"""What may happen between the gateway and us: nothing is paid without an inquiry, nothing captured is lost."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from mizan.domain.calendar import business_date
from mizan.domain.references import track_id
from tests.e2e.conftest import CARD_SHORT_OF_FUNDS, World
from tests.e2e.test_bad_input import invoice_body

WAIT_SECONDS = 300
"""A limit for a busy machine, not a measure: what is waited for comes within seconds, with a sweep within minutes."""


def wait_for(ready: Callable[[], Any]) -> Any:
    """What `ready` answers once it is true; fails after five minutes."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if found := ready():
            return found
        time.sleep(0.3)
    pytest.fail("waited in vain")


class Case:
    """One invoice with one attempt at the gateway."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name, self.api = world, name, world.api()
        self.invoice = self.api.post("/v1/invoices", invoice_body(), idempotency_key=f"luck-{name}", expect=201)
        self.reference = self.invoice["reference"]
        self.attempt = self.start("first")

    def start(self, key: str) -> dict[str, Any]:
        path = f"/v1/invoices/{self.reference}/payments"
        attempt: dict[str, Any] = self.api.post(
            path, {"method": "debit_card"}, idempotency_key=f"{self.name}-{key}", expect=201
        )
        return attempt

    @property
    def gateway_payment(self) -> str:
        return str(self.attempt["redirect_url"].rpartition("PaymentID=")[2])

    def state(self) -> str:
        return str(self.api.get(f"/v1/payments/{self.attempt['payment_id']}")["state"])

    def invoice_state(self) -> str:
        return str(self.api.get(f"/v1/invoices/{self.reference}")["state"])

    def script(self, outcome: str, **options: Any) -> None:
        self.world.script(outcome, track_id(self.attempt["payment_id"]), **options)

    def callback_url(self) -> str:
        account = self.world.notes.accounts["moic"]
        return f"{self.world.url}/callbacks/benefit/{account.token}"


def quarantined_reasons(world: World, body: bytes) -> list[str]:
    """Why deliveries of these very bytes were set aside, since the day before, as the API handed them on: text."""
    kept = body.decode(errors="replace").encode()
    days = (datetime.now(UTC) - timedelta(days=1), datetime.now(UTC))
    items = [item for day in days for item in world.table_items(f"QRN#{day:%Y%m%d}")]
    return [item["reason"]["S"] for item in items if item["body"]["B"] == kept]


@pytest.mark.engine
@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", None), (b"trandata=NOTHEX", None), (b"trandata=" + b"00" * 64, None), (b"\xff" * 3000, None)],
    ids=["empty", "no hex", "wrong key", "binary"],
)
def test_a_bad_delivery_gets_the_gateways_answer_is_kept_and_changes_nothing(
    world: World, body: bytes, reason: None
) -> None:
    """The answer is REDIRECT= whatever came; the raw bytes are quarantined with a reason; the attempt stays pending."""
    case = Case(world, f"bad-{len(body)}-{body[:12]!r}")
    before = len(quarantined_reasons(world, body))

    response = httpx.post(case.callback_url(), content=body, timeout=30, trust_env=False)

    assert response.status_code == 200
    assert response.text.startswith(f"REDIRECT={world.url}/pay")
    assert wait_for(lambda: len(quarantined_reasons(world, body)) > before)
    assert case.state() == "pending"
    assert case.invoice_state() == "issued"


@pytest.mark.engine
def test_a_forged_success_is_found_out_by_inquiry(world: World) -> None:
    """A delivery that claims CAPTURED, made with the terminal's own key, without any charge: nothing is paid."""
    case = Case(world, "forged")
    case.script("forged_callback", forged_with="terminal")

    world.pay_by_card(case.gateway_payment)

    time.sleep(4)  # the forged delivery is worked through meanwhile
    assert case.state() != "succeeded"
    assert case.invoice_state() == "issued"


@pytest.mark.engine
def test_the_same_delivery_many_times_is_one_effect(world: World) -> None:
    """Duplicates, and the same bytes replayed later: one capture, one journal entry with its fee and the fee's
    VAT, the invoice paid once.
    """
    case = Case(world, "duplicates")
    case.script("duplicate_callbacks", callbacks=4)

    world.pay_by_card(case.gateway_payment)

    assert wait_for(lambda: case.invoice_state() == "paid")
    time.sleep(3)
    entries = [entry for entry in _todays_journal(world) if entry["payment_id"] == case.attempt["payment_id"]]
    assert [[posting["amount"] for posting in entry["postings"]] for entry in entries] == [[50_500, 253, 25]]


@pytest.mark.engine
def test_a_wrong_amount_is_suspended_and_the_invoice_stays_open(world: World) -> None:
    """10.000 for 50.500: the money is real and in the books, under suspense; the invoice is not paid."""
    case = Case(world, "amount")
    case.script("wrong_amount", amount="10.000")

    world.pay_by_card(case.gateway_payment)

    assert wait_for(lambda: case.state() == "succeeded")
    payment = case.api.get(f"/v1/payments/{case.attempt['payment_id']}")
    assert payment["disposition"] == "suspended"
    assert payment["captured_amount"] == 10_000
    assert case.invoice_state() == "issued"


@pytest.mark.engine
def test_a_truncated_delivery_is_quarantined_and_the_sweep_finds_the_money(world: World) -> None:
    """The notification is cut in half: kept, set aside; the inquiry of the sweep (a minute later) books the capture."""
    case = Case(world, "truncated")
    case.script("truncated_callback")

    world.pay_by_card(case.gateway_payment)

    wait_for(lambda: case.invoice_state() == "paid")
    assert case.invoice_state() == "paid"


@pytest.mark.engine
def test_a_declined_card_leaves_the_invoice_open_for_another_try(world: World) -> None:
    """A decline is a result with its reason in both languages; a new key is a new attempt on the same invoice."""
    case = Case(world, "declined")

    world.pay_by_card(case.gateway_payment, CARD_SHORT_OF_FUNDS)

    assert wait_for(lambda: case.state() == "declined")
    declined = case.api.get(f"/v1/payments/{case.attempt['payment_id']}")["decline"]
    assert declined["code"] == "51"
    assert declined["text_ar"]
    case.attempt = case.start("second")
    world.pay_by_card(case.gateway_payment)
    assert wait_for(lambda: case.invoice_state() == "paid")


@pytest.mark.engine
def test_a_gateway_that_hangs_after_charging_is_unknown_then_found_out(world: World) -> None:
    """Initiation times out: the outcome is unknown, never declined, and no second charge is made."""
    account = world.notes.accounts["moic"]
    api = world.api()
    invoice = api.post("/v1/invoices", invoice_body(), idempotency_key="luck-hang", expect=201)
    body = {"terminal_id": account.terminal_id, "outcome": "timeout_then_success", "hang_seconds": 1}
    httpx.post(f"{world.sandbox.url}/sandbox/scenarios", json=body, trust_env=False).raise_for_status()

    attempt = api.post(
        f"/v1/invoices/{invoice['reference']}/payments",
        {"method": "debit_card"},
        idempotency_key="luck-hang-1",
        expect=201,
    )

    assert attempt["state"] == "unknown"
    wait_for(lambda: api.get(f"/v1/invoices/{invoice['reference']}")["state"] == "paid")
    assert api.get(f"/v1/invoices/{invoice['reference']}")["state"] == "paid"


@pytest.mark.engine
def test_twenty_copies_of_one_request_are_one_invoice_and_one_attempt(world: World) -> None:
    """At the same time, over HTTP: one reference, one payment id."""
    api = world.api()

    def create(_: int) -> str:
        return str(api.post("/v1/invoices", invoice_body(), idempotency_key="luck-20", expect=201)["reference"])

    with ThreadPoolExecutor(20) as pool:
        references = set(pool.map(create, range(20)))

    assert len(references) == 1
    reference = references.pop()

    def start(_: int) -> str:
        path = f"/v1/invoices/{reference}/payments"
        return str(api.post(path, {"method": "debit_card"}, idempotency_key="luck-20-p", expect=201)["payment_id"])

    with ThreadPoolExecutor(20) as pool:
        payment_ids = set(pool.map(start, range(20)))
    assert len(payment_ids) == 1
    assert len(api.get("/v1/payments", reference=reference)["items"]) == 1


def _todays_journal(world: World) -> list[dict[str, Any]]:
    """Every page: other tests' entries may fill the first ones."""
    finance, today = world.api("finance"), business_date(datetime.now(UTC)).isoformat()
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        page = finance.get("/v1/journal", on=today, **cursor)
        found += page["items"]
        if page["cursor"] is None:
            return found
        cursor = {"cursor": page["cursor"]}
