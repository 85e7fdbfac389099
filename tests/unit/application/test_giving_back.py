"""What a rail takes back leaves the books as it came in, and the invoice is owed again by what it had discharged."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.application.giving_back import book_reversal, postings_back, reopen
from mizan.application.posting import Booking, book_capture
from mizan.domain.errors import IllegalTransitionError
from mizan.domain.headroom import Lines, Portion, consume, reserve, spend
from mizan.domain.history import Entry
from mizan.domain.invoices import Invoice, InvoiceState
from mizan.domain.ledger import Posting, TransactionKind, trial_balance
from mizan.domain.payments import Disposition, Payment, PaymentEvent, PaymentState
from tests.fakes.clock import NOON
from tests.fakes.samples import ACCOUNT, a_capture, a_payment, an_invoice, by_reference, settled
from tests.fakes.terms_samples import DISCOUNT, HALVES, LATE, MONTHLY, PARTIAL, with_terms
from tests.unit.application.test_posting import an_attempt, book, invoice_after

ALLOCATED, OVERPAID = Disposition.ALLOCATED, Disposition.OVERPAID
CLEARING = "gateway_clearing:fake:acc-1"
LATER = NOON + timedelta(hours=2)


def taken_back(booking: Booking, *invoices: Invoice, event: PaymentEvent = PaymentEvent.VOID) -> Booking:
    """The rail takes back what was booked; `invoices` where they changed since."""
    stored = invoices or tuple(after for _, after in booking.invoices)
    return book_reversal(booking.payment, ACCOUNT, event, by_reference(*stored), LATER)


def balances(*bookings: Booking) -> dict[str, int]:
    rows = trial_balance(booking.transaction for booking in bookings)
    return {row.account: row.balance for row in rows if row.balance}


CASES: dict[str, tuple[dict[str, Any], datetime, dict[str, Any], int]] = {
    "whole": ({}, NOON, {}, 12_500),
    "discounted": ({"discount": DISCOUNT}, NOON, {}, 11_500),
    "late": ({"late": LATE}, NOON + timedelta(days=25), {}, 13_000),
    "a part": ({"partial": PARTIAL}, NOON, {"amount": 2_500}, 2_500),
    "a leg": ({"plans": (MONTHLY, HALVES)}, NOON, {"plan": "monthly"}, 5_000),
}


@pytest.mark.parametrize(("terms", "at", "asked", "amount"), CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("event", [PaymentEvent.VOID, PaymentEvent.REVERSE])
def test_a_whole_capture_that_is_taken_back_leaves_everything_as_it_was(
    terms: dict[str, Any], at: datetime, asked: dict[str, Any], amount: int, event: PaymentEvent
) -> None:
    """Owed as before, whatever it was paid with: a discount is lost, a late charge is not owed for money that never
    stayed, a leg is unpaid again and its plan no longer binds. The books are flat.
    """
    invoice = with_terms(**terms)
    booking = book(an_attempt(invoice, at, **asked), invoice, now=at, captured_at=at)

    back = taken_back(booking, event=event)

    state = PaymentState.VOIDED if event is PaymentEvent.VOID else PaymentState.REVERSED
    assert (back.payment.state, back.payment.refundable, back.payment.is_final) == (state, 0, True)
    assert back.payment.history[-1] == Entry(event, LATER, amount)
    reopened = invoice_after(back)
    assert (reopened.state, reopened.outstanding) == (InvoiceState.ISSUED, 12_500)
    assert (reopened.plan, reopened.legs_paid, reopened.paid_by) == (None, (), ())
    assert (back.transaction.kind, back.transaction.amount) == (TransactionKind.CAPTURE_REVERSED, amount)
    assert back.transaction.postings == (Posting("agency_payable:moic", CLEARING, amount),)
    assert balances(booking, back) == {}


def test_of_two_legs_the_one_that_is_taken_back_is_unpaid_again() -> None:
    """The plan still binds; the first leg is asked for again before the third."""
    invoice = with_terms(plans=(MONTHLY,))
    first = book(an_attempt(invoice, plan="monthly"), invoice)
    second_attempt = replace(an_attempt(invoice_after(first)), payment_id=a_payment(serial=2).payment_id)
    second = book(second_attempt, invoice_after(first))

    back = taken_back(first, invoice_after(second))

    reopened = invoice_after(back)
    assert (reopened.plan, reopened.legs_paid, reopened.outstanding) == ("monthly", (1,), 8_500)
    assert (reopened.state, reopened.paid_by) == (InvoiceState.PARTIALLY_PAID, (second_attempt.payment_id,))


def test_an_overpaid_share_that_is_taken_back_reopens_nothing() -> None:
    """It was allocated to nothing: the invoice stays paid by the other."""
    paid = an_invoice(state=InvoiceState.PAID, outstanding=0)
    booking = book(an_attempt(an_invoice()), paid)

    back = taken_back(booking, paid)

    assert back.invoices == ()
    assert back.transaction.postings == (Posting("overpayment:moic", CLEARING, 12_500),)


def test_a_split_capture_goes_back_from_both_places() -> None:
    """10.000 of the invoice and 2.500 of the payer's; the invoice is owed 10.000 again."""
    partly = an_invoice(outstanding=10_000, state=InvoiceState.PARTIALLY_PAID)
    booking = book(an_attempt(an_invoice()), partly)

    back = taken_back(booking)

    assert back.transaction.postings == (
        Posting("agency_payable:moic", CLEARING, 10_000),
        Posting("overpayment:moic", CLEARING, 2_500),
    )
    assert (invoice_after(back).outstanding, invoice_after(back).state) == (10_000, InvoiceState.PARTIALLY_PAID)
    assert balances(booking, back) == {}


