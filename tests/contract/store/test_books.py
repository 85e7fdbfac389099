"""What every book-keeping store promises: all of it is written or none of it, and it says which."""

from dataclasses import replace
from datetime import date, timedelta
from typing import TypeAlias

import pytest

from mizan.application.ports_books import CommitOutcome, Move
from mizan.application.posting import book_capture
from mizan.domain.disputes import Dispute, DisputeEvent, DisputeState
from mizan.domain.disputes import changed as changed_dispute
from mizan.domain.history import Entry
from mizan.domain.invoices import Customer, Invoice, InvoiceEvent, InvoiceLine, InvoiceState
from mizan.domain.invoices import changed as changed_invoice
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.payments import Payment, PaymentEvent
from mizan.domain.payments import changed as changed_payment
from mizan.domain.refunds import Refund, RefundEvent
from mizan.domain.refunds import changed as changed_refund
from mizan.domain.suspense import Proposal, ProposalKind, SuspenseCase, SuspenseEvent
from mizan.domain.suspense import changed as changed_case
from tests.contract.store.conftest import Store
from tests.fakes.clock import NOON
from tests.fakes.refund_samples import a_dispute, a_refund
from tests.fakes.samples import ACCOUNT, a_capture, a_payment, an_invoice, by_reference, settled
from tests.fakes.terms_samples import a_basket
from tests.fakes.transfers import a_case

Kind: TypeAlias = Invoice | Payment | Refund | Dispute | SuspenseCase
"""Records with an identity and a history; vouchers have a file of their own."""

DAY = date(2026, 3, 1)
LATER = NOON + timedelta(minutes=3)


def an_entry(number: int = 1) -> LedgerTransaction:
    """A journal entry of its own."""
    booking = book_capture(
        a_payment(serial=number),
        ACCOUNT,
        a_capture(serial=number),
        by_reference(an_invoice()),
        is_same_track=True,
        now=LATER,
    )
    return booking.transaction


def read(store: Store, record: Kind) -> Kind | None:
    if isinstance(record, Invoice):
        return store.invoices.get(record.reference)
    if isinstance(record, Payment):
        return store.payments.get(record.payment_id)
    if isinstance(record, Refund):
        return store.refunds.get(record.refund_id)
    if isinstance(record, SuspenseCase):
        return store.cases.get(record.case_id)
    return store.disputes.get(record.dispute_id)


def moved(record: Kind) -> Kind:
    """The record after one thing more has happened to it."""
    if isinstance(record, Invoice):
        return changed_invoice(record, InvoiceEvent.HOLD, LATER, actor="key:key-1")
    if isinstance(record, Payment):
        return changed_payment(record, PaymentEvent.CONFIRM, LATER, is_final=True)
    if isinstance(record, Refund):
        return changed_refund(record, RefundEvent.APPROVE, LATER, actor="person:checker", checker="person:checker")
    if isinstance(record, SuspenseCase):
        proposal = Proposal(ProposalKind.ALLOCATE, an_invoice().reference, "amal")
        return changed_case(record, SuspenseEvent.PROPOSE_ALLOCATION, LATER, actor="amal", proposal=proposal)
    return changed_dispute(record, DisputeEvent.ADD_EVIDENCE, LATER, actor="key:key-1", evidence=("A note",))


def another(record: Kind) -> Kind:
    """Something else under the same id."""
    return replace(record, gateway="other") if isinstance(record, SuspenseCase) else replace(record, identity="another")


RECORDS: dict[str, Kind] = {
    "invoice": an_invoice(),
    "payment": settled(a_payment()),
    "refund": a_refund(),
    "dispute": a_dispute(),
    "case": a_case(),
}
KINDS = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())


@KINDS
def test_each_kind_of_record_is_created_and_moved_with_a_journal_entry(store: Store, record: Kind) -> None:
    """New, then one thing more: what is read back is what was committed, and each entry is in the journal."""
    created = store.books.commit([Move(None, record)], transaction=an_entry(1))
    changed = store.books.commit([Move(record, moved(record))], transaction=an_entry(2))

    assert (created, changed) == (CommitOutcome.COMMITTED, CommitOutcome.COMMITTED)
    assert read(store, record) == moved(record)
    assert {entry.transaction_id for entry in store.journal.read_day(DAY)} == {
        an_entry(1).transaction_id,
        an_entry(2).transaction_id,
    }


