"""Where captured money goes: every row of the decision table, and Σ shares = capture whatever comes."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.application.posting import Booking, book_capture
from mizan.domain.calendar import end_of_day
from mizan.domain.errors import IllegalTransitionError
from mizan.domain.history import Entry
from mizan.domain.invoices import INVOICE_STATES, Invoice, InvoiceEvent, InvoiceState, as_of
from mizan.domain.ledger import Posting, TransactionKind
from mizan.domain.payments import Capture, Disposition, Payment, PaymentLine, PaymentState
from mizan.domain.quotes import Quote, quote_of
from mizan.domain.terms import EarlyDiscount
from tests.fakes.clock import NOON
from tests.fakes.samples import ACCOUNT, a_capture, a_payment, an_invoice, by_reference, settled
from tests.fakes.terms_samples import DISCOUNT, DUE, HALVES, LATE, MONTHLY, PARTIAL, with_terms

ALLOCATED, OVERPAID, SUSPENDED = Disposition.ALLOCATED, Disposition.OVERPAID, Disposition.SUSPENDED
CLEARING = "gateway_clearing:fake:acc-1"
BY_NOW = NOON + timedelta(minutes=3)


def line_of(quote: Quote) -> PaymentLine:
    return PaymentLine(
        quote.reference, quote.agency, quote.service, quote.amount, quote.discharge, quote.valid_until,
        quote.plan, quote.leg,
    )  # fmt: skip


def an_attempt(invoice: Invoice, at: datetime = NOON, **asked: Any) -> Payment:
    """An attempt as quoted at that instant."""
    quote = quote_of(as_of(invoice, at), at, **asked)
    return a_payment(invoice, amount=quote.amount, lines=(line_of(quote),), created_at=at)


def book(payment: Payment, *invoices: Invoice, now: datetime = BY_NOW, **capture: Any) -> Booking:
    taken = replace(a_capture(payment.amount), **capture)
    aged = [as_of(invoice, now) for invoice in invoices]
    return book_capture(payment, ACCOUNT, taken, by_reference(*aged), is_same_track=True, now=now)


def shares(booking: Booking) -> list[tuple[Disposition, int]]:
    return [(share.disposition, share.amount) for share in booking.payment.shares]


def invoice_after(booking: Booking) -> Invoice:
    ((_, after),) = booking.invoices
    return after


# -- money that the invoice takes -------------------------------------------------------------------------------------


def test_a_full_payment_pays_the_invoice() -> None:
    """BHD 12.500: all of it the agency's, nothing outstanding, and the invoice knows by whom."""
    payment = an_attempt(an_invoice())

    booking = book(payment, an_invoice())

    assert shares(booking) == [(ALLOCATED, 12_500)]
    assert booking.payment.lines[0].discharged == 12_500
    paid = invoice_after(booking)
    assert (paid.state, paid.outstanding, paid.paid_by) == (InvoiceState.PAID, 0, (payment.payment_id,))
    assert paid.history[-1] == Entry("pay", BY_NOW, 12_500)
    assert booking.transaction.postings == (Posting(CLEARING, "agency_payable:moic", 12_500),)


def test_an_early_payment_pays_the_invoice_with_less() -> None:
    """11.500 are the agency's and discharge 12.500."""
    invoice = with_terms(discount=DISCOUNT)

    booking = book(an_attempt(invoice), invoice)

    assert shares(booking) == [(ALLOCATED, 11_500)]
    assert booking.payment.lines[0].discharged == 12_500
    assert invoice_after(booking).state is InvoiceState.PAID
    assert booking.transaction.amount == 11_500


def test_a_late_payment_pays_the_invoice_and_its_charge() -> None:
    """13.000 are the agency's and discharge 12.500."""
    invoice, late = with_terms(late=LATE), end_of_day(LATE.starts_on)

    booking = book(an_attempt(invoice, late), invoice, now=late, captured_at=late)

    assert shares(booking) == [(ALLOCATED, 13_000)]
    assert booking.payment.lines[0].discharged == 12_500
    assert invoice_after(booking).outstanding == 0


