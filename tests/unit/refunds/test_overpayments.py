"""Money that was paid twice: visible, refunded, credited to an invoice, or set aside when nobody asked for a year."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.domain.disputes import DisputeEvent
from mizan.domain.errors import (
    IdempotencyConflictError,
    IllegalTransitionError,
    InvalidInputError,
    MizanError,
    NotFoundError,
    StaleViewError,
)
from mizan.domain.invoices import Invoice, InvoiceState
from mizan.domain.payments import DORMANT_AFTER, Disposition, Payment
from mizan.domain.refunds import RefundEvent, RefundState
from mizan.domain.terms import PartialRule, Terms
from tests.fakes.giving_back import (
    CLEARING,
    FINANCE,
    MAKER,
    OVERPAYMENT,
    PAYABLE,
    a_credit,
    a_notice,
    a_paid_invoice,
    a_refund,
    balances,
    stored,
)
from tests.fakes.platform import Platform
from tests.fakes.samples import STRANGER, an_invoice

DORMANT = "dormant:moic"


@pytest.fixture
def overpaid(platform: Platform) -> Payment:
    """The second of two payments of one invoice."""
    a_paid_invoice(platform)
    return a_paid_invoice(platform, serial=1)[1]


@pytest.fixture
def other(platform: Platform) -> Invoice:
    return platform.with_invoice(an_invoice(2))


def test_a_second_payment_is_a_visible_overpayment(platform: Platform, overpaid: Payment) -> None:
    """In an account of its own, the payer's."""
    assert overpaid.disposition is Disposition.OVERPAID
    assert balances(platform) == {CLEARING: 25_000, PAYABLE: -12_500, OVERPAYMENT: -12_500}


def test_an_overpayment_is_refunded_out_of_its_own_account(platform: Platform, overpaid: Payment) -> None:
    """The invoice that the first payment paid is not touched."""
    refund = a_refund(platform, overpaid, disposition=Disposition.OVERPAID, amount=None)

    assert platform.refund_worker().work(refund.refund_id).state is RefundState.COMPLETED

    assert balances(platform) == {CLEARING: 12_500, PAYABLE: -12_500}


def test_a_credit_pays_the_next_invoice_at_once(platform: Platform, overpaid: Payment, other: Invoice) -> None:
    """12.500 move from the overpayments to the agency; the gateway's money stays where it is."""
    after, is_new = platform.overpayments().credit(a_credit(overpaid, other), caller=MAKER)

    paid = platform.invoices.rows[other.reference]
    assert (is_new, after.refundable) == (True, 0)
    assert (paid.state, paid.outstanding, paid.paid_by) == (InvoiceState.PAID, 0, (overpaid.payment_id,))
    assert balances(platform) == {CLEARING: 25_000, PAYABLE: -25_000}


def test_a_part_is_credited_where_the_invoice_takes_parts(platform: Platform, overpaid: Payment) -> None:
    """And the rest is refunded."""
    invoice = platform.with_invoice(an_invoice(3, terms=Terms(partial=PartialRule(1_000))))

    platform.overpayments().credit(a_credit(overpaid, invoice, amount=4_000), caller=MAKER)
    refund = a_refund(platform, overpaid, disposition=Disposition.OVERPAID, amount=None, seen_refundable=8_500)
    platform.refund_worker().work(refund.refund_id)

    assert platform.invoices.rows[invoice.reference].outstanding == 8_500
    assert stored(platform, overpaid).refundable == 0
    assert balances(platform) == {CLEARING: 16_500, PAYABLE: -16_500}


def test_the_invoice_itself_takes_its_overpayment_where_it_is_owed_again(platform: Platform, overpaid: Payment) -> None:
    """The first payment was charged back: the second pays the same bill."""
    first = platform.payments.rows[f"pay_{overpaid.reference}000000"]
    dispute, _ = platform.dispute_notices().open(a_notice(first), caller=MAKER)

    platform.dispute_decisions().decide(dispute.dispute_id, DisputeEvent.LOSE, caller=FINANCE)
    invoice = platform.invoices.rows[overpaid.reference]
    assert invoice.outstanding == 12_500

    platform.overpayments().credit(a_credit(overpaid, invoice), caller=MAKER)

    assert platform.invoices.rows[invoice.reference].state is InvoiceState.PAID
    assert balances(platform) == {CLEARING: 12_500, PAYABLE: -12_500}


def test_a_credit_again_is_answered_and_not_repeated(platform: Platform, overpaid: Payment, other: Invoice) -> None:
    """The same key and body; with another amount it is a conflict."""
    credits = platform.overpayments()
    first, _ = credits.credit(a_credit(overpaid, other), caller=MAKER)

    again, is_new = credits.credit(a_credit(overpaid, other), caller=MAKER)

    assert (again, is_new) == (first, False)
    with pytest.raises(IdempotencyConflictError):
        credits.credit(a_credit(overpaid, other, amount=1), caller=MAKER)
    assert platform.invoices.rows[other.reference].outstanding == 0


