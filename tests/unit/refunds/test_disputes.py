"""Disputes: the money is held when the bank's notice comes; won, it is free again; lost, its invoice is owed again."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from mizan.application.answer_dispute import EVIDENCE_COUNT_MAX
from mizan.application.ports_refunds import RefundOutcome, RefundResult
from mizan.application.read_disputes import list_disputes, show_dispute
from mizan.domain.disputes import Dispute, DisputeEvent, DisputeState
from mizan.domain.errors import (
    FinanceOnlyError,
    IdempotencyConflictError,
    IllegalTransitionError,
    InvalidInputError,
    NotFoundError,
    OutcomeUnknownError,
    PersonRequiredError,
)
from mizan.domain.invoices import InvoiceState
from mizan.domain.ledger import TransactionKind
from mizan.domain.payments import Payment, PaymentState
from mizan.domain.refunds import RefundState
from tests.fakes.giving_back import (
    CHECKER,
    CLEARING,
    FINANCE,
    MAKER,
    PAYABLE,
    TRANSIT,
    a_notice,
    a_paid_invoice,
    a_refund,
    balances,
    stored,
)
from tests.fakes.platform import Platform
from tests.fakes.samples import ACCOUNT, CALLER, STRANGER, a_payment


@pytest.fixture
def payment(platform: Platform) -> Payment:
    return a_paid_invoice(platform)[1]


def notified(platform: Platform, payment: Payment, **changes: Any) -> Dispute:
    return platform.dispute_notices().open(a_notice(payment, **changes), caller=CALLER)[0]


def decided(platform: Platform, dispute: Dispute, event: DisputeEvent, caller: Any = FINANCE) -> Dispute:
    return platform.dispute_decisions().decide(dispute.dispute_id, event, caller=caller)


def owed(platform: Platform, payment: Payment) -> tuple[InvoiceState, int]:
    invoice = platform.invoices.rows[payment.lines[0].reference]
    return invoice.state, invoice.outstanding


def test_a_notice_holds_all_that_is_left(platform: Platform, payment: Payment) -> None:
    """Nothing moves in the books, and nothing more can be promised."""
    dispute, is_new = platform.dispute_notices().open(a_notice(payment), caller=CALLER)

    after = stored(platform, payment)
    assert (is_new, dispute.state, dispute.amount) == (True, DisputeState.NOTIFIED, 12_500)
    assert (after.state, after.refundable) == (PaymentState.DISPUTED, 0)
    assert balances(platform) == {CLEARING: 12_500, PAYABLE: -12_500}
    assert owed(platform, payment) == (InvoiceState.PAID, 0)


def test_the_same_case_is_the_same_dispute_and_another_body_a_conflict(platform: Platform, payment: Payment) -> None:
    """The bank's own number of the case is the key."""
    first = notified(platform, payment)

    again, is_new = platform.dispute_notices().open(a_notice(payment), caller=CALLER)

    assert (again, is_new) == (first, False)
    with pytest.raises(IdempotencyConflictError):
        notified(platform, payment, fingerprint="another")


@pytest.mark.parametrize("amount", [12_501, 99_999])
def test_more_than_is_left_is_refused(platform: Platform, payment: Payment, amount: int) -> None:
    """What was refunded already cannot go back again."""
    with pytest.raises(InvalidInputError, match="above_refundable"):
        notified(platform, payment, amount=amount)


def test_a_payment_of_which_nothing_is_left_holds_nothing(platform: Platform, payment: Payment) -> None:
    """All of it was refunded."""
    refund = a_refund(platform, payment, amount=None)
    platform.refund_worker().work(refund.refund_id)

    with pytest.raises(InvalidInputError, match="nothing_refundable"):
        notified(platform, payment)


