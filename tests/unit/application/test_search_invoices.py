"""Finding invoices: every one once, in order, in bounded steps; an index is a hint and the invoice decides."""

import base64
import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from mizan.application.project_payers import project_payers
from mizan.application.search_invoices import CHUNK_COUNT_MAX, SCANNED_COUNT_MAX, InvoiceQuery, InvoiceSearch
from mizan.domain.callbacks import CallbackKey
from mizan.domain.errors import InvalidInputError
from mizan.domain.invoices import Customer, Invoice, InvoiceState
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform, a_creation
from tests.fakes.samples import AGENCY, an_invoice
from tests.fakes.store import FakePayerIndex

TODAY = NOON.date()
YESTERDAY = TODAY - timedelta(days=1)
PAYER = "cpr:900101123"


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def payers() -> FakePayerIndex:
    return FakePayerIndex()


def search(platform: Platform, payers: FakePayerIndex) -> InvoiceSearch:
    return InvoiceSearch(
        invoices=platform.invoices,
        created=platform.invoices,
        payers=payers,
        derivation=platform.derivation,
        clock=platform.clock,
    )


def made(platform: Platform, number: int, **changes: Any) -> Invoice:
    """An invoice `number` seconds after noon, but for `changes`."""
    at = NOON + timedelta(seconds=number)
    return platform.with_invoice(an_invoice(number, **({"created_at": at} | changes)))


def project(platform: Platform, payers: FakePayerIndex, invoice: Invoice) -> None:
    project_payers(CallbackKey(f"INV#{invoice.reference}", "HEAD"), invoices=platform.invoices, payers=payers)


def pages(found: InvoiceSearch, query: InvoiceQuery) -> list[list[str]]:
    """References of every page to the last."""
    shown: list[list[str]] = []
    while True:
        page = found.find(query)
        shown.append([invoice.reference for invoice in page.invoices])
        if page.cursor is None:
            return shown
        query = replace(query, cursor=page.cursor)


@pytest.mark.parametrize(("limit", "sizes"), [(2, [2, 2, 2]), (3, [3, 3]), (4, [4, 2]), (6, [6]), (100, [6])])
def test_days_are_read_one_after_the_other_page_by_page(
    platform: Platform, payers: FakePayerIndex, limit: int, sizes: list[int]
) -> None:
    """Every invoice once, oldest first, over the boundary of days; the last page says that it is the last."""
    old = [made(platform, number, created_at=NOON - timedelta(days=1, seconds=9 - number)) for number in (1, 2, 3)]
    new = [made(platform, number) for number in (4, 5, 6)]
    made(platform, 7, agency="health")
    made(platform, 8, created_at=NOON - timedelta(days=2))

    shown = pages(search(platform, payers), InvoiceQuery(AGENCY, limit, YESTERDAY, TODAY))

    assert [len(page) for page in shown] == sizes
    assert [reference for page in shown for reference in page] == [invoice.reference for invoice in [*old, *new]]


def test_a_day_is_bahrains(platform: Platform, payers: FakePayerIndex) -> None:
    """22:30 UTC is the next day in Bahrain."""
    late = made(platform, 1, created_at=NOON.replace(hour=22, minute=30))

    assert pages(search(platform, payers), InvoiceQuery(AGENCY, 9, TODAY, TODAY)) == [[]]
    following = TODAY + timedelta(days=1)
    assert pages(search(platform, payers), InvoiceQuery(AGENCY, 9, following, following)) == [[late.reference]]


def test_state_and_service_filter_what_was_read_as_of_now(platform: Platform, payers: FakePayerIndex) -> None:
    """An invoice that fell due meanwhile is overdue, though nobody wrote that down."""
    fallen = made(platform, 1, due_date=date(2026, 3, 5))
    made(platform, 2, due_date=date(2026, 12, 5))
    made(platform, 3, due_date=date(2026, 3, 5), service="cr-renewal")
    platform.clock.advance(timedelta(days=10))
    found = search(platform, payers)

    overdue = InvoiceQuery(AGENCY, 9, TODAY, TODAY, state=InvoiceState.OVERDUE)

    assert len(pages(found, overdue)[0]) == 2
    assert pages(found, replace(overdue, service="cr-registration")) == [[fallen.reference]]
    assert pages(found, replace(overdue, service="none-such")) == [[]]