def test_a_part_leaves_the_rest_outstanding() -> None:
    """2.500 of 12.500: paid in part; an overdue or contested demand stays what it is."""
    states = {}
    for state in (InvoiceState.ISSUED, InvoiceState.OVERDUE, InvoiceState.CONTESTED):
        invoice = with_terms(partial=PARTIAL, changes={"state": state})
        booking = book(an_attempt(invoice, amount=2_500), invoice)
        assert shares(booking) == [(ALLOCATED, 2_500)]
        assert invoice_after(booking).outstanding == 10_000
        states[state] = invoice_after(booking).state

    assert states == {
        InvoiceState.ISSUED: InvoiceState.PARTIALLY_PAID,
        InvoiceState.OVERDUE: InvoiceState.OVERDUE,
        InvoiceState.CONTESTED: InvoiceState.CONTESTED,
    }


def test_a_leg_binds_the_invoice_to_its_plan() -> None:
    """The first of three: 5.000, 7.500 left."""
    invoice = with_terms(plans=(MONTHLY, HALVES))

    booking = book(an_attempt(invoice, plan="monthly"), invoice)

    bound = invoice_after(booking)
    assert shares(booking) == [(ALLOCATED, 5_000)]
    assert (bound.plan, bound.legs_paid, bound.outstanding) == ("monthly", (0,), 7_500)
    assert bound.state is InvoiceState.PARTIALLY_PAID


def test_the_last_leg_pays_the_invoice() -> None:
    """All three legs, one attempt after the other."""
    invoice = with_terms(plans=(MONTHLY,))
    for _ in MONTHLY.legs:
        invoice = invoice_after(book(an_attempt(invoice, plan="monthly"), invoice))

    assert (invoice.state, invoice.outstanding, invoice.legs_paid) == (InvoiceState.PAID, 0, (0, 1, 2))
    assert [entry.amount for entry in invoice.history[1:]] == [5_000, 4_000, 3_500]


# -- money that somebody paid before ----------------------------------------------------------------------------------


def test_a_second_payment_of_the_whole_is_overpaid() -> None:
    """The invoice is untouched; the money is the payer's and refundable."""
    paid = an_invoice(state=InvoiceState.PAID, outstanding=0)

    booking = book(an_attempt(an_invoice()), paid)

    assert (shares(booking), booking.invoices) == ([(OVERPAID, 12_500)], ())
    assert booking.payment.refundable == 12_500
    assert booking.transaction.postings == (Posting(CLEARING, "overpayment:moic", 12_500),)


@pytest.mark.parametrize(
    ("terms", "at", "taken", "over"),
    [
        ({}, NOON, 10_000, 2_500),
        ({"discount": DISCOUNT}, NOON, 10_000, 1_500),
        ({"late": LATE}, end_of_day(LATE.starts_on), 10_500, 2_500),
    ],
    ids=["whole", "discounted", "late"],
)
def test_money_that_another_part_has_overtaken_is_split(
    terms: dict[str, Any], at: datetime, taken: int, over: int
) -> None:
    """2.500 came in meanwhile: 10.000 and the late charge are taken, and what is over is the payer's, in one entry with
    two postings.
    """
    invoice = with_terms(**terms)
    overtaken = replace(invoice, outstanding=10_000, state=InvoiceState.PARTIALLY_PAID)

    booking = book(an_attempt(invoice, at), overtaken, now=at, captured_at=at)

    assert shares(booking) == [(ALLOCATED, taken), (OVERPAID, over)]
    assert booking.payment.lines[0].discharged == 10_000
    assert (invoice_after(booking).state, invoice_after(booking).outstanding) == (InvoiceState.PAID, 0)
    assert booking.transaction.kind is TransactionKind.CAPTURE_ALLOCATED
    assert booking.transaction.postings == (
        Posting(CLEARING, "agency_payable:moic", taken),
        Posting(CLEARING, "overpayment:moic", over),
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"plan": "halves", "legs_paid": (0,), "outstanding": 6_000},
        {"outstanding": 10_000},
        {"plan": "monthly", "legs_paid": (0,), "outstanding": 7_500},
    ],
    ids=["another plan was begun", "a part was paid", "the leg was paid"],
)
def test_a_leg_that_is_excluded_or_paid_already_is_overpaid(changes: dict[str, Any]) -> None:
    """It never mixes with another way of paying: 5.000 are the payer's, and the invoice is untouched."""
    invoice = with_terms(plans=(MONTHLY, HALVES), partial=PARTIAL)
    meanwhile = replace(invoice, state=InvoiceState.PARTIALLY_PAID, **changes)

    booking = book(an_attempt(invoice, plan="monthly"), meanwhile)

    assert (shares(booking), booking.invoices) == ([(OVERPAID, 5_000)], ())


