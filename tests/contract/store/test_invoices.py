"""What every invoice repository promises."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.domain.errors import InvalidInputError
from mizan.domain.history import History
from mizan.domain.invoices import Customer, InvoiceEvent, InvoiceState, changed
from tests.contract.store.conftest import Store
from tests.fakes.clock import NOON
from tests.fakes.samples import AGENCY, a_reference, an_invoice


@pytest.mark.parametrize(
    "invoice",
    [
        an_invoice(),
        an_invoice(invoice_number=None, metadata={}, customer=Customer("Ali")),
        an_invoice(created_at=NOON.replace(microsecond=1), updated_at=NOON + timedelta(days=1)),
        an_invoice(amount=999_999_999_999),
    ],
    ids=["everything", "only what must be", "a microsecond", "the largest amount"],
)
def test_what_is_stored_reads_back_equal(store: Store, invoice: object) -> None:
    """Every field, Arabic and metadata included; amounts to the fils, instants to the microsecond."""
    assert isinstance(invoice, type(an_invoice()))

    assert store.invoices.add(invoice) is None

    assert store.invoices.get(invoice.reference) == invoice


def test_nothing_is_overwritten(store: Store) -> None:
    """A second invoice under the same reference is refused with what is there, which stays."""
    first, second = an_invoice(), an_invoice(amount=1, identity="another", fingerprint="another")
    store.invoices.add(first)

    assert store.invoices.add(second) == first

    assert store.invoices.get(first.reference) == first


def test_what_is_not_there_is_none(store: Store) -> None:
    """No error: the use case decides what that means."""
    assert store.invoices.get(a_reference(9)) is None


def test_many_are_read_in_the_order_asked_and_missing_ones_left_out(store: Store) -> None:
    """More than the hundred that one batch takes."""
    invoices = [an_invoice(number) for number in range(103)]
    for invoice in invoices:
        store.invoices.add(invoice)
    wanted = [invoice.reference for invoice in reversed(invoices)]

    found = store.invoices.get_many([wanted[0], a_reference(999), *wanted[1:]])

    assert found == invoices[::-1]
    assert store.invoices.get_many([]) == []


def test_a_change_is_made_once_over_what_was_seen(store: Store) -> None:
    """State, outstanding, history and the instant move; the second writer over the same sight is refused."""
    before = an_invoice()
    store.invoices.add(before)
    paid = changed(before, InvoiceEvent.PAY, NOON + timedelta(hours=1), amount=12_500, outstanding=0)
    cancelled = changed(before, InvoiceEvent.CANCEL, NOON + timedelta(hours=2), actor="key:key-1")

    assert store.invoices.replace(before, paid)
    assert not store.invoices.replace(before, cancelled)

    assert store.invoices.get(before.reference) == paid


@pytest.mark.parametrize("history", [(), (*an_invoice().history, *an_invoice().history)], ids=["shorter", "longer"])
def test_a_change_over_another_sequence_is_refused(store: Store, history: History) -> None:
    """The condition is on the number of what happened, state alone is not enough: a part may have been paid since."""
    before = an_invoice()
    store.invoices.add(before)
    seen = replace(before, history=history)

    assert not store.invoices.replace(seen, changed(seen, InvoiceEvent.CANCEL, NOON))

    assert store.invoices.get(before.reference) == before


def test_a_part_that_was_paid_meanwhile_refuses_the_next_part_of_the_same_sight(store: Store) -> None:
    """Partially paid stays partially paid: what tells the two apart is the sequence. No update is lost."""
    before = an_invoice(state=InvoiceState.PARTIALLY_PAID, outstanding=10_000)
    store.invoices.add(before)
    first = changed(before, InvoiceEvent.PAY_PART, NOON, amount=4_000, outstanding=6_000)
    second = changed(before, InvoiceEvent.PAY_PART, NOON, amount=1_000, outstanding=9_000)

    assert store.invoices.replace(before, first)
    assert not store.invoices.replace(before, second)

    assert store.invoices.get(before.reference) == first


def test_a_change_of_what_is_not_there_creates_nothing(store: Store) -> None:
    """An update is never an insert."""
    ghost = an_invoice()

    assert not store.invoices.replace(ghost, replace(ghost, state=InvoiceState.CANCELLED))

    assert store.invoices.get(ghost.reference) is None


def test_a_day_is_listed_oldest_first_in_pages_without_gap_or_repeat(store: Store) -> None:
    """Seventeen invoices over sixteen shards in pages of five; two were made in the same instant."""
    instants = [timedelta(seconds=number % 16, microseconds=number) for number in range(17)]
    invoices = [an_invoice(n, created_at=NOON + (instants[n] if n != 16 else instants[0])) for n in range(17)]
    for invoice in invoices:
        store.invoices.add(invoice)
    expected = [row.reference for row in sorted(invoices, key=lambda row: (row.created_at, row.reference))]

    seen: list[str] = []
    cursor, sizes = None, []
    while True:
        page = store.invoices.list_day(AGENCY, NOON.date(), limit=5, cursor=cursor)
        seen += page.references
        sizes.append(len(page.references))
        cursor = page.cursor
        if cursor is None:
            break

    assert seen == expected
    assert sizes == [5, 5, 5, 2]


def test_a_full_last_page_has_no_cursor(store: Store) -> None:
    """Nobody is sent for an empty page."""
    for number in range(2):
        store.invoices.add(an_invoice(number))

    page = store.invoices.list_day(AGENCY, NOON.date(), limit=2, cursor=None)

    assert (len(page.references), page.cursor) == (2, None)


def test_other_days_and_other_agencies_are_not_listed(store: Store) -> None:
    """The day is the Bahrain day of creation; the last microsecond belongs, the next does not."""
    midnight = NOON.replace(hour=21)
    last = an_invoice(1, created_at=midnight - timedelta(microseconds=1))
    for invoice in (last, an_invoice(2, created_at=midnight), an_invoice(3, agency="moic2"), an_invoice(4, agency="m")):
        store.invoices.add(invoice)

    assert store.invoices.list_day(AGENCY, NOON.date(), limit=9, cursor=None).references == (last.reference,)


@pytest.mark.parametrize("cursor", ["", "x", "!!!!", "e30", "W10", "bnVsbA", "أ", "5b" * 40_000, "W1tb" * 3_000])
def test_a_cursor_that_was_never_handed_out_is_refused_by_name(store: Store, cursor: str) -> None:
    """422 on `cursor`, whatever it is: empty, not base64, another JSON, endless or nested."""
    with pytest.raises(InvalidInputError, match="cursor: bad_cursor"):
        store.invoices.list_day(AGENCY, NOON.date(), limit=5, cursor=cursor)


def test_a_key_stays_with_the_body_that_came_first(store: Store) -> None:
    """The holder is answered to everyone; another agency's same key is another key."""
    holders = [
        store.invoices.reserve_key(agency, key, fingerprint, NOON)
        for agency, key, fingerprint in [
            ("moic", "key-1", "body-1"),
            ("moic", "key-1", "body-1"),
            ("moic", "key-1", "body-2"),
            ("health", "key-1", "body-2"),
            ("moic", "مفتاح " * 40, "body-3"),
        ]
    ]

    assert holders == ["body-1", "body-1", "body-1", "body-2", "body-3"]