@KINDS
def test_a_single_move_needs_neither_entry_nor_claim(store: Store, record: Kind) -> None:
    """One thing alone is one conditional write, under the same rules."""
    outcomes = [
        store.books.commit([Move(None, record)]),
        store.books.commit([Move(None, another(record))]),
        store.books.commit([Move(record, moved(record))]),
        store.books.commit([Move(record, moved(record))]),
    ]

    assert outcomes == [
        CommitOutcome.COMMITTED,
        CommitOutcome.CHANGED,
        CommitOutcome.COMMITTED,
        CommitOutcome.CHANGED,
    ]
    assert read(store, record) == moved(record)


@KINDS
def test_what_is_there_already_is_not_created_again(store: Store, record: Kind) -> None:
    """CHANGED, and neither the other move nor the entry nor the claim was written."""
    store.books.commit([Move(None, record)])
    other = a_payment(an_invoice(9), 9)

    outcome = store.books.commit(
        [Move(None, other), Move(None, another(record))],
        transaction=an_entry(),
        claims={"GWT#fake#acc-1#gt-1": "mine"},
    )

    assert outcome is CommitOutcome.CHANGED
    assert read(store, record) == record
    assert store.payments.get(other.payment_id) is None
    assert list(store.journal.read_day(DAY)) == []
    assert store.books.holder("GWT#fake#acc-1#gt-1") is None


@KINDS
def test_what_is_not_as_seen_stops_the_whole_commit(store: Store, record: Kind) -> None:
    """Something happened to it meanwhile (its sequence is another): nothing at all is written."""
    seen = replace(record, history=(*record.history, Entry("something", NOON)))
    other = an_invoice(9)
    store.books.commit([Move(None, record)])
    store.invoices.add(other)

    outcome = store.books.commit(
        [Move(other, moved(other)), Move(seen, moved(seen))], transaction=an_entry(), claims={"CRD#1": "mine"}
    )

    assert outcome is CommitOutcome.CHANGED
    assert read(store, record) == record
    assert store.invoices.get(other.reference) == other
    assert list(store.journal.read_day(DAY)) == []
    assert store.books.holder("CRD#1") is None


@KINDS
def test_a_move_of_what_is_not_there_creates_nothing(store: Store, record: Kind) -> None:
    """An update is never an insert."""
    assert store.books.commit([Move(record, moved(record))], transaction=an_entry()) is CommitOutcome.CHANGED

    assert read(store, record) is None
    assert list(store.journal.read_day(DAY)) == []


@pytest.mark.parametrize("record", [a_payment(), a_refund()], ids=["payment", "refund"])
def test_an_inquiry_meanwhile_refuses_the_older_sight(store: Store, record: Payment | Refund) -> None:
    """State and sequence are the same, the count of inquiries is not: two workers asked, one writes."""
    store.books.commit([Move(None, record)])
    asked = replace(record, inquiry_count=1)

    first = store.books.commit([Move(record, asked)])
    second = store.books.commit([Move(record, replace(asked, next_inquiry_at=LATER))])

    assert (first, second) == (CommitOutcome.COMMITTED, CommitOutcome.CHANGED)
    assert read(store, record) == asked


def test_everything_of_one_commit_is_written(store: Store) -> None:
    """One of each kind, the entry and two claims: eight items in one transaction."""
    for record in RECORDS.values():
        store.books.commit([Move(None, record)])

    outcome = store.books.commit(
        [Move(record, moved(record)) for record in RECORDS.values()],
        transaction=an_entry(),
        claims={"CRD#1": "body-1", "GWT#1": "pay-1"},
    )

    assert outcome is CommitOutcome.COMMITTED
    assert [read(store, record) for record in RECORDS.values()] == [moved(record) for record in RECORDS.values()]
    assert list(store.journal.read_day(DAY)) == [an_entry()]
    assert (store.books.holder("CRD#1"), store.books.holder("GWT#1")) == ("body-1", "pay-1")


def test_a_claim_is_taken_once_and_keeps_its_first_holder(store: Store) -> None:
    """CLAIMED, and nothing of the second commit was written; another claim is free."""
    invoice, other = an_invoice(1), an_invoice(2)
    for row in (invoice, other):
        store.invoices.add(row)
    first = store.books.commit([Move(invoice, moved(invoice))], claims={"CRD#1": "first"})

    second = store.books.commit([Move(other, moved(other))], transaction=an_entry(), claims={"CRD#1": "second"})

    assert (first, second) == (CommitOutcome.COMMITTED, CommitOutcome.CLAIMED)
    assert store.books.holder("CRD#1") == "first"
    assert store.books.holder("CRD#2") is None
    assert store.invoices.get(other.reference) == other
    assert list(store.journal.read_day(DAY)) == []