# -- money that comes late --------------------------------------------------------------------------------------------


def test_a_lapsed_quote_counts_where_a_new_one_would_say_the_same() -> None:
    """Captured two days after it was quoted, nothing changed meanwhile: paid."""
    booking = book(an_attempt(an_invoice()), an_invoice(), captured_at=NOON + timedelta(days=2))

    assert shares(booking) == [(ALLOCATED, 12_500)]


@pytest.mark.parametrize("terms", [{}, {"partial": PARTIAL}], ids=["no parts", "parts"])
def test_a_discount_that_had_lapsed_when_the_payer_paid_goes_to_suspense(terms: dict[str, Any]) -> None:
    """Quoted on the last day of the discount, captured on the next: it is no longer what is due. Finance decides."""
    invoice = with_terms(discount=EarlyDiscount(1_000, DUE), **terms)
    quoted_at = end_of_day(DUE) - timedelta(hours=2)
    payment = an_attempt(invoice, quoted_at)

    in_time = book(payment, invoice, now=quoted_at, captured_at=payment.lines[0].valid_until)
    too_late = book(payment, invoice, captured_at=payment.lines[0].valid_until + timedelta(microseconds=1))

    assert shares(in_time) == [(ALLOCATED, 11_500)]
    assert (shares(too_late), too_late.invoices) == ([(SUSPENDED, 11_500)], ())


def test_what_counts_is_when_the_payer_paid_and_not_when_we_heard() -> None:
    """Captured in time on the discount's last day and booked three days later: the discount holds."""
    invoice = with_terms(discount=DISCOUNT)

    booking = book(an_attempt(invoice), invoice, now=end_of_day(DISCOUNT.until) + timedelta(days=3))

    assert shares(booking) == [(ALLOCATED, 11_500)]
    assert invoice_after(booking).state is InvoiceState.PAID


def test_money_that_was_paid_before_the_demand_expired_is_taken_though_heard_of_after() -> None:
    """Whole or in part: the expired demand takes it."""
    whole = with_terms(expires_on=DUE)
    part = with_terms(expires_on=DUE, partial=PARTIAL)
    late = end_of_day(DUE) + timedelta(days=2)
    paid_at = end_of_day(DUE) - timedelta(microseconds=1)
    quoted_at = end_of_day(DUE) - timedelta(minutes=10)

    paid = book(an_attempt(whole, quoted_at), whole, now=late, captured_at=paid_at)
    partly = book(an_attempt(part, quoted_at, amount=2_500), part, now=late, captured_at=paid_at)

    assert (shares(paid), invoice_after(paid).state) == ([(ALLOCATED, 12_500)], InvoiceState.PAID)
    assert (shares(partly), invoice_after(partly).state) == ([(ALLOCATED, 2_500)], InvoiceState.PARTIALLY_PAID)