def test_only_captured_money_is_disputed_and_once_at_a_time(platform: Platform, payment: Payment) -> None:
    """409 with the payment's state."""
    pending = platform.with_payment(a_payment(platform.invoices.rows[payment.reference], 7))
    notified(platform, payment)

    for one, current in ((pending, "pending"), (payment, "disputed")):
        with pytest.raises(IllegalTransitionError) as caught:
            notified(platform, one, case_number="CASE-2")
        assert caught.value.current == current


def test_a_lost_dispute_reopens_the_invoice_and_leaves_the_gateways_account(
    platform: Platform, payment: Payment
) -> None:
    """12.500 are owed again; the entry names the capture, the bank's case and the account's business date."""
    platform.accounts.rows[ACCOUNT.token] = replace(ACCOUNT, cutoff=time(11, 0))
    dispute = notified(platform, payment)

    after = decided(platform, dispute, DisputeEvent.LOSE)

    (entry,) = [one for one in platform.journal.rows.values() if one.kind is TransactionKind.CHARGEBACK]
    assert after.state is DisputeState.LOST
    assert stored(platform, payment).state is PaymentState.CHARGED_BACK
    assert owed(platform, payment) == (InvoiceState.ISSUED, 12_500)
    assert balances(platform) == {}
    assert payment.capture is not None
    assert (entry.gateway_transaction, entry.rrn, entry.amount) == (payment.capture.transaction, "CASE-1", 12_500)
    assert entry.business_date.isoformat() == "2026-03-02"


def test_a_won_dispute_frees_the_money(platform: Platform, payment: Payment) -> None:
    """As if there had been none: refundable again, paid, no entry."""
    dispute = notified(platform, payment)

    after = decided(platform, dispute, DisputeEvent.WIN)

    assert after.state is DisputeState.WON
    assert (stored(platform, payment).state, stored(platform, payment).refundable) == (PaymentState.SUCCEEDED, 12_500)
    assert owed(platform, payment) == (InvoiceState.PAID, 0)
    assert len(platform.journal.rows) == 1


def test_an_accepted_dispute_is_lost(platform: Platform, payment: Payment) -> None:
    """By the agency, with a key or in person: it gives up its own money."""
    dispute = notified(platform, payment)

    after = decided(platform, dispute, DisputeEvent.ACCEPT, CALLER)

    assert after.state is DisputeState.LOST
    assert owed(platform, payment) == (InvoiceState.ISSUED, 12_500)


def test_a_partly_refunded_payment_loses_what_is_left(platform: Platform, payment: Payment) -> None:
    """5.000 refunded, 7.500 charged back: the invoice owes 7.500, for the refund was the agency's own will."""
    refund = a_refund(platform, payment)
    platform.refund_worker().work(refund.refund_id)
    dispute = notified(platform, payment)

    decided(platform, dispute, DisputeEvent.LOSE)

    assert dispute.amount == 7_500
    assert owed(platform, payment) == (InvoiceState.PARTIALLY_PAID, 7_500)
    assert stored(platform, payment).refundable == 0
    assert balances(platform) == {}


@pytest.mark.parametrize("event", [DisputeEvent.WIN, DisputeEvent.LOSE])
@pytest.mark.parametrize("outcome", [RefundOutcome.COMPLETED, RefundOutcome.NOT_FOUND])
def test_a_refund_in_transit_ends_by_itself_whatever_the_dispute_does(
    platform: Platform, payment: Payment, event: DisputeEvent, outcome: RefundOutcome
) -> None:
    """The dispute holds the other 7.500; what was promised before still moves."""
    refund = a_refund(platform, payment)
    platform.gateway.refunding.script = OutcomeUnknownError("timed out")
    platform.refund_worker().work(refund.refund_id)
    dispute = notified(platform, payment)
    assert balances(platform)[TRANSIT] == -5_000

    decided(platform, dispute, event)
    transaction = "r" if outcome is RefundOutcome.COMPLETED else ""
    platform.gateway.refunding.truths[refund.track_id] = RefundResult(outcome, refund.track_id, transaction)
    platform.clock.advance(timedelta(hours=1))
    after = platform.refund_worker().work(refund.refund_id)

    is_completed, is_lost = outcome is RefundOutcome.COMPLETED, event is DisputeEvent.LOSE
    free = 12_500 - 5_000 * is_completed - 7_500 * is_lost
    assert after.state is (RefundState.COMPLETED if is_completed else RefundState.FAILED)
    assert stored(platform, payment).refundable == free
    assert balances(platform) == ({CLEARING: free, PAYABLE: -free} if free else {})