def test_what_changed_is_named_before_a_claim_that_is_taken(store: Store) -> None:
    """What is no longer as seen decides whether there is anything left to claim for."""
    invoice = an_invoice()
    store.invoices.add(invoice)
    store.books.commit([Move(invoice, moved(invoice))], claims={"CRD#1": "first"})

    again = store.books.commit(
        [Move(invoice, changed_invoice(invoice, InvoiceEvent.CONTEST, LATER))], claims={"CRD#1": "second"}
    )

    assert again is CommitOutcome.CHANGED


def test_an_entry_that_is_there_stops_what_would_move_with_it(store: Store) -> None:
    """The same journal entry is posted once: CHANGED, look again."""
    first, second = an_invoice(1), an_invoice(2)
    for row in (first, second):
        store.invoices.add(row)
    store.books.commit([Move(first, moved(first))], transaction=an_entry())

    outcome = store.books.commit([Move(second, moved(second))], transaction=an_entry())

    assert outcome is CommitOutcome.CHANGED
    assert store.invoices.get(second.reference) == second
    assert list(store.journal.read_day(DAY)) == [an_entry()]


def test_an_amendment_keeps_what_the_invoice_was(store: Store) -> None:
    """The first creation is answered though it was amended twice and cancelled since, its customer included."""
    invoice = an_invoice()
    store.invoices.add(invoice)
    once = replace(
        changed_invoice(invoice, InvoiceEvent.AMEND, LATER, amount=9_000),
        lines=(InvoiceLine("Corrected fee", 9_000),),
        amount=9_000,
        outstanding=9_000,
        customer=Customer("Fatima Ahmed", cr="12345-1"),
    )
    twice = changed_invoice(once, InvoiceEvent.AMEND, LATER, due_date=date(2026, 4, 1))
    cancelled = changed_invoice(twice, InvoiceEvent.CANCEL, LATER)

    assert store.invoices.replace(invoice, once)
    assert store.invoices.replace(once, twice)
    assert store.invoices.replace(twice, cancelled)

    assert store.invoices.get(invoice.reference) == cancelled
    assert store.invoices.original(cancelled) == invoice


@pytest.mark.parametrize(
    ("state", "event", "entry"),
    [(InvoiceState.ISSUED, "issue", "issue"), (InvoiceState.DRAFT, "draft", "draft")],
    ids=["issued", "drafted"],
)
def test_the_original_of_what_was_never_amended_is_its_beginning(
    store: Store, state: InvoiceState, event: str, entry: str
) -> None:
    """Paid, held or superseded since: a replay of the creation is answered as the first time, draft or issued."""
    invoice = an_invoice(state=state, history=(Entry(event, NOON, 12_500),))
    store.invoices.add(invoice)
    after = replace(
        invoice,
        state=InvoiceState.PARTIALLY_PAID,
        outstanding=2_500,
        updated_at=LATER,
        plan="monthly",
        legs_paid=(0,),
        paid_by=(a_payment().payment_id,),
        history=(*invoice.history, Entry("issue", LATER), Entry("pay_part", LATER, 10_000, balance=2_500)),
    )
    store.invoices.replace(invoice, after)

    stored = store.invoices.get(invoice.reference)
    assert stored is not None
    assert store.invoices.original(stored) == invoice
    assert invoice.history[0].event == entry


def test_a_stale_amendment_keeps_no_revision(store: Store) -> None:
    """All or nothing: the copy of what was is written with the amendment that won, and only with it."""
    invoice = an_invoice()
    store.invoices.add(invoice)
    held = changed_invoice(invoice, InvoiceEvent.HOLD, NOON)
    store.invoices.replace(invoice, held)

    assert not store.invoices.replace(invoice, changed_invoice(invoice, InvoiceEvent.AMEND, LATER, amount=1))
    released = changed_invoice(held, InvoiceEvent.RELEASE, LATER)
    store.invoices.replace(held, released)
    once = changed_invoice(released, InvoiceEvent.AMEND, LATER, due_date=date(2026, 4, 1))

    assert store.invoices.replace(released, once)
    assert store.invoices.original(once) == invoice


def test_twenty_invoices_of_a_basket_are_paid_in_one_commit(store: Store) -> None:
    """The most that a basket holds: twenty-two items, all of them or none."""
    invoices = [an_invoice(number) for number in range(20)]
    payment = a_payment(an_invoice(99))
    for invoice in invoices:
        store.invoices.add(invoice)
    store.payments.add(payment)
    paid = [changed_invoice(row, InvoiceEvent.PAY, LATER, amount=12_500, outstanding=0) for row in invoices]
    moves = [
        Move(payment, settled(payment)),
        *(Move(before, after) for before, after in zip(invoices, paid, strict=True)),
    ]

    assert store.books.commit(moves, transaction=an_entry()) is CommitOutcome.COMMITTED

    assert store.invoices.get_many([row.reference for row in invoices]) == paid
    assert store.payments.get(payment.payment_id) == settled(payment)