def test_money_that_was_paid_after_the_last_day_goes_to_suspense() -> None:
    """From midnight in Bahrain on, whether we heard of it before or after somebody looked."""
    invoice = with_terms(expires_on=DUE)
    payment = an_attempt(invoice, end_of_day(DUE) - timedelta(minutes=10))

    booking = book(payment, invoice, now=end_of_day(DUE) + timedelta(days=1), captured_at=end_of_day(DUE))

    assert (shares(booking), booking.invoices) == ([(SUSPENDED, 12_500)], ())


# -- money that fits nothing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state",
    [
        InvoiceState.DRAFT,
        InvoiceState.HELD,
        InvoiceState.CANCELLED,
        InvoiceState.SUPERSEDED,
        InvoiceState.WRITTEN_OFF,
    ],
)
def test_money_for_a_demand_that_takes_none_goes_to_suspense(state: InvoiceState) -> None:
    """The payer was on the card page already when it was stopped; the demand stays as it is."""
    booking = book(an_attempt(an_invoice()), an_invoice(state=state))

    assert (shares(booking), booking.invoices) == ([(SUSPENDED, 12_500)], ())
    assert booking.transaction.kind is TransactionKind.CAPTURE_SUSPENDED
    assert booking.transaction.postings == (Posting(CLEARING, "suspense:fake", 12_500),)


def test_money_for_an_invoice_that_is_not_there_goes_to_suspense() -> None:
    """Nothing is lost for want of a demand."""
    assert shares(book(an_attempt(an_invoice()))) == [(SUSPENDED, 12_500)]


@pytest.mark.parametrize(
    ("capture", "is_same_track"),
    [(a_capture(12_499), True), (a_capture(12_501), True), (a_capture(currency="USD"), True), (a_capture(), False)],
    ids=["a fils short", "a fils over", "another currency", "another track"],
)
def test_what_is_not_as_asked_for_goes_to_suspense_as_it_came(
    capture: Capture, is_same_track: bool
) -> None:  # a row of the table
    """Amount, currency and track id must be the attempt's (rails.md, rule 6), also where the invoice would take it."""
    booking = book_capture(
        an_attempt(an_invoice()),
        ACCOUNT,
        capture,
        by_reference(an_invoice()),
        is_same_track=is_same_track,
        now=BY_NOW,
    )

    assert (shares(booking), booking.invoices) == ([(SUSPENDED, capture.amount)], ())
    assert (booking.transaction.currency, booking.transaction.amount) == (capture.currency, capture.amount)


@pytest.mark.parametrize("state", [PaymentState.SUCCEEDED, PaymentState.VOIDED, PaymentState.CHARGED_BACK])
def test_an_attempt_is_captured_once(state: PaymentState) -> None:
    """The state machine says so, whoever asks."""
    with pytest.raises(IllegalTransitionError):
        book(settled(a_payment(), state=state), an_invoice())


# -- baskets ----------------------------------------------------------------------------------------------------------


def a_basket_attempt(*invoices: Invoice) -> Payment:
    quotes = [quote_of(invoice, NOON) for invoice in invoices]
    amount = sum(quote.amount for quote in quotes)
    return a_payment(
        an_invoice(99), amount=amount, agency="*", service="basket", lines=tuple(line_of(quote) for quote in quotes)
    )


def test_each_invoice_of_a_basket_takes_its_own() -> None:
    """One paid before, one cancelled, one as quoted: 12.500 to each place, in one entry of 37.500."""
    ours, theirs, gone = an_invoice(1), an_invoice(2, agency="health"), an_invoice(3)
    payment = a_basket_attempt(ours, theirs, gone)
    paid_before = replace(theirs, state=InvoiceState.PAID, outstanding=0)

    booking = book(payment, ours, paid_before, replace(gone, state=InvoiceState.CANCELLED))

    assert shares(booking) == [(ALLOCATED, 12_500), (OVERPAID, 12_500), (SUSPENDED, 12_500)]
    assert [(before.reference, after.state) for before, after in booking.invoices] == [
        (ours.reference, InvoiceState.PAID)
    ]
    assert booking.transaction.postings == (
        Posting(CLEARING, "agency_payable:moic", 12_500),
        Posting(CLEARING, "overpayment:health", 12_500),
        Posting(CLEARING, "suspense:fake", 12_500),
    )


