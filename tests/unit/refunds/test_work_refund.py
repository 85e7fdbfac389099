"""Carrying a refund out: the rail is asked once, ever; what nobody knows is found out; the books follow every step."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from mizan.application.ports import InquiryOutcome
from mizan.application.ports_books import CommitOutcome
from mizan.application.ports_refunds import RefundOutcome, RefundResult
from mizan.application.refund_verdicts import GONE, NEVER_ARRIVED, NO_RAIL, UNAVAILABLE
from mizan.domain.errors import GatewayUnavailableError, NotFoundError, OutcomeUnknownError
from mizan.domain.ledger import TransactionKind
from mizan.domain.payments import Payment, PaymentState, inquiry_delay
from mizan.domain.refunds import NOT_FOUND_GRACE, Refund, RefundDestination, RefundState
from tests.fakes.giving_back import (
    CLEARING,
    PAYABLE,
    PAYEE,
    TRANSIT,
    a_paid_invoice,
    a_refund,
    assert_sound,
    balances,
    stored,
)
from tests.fakes.platform import Platform
from tests.fakes.refunds import REFUSED
from tests.fakes.samples import ACCOUNT, captured
from tests.fakes.world import FakeAccountDirectory


class CrashError(Exception):
    """The worker died here."""


@pytest.fixture
def payment(platform: Platform) -> Payment:
    return a_paid_invoice(platform)[1]


@pytest.fixture
def refund(platform: Platform, payment: Payment) -> Refund:
    """BHD 5.000 of 12.500, approved by the rule."""
    return a_refund(platform, payment)


def work(platform: Platform, refund: Refund, wait: timedelta = timedelta()) -> Refund:
    platform.clock.advance(wait)
    return platform.refund_worker().work(refund.refund_id)


def take_back(platform: Platform, payment: Payment, outcome: InquiryOutcome = InquiryOutcome.VOIDED) -> Payment:
    """The gateway says, when it is asked once more, that it took the capture back."""
    result = replace(captured(payment), outcome=outcome, capture=None)
    platform.gateway.inquiries[result.track_id] = result
    return platform.resolver().resolve(platform.with_payment(replace(stored(platform, payment), is_rechecked=True)))


def test_a_refund_goes_to_the_rail_once_and_the_books_follow(
    platform: Platform, payment: Payment, refund: Refund
) -> None:
    """5.000 leave the agency's account through transit to the gateway's; 7.500 are left of the capture."""
    after = work(platform, refund)

    (asked,) = platform.gateway.refunded
    (share,) = stored(platform, payment).shares
    assert (asked.track_id, asked.amount, asked.original) == (refund.track_id, 5_000, payment.capture)
    assert (after.state, after.transaction) == (RefundState.COMPLETED, f"r-{refund.track_id}")
    assert (share.left, share.reserved) == (7_500, 0)
    assert balances(platform) == {CLEARING: 7_500, PAYABLE: -7_500}
    assert [entry.event for entry in after.history] == ["request", "approve", "send", "complete"]


def test_the_entries_name_the_refund_and_the_rails_own_words(
    platform: Platform, payment: Payment, refund: Refund
) -> None:
    """Reconciliation finds the second by the rail's transaction on the rail's business date: after a cut-off at 14:00
    Bahrain time, noon of the day before is the next day's.
    """
    platform.accounts.rows[ACCOUNT.token] = replace(ACCOUNT, cutoff=time(14, 0))
    completed_at = datetime(2026, 3, 1, 11, 30, tzinfo=UTC)
    answer = RefundResult(
        RefundOutcome.COMPLETED, refund.track_id, "gt-r1", rrn="000000000077", completed_at=completed_at
    )
    platform.gateway.refund = lambda account, request: answer  # type: ignore[method-assign]  # one answer

    work(platform, refund)

    entries = {entry.kind: entry for entry in platform.journal.rows.values()}
    sent, completed = entries[TransactionKind.REFUND_SENT], entries[TransactionKind.REFUND_COMPLETED]
    assert (sent.refund_id, completed.refund_id) == (refund.refund_id, refund.refund_id)
    assert (completed.gateway_transaction, completed.rrn) == ("gt-r1", "000000000077")
    assert (completed.captured_at, completed.business_date.isoformat()) == (completed_at, "2026-03-02")
    assert (completed.payment_id, completed.reference) == (payment.payment_id, payment.reference)
    assert (completed.account_id, completed.amount) == ("acc-1", 5_000)


def test_an_unconfirmed_payment_is_waited_for(platform: Platform) -> None:
    """The gateway may still void it by itself: nothing is sent before the second look."""
    _, payment = a_paid_invoice(platform, is_final=False)
    refund = a_refund(platform, payment)

    waiting = work(platform, refund)

    assert (waiting.state, waiting.next_step_at) == (
        RefundState.APPROVED,
        platform.clock.now() + timedelta(seconds=30),
    )
    assert platform.gateway.refunded == []
    platform.clock.advance(timedelta(minutes=3))
    platform.resolver().resolve(stored(platform, payment))
    assert work(platform, refund).state is RefundState.COMPLETED


def test_a_refusal_gives_everything_back(platform: Platform, payment: Payment, refund: Refund) -> None:
    """The rail's reason stays on the refund; the books are as before, the headroom too."""
    platform.gateway.refunding.script = RefundOutcome.FAILED

    after = work(platform, refund)

    assert (after.state, after.decline) == (RefundState.FAILED, REFUSED)
    assert stored(platform, payment).refundable == 12_500
    assert balances(platform) == {CLEARING: 12_500, PAYABLE: -12_500}


