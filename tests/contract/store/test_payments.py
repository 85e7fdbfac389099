"""What every payment repository and journal promises, the one settling transaction above all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from mizan.application.ports_books import CommitOutcome, Move
from mizan.application.posting import Booking, book_capture
from mizan.domain.callbacks import CallbackKey
from mizan.domain.fees import Fee, FeeBearer
from mizan.domain.history import Entry
from mizan.domain.invoices import Customer, Invoice, InvoiceState
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.payments import CAPTURED_STATES, UNDECIDED_STATES, Decline, Disposition, Payment, PaymentState
from tests.contract.store.conftest import Store
from tests.fakes.clock import NOON
from tests.fakes.samples import ACCOUNT, a_capture, a_line, a_payment, a_reference, an_invoice, by_reference, settled

DAY = date(2026, 3, 1)
LATER = NOON + timedelta(minutes=3)
BASKET_LINES = (
    replace(a_line(an_invoice(1)), plan="monthly", leg=1),
    replace(a_line(an_invoice(2, agency="health")), amount=7_500, discharge=8_000),
)


def with_pending(store: Store, invoice: Invoice | None = None) -> tuple[Invoice, Payment]:
    invoice = invoice or an_invoice()
    payment = a_payment(invoice)
    store.invoices.add(invoice)
    store.payments.add(payment)
    return invoice, payment


def booked(payment: Payment, invoice: Invoice, now: datetime = LATER) -> Booking:
    return book_capture(payment, ACCOUNT, a_capture(), by_reference(invoice), is_same_track=True, now=now)


def settle(store: Store, payment: Payment, booking: Booking) -> CommitOutcome:
    moves = [Move(payment, booking.payment), *(Move(before, after) for before, after in booking.invoices)]
    return store.books.commit(moves, transaction=booking.transaction)


def due(store: Store, now: datetime = NOON + timedelta(days=1), limit: int = 10) -> list[str]:
    """Ids of attempts that are due by then, in the order of the keys."""
    return [key.sk.removeprefix("PAY#") for key in store.payments.list_due(now, limit=limit)]


@pytest.mark.parametrize(
    "payment",
    [
        a_payment(),
        a_payment(state=PaymentState.CREATED, gateway_payment=None, redirect_url=None),
        a_payment(state=PaymentState.DECLINED, decline=Decline("51", "Insufficient funds.", "الرصيد غير كافٍ.")),
        settled(a_payment(), Disposition.OVERPAID),
        settled(a_payment(), Disposition.SUSPENDED, capture=a_capture(1, currency="USD"), is_final=True),
        a_payment(state=PaymentState.EXPIRED, is_rechecked=True, inquiry_count=7),
        a_payment(lines=BASKET_LINES, amount=20_000, agency="*", service="basket"),
        a_payment(lines=(replace(a_line(an_invoice()), fee=Fee(200, 20, FeeBearer.PAYER)),), amount=12_720, rounding=0),
        a_payment(rounding=-2, payer=Customer("Ahmed Ali", "أحمد علي", "800101123")),
    ],
    ids=[
        "pending",
        "created",
        "declined",
        "succeeded",
        "confirmed",
        "rechecked",
        "several lines",
        "with a fee",
        "paid by another",
    ],
)
def test_what_is_stored_reads_back_equal(store: Store, payment: Payment) -> None:
    """Every field of an attempt in every shape it takes, its lines, shares and history included."""
    assert store.payments.add(payment) is None

    assert store.payments.get(payment.payment_id) == payment


def test_nothing_is_overwritten(store: Store) -> None:
    """A second attempt under the same id is refused with what is there."""
    first = a_payment()
    store.payments.add(first)

    assert store.payments.add(replace(first, identity="another", amount=1)) == first

    assert store.payments.get(first.payment_id) == first


@pytest.mark.parametrize("payment_id", ["", "pay_", "pay_1", "HEAD", f"pay_{a_reference()}", a_payment().payment_id])
def test_what_is_not_a_payment_or_not_there_is_none(store: Store, payment_id: str) -> None:
    """No error, and nothing looked up for what cannot be an id."""
    assert store.payments.get(payment_id) is None


def test_attempts_of_an_invoice_are_listed_oldest_first_and_nothing_else(store: Store) -> None:
    """The invoice itself and another's attempts are not among them."""
    invoice, pending = with_pending(store)
    older = a_payment(invoice, 9, created_at=NOON - timedelta(hours=1))
    store.payments.add(older)
    with_pending(store, an_invoice(2))

    assert store.payments.list_of_invoice(invoice.reference) == [older, pending]
    assert store.payments.list_of_invoice(a_reference(3)) == []


