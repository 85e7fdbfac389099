"""A second person decides about a refund; its maker may take it back. What is not approved gives its headroom back."""

from mizan.application.ports import Clock, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_refunds_store import RefundRepository
from mizan.application.request_refund import show_refund
from mizan.domain.accounts import Caller, maker_of
from mizan.domain.errors import BusyError, ForbiddenError, NotFoundError, PersonRequiredError, SamePersonError
from mizan.domain.headroom import release
from mizan.domain.payments import CAPTURED_STATES, PaymentEvent
from mizan.domain.payments import changed as changed_payment
from mizan.domain.refunds import Refund, RefundEvent, RefundState, changed

RETRY_COUNT_MAX = 8
APPROVE_SCOPE = "refunds:approve"

DECIDED = {
    RefundEvent.APPROVE: RefundState.APPROVED,
    RefundEvent.REJECT: RefundState.REJECTED,
    RefundEvent.WITHDRAW: RefundState.WITHDRAWN,
}


class RefundDecisions:
    def __init__(self, *, payments: PaymentRepository, refunds: RefundRepository, books: Books, clock: Clock) -> None:
        self._payments, self._refunds, self._books, self._clock = payments, refunds, books, clock

    def decide(self, refund_id: str, event: RefundEvent, *, caller: Caller) -> Refund:
        """The refund after APPROVE, REJECT or WITHDRAW; the same decision of the same person again is answered alike.

        Raises NotFoundError, PersonRequiredError, SamePersonError (its maker may not approve or reject it; nobody else
        may withdraw it), ForbiddenError (above the person's limit), IllegalTransitionError, BusyError.
        """
        for _ in range(RETRY_COUNT_MAX):
            refund = show_refund(refund_id, caller=caller, refunds=self._refunds)
            _require_right(refund, event, caller)
            if _is_done(refund, event, caller):
                return refund
            moves = self._moves(refund, event, caller)
            if self._books.commit(moves) is CommitOutcome.COMMITTED:
                after = moves[0].after
                return after if isinstance(after, Refund) else refund
        raise BusyError("the refund kept changing")

    def _moves(self, refund: Refund, event: RefundEvent, caller: Caller) -> list[Move]:
        now = self._clock.now()
        actor = maker_of(caller)
        after = changed(refund, event, now, actor=actor, checker=actor, next_inquiry_at=now)
        if event is RefundEvent.APPROVE:
            return [Move(refund, after)]
        payment = self._payments.get(refund.payment_id)
        if payment is None:
            raise NotFoundError("payment")
        if payment.state not in CAPTURED_STATES:
            return [Move(refund, after)]  # the rail took the whole capture back: there is nothing to give back to
        lines = release(payment, [refund.portion])
        freed = changed_payment(payment, PaymentEvent.RESTORE, now, amount=refund.amount, actor=actor, lines=lines)
        return [Move(refund, after), Move(payment, freed)]


def _require_right(refund: Refund, event: RefundEvent, caller: Caller) -> None:
    is_maker = maker_of(caller) == refund.maker
    if event is RefundEvent.WITHDRAW:
        if not is_maker:
            raise ForbiddenError("refunds:write")
        return
    if caller.person is None:
        raise PersonRequiredError
    if is_maker:
        raise SamePersonError
    if event is RefundEvent.APPROVE and caller.approval_limit is not None and refund.amount > caller.approval_limit:
        raise ForbiddenError(APPROVE_SCOPE)


def _is_done(refund: Refund, event: RefundEvent, caller: Caller) -> bool:
    """Whether this person decided so before; whatever became of the refund since."""
    return refund.checker == maker_of(caller) and any(entry.event == event for entry in refund.history)