def test_a_rail_that_was_never_reached_fails_the_refund(platform: Platform, payment: Payment, refund: Refund) -> None:
    """Nothing can have happened there; a new request is a new refund."""
    platform.gateway.refunding.script = GatewayUnavailableError("refused the connection")

    after = work(platform, refund)

    assert (after.state, after.decline) == (RefundState.FAILED, UNAVAILABLE)
    assert stored(platform, payment).refundable == 12_500


def test_a_timeout_is_unknown_and_its_success_found_out(platform: Platform, payment: Payment, refund: Refund) -> None:
    """Asked once; the money is in transit while nobody knows."""
    platform.gateway.refunding.script = OutcomeUnknownError("timed out")
    platform.gateway.refunding.behind_errors = RefundOutcome.COMPLETED

    lost = work(platform, refund)

    assert (lost.state, lost.next_step_at) == (RefundState.UNKNOWN, platform.clock.now() + inquiry_delay(0))
    assert balances(platform) == {CLEARING: 12_500, PAYABLE: -7_500, TRANSIT: -5_000}
    assert_sound(platform)

    found = work(platform, refund, timedelta(minutes=1))

    assert found.state is RefundState.COMPLETED
    assert len(platform.gateway.refunded) == 1
    assert balances(platform) == {CLEARING: 7_500, PAYABLE: -7_500}
    assert stored(platform, payment).refundable == 7_500


def test_what_the_rail_never_saw_fails_after_the_grace(platform: Platform, payment: Payment, refund: Refund) -> None:
    """ "Not found" may mean "on its way": half an hour of it means that it never arrived."""
    platform.gateway.refunding.script = OutcomeUnknownError("timed out")
    work(platform, refund)

    early = work(platform, refund, NOT_FOUND_GRACE - timedelta(minutes=1))
    assert early.state is RefundState.UNKNOWN
    late = work(platform, refund, timedelta(hours=1))

    assert (late.state, late.decline) == (RefundState.FAILED, NEVER_ARRIVED)
    assert stored(platform, payment).refundable == 12_500
    assert len(platform.gateway.refunded) == 1


def test_pending_is_asked_about_until_it_is_decided(platform: Platform, payment: Payment, refund: Refund) -> None:
    """Ever less often; the state says "sending", for the rail has it."""
    platform.gateway.refunding.script = RefundOutcome.PENDING

    states = [work(platform, refund).state]
    for _ in range(3):
        states.append(work(platform, refund, timedelta(minutes=10)).state)
    platform.gateway.refunding.truths[refund.track_id] = RefundResult(RefundOutcome.COMPLETED, refund.track_id, "r")
    done = work(platform, refund, timedelta(hours=1))

    assert states == [RefundState.SENDING] * 4
    assert done.state is RefundState.COMPLETED
    assert len(platform.gateway.refunded) == 1
    assert len(platform.gateway.refunds_inquired) == 4


def test_an_inquiry_without_an_answer_is_asked_again_later(platform: Platform, refund: Refund) -> None:
    """The error reaches the worker, and the next inquiry is scheduled whatever becomes of the message."""
    platform.gateway.refunding.script = OutcomeUnknownError("timed out")
    work(platform, refund)
    platform.gateway.refunding.truths[refund.track_id] = OutcomeUnknownError("unreadable")
    platform.clock.advance(timedelta(minutes=1))

    with pytest.raises(OutcomeUnknownError):
        work(platform, refund)

    now = platform.clock.now()
    waiting = platform.books.refunds[refund.refund_id]
    assert (waiting.state, waiting.inquiry_count) == (RefundState.UNKNOWN, 2)
    assert waiting.next_step_at == now + inquiry_delay(1)
    assert work(platform, refund) == waiting