def test_an_attempt_moves_on_once_over_what_was_seen(store: Store) -> None:
    """The second writer over the same sight is refused: by state, and by inquiry count within a state."""
    _, payment = with_pending(store)
    postponed = replace(payment, inquiry_count=1, next_inquiry_at=NOON + timedelta(minutes=2))
    declined = replace(payment, state=PaymentState.DECLINED, decline=Decline("51", "No.", "لا."))

    assert store.payments.replace(payment, postponed)
    assert not store.payments.replace(payment, declined)
    assert store.payments.replace(postponed, replace(declined, inquiry_count=1))
    assert not store.payments.replace(postponed, postponed)

    assert store.payments.get(payment.payment_id) == replace(declined, inquiry_count=1)


def test_what_a_move_leaves_empty_is_gone(store: Store) -> None:
    """A late success over a decline keeps no decline; a failed start keeps no page."""
    payment = a_payment(state=PaymentState.DECLINED, decline=Decline("51", "No.", "لا."))
    store.payments.add(payment)
    after = replace(payment, state=PaymentState.VOIDED, decline=None, redirect_url=None, gateway_payment=None)

    assert store.payments.replace(payment, after)

    assert store.payments.get(payment.payment_id) == after


def test_a_move_of_what_is_not_there_creates_nothing(store: Store) -> None:
    """An update is never an insert."""
    ghost = a_payment()

    assert not store.payments.replace(ghost, replace(ghost, state=PaymentState.EXPIRED))

    assert store.payments.get(ghost.payment_id) is None


@pytest.mark.parametrize("state", PaymentState)
def test_open_outcomes_are_listed_until_they_are_known(store: Store, state: PaymentState) -> None:
    """Created, pending and unknown are, and a success until it is confirmed; whatever is decided leaves the list with
    the move that decides it.
    """
    is_open = state in UNDECIDED_STATES | {PaymentState.SUCCEEDED}
    moved, added = a_payment(serial=1, state=PaymentState.CREATED), a_payment(serial=2, state=state)
    store.payments.add(moved)
    store.payments.add(added)

    store.payments.replace(moved, replace(moved, state=state))

    assert sorted(due(store)) == ([moved.payment_id, added.payment_id] if is_open else [])


@pytest.mark.parametrize("state", sorted(CAPTURED_STATES))
def test_a_confirmed_capture_is_listed_no_more(store: Store, state: PaymentState) -> None:
    """Its money went to the invoice: the platform has nothing left to do by itself."""
    booked_once = settled(a_payment())
    store.payments.add(booked_once)

    store.payments.replace(booked_once, replace(booked_once, state=state, is_final=True))

    assert due(store, NOON + timedelta(days=3_000)) == []


def test_an_idle_overpayment_is_due_a_year_after_its_capture(store: Store) -> None:
    """To the microsecond; once a part of it is promised to a refund it is due no more."""
    overpaid = settled(a_payment(), Disposition.OVERPAID, is_final=True)
    store.payments.add(overpaid)
    year_later = a_capture().captured_at + timedelta(days=365)

    assert due(store, year_later - timedelta(microseconds=1)) == []
    assert due(store, year_later) == [overpaid.payment_id]
    (share,) = overpaid.lines[0].shares
    promised = replace(overpaid.lines[0], shares=(replace(share, left=0, reserved=12_500),))
    store.payments.replace(overpaid, replace(overpaid, lines=(promised,)))
    assert due(store, year_later) == []


