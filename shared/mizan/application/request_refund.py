"""Ask for a refund: its headroom is reserved in the same transaction, so that no two requests promise the same fils."""

import hashlib
import time
from datetime import datetime

from mizan.application.ports import Clock, Derivation, GatewayRegistry, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_refunds import NameMatch, PayoutBank
from mizan.application.ports_refunds_store import RefundRepository
from mizan.application.refund_rules import RequestRefund, line_of, require_fitting
from mizan.application.trying_again import Sleep, attempts
from mizan.domain.accounts import Caller, maker_of
from mizan.domain.errors import BusyError, IdempotencyConflictError, InvalidInputError, NotFoundError
from mizan.domain.headroom import HeadroomError, Portion, reserve
from mizan.domain.history import Entry
from mizan.domain.payments import Payment, PaymentEvent, PaymentLine
from mizan.domain.payments import changed as changed_payment
from mizan.domain.references import PROBE_COUNT_MAX
from mizan.domain.refunds import Refund, RefundDestination, RefundEvent, RefundState, changed

AUTOMATIC = "rule:below-limit"
"""Who approves what is small enough to need no second person."""


class RefundRequests:
    """`approval_limit`: fils from which on another person has to approve. What the rule alone lets go of one payment
    stays below it in all, so that a large refund cannot be cut into small ones.
    """

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
        sleep: Sleep = time.sleep,
    ) -> None:
        self._payments, self._refunds, self._books = payments, refunds, books
        self._gateways, self._bank, self._derivation, self._clock = gateways, bank, derivation, clock
        self._approval_limit, self._sleep = approval_limit, sleep

    def request(self, command: RequestRefund, *, caller: Caller) -> tuple[Refund, bool]:
        """The refund, and whether this call made it (False: a replay; the refund as it stands).

        Raises NotFoundError, InvalidInputError (amount, destination or beneficiary that do not fit),
        StaleViewError (something else is refundable by now), IllegalTransitionError (the payment holds no money, or is
        disputed), IdempotencyConflictError, BusyError.
        """
        identity = _identity(command, caller)
        is_known: bool | None = None
        for _ in attempts(self._sleep):
            payment = self._payments.get(command.payment_id)
            if payment is None:
                raise NotFoundError("payment")
            line = line_of(command, payment, caller)
            made = self._made_before(command, payment, identity)
            if isinstance(made, Refund):
                return made, False
            require_fitting(command, payment, line, caller)
            is_known = self._is_known(command, payment) if is_known is None else is_known
            now = self._clock.now()
            refund = _new_refund(
                command, payment, line, refund_id=made, identity=identity, maker=maker_of(caller), now=now
            )
            if is_known and self._is_small(refund):
                refund = changed(refund, RefundEvent.APPROVE, now, actor=AUTOMATIC, checker=AUTOMATIC)
            outcome = self._books.commit([Move(payment, _reserved(payment, refund, now)), Move(None, refund)])
            if outcome is CommitOutcome.COMMITTED:
                return refund, True
        raise BusyError("the payment kept changing")

    def _made_before(self, command: RequestRefund, payment: Payment, identity: str) -> Refund | str:
        """The refund that this key made, or the id that it shall have."""
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

    def _is_known(self, command: RequestRefund, payment: Payment) -> bool:
        """Whether the money goes where nobody has to look again. Raises InvalidInputError on another's account, or
        where the rail gives nothing back.
        """
        who = command.beneficiary
        if command.destination is RefundDestination.INSTRUMENT:
            self._gateways.refunds_of(payment.gateway)
        if command.destination is not RefundDestination.IBAN or who is None or who.iban is None:
            return True
        match = self._bank.check_name(who.iban, who.name)
        if match is NameMatch.NO_MATCH:
            raise InvalidInputError.of("beneficiary.name", "name_mismatch")
        return match is NameMatch.MATCH

    def _is_small(self, refund: Refund) -> bool:
        """Read after the payment and written under its sequence: no refund can come between."""
        if refund.amount >= self._approval_limit:
            return False
        by_rule = [
            one.amount
            for one in self._refunds.list_of_invoice(refund.payment_reference)
            if one.payment_id == refund.payment_id and one.checker == AUTOMATIC and one.state is not RefundState.FAILED
        ]
        return sum(by_rule) + refund.amount < self._approval_limit


def _new_refund(
    command: RequestRefund,
    payment: Payment,
    line: PaymentLine,
    *,
    refund_id: str,
    identity: str,
    maker: str,
    now: datetime,
) -> Refund:
    return Refund(
        refund_id=refund_id,
        payment_id=payment.payment_id,
        payment_reference=payment.reference,
        agency=line.agency,
        portion=Portion(line.reference, command.disposition, command.asked),
        currency=payment.capture.currency if payment.capture else payment.currency,
        destination=command.destination,
        state=RefundState.REQUESTED,
        reason=command.reason,
        maker=maker,
        created_at=now,
        updated_at=now,
        next_inquiry_at=now,
        identity=identity,
        fingerprint=command.fingerprint,
        correlation_id=command.correlation_id,
        beneficiary=command.beneficiary,
        history=(Entry(RefundEvent.REQUEST, now, command.asked, maker),),
    )


def _reserved(payment: Payment, refund: Refund, now: datetime) -> Payment:
    try:
        lines = reserve(payment, [refund.portion])
    except HeadroomError:
        raise InvalidInputError.of("amount", "above_refundable") from None
    return changed_payment(payment, PaymentEvent.RESERVE, now, amount=refund.amount, actor=refund.maker, lines=lines)


def _identity(command: RequestRefund, caller: Caller) -> str:
    """Keys are each agency's own: in a basket's payment two agencies may use the same one."""
    parts = [caller.agency, command.payment_id, command.idempotency_key]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
