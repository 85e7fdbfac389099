"""A second person decides about a refund; its maker may take it back. What is not approved gives its headroom back."""

import time

from mizan.application.ports import Clock, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_refunds_store import RefundRepository
from mizan.application.read_refunds import show_refund
from mizan.application.trying_again import Sleep, attempts
from mizan.domain.accounts import Caller, maker_of
from mizan.domain.errors import (
    AboveLimitError,
    BusyError,
    NotFoundError,
    NotTheMakerError,
    PersonRequiredError,
    SamePersonError,
)
from mizan.domain.headroom import release
from mizan.domain.payments import CAPTURED_STATES, PaymentEvent
from mizan.domain.payments import changed as changed_payment
from mizan.domain.refunds import Refund, RefundEvent, changed


class RefundDecisions:
    def __init__(
        self,
        *,
        payments: PaymentRepository,
        refunds: RefundRepository,
        books: Books,
        clock: Clock,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._payments, self._refunds, self._books = payments, refunds, books
        self._clock, self._sleep = clock, sleep

    def decide(self, refund_id: str, event: RefundEvent, *, caller: Caller) -> Refund:
        """The refund after APPROVE, REJECT or WITHDRAW; the same decision of the same person again is answered alike.

        Raises NotFoundError, PersonRequiredError, SamePersonError (its maker may not approve or reject it),
        NotTheMakerError (nobody else may withdraw it), AboveLimitError, IllegalTransitionError, BusyError.
        """
        for _ in attempts(self._sleep):
            refund = show_refund(refund_id, caller=caller, refunds=self._refunds)
            _require_right(refund, event, caller)
            if _is_done(refund, event, caller):
                return refund
            now = self._clock.now()
            actor = maker_of(caller)
            after = changed(refund, event, now, actor=actor, checker=actor, next_inquiry_at=now)
            moves = [Move(refund, after), *self._freed(refund, event, after)]
            if self._books.commit(moves) is CommitOutcome.COMMITTED:
                return after
        raise BusyError("the refund kept changing")

    def _freed(self, refund: Refund, event: RefundEvent, after: Refund) -> list[Move]:
        """Its payment with the headroom back, where it will not go on."""
        if event is RefundEvent.APPROVE:
            return []
        payment = self._payments.get(refund.payment_id)
        if payment is None:
            raise NotFoundError("payment")
        if payment.state not in CAPTURED_STATES:
            return []  # the rail took the whole capture back: there is nothing to give back to
        freed = changed_payment(
            payment,
            PaymentEvent.RESTORE,
            after.updated_at,
            amount=refund.amount,
            actor=after.checker,
            lines=release(payment, [refund.portion]),
        )
        return [Move(payment, freed)]


def _require_right(refund: Refund, event: RefundEvent, caller: Caller) -> None:
    is_maker = maker_of(caller) == refund.maker
    if event is RefundEvent.WITHDRAW:
        if not is_maker:
            raise NotTheMakerError
        return
    if caller.person is None:
        raise PersonRequiredError
    if is_maker:
        raise SamePersonError
    if event is RefundEvent.APPROVE and caller.approval_limit is not None and refund.amount > caller.approval_limit:
        raise AboveLimitError(caller.approval_limit)


def _is_done(refund: Refund, event: RefundEvent, caller: Caller) -> bool:
    """Whether this person decided so before; whatever became of the refund since."""
    return refund.checker == maker_of(caller) and any(entry.event == event for entry in refund.history)