def test_a_basket_that_does_not_fit_is_suspended_whole_under_its_first_line() -> None:
    """A fils short: nobody knows which invoice it is short of."""
    invoices = [an_invoice(1), an_invoice(2)]

    booking = book(a_basket_attempt(*invoices), *invoices, amount=24_999)

    assert shares(booking) == [(SUSPENDED, 24_999)]
    assert booking.payment.lines[0].shares != ()
    assert (booking.payment.lines[1].shares, booking.invoices) == ((), ())


INVOICES = st.builds(
    lambda state, outstanding, plan, terms: replace(
        with_terms(**terms),
        state=state,
        outstanding=0 if state is InvoiceState.PAID else outstanding,
        plan=plan,
        legs_paid=(0,) if plan else (),
    ),
    st.sampled_from(InvoiceState),
    st.integers(1, 12_500),
    st.sampled_from([None, "monthly", "halves"]),
    st.sampled_from([{}, {"partial": PARTIAL}, {"plans": (MONTHLY, HALVES)}, {"expires_on": DUE, "late": LATE}]),
)
LINES = st.tuples(
    st.integers(1, 14_000),
    st.integers(1, 12_500),
    st.sampled_from([None, ("monthly", 0), ("monthly", 1), ("halves", 0)]),
)


@given(
    invoices=st.lists(st.tuples(INVOICES, LINES), min_size=1, max_size=4),
    difference=st.sampled_from([0, 0, 0, -1, 1]),
    days=st.integers(0, 40),
    is_same_track=st.booleans(),
)
def test_whatever_is_captured_every_fils_of_it_has_its_place(
    invoices: list[tuple[Invoice, tuple[int, int, tuple[str, int] | None]]],
    difference: int,
    days: int,
    is_same_track: bool,  # drawn
) -> None:
    """Σ shares = Σ postings = capture; what an invoice owes less is what the line discharged; nothing is negative, and
    no invoice moves that may not.
    """
    numbered = [replace(row, reference=an_invoice(at).reference) for at, (row, _) in enumerate(invoices)]
    lines = tuple(
        PaymentLine(
            row.reference, row.agency, row.service, amount, discharge, end_of_day(NOON.date()), *(leg or (None, None))
        )
        for row, (_, (amount, discharge, leg)) in zip(numbered, invoices, strict=True)
    )
    amount = sum(line.amount for line in lines)
    payment = a_payment(an_invoice(99), amount=amount, lines=lines)
    at = NOON + timedelta(days=days)
    capture = a_capture(max(amount + difference, 1), captured_at=at)
    aged = by_reference(*(as_of(row, at) for row in numbered))

    booking = book_capture(payment, ACCOUNT, capture, aged, is_same_track=is_same_track, now=at)

    assert sum(share.amount for share in booking.payment.shares) == capture.amount
    assert sum(posting.amount for posting in booking.transaction.postings) == capture.amount
    assert booking.payment.refundable == capture.amount
    assert all(share.amount > 0 and share.left == share.amount for share in booking.payment.shares)
    discharged = {line.reference: line.discharged for line in booking.payment.lines}
    moved = {before.reference for before, _ in booking.invoices}
    for before, after in booking.invoices:
        assert INVOICE_STATES.allows(before.state, InvoiceEvent.PAY)
        assert before.outstanding - after.outstanding == discharged[before.reference] > 0
        assert (after.outstanding == 0) is (after.state is InvoiceState.PAID)
    assert all(discharged[reference] == 0 for reference in aged if reference not in moved)