def test_an_answer_about_another_refund_decides_nothing(platform: Platform, refund: Refund) -> None:
    """Its track id is not ours: unknown, and asked again."""
    answer = RefundResult(RefundOutcome.COMPLETED, "9" * 24, "r-other")
    platform.gateway.refund = lambda account, request: answer  # type: ignore[method-assign]  # one answer

    assert work(platform, refund).state is RefundState.UNKNOWN


@pytest.mark.parametrize("behind", [RefundOutcome.COMPLETED, RefundOutcome.NOT_FOUND])
def test_a_crash_after_the_rail_was_asked_sends_nothing_twice(
    platform: Platform, payment: Payment, refund: Refund, behind: RefundOutcome
) -> None:
    """The process dies between the rail's answer and our note of it: the next worker inquires."""
    platform.gateway.refunding.script = behind if behind is RefundOutcome.COMPLETED else OutcomeUnknownError("lost")
    crash_at_commit(platform, number=2)

    with pytest.raises(CrashError):
        work(platform, refund)

    assert platform.books.refunds[refund.refund_id].state is RefundState.SENDING
    after = work(platform, refund, timedelta(hours=1))
    assert after.state is (RefundState.COMPLETED if behind is RefundOutcome.COMPLETED else RefundState.FAILED)
    assert len(platform.gateway.refunded) == 1


def test_a_crash_before_the_rail_was_asked_sends_nothing_ever(
    platform: Platform, payment: Payment, refund: Refund
) -> None:
    """`sending` is written, the rail was not asked, and nobody can tell: it fails as never arrived."""

    def dies(account: Any, request: Any) -> RefundResult:
        raise CrashError

    asked, platform.gateway.refund = platform.gateway.refund, dies  # type: ignore[method-assign]  # it dies once
    with pytest.raises(CrashError):
        work(platform, refund)
    platform.gateway.refund = asked  # type: ignore[method-assign]  # the next worker is well

    after = work(platform, refund, timedelta(hours=1))

    assert (after.state, after.decline) == (RefundState.FAILED, NEVER_ARRIVED)
    assert platform.gateway.refunded == []
    assert stored(platform, payment).refundable == 12_500


def test_a_crash_before_anything_was_written_starts_over(platform: Platform, refund: Refund) -> None:
    """Nothing was sent, so the next worker sends."""
    crash_at_commit(platform, number=1)

    with pytest.raises(CrashError):
        work(platform, refund)

    assert work(platform, refund).state is RefundState.COMPLETED
    assert len(platform.gateway.refunded) == 1


def test_two_workers_at_once_ask_the_rail_once(platform: Platform, refund: Refund) -> None:
    """The second read it before the first wrote: its write is refused and it only looks."""
    other = platform.refund_worker("worker:2")

    def meanwhile() -> None:
        assert other.work(refund.refund_id).state is RefundState.COMPLETED

    before_commit(platform, meanwhile)

    after = work(platform, refund)

    assert after.state is RefundState.COMPLETED
    assert len(platform.gateway.refunded) == 1


def test_two_workers_at_one_instant_never_write_the_same_thing(platform: Platform, refund: Refund) -> None:
    """A store that recognises a repeated transaction would tell both that they had won: their names differ."""
    platform.gateway.refunding.script = RefundOutcome.PENDING

    after = work(platform, refund)

    (entry,) = [entry for entry in after.history if entry.event == "send"]
    assert entry.actor == "worker:1"


def test_a_voided_payment_fails_its_approved_refund_unsent(
    platform: Platform, payment: Payment, refund: Refund
) -> None:
    """The gateway took all of it back: there is nothing to refund, and the payer has it."""
    assert take_back(platform, payment).state is PaymentState.VOIDED

    after = work(platform, refund)

    assert (after.state, after.decline) == (RefundState.FAILED, GONE)
    assert platform.gateway.refunded == []
    assert balances(platform) == {}


@pytest.mark.parametrize("destination", [RefundDestination.INSTRUMENT, RefundDestination.CASH_CODE])
def test_a_payment_that_is_voided_while_its_refund_begins_is_not_refunded(
    platform: Platform, payment: Payment, destination: RefundDestination
) -> None:
    """Read as captured, taken back before the write: the write is refused, and the next look sees it."""
    who = None if destination is RefundDestination.INSTRUMENT else PAYEE
    refund = a_refund(platform, payment, destination=destination, beneficiary=who)
    before_commit(platform, lambda: take_back(platform, payment))

    waiting = work(platform, refund)

    assert waiting.state is RefundState.APPROVED
    assert work(platform, refund).state is RefundState.FAILED
    assert platform.gateway.refunded == []
    assert balances(platform) == {}