def test_an_approved_refund_waits_until_the_dispute_is_over(platform: Platform, payment: Payment) -> None:
    """The bank may be taking the same money back: the rail is not asked meanwhile, and is asked once afterwards."""
    refund = a_refund(platform, payment)
    dispute = notified(platform, payment)

    waiting = platform.refund_worker().work(refund.refund_id)
    asked = set(platform.gateway.refunding._sent)
    decided(platform, dispute, DisputeEvent.WIN)
    platform.clock.advance(timedelta(hours=1))

    assert (waiting.state, asked) == (RefundState.APPROVED, set())
    assert platform.refund_worker().work(refund.refund_id).state is RefundState.COMPLETED


def test_after_a_chargeback_the_rest_can_be_disputed_too(platform: Platform, payment: Payment) -> None:
    """Another case of the bank: 2.500 are lost, then the other 10.000."""
    decided(platform, notified(platform, payment, amount=2_500), DisputeEvent.LOSE)

    dispute = notified(platform, payment, case_number="CASE-2")
    decided(platform, dispute, DisputeEvent.LOSE)

    assert stored(platform, payment).refundable == 0
    assert owed(platform, payment) == (InvoiceState.ISSUED, 12_500)


def test_after_a_lost_part_the_rest_can_still_be_refunded(platform: Platform, payment: Payment) -> None:
    """2.500 charged back, 10.000 refundable."""
    dispute = notified(platform, payment, amount=2_500)
    decided(platform, dispute, DisputeEvent.LOSE)

    refund = a_refund(platform, payment, amount=None, seen_refundable=10_000)

    assert platform.refund_worker().work(refund.refund_id).state is RefundState.COMPLETED
    assert owed(platform, payment) == (InvoiceState.PARTIALLY_PAID, 2_500)


def test_an_overpayment_is_charged_back_before_what_paid_the_invoice(platform: Platform, payment: Payment) -> None:
    """The second payment of one invoice: its bank takes it, and the invoice stays paid."""
    _, second = a_paid_invoice(platform, serial=1)
    dispute = notified(platform, second)

    decided(platform, dispute, DisputeEvent.LOSE)

    assert owed(platform, payment) == (InvoiceState.PAID, 0)
    assert balances(platform) == {CLEARING: 12_500, PAYABLE: -12_500}


@pytest.mark.parametrize("event", [DisputeEvent.WIN, DisputeEvent.LOSE])
@pytest.mark.parametrize(
    ("caller", "error"), [(CALLER, PersonRequiredError), (CHECKER, FinanceOnlyError), (STRANGER, NotFoundError)]
)
def test_what_the_bank_decided_is_recorded_by_the_treasurys_people(
    platform: Platform, payment: Payment, event: DisputeEvent, caller: Any, error: type[Exception]
) -> None:
    """Not by a key, not by the agency whose money it is, and for others there is nothing there."""
    dispute = notified(platform, payment)

    with pytest.raises(error):
        decided(platform, dispute, event, caller)

    assert stored(platform, payment).state is PaymentState.DISPUTED


def test_a_decision_again_is_answered_alike_and_the_other_one_refused(platform: Platform, payment: Payment) -> None:
    """One chargeback entry, however often it is said."""
    dispute = notified(platform, payment)
    lost = decided(platform, dispute, DisputeEvent.LOSE)

    assert decided(platform, dispute, DisputeEvent.LOSE) == lost
    assert decided(platform, dispute, DisputeEvent.ACCEPT, CALLER) == lost
    with pytest.raises(IllegalTransitionError):
        decided(platform, dispute, DisputeEvent.WIN)
    assert len(platform.journal.rows) == 2


