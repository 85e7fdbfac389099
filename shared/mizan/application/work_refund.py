"""Carry a refund out: sent once, ever; what nobody knows is asked about until somebody does.

The step to `sending` is written, with the money in transit and the payment still as it was read, before the rail is
asked: whoever wins that write is the one who asks. Anyone who finds it written only inquires.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from mizan.application.conclude_refund import RefundEndings, Work
from mizan.application.ports import Clock, Derivation, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_refunds import RefundOutcome, RefundResult
from mizan.application.ports_refunds_store import RefundRepository
from mizan.application.refund_entries import sent_entry
from mizan.application.refund_rails import Rail, RefundRails
from mizan.application.refund_verdicts import EXPIRED, GONE, NEVER_ARRIVED, NO_RAIL, UNAVAILABLE
from mizan.application.trying_again import Sleep
from mizan.domain.errors import (
    CapabilityMissingError,
    GatewayError,
    GatewayUnavailableError,
    NotFoundError,
)
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.payments import CAPTURED_STATES, Payment, PaymentState, inquiry_delay
from mizan.domain.refunds import (
    CODE_LIFETIME,
    NOT_FOUND_GRACE,
    WORKER_PREFIX,
    Refund,
    RefundDestination,
    RefundEvent,
    RefundState,
    changed,
)

REFUND_PREFIX = "RFD#"
"""How the sort key of a queued refund begins."""

DISPUTED_DELAY = timedelta(hours=1)
UNCONFIRMED_DELAY = timedelta(seconds=30)
"""How long a refund waits for its payment to be confirmed before it looks again: less than the sweep's minute, so that
every sweep brings it.
"""


def _new_worker_name() -> str:
    """Two workers at one instant must not write the very same thing: a store would take it for one write repeated."""
    return f"{WORKER_PREFIX}{secrets.token_hex(8)}"


class RefundWorker:
    """`worker_name` tells the sendings of two workers apart."""

    def __init__(
        self,
        *,
        payments: PaymentRepository,
        refunds: RefundRepository,
        books: Books,
        rails: RefundRails,
        derivation: Derivation,
        clock: Clock,
        worker_name: Callable[[], str] = _new_worker_name,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._payments, self._refunds, self._books, self._rails = payments, refunds, books, rails
        self._derivation, self._clock, self._worker_name = derivation, clock, worker_name
        self._endings = RefundEndings(payments=payments, refunds=refunds, books=books, sleep=sleep)

    def work(self, refund_id: str) -> Refund:
        """The refund after its next step, if one is due. Safe to repeat, and to run twice at once.

        Raises NotFoundError, GatewayError (no readable answer; asked again later), BusyError.
        """
        refund = self._read(refund_id)
        now = self._clock.now()
        if refund.next_step_at is None or refund.next_step_at > now:
            return refund
        payment = self._payments.get(refund.payment_id)
        if payment is None:
            raise NotFoundError("payment")
        work = Work(refund, payment, now)
        if refund.state is RefundState.APPROVED:
            return self._begin(work)
        if refund.state is RefundState.REDEEMABLE:
            return self._endings.give_back(work, RefundEvent.EXPIRE, EXPIRED)
        return self._inquire(work)

    # -- the first step -----------------------------------------------------------------------------------------------

    def _begin(self, work: Work) -> Refund:
        if work.payment.state not in CAPTURED_STATES:
            return self._endings.give_up(work, GONE)
        if (wait := _wait_for(work.payment)) is not None:
            return self._postpone(work, work.now + wait)
        if work.refund.destination is RefundDestination.CASH_CODE:
            return self._offer_code(work)
        try:
            rail = self._rails.of(work.refund, work.payment)
        except CapabilityMissingError:
            return self._endings.give_up(work, NO_RAIL)
        sending = changed(
            work.refund,
            RefundEvent.SEND,
            work.now,
            actor=self._worker_name(),
            sent_at=work.now,
            next_inquiry_at=work.now + inquiry_delay(0),
            inquiry_count=0,
        )
        moves = [Move(work.refund, sending), Move(work.payment, work.payment)]
        if not self._commit(moves, sent_entry(work.refund, work.payment, work.now)):
            return self._read(
                work.refund.refund_id
            )  # another worker has it, or the payment moved: the sweep comes again
        return self._send(replace(work, refund=sending), rail)

    def _send(self, work: Work, rail: Rail) -> Refund:
        """Called by the one who wrote `sending`, and by nobody else."""
        try:
            result = rail.send()
        except GatewayUnavailableError:
            return self._endings.give_back(replace(work, now=self._clock.now()), RefundEvent.FAIL, UNAVAILABLE)
        except GatewayError:
            result = RefundResult(RefundOutcome.UNKNOWN, work.refund.track_id)
        return self._apply(replace(work, now=self._clock.now()), rail, result)

    def _offer_code(self, work: Work) -> Refund:
        refund_id = work.refund.refund_id
        digest = self._derivation.cash_code_digest(self._derivation.cash_code(refund_id))
        expires_at = work.now + CODE_LIFETIME
        offered = changed(
            work.refund,
            RefundEvent.OFFER_CODE,
            work.now,
            sent_at=work.now,
            expires_at=expires_at,
            next_inquiry_at=expires_at,
            code_digest=digest,
        )
        entry = sent_entry(work.refund, work.payment, work.now)
        moves = [Move(work.refund, offered), Move(work.payment, work.payment)]
        done = self._commit(moves, entry, {claim_of_code(digest): refund_id})
        return offered if done else self._read(refund_id)

    # -- finding out --------------------------------------------------------------------------------------------------

    def _inquire(self, work: Work) -> Refund:
        rail = self._rails.of(work.refund, work.payment)
        try:
            result = rail.inquire()
        except GatewayError:
            self._postpone(work, work.now + inquiry_delay(work.refund.inquiry_count))
            raise
        return self._apply(work, rail, result)

    def _apply(self, work: Work, rail: Rail, result: RefundResult) -> Refund:
        refund = work.refund
        is_ours = result.track_id == refund.track_id
        if is_ours and result.outcome is RefundOutcome.COMPLETED:
            return self._endings.complete(work, rail, result)
        if is_ours and result.outcome is RefundOutcome.FAILED and result.decline is not None:
            return self._endings.give_back(work, RefundEvent.FAIL, result.decline)
        is_late = refund.sent_at is not None and work.now >= refund.sent_at + NOT_FOUND_GRACE
        if is_ours and result.outcome is RefundOutcome.NOT_FOUND and is_late:
            return self._endings.give_back(work, RefundEvent.FAIL, NEVER_ARRIVED)
        is_lost = not is_ours or result.outcome is RefundOutcome.UNKNOWN
        return self._postpone(work, work.now + inquiry_delay(refund.inquiry_count), is_lost=is_lost)

    # -- parts --------------------------------------------------------------------------------------------------------

    def _postpone(self, work: Work, next_at: datetime, *, is_lost: bool = False) -> Refund:
        refund = work.refund
        is_news = is_lost and refund.state is RefundState.SENDING
        moved = changed(refund, RefundEvent.LOSE, work.now) if is_news else refund
        after = replace(moved, next_inquiry_at=next_at, inquiry_count=refund.inquiry_count + 1)
        return after if self._commit([Move(refund, after)]) else self._read(refund.refund_id)

    def _commit(
        self,
        moves: list[Move],
        transaction: LedgerTransaction | None = None,
        claims: Mapping[str, str] | None = None,
    ) -> bool:
        outcome = self._books.commit(moves, transaction=transaction, claims=claims)
        return outcome is CommitOutcome.COMMITTED

    def _read(self, refund_id: str) -> Refund:
        refund = self._refunds.get(refund_id)
        if refund is None:
            raise NotFoundError("refund")
        return refund


def claim_of_code(digest: str) -> str:
    """The name under which a cash-out code can be taken once, and found."""
    return f"COC#{digest}"


def _wait_for(payment: Payment) -> timedelta | None:
    """Why nothing may be sent yet: the rail may still take the capture back by itself, or a bank does just now."""
    if not payment.is_final:
        return UNCONFIRMED_DELAY
    return DISPUTED_DELAY if payment.state is PaymentState.DISPUTED else None