def test_one_late_invoice_among_twenty_stops_them_all(store: Store) -> None:
    """The nineteenth was cancelled meanwhile: CHANGED, none is paid and nothing is booked."""
    invoices = [an_invoice(number) for number in range(20)]
    for invoice in invoices:
        store.invoices.add(invoice)
    cancelled = changed_invoice(invoices[18], InvoiceEvent.CANCEL, NOON)
    store.invoices.replace(invoices[18], cancelled)
    moves = [Move(row, changed_invoice(row, InvoiceEvent.PAY, LATER, amount=12_500, outstanding=0)) for row in invoices]

    assert store.books.commit(moves, transaction=an_entry()) is CommitOutcome.CHANGED

    expected = [*invoices[:18], cancelled, invoices[19]]
    assert store.invoices.get_many([row.reference for row in invoices]) == expected
    assert list(store.journal.read_day(DAY)) == []


def test_a_baskets_reference_makes_no_invoice(store: Store) -> None:
    """A commit that would create one under it finds something there already."""
    basket = a_basket()
    store.baskets.add(basket)

    outcome = store.books.commit([Move(None, an_invoice(reference=basket.reference))], transaction=an_entry())

    assert outcome is CommitOutcome.CHANGED
    assert store.baskets.get(basket.reference) == basket
    assert list(store.journal.read_day(DAY)) == []


def test_what_only_goes_is_a_change_too(store: Store) -> None:
    """A dispute whose evidence is withdrawn, an attempt that needs no recheck any more: attributes only vanish."""
    dispute = a_dispute(state=DisputeState.EVIDENCE)
    rechecked = a_payment(is_rechecked=True)
    for record in (dispute, rechecked):
        store.books.commit([Move(None, record)])
    bare: Dispute = replace(dispute, evidence=())
    answered = replace(rechecked, is_rechecked=False)

    outcome = store.books.commit([Move(dispute, bare), Move(rechecked, answered)])
    alone = store.books.commit([Move(answered, rechecked)])
    alone_again = store.books.commit([Move(rechecked, answered)])

    assert (outcome, alone, alone_again) == (CommitOutcome.COMMITTED,) * 3
    assert (read(store, dispute), read(store, rechecked)) == (bare, answered)


@KINDS
def test_what_moves_to_itself_is_only_a_condition(store: Store, record: Kind) -> None:
    """Something else may depend on it being as read: it is written as it was, or the whole commit is refused."""
    beside = an_invoice(2)
    store.books.commit([Move(None, record)])

    held = store.books.commit([Move(None, beside), Move(record, record)])
    store.books.commit([Move(record, moved(record))])
    refused = store.books.commit([Move(None, an_invoice(3)), Move(record, record)])

    assert (held, refused) == (CommitOutcome.COMMITTED, CommitOutcome.CHANGED)
    assert read(store, record) == moved(record)
    assert store.invoices.get(beside.reference) == beside
    assert store.invoices.get(an_invoice(3).reference) is None


def test_a_claim_alone_is_taken_once(store: Store) -> None:
    """What was heard of before what it is about is remembered by itself; whoever says it again finds it there."""
    first = store.books.commit([], claims={"GWR#fake#acc-1#t-1": "t-1"})
    again = store.books.commit([], claims={"GWR#fake#acc-1#t-1": "t-2"})

    assert (first, again is CommitOutcome.COMMITTED) == (CommitOutcome.COMMITTED, False)
    assert store.books.holder("GWR#fake#acc-1#t-1") == "t-1"


def test_a_payment_that_nobody_started_is_stored_with_its_money_once(store: Store) -> None:
    """Attempt, invoice, entry and claim of a notice in one transaction; a second of the same is refused whole."""
    invoice = an_invoice()
    store.invoices.add(invoice)
    booking = book_capture(
        a_payment(invoice), ACCOUNT, a_capture(), by_reference(invoice), is_same_track=True, now=LATER
    )
    moves = [Move(None, booking.payment), *(Move(before, after) for before, after in booking.invoices)]

    first = store.books.commit(moves, transaction=booking.transaction, claims={"GWT#fake#acc-1#t-1": "pay"})
    again = store.books.commit(moves, transaction=booking.transaction, claims={"GWT#fake#acc-1#t-1": "pay again"})

    assert (first, again) == (CommitOutcome.COMMITTED, CommitOutcome.CHANGED)
    assert store.payments.get(booking.payment.payment_id) == booking.payment
