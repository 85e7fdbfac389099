"""Carry a refund out: sent once, ever; what nobody knows is asked about until somebody does.

The step to `sending` is written, with the money in transit, before the rail is asked: whoever wins that write is the
one who asks. Anyone who finds it written only inquires.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mizan.application.ports import Clock, Derivation, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_refunds import RefundOutcome, RefundResult
from mizan.application.ports_refunds_store import RefundRepository
from mizan.application.refund_entries import completed_entry, returned_entry, sent_entry
from mizan.application.refund_rails import Rail, RefundRails
from mizan.application.refund_verdicts import EXPIRED, GONE, NEVER_ARRIVED, NO_RAIL, UNAVAILABLE
from mizan.application.trying_again import Sleep, attempts
from mizan.domain.errors import (
    BusyError,
    CapabilityMissingError,
    GatewayError,
    GatewayUnavailableError,
    NotFoundError,
)
from mizan.domain.headroom import consume, pay_out, release
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.payments import CAPTURED_STATES, Decline, Payment, PaymentEvent, inquiry_delay
from mizan.domain.payments import changed as changed_payment
from mizan.domain.refunds import (
    CODE_LIFETIME,
    NOT_FOUND_GRACE,
    Refund,
    RefundDestination,
    RefundEvent,
    RefundState,
    changed,
)

REFUND_PREFIX = "RFD#"
"""How the sort key of a queued refund begins."""

UNCONFIRMED_DELAY = timedelta(minutes=1)
"""How long a refund waits for its payment to be confirmed before it looks again."""

EntryMaker = Callable[[Payment], LedgerTransaction]


@dataclass(frozen=True, slots=True)
class Work:
    """A refund and its payment as read, and when."""

    refund: Refund
    payment: Payment
    now: datetime


def _new_worker_name() -> str:
    """Two workers at one instant must not write the very same thing: a store would take it for one write repeated."""
    return f"worker:{secrets.token_hex(8)}"


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
        self._derivation, self._clock, self._worker_name, self._sleep = derivation, clock, worker_name, sleep

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
            return self._give_back(work, RefundEvent.EXPIRE, EXPIRED)
        return self._inquire(work)

    # -- the first step -----------------------------------------------------------------------------------------------

    def _begin(self, work: Work) -> Refund:
        if work.payment.state not in CAPTURED_STATES:
            return self._give_up(work, GONE)
        if not work.payment.is_final:  # the rail may still take the capture back by itself
            return self._postpone(work, work.now + UNCONFIRMED_DELAY)
        if work.refund.destination is RefundDestination.CASH_CODE:
            return self._offer_code(work)
        try:
            rail = self._rails.of(work.refund, work.payment)
        except CapabilityMissingError:
            return self._give_up(work, NO_RAIL)
        sending = changed(
            work.refund,
            RefundEvent.SEND,
            work.now,
            actor=self._worker_name(),
            sent_at=work.now,
            next_inquiry_at=work.now + inquiry_delay(0),
            inquiry_count=0,
        )
        if not self._commit([Move(work.refund, sending)], sent_entry(work.refund, work.payment, work.now)):
            return self._read(work.refund.refund_id)  # another worker has it
        return self._send(replace(work, refund=sending), rail)

    def _send(self, work: Work, rail: Rail) -> Refund:
        """Called by the one who wrote `sending`, and by nobody else."""
        try:
            result = rail.send()
        except GatewayUnavailableError:
            return self._give_back(replace(work, now=self._clock.now()), RefundEvent.FAIL, UNAVAILABLE)
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
        done = self._commit([Move(work.refund, offered)], entry, {claim_of_code(digest): refund_id})
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
            return self._complete(work, rail, result)
        if is_ours and result.outcome is RefundOutcome.FAILED and result.decline is not None:
            return self._give_back(work, RefundEvent.FAIL, result.decline)
        is_late = refund.sent_at is not None and work.now >= refund.sent_at + NOT_FOUND_GRACE
        if is_ours and result.outcome is RefundOutcome.NOT_FOUND and is_late:
            return self._give_back(work, RefundEvent.FAIL, NEVER_ARRIVED)
        is_lost = not is_ours or result.outcome is RefundOutcome.UNKNOWN
        return self._postpone(work, work.now + inquiry_delay(refund.inquiry_count), is_lost=is_lost)

    # -- the end ------------------------------------------------------------------------------------------------------

    def _complete(self, work: Work, rail: Rail, result: RefundResult) -> Refund:
        after = changed(work.refund, RefundEvent.COMPLETE, work.now, transaction=result.transaction or None)
        return self._conclude(
            work,
            after,
            PaymentEvent.REFUND,
            lambda payment: completed_entry(work.refund, payment, rail, result, work.now),
        )

    def _give_back(self, work: Work, event: RefundEvent, why: Decline) -> Refund:
        """Nothing went out: the money lies where it lay, and its headroom is free."""
        after = changed(work.refund, event, work.now, decline=why)
        return self._conclude(
            work, after, PaymentEvent.RESTORE, lambda payment: returned_entry(work.refund, payment, work.now)
        )

    def _give_up(self, work: Work, why: Decline) -> Refund:
        """Nothing was sent yet: no money moves in the books."""
        after = changed(work.refund, RefundEvent.FAIL, work.now, decline=why)
        return self._conclude(work, after, PaymentEvent.RESTORE, None)

    def _conclude(self, work: Work, after: Refund, event: PaymentEvent, entry: EntryMaker | None) -> Refund:
        """The refund's end, its payment's headroom and the journal in one transaction, until it is written once."""
        payment = work.payment
        for _ in attempts(self._sleep):
            moves = [Move(work.refund, after), *_headroom_moves(work.refund, payment, event, after.updated_at)]
            if self._commit(moves, entry(payment) if entry else None):
                return after
            stored = self._read(work.refund.refund_id)
            if (stored.state, stored.inquiry_count) != (work.refund.state, work.refund.inquiry_count):
                return stored  # another worker found out, or is at it: its word stands
            payment = self._payments.get(work.refund.payment_id) or payment
        raise BusyError("the refund kept changing")

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


def _headroom_moves(refund: Refund, payment: Payment, event: PaymentEvent, at: datetime) -> list[Move]:
    """What was promised is gone, or free again; nothing where the rail took the whole capture back."""
    if payment.state not in CAPTURED_STATES:
        return []
    gone = consume if refund.destination is RefundDestination.INSTRUMENT else pay_out
    move = gone if event is PaymentEvent.REFUND else release
    lines = move(payment, [refund.portion])
    return [Move(payment, changed_payment(payment, event, at, amount=refund.amount, lines=lines))]


def claim_of_code(digest: str) -> str:
    """The name under which a cash-out code can be taken once, and found."""
    return f"COC#{digest}"