def test_a_gateway_that_stopped_refunding_frees_the_money(platform: Platform, payment: Payment, refund: Refund) -> None:
    """Approved while it could: nothing is sent, no entry is made, another destination may be asked for."""
    platform.gateways.is_refunding = False

    after = work(platform, refund)

    assert (after.state, after.decline) == (RefundState.FAILED, NO_RAIL)
    assert stored(platform, payment).refundable == 12_500
    assert len(platform.journal.rows) == 1


def test_a_missing_account_is_found_out_before_anything_is_written(platform: Platform, refund: Refund) -> None:
    """It stays approved and due: nothing is in transit on a rail that cannot be spoken to."""
    platform.accounts = FakeAccountDirectory()

    with pytest.raises(NotFoundError, match="merchant account"):
        work(platform, refund)

    assert platform.books.refunds[refund.refund_id].state is RefundState.APPROVED
    platform.accounts = FakeAccountDirectory(ACCOUNT)


def test_an_iban_is_paid_by_the_bank_under_the_refunds_own_id(platform: Platform, payment: Payment) -> None:
    """The gateway is not asked; its clearing keeps the money, the bank's account pays it."""
    refund = a_refund(platform, payment, destination=RefundDestination.IBAN, beneficiary=PAYEE)

    after = work(platform, refund)

    (paid,) = platform.bank.paid
    assert (paid.payout_id, paid.iban, paid.amount) == (refund.track_id, PAYEE.iban, 5_000)
    assert after.state is RefundState.COMPLETED
    assert platform.gateway.refunded == []
    assert balances(platform) == {CLEARING: 12_500, PAYABLE: -7_500, "payout_bank:payout_bank": -5_000}


def test_an_unknown_payout_is_asked_about_at_the_bank(platform: Platform, payment: Payment) -> None:
    """Paid once, found out once."""
    refund = a_refund(platform, payment, destination=RefundDestination.IBAN, beneficiary=PAYEE)
    platform.bank.paying.script = OutcomeUnknownError("timed out")
    platform.bank.paying.behind_errors = RefundOutcome.COMPLETED

    assert work(platform, refund).state is RefundState.UNKNOWN
    assert work(platform, refund, timedelta(minutes=2)).state is RefundState.COMPLETED

    assert len(platform.bank.paid) == 1
    assert platform.bank.payouts_inquired == [refund.track_id]


def test_nothing_is_done_before_it_is_due_or_after_its_end(platform: Platform, refund: Refund) -> None:
    """Messages come more than once; an unknown id is an error."""
    done = work(platform, refund)

    assert work(platform, refund, timedelta(days=40)) == done
    assert len(platform.gateway.refunded) == 1
    with pytest.raises(NotFoundError):
        platform.refund_worker().work("rfd_000000000000000000900000")


def test_a_conclusion_that_collides_is_written_on_the_next_try(
    platform: Platform, payment: Payment, refund: Refund
) -> None:
    """Another refund moves the payment between: the outcome is kept and its headroom taken from the newer payment."""

    def meanwhile() -> None:
        a_refund(platform, payment, amount=1_000, seen_refundable=7_500, idempotency_key="other")

    before_commit(platform, meanwhile, number=2)

    after = work(platform, refund)

    (share,) = stored(platform, payment).shares
    assert after.state is RefundState.COMPLETED
    assert (share.left, share.reserved) == (6_500, 1_000)
    assert len(platform.naps) == 1


def test_what_is_refunded_in_parts_never_exceeds_the_capture(platform: Platform, payment: Payment) -> None:
    """Three parts of 12.500 and nothing after them."""
    for amount, seen in [(5_000, 12_500), (5_000, 7_500), (2_500, 2_500)]:
        part = a_refund(platform, payment, amount=amount, seen_refundable=seen, idempotency_key=f"part-{seen}")
        assert work(platform, part).state is RefundState.COMPLETED

    assert stored(platform, payment).refundable == 0
    assert sum(request.amount for request in platform.gateway.refunded) == 12_500
    assert balances(platform) == {}


# -- the world moves ------------------------------------------------------------------------------------------------


def crash_at_commit(platform: Platform, number: int) -> None:
    """The worker dies at its commit of that number (1-based), before it is written; once."""

    def die() -> None:
        raise CrashError

    before_commit(platform, die, number)


def before_commit(platform: Platform, act: Callable[[], object], number: int = 1) -> None:
    commit = platform.books.commit
    calls: list[int] = []

    def watched(*arguments: Any, **named: Any) -> CommitOutcome:
        calls.append(1)
        if len(calls) == number:
            act()
        return commit(*arguments, **named)

    platform.books.commit = watched  # type: ignore[method-assign]  # the world moves once