def test_what_was_refunded_before_is_not_taken_back_again() -> None:
    """5.000 are gone and 2.000 promised: 7.500 go back, the promised with them, and so much is owed again."""
    booking = book(an_attempt(an_invoice()), an_invoice())
    reference = an_invoice().reference
    payment = replace(booking.payment, lines=refunded(booking.payment, [Portion(reference, ALLOCATED, 5_000)]))
    payment = replace(payment, lines=reserve(payment, [Portion(reference, ALLOCATED, 2_000)]))

    back = taken_back(replace(booking, payment=payment))

    assert back.transaction.amount == 7_500
    assert [(share.left, share.reserved) for share in back.payment.shares] == [(0, 0)]
    reopened = invoice_after(back)
    assert (reopened.outstanding, reopened.state) == (7_500, InvoiceState.PARTIALLY_PAID)
    assert reopened.paid_by == (payment.payment_id,)


def test_dormant_money_goes_back_from_where_it_lies() -> None:
    """Set aside a year ago: out of the dormant account, not out of one that no longer holds it."""
    payment = settled(a_payment(), OVERPAID)
    (share,) = payment.lines[0].shares
    payment = replace(payment, lines=(replace(payment.lines[0], shares=(replace(share, is_dormant=True),)),))

    assert postings_back(payment, [Portion(payment.reference, OVERPAID, 12_500)]) == [
        Posting("dormant:moic", CLEARING, 12_500)
    ]


@pytest.mark.parametrize(
    "state", [InvoiceState.CONTESTED, InvoiceState.HELD, InvoiceState.WRITTEN_OFF, InvoiceState.EXPIRED]
)
def test_a_demand_that_was_stopped_since_stays_stopped(state: InvoiceState) -> None:
    """It owes again, and why nothing is asked for stays as it was."""
    invoice = with_terms(partial=PARTIAL)
    booking = book(an_attempt(invoice, amount=2_500), invoice)

    back = taken_back(booking, replace(invoice_after(booking), state=state))

    assert (invoice_after(back).state, invoice_after(back).outstanding) == (state, 12_500)


@pytest.mark.parametrize(
    "state", [PaymentState.PENDING, PaymentState.VOIDED, PaymentState.REVERSED, PaymentState.CHARGED_BACK]
)
def test_what_holds_no_money_is_not_taken_back(state: PaymentState) -> None:
    """Not before it came, and not twice."""
    with pytest.raises(IllegalTransitionError):
        book_reversal(settled(a_payment(), state=state), ACCOUNT, PaymentEvent.REVERSE, {}, LATER)