def test_a_call_reads_a_bounded_number_of_invoices_and_the_cursor_goes_on(
    platform: Platform, payers: FakePayerIndex
) -> None:
    """A page may be empty and not the last: the one that matches is the very last of 1,100."""
    for number in range(1_100):
        made(platform, number)
    wanted = made(platform, 1_100, state=InvoiceState.HELD)

    shown = pages(search(platform, payers), InvoiceQuery(AGENCY, 10, TODAY, TODAY, state=InvoiceState.HELD))

    assert shown == [[], [], [wanted.reference]]
    assert SCANNED_COUNT_MAX == 500


def test_a_call_looks_at_a_bounded_number_of_days(platform: Platform, payers: FakePayerIndex) -> None:
    """A year of empty days takes twelve short calls, not one that never ends."""
    wanted = made(platform, 1)

    shown = pages(search(platform, payers), InvoiceQuery(AGENCY, 10, TODAY - timedelta(days=364), TODAY))

    assert len(shown) == -(-365 // CHUNK_COUNT_MAX)
    assert shown[-1] == [wanted.reference]
    assert all(page == [] for page in shown[:-1])


def test_the_agencys_number_finds_the_invoice_that_was_just_raised(platform: Platform, payers: FakePayerIndex) -> None:
    """Derived, not searched; another agency's same number is another invoice, and an unknown one finds nothing."""
    invoice, _ = platform.create(a_creation())
    found = search(platform, payers)

    assert pages(found, InvoiceQuery(AGENCY, 1, invoice_number="2026-0001")) == [[invoice.reference]]
    assert pages(found, InvoiceQuery("health", 1, invoice_number="2026-0001")) == [[]]
    assert pages(found, InvoiceQuery(AGENCY, 1, invoice_number="2026-0002")) == [[]]


@pytest.mark.parametrize("collision_count", [1, 3])
def test_a_number_is_found_behind_collisions(payers: FakePayerIndex, collision_count: int) -> None:
    """The same places are tried as when it was raised."""
    platform = Platform()
    platform.create(a_creation(invoice_number="first", idempotency_key=None))
    platform.derivation.collision_count = collision_count
    for number in ("other", "wanted"):
        made_last, _ = platform.create(a_creation(invoice_number=number, idempotency_key=None))

    assert pages(search(platform, payers), InvoiceQuery(AGENCY, 1, invoice_number="wanted")) == [[made_last.reference]]


def test_a_payers_invoices_are_found_page_by_page(platform: Platform, payers: FakePayerIndex) -> None:
    """Of every day, of this agency alone, by each of the payer's identities."""
    mine = [made(platform, number) for number in (1, 2, 3)]
    other = made(platform, 4, customer=Customer("Hamad", cr="77-1"))
    foreign = made(platform, 5, agency="health")
    for invoice in (*mine, other, foreign):
        project(platform, payers, invoice)
    found = search(platform, payers)

    assert pages(found, InvoiceQuery(AGENCY, 2, payer=PAYER)) == [
        [invoice.reference for invoice in mine[:2]],
        [mine[2].reference],
    ]
    assert pages(found, InvoiceQuery(AGENCY, 2, payer="cr:77-1")) == [[other.reference]]
    assert pages(found, InvoiceQuery(AGENCY, 9, TODAY + timedelta(1), TODAY + timedelta(1), payer=PAYER)) == [[]]


def test_a_stale_row_finds_nothing(platform: Platform, payers: FakePayerIndex) -> None:
    """The invoice was amended to another customer since: its old payer's row is only a hint."""
    invoice = made(platform, 1)
    project(platform, payers, invoice)
    platform.with_invoice(replace(invoice, customer=Customer("Somebody else", cpr="900101124")))

    assert pages(search(platform, payers), InvoiceQuery(AGENCY, 9, payer=PAYER)) == [[]]


def cursor_of(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "ÿ",
        cursor_of([]),
        cursor_of({"after": "x"}),
        cursor_of({"day": "2026-03-01"}),
        cursor_of({"day": None, "after": "x"}),
        cursor_of({"day": "2026-02-27", "after": " "}),
        cursor_of({"day": "2026-03-02", "after": " "}),
        cursor_of({"day": "2026-03-01", "after": ""}),
        cursor_of({"day": "2026-03-01", "after": 7}),
        cursor_of({"day": "2026-03-01", "after": "x" * 65}),
        cursor_of({"day": 20260301, "after": "x"}),
    ],
)
def test_a_cursor_that_is_none_of_this_question_is_refused(
    platform: Platform, payers: FakePayerIndex, cursor: str
) -> None:
    """Made up, cut, or of another range."""
    with pytest.raises(InvalidInputError, match="cursor: bad_cursor"):
        search(platform, payers).find(InvoiceQuery(AGENCY, 2, TODAY, TODAY, cursor=cursor))