def test_what_is_to_be_asked_about_again_is_due_whatever_its_state(store: Store) -> None:
    """A failed attempt that somebody contradicts comes back to the list, and leaves it once it was asked about."""
    expired = a_payment(state=PaymentState.EXPIRED, inquiry_count=3)
    store.payments.add(expired)
    rechecked = replace(expired, is_rechecked=True)

    assert store.payments.replace(expired, rechecked)
    listed = due(store)
    assert store.payments.replace(rechecked, expired)

    assert (listed, due(store)) == ([expired.payment_id], [])
    assert store.payments.get(expired.payment_id) == expired


def test_what_is_due_later_is_not_listed_before(store: Store) -> None:
    """By the next inquiry, to the microsecond; the keys are where the attempts lie."""
    payment = a_payment(next_inquiry_at=LATER)
    store.payments.add(payment)

    early = list(store.payments.list_due(LATER - timedelta(microseconds=1), limit=10))
    on_time = list(store.payments.list_due(LATER, limit=10))

    assert early == []
    assert on_time == [CallbackKey(f"INV#{payment.reference}", f"PAY#{payment.payment_id}")]


def test_what_is_due_longest_of_each_shard_comes_first(store: Store) -> None:
    """Twenty-four attempts over eight shards, two of each: a young one never pushes an old one out."""
    for serial in range(24):
        store.payments.add(a_payment(serial=serial, created_at=NOON - timedelta(minutes=serial)))

    listed = [int(payment_id[-6:]) for payment_id in due(store, limit=2)]

    assert sorted(listed) == list(range(8, 24))
    assert [serial for serial in listed if serial % 8 == 0] == [16, 8]


def test_settling_writes_attempt_invoice_and_journal_together(store: Store) -> None:
    """BHD 12.500: succeeded, paid, booked, and due once more, to be confirmed."""
    invoice, payment = with_pending(store)
    booking = booked(payment, invoice)

    assert settle(store, payment, booking) is CommitOutcome.COMMITTED

    assert store.payments.get(payment.payment_id) == booking.payment
    stored = store.invoices.get(invoice.reference)
    assert stored == replace(
        invoice,
        state=InvoiceState.PAID,
        outstanding=0,
        updated_at=LATER,
        paid_by=(payment.payment_id,),
        history=(*invoice.history, Entry("pay", LATER, 12_500)),
    )
    assert list(store.journal.read_day(DAY)) == [booking.transaction]
    assert due(store) == [payment.payment_id]


def test_money_that_takes_no_invoice_is_booked_all_the_same(store: Store) -> None:
    """Suspense: attempt and journal entry, and the invoice untouched."""
    invoice, payment = with_pending(store, an_invoice(state=InvoiceState.CANCELLED))
    booking = booked(payment, invoice)

    assert settle(store, payment, booking) is CommitOutcome.COMMITTED

    assert booking.invoices == ()
    assert store.payments.get(payment.payment_id) == booking.payment
    assert store.invoices.get(invoice.reference) == invoice
    assert list(store.journal.read_day(DAY)) == [booking.transaction]


MOVES: dict[str, Callable[[Payment], Payment]] = {
    "another state": lambda payment: replace(payment, state=PaymentState.UNKNOWN),
    "another inquiry count": lambda payment: replace(payment, inquiry_count=1),
    "another sequence": lambda payment: replace(payment, history=(*payment.history, Entry("lose", NOON))),
}


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES.keys())
def test_an_attempt_that_changed_meanwhile_settles_nothing(store: Store, move: Callable[[Payment], Payment]) -> None:
    """All or nothing: neither the invoice nor the journal was touched."""
    invoice, payment = with_pending(store)
    store.payments.replace(payment, move(payment))

    assert settle(store, payment, booked(payment, invoice)) is CommitOutcome.CHANGED

    assert store.payments.get(payment.payment_id) == move(payment)
    assert store.invoices.get(invoice.reference) == invoice
    assert list(store.journal.read_day(DAY)) == []