# -- a part, as a chargeback takes it ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "lost", "owed"),
    [
        ({}, 5_000, 5_000),
        ({"discount": DISCOUNT}, 5_000, 5_000),
        ({"discount": DISCOUNT}, 11_500, 12_500),
        ({}, 12_500, 12_500),
    ],
    ids=["a part", "a part of a discounted one", "all of a discounted one", "all"],
)
def test_a_part_is_owed_again_as_much_as_went(terms: dict[str, Any], lost: int, owed: int) -> None:
    """And all that was discharged where all of it went: the discount is lost with it."""
    invoice = with_terms(**terms)
    booking = book(an_attempt(invoice), invoice)
    portion = Portion(invoice.reference, ALLOCATED, lost)

    gone = refunded(booking.payment, [portion])
    reopened = reopen(booking.payment, gone, [portion], by_reference(invoice_after(booking)), LATER)

    ((_, after),) = reopened.invoices
    assert after.outstanding == owed
    assert reopened.lines[0].discharged == 12_500 - owed
    is_all = owed == 12_500
    assert after.state is (InvoiceState.ISSUED if is_all else InvoiceState.PARTIALLY_PAID)
    assert after.paid_by == (() if is_all else (booking.payment.payment_id,))
    balance = None if is_all else owed
    assert after.history[-1] == Entry("reverse" if is_all else "reverse_part", LATER, lost, balance=balance)


def refunded(payment: Payment, portions: list[Portion]) -> Lines:
    """Given back through the rail that took it."""
    return consume(replace(payment, lines=reserve(payment, portions)), portions)


def captured_basket(amounts: list[int]) -> tuple[Payment, list[Invoice], Booking]:
    invoices = [an_invoice(number, amount=amount) for number, amount in enumerate(amounts)]
    lines = tuple(an_attempt(invoice).lines[0] for invoice in invoices)
    payment = a_payment(an_invoice(99), amount=sum(amounts), lines=lines)
    booking = book_capture(
        payment, ACCOUNT, a_capture(sum(amounts)), by_reference(*invoices), is_same_track=True, now=NOON
    )
    return payment, invoices, booking


@given(amounts=st.lists(st.integers(1, 10_000), min_size=1, max_size=5), data=st.data())
def test_a_basket_that_is_taken_back_in_two_steps_is_owed_again_to_the_fils(
    amounts: list[int], data: st.DataObject
) -> None:
    """Some refunded, the rest reversed: Σ postings out = Σ in − gone; each invoice owes again what it lost to the
    reversal, and never more than its amount.
    """
    _, _, booking = captured_basket(amounts)
    spent = [data.draw(st.integers(0, amount)) for amount in amounts]
    portions = [
        Portion(line.reference, ALLOCATED, gone)
        for line, gone in zip(booking.payment.lines, spent, strict=True)
        if gone
    ]
    payment = replace(booking.payment, lines=refunded(booking.payment, portions))

    back = taken_back(replace(booking, payment=payment), *(after for _, after in booking.invoices))

    assert sum(posting.amount for posting in back.transaction.postings) == sum(amounts) - sum(spent)
    owed = {after.reference: after.outstanding for _, after in back.invoices}
    assert owed == {
        line.reference: amount - gone
        for line, amount, gone in zip(booking.payment.lines, amounts, spent, strict=True)
        if amount > gone
    }


def test_what_went_out_another_way_is_taken_back_with_the_rest() -> None:
    """4.000 went to an IBAN; the gateway then takes all 12.500 back: the agency's account bears the difference."""
    invoice = an_invoice()
    booking = book(an_attempt(invoice), invoice)
    portion = Portion(invoice.reference, ALLOCATED, 4_000)
    payment = replace(booking.payment, lines=spend(booking.payment, [portion]))

    back = taken_back(replace(booking, payment=payment), *(after for _, after in booking.invoices))

    assert [posting.amount for posting in back.transaction.postings] == [12_500]
    assert back.transaction.postings[0].debit == "agency_payable:moic"
    assert back.payment.refundable == 0
    assert invoice_after(back).outstanding == 12_500
