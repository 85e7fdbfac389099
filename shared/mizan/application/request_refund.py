"""Ask for a refund: its headroom is reserved in the same transaction, so that no two requests promise the same fils."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from mizan.application.ports import Clock, Derivation, GatewayRegistry, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_refunds import NameMatch, PayoutBank
from mizan.application.ports_refunds_store import RefundRepository
from mizan.domain.accounts import Caller, maker_of
from mizan.domain.errors import (
    BusyError,
    FieldError,
    IdempotencyConflictError,
    InvalidInputError,
    NotFoundError,
    StaleViewError,
)
from mizan.domain.headroom import HeadroomError, Portion, reserve
from mizan.domain.history import Entry
from mizan.domain.iban import is_iban
from mizan.domain.payments import Disposition, Payment, PaymentEvent, PaymentLine, Share
from mizan.domain.payments import changed as changed_payment
from mizan.domain.references import PROBE_COUNT_MAX, parse_payment_id
from mizan.domain.refunds import Beneficiary, Refund, RefundDestination, RefundEvent, RefundState, changed

RETRY_COUNT_MAX = 8
AUTOMATIC = "rule:below-limit"
"""Who approves what is small enough to need no second person."""


@dataclass(frozen=True, slots=True)
class RequestRefund:
    """`amount` fils (None: all that is left) of what went one way on one invoice of the payment; `reference` may be
    left out where the payment is of one invoice. `seen_refundable`: what the caller saw as refundable there, in fils.
    """

    payment_id: str
    seen_refundable: int
    reason: str
    fingerprint: str
    idempotency_key: str
    correlation_id: str
    amount: int | None = None
    reference: str | None = None
    disposition: Disposition = Disposition.ALLOCATED
    destination: RefundDestination = RefundDestination.INSTRUMENT
    beneficiary: Beneficiary | None = None


class RefundRequests:
    """`approval_limit`: fils from which on another person has to approve."""

    def __init__(
        self,
        *,
        payments: PaymentRepository,
        refunds: RefundRepository,
        books: Books,
        gateways: GatewayRegistry,
        bank: PayoutBank,
        derivation: Derivation,
        clock: Clock,
        approval_limit: int,
    ) -> None:
        self._payments, self._refunds, self._books = payments, refunds, books
        self._gateways, self._bank = gateways, bank
        self._derivation, self._clock, self._approval_limit = derivation, clock, approval_limit

    def request(self, command: RequestRefund, *, caller: Caller) -> tuple[Refund, bool]:
        """The refund, and whether this call made it (False: a replay; the refund as it stands).

        Raises NotFoundError, InvalidInputError (amount, destination or beneficiary that do not fit),
        StaleViewError (something else is refundable by now), IllegalTransitionError (the payment holds no money),
        IdempotencyConflictError, BusyError.
        """
        for _ in range(RETRY_COUNT_MAX):
            payment, line = self._line(command, caller)
            made = self._made_before(command, payment)
            if isinstance(made, Refund):
                return made, False
            self._require_share(command, line, caller)
            now = self._clock.now()
            refund = self._new_refund(command, payment, line, refund_id=made, maker=maker_of(caller), now=now)
            reserved = self._reserved(payment, refund.portion, caller, now)
            outcome = self._books.commit([Move(payment, reserved), Move(None, refund)])
            if outcome is CommitOutcome.COMMITTED:
                return refund, True
        raise BusyError("the payment kept changing")

    def _line(self, command: RequestRefund, caller: Caller) -> tuple[Payment, PaymentLine]:
        payment = self._payments.get(command.payment_id) if parse_payment_id(command.payment_id) else None
        if payment is None:
            raise NotFoundError("payment")
        own = [line for line in payment.lines if caller.may_see(line.agency)]
        if not own:
            raise NotFoundError("payment")
        if command.reference is None and len(payment.lines) > 1:
            raise InvalidInputError.of("reference", "missing")
        line = next((line for line in own if command.reference in (None, line.reference)), None)
        if line is None:
            raise InvalidInputError.of("reference", "not_of_the_payment")
        return payment, line

    def _made_before(self, command: RequestRefund, payment: Payment) -> Refund | str:
        """The refund that this key made, or the id that it shall have."""
        identity = _identity(command)
        for probe in range(PROBE_COUNT_MAX):
            refund_id = self._derivation.refund_id(payment.reference, identity, probe)
            existing = self._refunds.get(refund_id)
            if existing is None:
                return refund_id
            if existing.identity == identity:
                if existing.fingerprint != command.fingerprint:
                    raise IdempotencyConflictError("the Idempotency-Key came before with another body")
                return existing
        raise BusyError("no free refund id")

    def _require_share(self, command: RequestRefund, line: PaymentLine, caller: Caller) -> None:
        share = line.share(command.disposition) or Share(command.disposition, 0, 0)
        errors = self._wrong_destination(command)
        if command.disposition is Disposition.SUSPENDED and caller.agency != "*":
            errors.append(FieldError("disposition", "finance_only"))
        if errors:
            raise InvalidInputError(errors)
        if command.seen_refundable != share.left:
            raise StaleViewError(share.left)
        if share.left == 0:
            raise InvalidInputError.of("amount", "nothing_refundable")
        if command.amount is not None and command.amount > share.left:
            raise InvalidInputError.of("amount", "above_refundable")

    def _wrong_destination(self, command: RequestRefund) -> list[FieldError]:
        who = command.beneficiary
        if command.destination is RefundDestination.INSTRUMENT:
            return [FieldError("beneficiary", "not_with_instrument")] if who else []
        if who is None:
            return [FieldError("beneficiary", "missing")]
        if command.destination is RefundDestination.CASH_CODE:
            return [] if who.identifier else [FieldError("beneficiary.identifier", "missing")]
        if who.iban is None:
            return [FieldError("beneficiary.iban", "missing")]
        return [] if is_iban(who.iban) else [FieldError("beneficiary.iban", "bad_iban")]

    def _new_refund(
        self,
        command: RequestRefund,
        payment: Payment,
        line: PaymentLine,
        *,
        refund_id: str,
        maker: str,
        now: datetime,
    ) -> Refund:
        amount = command.amount or command.seen_refundable
        if command.destination is RefundDestination.INSTRUMENT:
            self._gateways.refunds_of(payment.gateway)  # raises where the rail cannot
        refund = Refund(
            refund_id=refund_id,
            payment_id=payment.payment_id,
            payment_reference=payment.reference,
            agency=line.agency,
            portion=Portion(line.reference, command.disposition, amount),
            currency=payment.capture.currency if payment.capture else payment.currency,
            destination=command.destination,
            state=RefundState.REQUESTED,
            reason=command.reason,
            maker=maker,
            created_at=now,
            updated_at=now,
            next_inquiry_at=now,
            identity=_identity(command),
            fingerprint=command.fingerprint,
            correlation_id=command.correlation_id,
            beneficiary=command.beneficiary,
            history=(Entry(RefundEvent.REQUEST, now, amount, maker),),
        )
        is_small = amount < self._approval_limit and self._is_known(command)
        return changed(refund, RefundEvent.APPROVE, now, actor=AUTOMATIC, checker=AUTOMATIC) if is_small else refund

    def _is_known(self, command: RequestRefund) -> bool:
        """Whether the money goes where nobody has to look again. Raises InvalidInputError on another's account."""
        who = command.beneficiary
        if command.destination is not RefundDestination.IBAN or who is None or who.iban is None:
            return True
        match = self._bank.check_name(who.iban, who.name)
        if match is NameMatch.NO_MATCH:
            raise InvalidInputError.of("beneficiary.name", "name_mismatch")
        return match is NameMatch.MATCH

    def _reserved(self, payment: Payment, portion: Portion, caller: Caller, now: datetime) -> Payment:
        try:
            lines = reserve(payment, [portion])
        except HeadroomError:
            raise InvalidInputError.of("amount", "above_refundable") from None
        return changed_payment(
            payment, PaymentEvent.RESERVE, now, amount=portion.amount, actor=maker_of(caller), lines=lines
        )


def show_refund(refund_id: str, *, caller: Caller, refunds: RefundRepository) -> Refund:
    """Raises NotFoundError for what does not exist or is another agency's."""
    refund = refunds.get(refund_id)
    if refund is None or not caller.may_see(refund.agency):
        raise NotFoundError("refund")
    return refund


def list_refunds(
    payment_id: str, *, caller: Caller, payments: PaymentRepository, refunds: RefundRepository
) -> list[Refund]:
    """A payment's refunds that the caller may see, oldest first. Raises NotFoundError."""
    payment = payments.get(payment_id)
    if payment is None or not any(caller.may_see(line.agency) for line in payment.lines):
        raise NotFoundError("payment")
    found = refunds.list_of_invoice(payment.reference)
    return [one for one in found if one.payment_id == payment_id and caller.may_see(one.agency)]


def _identity(command: RequestRefund) -> str:
    return hashlib.sha256(f"{command.payment_id}\x1f{command.idempotency_key}".encode()).hexdigest()[:32]
