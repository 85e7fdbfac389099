"""How a refund ends: it went back, or nothing went out. Refund, headroom and journal are written as one."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mizan.application.ports import PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_refunds import RefundResult
from mizan.application.ports_refunds_store import RefundRepository
from mizan.application.refund_entries import completed_entry, returned_entry
from mizan.application.refund_rails import Rail
from mizan.application.trying_again import Sleep, attempts
from mizan.domain.errors import BusyError, NotFoundError
from mizan.domain.headroom import HeadroomError, consume, pay_out, release
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.payments import CAPTURED_STATES, Decline, Payment, PaymentEvent
from mizan.domain.payments import changed as changed_payment
from mizan.domain.refunds import Refund, RefundDestination, RefundEvent, changed

EntryMaker = Callable[[Payment], LedgerTransaction]


@dataclass(frozen=True, slots=True)
class Work:
    """A refund and its payment as read, and when."""

    refund: Refund
    payment: Payment
    now: datetime


class RefundEndings:
    """Each answers the refund as it ended; where another worker was faster, its word stands. Raises BusyError."""

    def __init__(
        self, *, payments: PaymentRepository, refunds: RefundRepository, books: Books, sleep: Sleep = time.sleep
    ) -> None:
        self._payments, self._refunds, self._books, self._sleep = payments, refunds, books, sleep

    def complete(self, work: Work, rail: Rail, result: RefundResult) -> Refund:
        """The rail says that the money went back."""
        after = changed(work.refund, RefundEvent.COMPLETE, work.now, transaction=result.transaction or None)
        return self._conclude(
            work,
            after,
            PaymentEvent.REFUND,
            lambda payment: completed_entry(work.refund, payment, rail, result, work.now),
        )

    def give_back(self, work: Work, event: RefundEvent, why: Decline) -> Refund:
        """Nothing went out (`event` FAIL or EXPIRE): the money lies where it lay, and its headroom is free."""
        after = changed(work.refund, event, work.now, decline=why)
        return self._conclude(
            work, after, PaymentEvent.RESTORE, lambda payment: returned_entry(work.refund, payment, work.now)
        )

    def give_up(self, work: Work, why: Decline) -> Refund:
        """Nothing was sent yet: no money moves in the books."""
        after = changed(work.refund, RefundEvent.FAIL, work.now, decline=why)
        return self._conclude(work, after, PaymentEvent.RESTORE, None)

    def _conclude(self, work: Work, after: Refund, event: PaymentEvent, entry: EntryMaker | None) -> Refund:
        payment = work.payment
        for _ in attempts(self._sleep):
            if self._is_written(work.refund, after, payment, event, entry):
                return after
            stored = self._refunds.get(work.refund.refund_id)
            if stored is None:
                raise NotFoundError("refund")
            if (stored.state, stored.inquiry_count) != (work.refund.state, work.refund.inquiry_count):
                return stored  # another worker found out, or is at it
            payment = self._payments.get(work.refund.payment_id) or payment
        raise BusyError("the refund kept changing")

    def _is_written(
        self, before: Refund, after: Refund, payment: Payment, event: PaymentEvent, entry: EntryMaker | None
    ) -> bool:
        try:
            moves = [Move(before, after), *_headroom_moves(before, payment, event, after.updated_at)]
        except HeadroomError:
            return False  # another worker concluded it between the reading of the refund and of its payment
        transaction = entry(payment) if entry else None
        return self._books.commit(moves, transaction=transaction) is CommitOutcome.COMMITTED


def _headroom_moves(refund: Refund, payment: Payment, event: PaymentEvent, at: datetime) -> list[Move]:
    """What was promised is gone, or free again; nothing where the rail took the whole capture back."""
    if payment.state not in CAPTURED_STATES:
        return []
    gone = consume if refund.destination is RefundDestination.INSTRUMENT else pay_out
    move = gone if event is PaymentEvent.REFUND else release
    lines = move(payment, [refund.portion])
    return [Move(payment, changed_payment(payment, event, at, amount=refund.amount, lines=lines))]
