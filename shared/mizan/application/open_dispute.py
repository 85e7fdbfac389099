"""A payer's bank takes a capture back: the money is held when its notice comes, so that it is not refunded as well."""

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime

from mizan.application.ports import Clock, Derivation, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_refunds_store import DisputeRepository
from mizan.application.trying_again import Sleep, attempts
from mizan.domain.accounts import Caller, maker_of
from mizan.domain.disputes import DISPUTE_STATES, Dispute, DisputeEvent
from mizan.domain.errors import BusyError, IdempotencyConflictError, InvalidInputError, NotFoundError
from mizan.domain.headroom import HeadroomError, Portion, portions_of, reserve
from mizan.domain.history import Entry
from mizan.domain.payments import PAYMENT_STATES, Payment, PaymentEvent
from mizan.domain.payments import changed as changed_payment
from mizan.domain.references import PROBE_COUNT_MAX


@dataclass(frozen=True, slots=True)
class OpenDispute:
    """A bank's notice: its own `case_number` makes a repeat the same dispute. `amount` in fils; None: all that is
    left.
    """

    payment_id: str
    case_number: str
    reason: str
    respond_by: datetime
    fingerprint: str
    correlation_id: str
    amount: int | None = None


class DisputeNotices:
    def __init__(
        self,
        *,
        payments: PaymentRepository,
        disputes: DisputeRepository,
        books: Books,
        derivation: Derivation,
        clock: Clock,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._payments, self._disputes, self._books = payments, disputes, books
        self._derivation, self._clock, self._sleep = derivation, clock, sleep

    def open(self, command: OpenDispute, *, caller: Caller) -> tuple[Dispute, bool]:
        """The dispute with its money held, and whether this call made it.

        Raises NotFoundError, InvalidInputError (more than is left: a refund is under way or done),
        IllegalTransitionError (the payment holds no money, or is disputed already), IdempotencyConflictError,
        BusyError.
        """
        for _ in attempts(self._sleep):
            payment = self._payments.get(command.payment_id)
            if payment is None or not caller.may_see(payment.agency):
                raise NotFoundError("payment")
            made = self._made_before(command, payment)
            if isinstance(made, Dispute):
                return made, False
            portions = _portions(command, payment)
            now, maker = self._clock.now(), maker_of(caller)
            dispute = _new_dispute(command, payment, portions, dispute_id=made, maker=maker, now=now)
            held = changed_payment(
                payment,
                PaymentEvent.DISPUTE,
                now,
                amount=dispute.amount,
                actor=maker,
                lines=reserve(payment, portions),
                is_final=True,  # a bank disputes what was captured: nothing else has to confirm it
            )
            if self._books.commit([Move(payment, held), Move(None, dispute)]) is CommitOutcome.COMMITTED:
                return dispute, True
        raise BusyError("the payment kept changing")

    def _made_before(self, command: OpenDispute, payment: Payment) -> Dispute | str:
        """The dispute that this case made, or the id that it shall have."""
        identity = _identity(command, payment)
        for probe in range(PROBE_COUNT_MAX):
            dispute_id = self._derivation.dispute_id(payment.reference, identity, probe)
            existing = self._disputes.get(dispute_id)
            if existing is None:
                return dispute_id
            if existing.identity == identity:
                if existing.fingerprint != command.fingerprint:
                    raise IdempotencyConflictError("the same case came before with another body")
                return existing
        raise BusyError("no free dispute id")


def _portions(command: OpenDispute, payment: Payment) -> tuple[Portion, ...]:
    if not PAYMENT_STATES.allows(payment.state, PaymentEvent.DISPUTE):
        raise PAYMENT_STATES.refusal(payment.state, PaymentEvent.DISPUTE)
    if payment.refundable == 0:
        raise InvalidInputError.of("amount", "nothing_refundable")
    try:
        return portions_of(payment, payment.refundable if command.amount is None else command.amount)
    except HeadroomError:
        raise InvalidInputError.of("amount", "above_refundable") from None


def _new_dispute(
    command: OpenDispute,
    payment: Payment,
    portions: tuple[Portion, ...],
    *,
    dispute_id: str,
    maker: str,
    now: datetime,
) -> Dispute:
    amount = sum(portion.amount for portion in portions)
    return Dispute(
        dispute_id=dispute_id,
        payment_id=payment.payment_id,
        payment_reference=payment.reference,
        agency=payment.agency,
        portions=portions,
        currency=payment.capture.currency if payment.capture else payment.currency,
        state=DISPUTE_STATES.initial,
        case_number=command.case_number,
        reason=command.reason,
        maker=maker,
        created_at=now,
        updated_at=now,
        respond_by=command.respond_by,
        identity=_identity(command, payment),
        fingerprint=command.fingerprint,
        correlation_id=command.correlation_id,
        history=(Entry(DisputeEvent.NOTIFY, now, amount, maker),),
    )


def _identity(command: OpenDispute, payment: Payment) -> str:
    parts = [payment.payment_id, payment.gateway, command.case_number]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