def test_concurrent_credits_spend_it_once(platform: Platform, overpaid: Payment) -> None:
    """Six invoices want the same 12.500."""
    invoices = [platform.with_invoice(an_invoice(number)) for number in range(10, 16)]

    def spend(invoice: Invoice) -> bool:
        command = a_credit(overpaid, invoice, idempotency_key=f"credit-{invoice.reference}")
        try:
            return platform.overpayments().credit(command, caller=MAKER)[1]
        except MizanError:
            return False

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(spend, invoices))

    assert outcomes.count(True) == 1
    assert stored(platform, overpaid).refundable == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"amount": 12_501}, "above_refundable"), ({"amount": 12_499}, "no_partial_payment")],
)
def test_more_than_is_left_or_less_than_is_taken_is_refused(
    platform: Platform, overpaid: Payment, other: Invoice, changes: dict[str, int], code: str
) -> None:
    """Named by the field."""
    with pytest.raises(InvalidInputError, match=f"amount: {code}"):
        platform.overpayments().credit(a_credit(overpaid, other, **changes), caller=MAKER)


def test_a_stale_view_is_refused(platform: Platform, overpaid: Payment, other: Invoice) -> None:
    """5.000 were asked back meanwhile."""
    a_refund(platform, overpaid, disposition=Disposition.OVERPAID)

    with pytest.raises(StaleViewError) as caught:
        platform.overpayments().credit(a_credit(overpaid, other), caller=MAKER)

    assert caught.value.current == 7_500


def test_what_is_not_certain_is_not_given_away(platform: Platform, other: Invoice) -> None:
    """The gateway may still void it; and money that pays an invoice is no overpayment."""
    first = a_paid_invoice(platform)[1]
    second = a_paid_invoice(platform, serial=1, is_final=False)[1]

    with pytest.raises(InvalidInputError, match="not_final"):
        platform.overpayments().credit(a_credit(second, other), caller=MAKER)
    with pytest.raises(InvalidInputError, match="nothing_refundable"):
        platform.overpayments().credit(a_credit(first, other, seen_refundable=0), caller=MAKER)


def test_a_disputed_overpayment_is_not_credited_nor_an_invoice_that_takes_nothing(
    platform: Platform, overpaid: Payment, other: Invoice
) -> None:
    """409 in both."""
    cancelled = platform.with_invoice(an_invoice(4, state=InvoiceState.CANCELLED))
    with pytest.raises(IllegalTransitionError) as caught:
        platform.overpayments().credit(a_credit(overpaid, cancelled), caller=MAKER)
    assert caught.value.current == "cancelled"
    platform.dispute_notices().open(a_notice(overpaid, amount=1), caller=MAKER)

    with pytest.raises(IllegalTransitionError) as caught:
        platform.overpayments().credit(a_credit(overpaid, other, seen_refundable=12_499, amount=12_499), caller=MAKER)


def test_money_stays_with_the_agency_that_it_was_paid_to(platform: Platform, overpaid: Payment) -> None:
    """Even the treasury moves it to no other agency; another agency sees neither side."""
    foreign = platform.with_invoice(an_invoice(5, agency="health"))

    with pytest.raises(InvalidInputError, match="another_agency"):
        platform.overpayments().credit(a_credit(overpaid, foreign), caller=FINANCE)
    with pytest.raises(NotFoundError, match="payment"):
        platform.overpayments().credit(a_credit(overpaid, foreign), caller=STRANGER)
    with pytest.raises(NotFoundError, match="invoice"):
        platform.overpayments().credit(a_credit(overpaid, foreign), caller=MAKER)


def test_after_a_year_it_is_set_aside_and_stays_the_payers(platform: Platform, overpaid: Payment) -> None:
    """In an account of its own, once; refundable ever after."""
    platform.clock.advance(DORMANT_AFTER - timedelta(days=1))
    assert platform.overpayments().set_aside(stored(platform, overpaid)) == overpaid
    platform.clock.advance(timedelta(days=2))

    after = platform.overpayments().set_aside(stored(platform, overpaid))
    again = platform.overpayments().set_aside(after)

    assert after.next_step_at is None
    assert again == after
    assert balances(platform) == {CLEARING: 25_000, PAYABLE: -12_500, DORMANT: -12_500}
    refund = a_refund(platform, overpaid, disposition=Disposition.OVERPAID, amount=None)
    assert platform.refund_worker().work(refund.refund_id).state is RefundState.COMPLETED
    assert balances(platform) == {CLEARING: 12_500, PAYABLE: -12_500}


def test_what_was_asked_for_is_not_set_aside(platform: Platform, overpaid: Payment) -> None:
    """A refund waits for approval: when it is rejected, the rest of the year is over and it is set aside after all."""
    platform.approval_limit = 0
    refund = a_refund(platform, overpaid, disposition=Disposition.OVERPAID)
    platform.clock.advance(DORMANT_AFTER + timedelta(days=1))

    assert platform.overpayments().set_aside(stored(platform, overpaid)) == stored(platform, overpaid)

    checker = replace(MAKER, person="badr", key_id="sub:badr")
    platform.refund_decisions().decide(refund.refund_id, RefundEvent.REJECT, caller=checker)
    platform.overpayments().set_aside(stored(platform, overpaid))
    assert balances(platform)[DORMANT] == -12_500