def test_an_invoice_that_changed_meanwhile_settles_nothing(store: Store) -> None:
    """Its head was cancelled between the read and the write: attempt and journal stay as they were."""
    invoice, payment = with_pending(store)
    cancelled = replace(invoice, state=InvoiceState.CANCELLED)
    store.invoices.replace(invoice, cancelled)

    assert settle(store, payment, booked(payment, invoice)) is CommitOutcome.CHANGED

    assert store.payments.get(payment.payment_id) == payment
    assert store.invoices.get(invoice.reference) == cancelled
    assert list(store.journal.read_day(DAY)) == []


def test_a_slower_worker_settles_nothing_a_second_time(store: Store) -> None:
    """Another worker settled both: the slower is told to look again, and its own journal entry is not written."""
    invoice, payment = with_pending(store)
    settle(store, payment, booked(payment, invoice))
    slower = booked(payment, invoice, LATER + timedelta(seconds=1))

    assert settle(store, payment, slower) is CommitOutcome.CHANGED

    assert [row.posted_at for row in store.journal.read_day(DAY)] == [LATER]


def test_a_journal_entry_is_never_overwritten(store: Store) -> None:
    """An entry that is there already stops the whole transaction."""
    invoice, payment = with_pending(store)
    booking = booked(payment, invoice)
    settle(store, payment, booking)
    other = a_payment(invoice, 5)
    store.payments.add(other)
    clash = replace(booking, payment=replace(booking.payment, payment_id=other.payment_id), invoices=())

    assert settle(store, other, clash) is CommitOutcome.CHANGED

    assert store.payments.get(other.payment_id) == other
    assert list(store.journal.read_day(DAY)) == [booking.transaction]


@pytest.mark.parametrize("state", [PaymentState.DECLINED, PaymentState.CANCELLED, PaymentState.EXPIRED])
def test_a_late_capture_settles_a_failed_attempt(store: Store, state: PaymentState) -> None:
    """The pending index is long gone; the transaction takes that."""
    invoice = an_invoice()
    payment = a_payment(invoice, state=state)
    store.invoices.add(invoice)
    store.payments.add(payment)
    booking = booked(payment, invoice)

    assert settle(store, payment, booking) is CommitOutcome.COMMITTED

    assert store.payments.get(payment.payment_id) == booking.payment


def entries_of(store: Store, count: int) -> list[LedgerTransaction]:
    entries = []
    for number in range(count):
        invoice, payment = with_pending(store, an_invoice(number))
        booking = booked(payment, invoice)
        settle(store, payment, booking)
        entries.append(booking.transaction)
    return entries


def test_a_day_of_the_journal_is_read_whole_in_one_order(store: Store) -> None:
    """Twenty entries over sixteen shards, by shard and then by id; another day has none of them."""
    entries = entries_of(store, 20)

    read = list(store.journal.read_day(DAY))

    assert read == sorted(entries, key=lambda row: (row.shard, row.transaction_id))
    assert list(store.journal.read_day(DAY + timedelta(days=1))) == []


def test_an_entry_is_found_by_the_key_that_the_stream_names(store: Store) -> None:
    """`JRN#day#shard` and the transaction's id; anything else is None."""
    (entry,) = entries_of(store, 1)
    key = CallbackKey(f"JRN#2026-03-01#{entry.shard:02d}", entry.transaction_id)

    assert store.journal.get(key) == entry
    assert store.journal.get(replace(key, sk="cap_nothing")) is None
