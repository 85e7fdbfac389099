"""A payer with no card gets a refund in cash: an operator hands it out against a code, once, to the one it is bound
to.
"""

import hashlib
import hmac
import time
from dataclasses import dataclass
from datetime import datetime

from mizan.application.ports import Clock, Derivation, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_refunds_store import RefundRepository
from mizan.application.refund_entries import handed_out_entry
from mizan.application.trying_again import Sleep, attempts
from mizan.application.work_refund import claim_of_code
from mizan.domain.accounts import Caller, maker_of
from mizan.domain.cash_codes import is_code
from mizan.domain.errors import BusyError, IdempotencyConflictError, InvalidInputError, NotFoundError
from mizan.domain.headroom import HeadroomError, pay_out
from mizan.domain.ledger import operator_payable
from mizan.domain.payments import CAPTURED_STATES, Payment, PaymentEvent
from mizan.domain.payments import changed as changed_payment
from mizan.domain.refunds import REFUND_STATES, Refund, RefundEvent, RefundState, changed


@dataclass(frozen=True, slots=True)
class RedeemCode:
    """`identifier` (`cpr:…`, `passport:…`) as read off the document that the payer showed."""

    code: str
    identifier: str
    idempotency_key: str


class CashOuts:
    def __init__(
        self,
        *,
        payments: PaymentRepository,
        refunds: RefundRepository,
        books: Books,
        derivation: Derivation,
        clock: Clock,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._payments, self._refunds, self._books = payments, refunds, books
        self._derivation, self._clock, self._sleep = derivation, clock, sleep

    def redeem(self, command: RedeemCode, *, caller: Caller) -> tuple[Refund, bool]:
        """The refund that was handed out, and whether by this call (False: a repeat of the same operator's own call).

        Raises NotFoundError alike for a code that does not exist and for one that is another person's,
        IllegalTransitionError where it was used, has expired or its payment is gone, IdempotencyConflictError,
        BusyError.
        """
        if not is_code(command.code):
            raise InvalidInputError.of("code", "bad_format")
        digest = self._derivation.cash_code_digest(command.code)
        claim, body = _claim(command, caller), self._fingerprint(digest, command.identifier)
        for _ in attempts(self._sleep):
            holder = self._books.holder(claim)
            if holder not in (None, body):
                raise IdempotencyConflictError("the Idempotency-Key came before with another body")
            refund = self._bound_refund(digest, command.identifier)
            if holder is not None:
                return refund, False
            now = self._clock.now()
            payment = self._payments.get(refund.payment_id)
            if payment is None:
                raise NotFoundError("cash-out")
            _require_redeemable(refund, payment, now)
            try:
                lines = pay_out(payment, [refund.portion])
            except HeadroomError:
                continue  # it was paid out between our two reads: look again
            transaction = f"cash:{caller.key_id}:{claim[-16:]}"
            after = changed(refund, RefundEvent.COMPLETE, now, actor=maker_of(caller), transaction=transaction)
            gone = changed_payment(payment, PaymentEvent.REFUND, now, amount=refund.amount, lines=lines)
            entry = handed_out_entry(refund, payment, operator_payable(caller.key_id), transaction, now)
            outcome = self._books.commit(
                [Move(refund, after), Move(payment, gone)], transaction=entry, claims={claim: body}
            )
            if outcome is CommitOutcome.COMMITTED:
                return after, True
        raise BusyError("the refund kept changing")

    def _fingerprint(self, digest: str, identifier: str) -> str:
        """Keyed: nine digits of a document can be tried out against a plain hash."""
        return self._derivation.cash_code_digest(f"{digest}\x1f{identifier}")[:32]

    def _bound_refund(self, digest: str, identifier: str) -> Refund:
        refund_id = self._books.holder(claim_of_code(digest))
        refund = self._refunds.get(refund_id) if refund_id else None
        bound_to = refund.beneficiary.identifier if refund and refund.beneficiary else None
        if refund is None or bound_to is None or not hmac.compare_digest(bound_to.encode(), identifier.encode()):
            raise NotFoundError("cash-out")
        return refund


def _require_redeemable(refund: Refund, payment: Payment, now: datetime) -> None:
    """An expired code is refused before the platform has written that it is; so is one whose payment was taken back."""
    is_over = refund.expires_at is not None and now >= refund.expires_at
    is_gone = payment.state not in CAPTURED_STATES
    if refund.state is RefundState.REDEEMABLE and (is_over or is_gone):
        raise REFUND_STATES.refusal(RefundState.FAILED, RefundEvent.COMPLETE)
    if refund.state is not RefundState.REDEEMABLE:
        raise REFUND_STATES.refusal(refund.state, RefundEvent.COMPLETE)


def _claim(command: RedeemCode, caller: Caller) -> str:
    """An operator's key to a call: taken with the first code that it redeems."""
    own = hashlib.sha256(f"{caller.key_id}\x1f{command.idempotency_key}".encode()).hexdigest()[:32]
    return f"RDM#{own}"