def test_the_agency_answers_with_notes_and_then_stands_by_the_charge(platform: Platform, payment: Payment) -> None:
    """A note is kept once, and a lost answer may be asked for again, also after the end."""
    dispute, answers = notified(platform, payment), platform.dispute_answers()

    answers.add_evidence(dispute.dispute_id, "Signed receipt 4711", caller=MAKER)
    answers.add_evidence(dispute.dispute_id, "Camera record", caller=MAKER)
    again = answers.add_evidence(dispute.dispute_id, "Signed receipt 4711", caller=MAKER)
    represented = answers.represent(dispute.dispute_id, caller=CALLER)
    decided(platform, dispute, DisputeEvent.WIN)

    assert again.evidence == ("Signed receipt 4711", "Camera record")
    assert represented.state is DisputeState.REPRESENTED
    assert answers.represent(dispute.dispute_id, caller=CALLER).state is DisputeState.WON
    history = platform.books.disputes[dispute.dispute_id].history
    assert [entry.event for entry in history] == ["notify", "add_evidence", "add_evidence", "represent", "win"]


def test_without_evidence_there_is_nothing_to_stand_by_and_notes_have_an_end(
    platform: Platform, payment: Payment
) -> None:
    """409 for the first, 422 for note 21."""
    dispute, answers = notified(platform, payment), platform.dispute_answers()

    with pytest.raises(IllegalTransitionError):
        answers.represent(dispute.dispute_id, caller=CALLER)
    for number in range(EVIDENCE_COUNT_MAX):
        answers.add_evidence(dispute.dispute_id, f"note {number}", caller=CALLER)
    with pytest.raises(InvalidInputError, match="too_many"):
        answers.add_evidence(dispute.dispute_id, "one more", caller=CALLER)
    answers.represent(dispute.dispute_id, caller=CALLER)
    with pytest.raises(IllegalTransitionError):
        decided(platform, dispute, DisputeEvent.ACCEPT, CALLER)


@pytest.mark.parametrize("event", [None, DisputeEvent.LOSE])
def test_a_settlement_file_that_contradicts_a_disputed_payment_changes_nothing(
    platform: Platform, payment: Payment, event: DisputeEvent | None
) -> None:
    """It was to be asked about when the bank's notice came: nobody asks while the dispute is on, and when it is lost no
    answer changes anything any more.
    """
    dispute = notified(platform, payment)
    if event is not None:
        decided(platform, dispute, event)
    asked = len(platform.gateway.inquired)
    rechecked = platform.with_payment(replace(stored(platform, payment), is_rechecked=True))

    after = platform.resolver().resolve(rechecked)

    lost = replace(rechecked, is_rechecked=False, inquiry_count=1)
    assert after == (rechecked if event is None else lost)
    assert after.next_step_at is None
    assert len(platform.gateway.inquired) == asked


def test_disputes_are_read_by_their_agency_alone(platform: Platform, payment: Payment) -> None:
    """One, and all of a payment."""
    dispute = notified(platform, payment)
    parts: dict[str, Any] = {"payments": platform.payments, "disputes": platform.disputes}

    assert show_dispute(dispute.dispute_id, caller=CALLER, disputes=platform.disputes) == dispute
    assert list_disputes(payment.payment_id, caller=FINANCE, **parts) == [dispute]
    with pytest.raises(NotFoundError):
        show_dispute(dispute.dispute_id, caller=STRANGER, disputes=platform.disputes)
    with pytest.raises(NotFoundError):
        list_disputes(payment.payment_id, caller=STRANGER, **parts)
    with pytest.raises(NotFoundError):
        platform.dispute_notices().open(a_notice(payment), caller=STRANGER)
