"""What a request for a refund has to fit. Pure: the payment as read, and the request."""

from dataclasses import dataclass

from mizan.domain.accounts import PLATFORM_AGENCY, Caller
from mizan.domain.errors import ConflictError, FieldError, InvalidInputError, NotFoundError, StaleViewError
from mizan.domain.iban import is_iban
from mizan.domain.payments import PAYMENT_STATES, Disposition, Payment, PaymentEvent, PaymentLine, Share
from mizan.domain.refunds import Beneficiary, RefundDestination

HISTORY_COUNT_MAX = 200
"""Entries that a payment's history may have before nothing more may be asked of it: the item stays far below 400 KB."""


@dataclass(frozen=True, slots=True)
class RequestRefund:
    """`amount` fils (None: all that is left) of what went one way on one invoice of the payment; `reference` may be
    left out where the payment is of one invoice. `seen_refundable`: what the caller saw as left there, in fils.
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

    @property
    def asked(self) -> int:
        """The amount in fils, once the caller's view is known to be right."""
        return self.seen_refundable if self.amount is None else self.amount


def line_of(command: RequestRefund, payment: Payment, caller: Caller) -> PaymentLine:
    """Raises NotFoundError where nothing of the payment is the caller's, InvalidInputError on a wrong `reference`."""
    own = [line for line in payment.lines if caller.may_see(line.agency)]
    if not own:
        raise NotFoundError("payment")
    if command.reference is None and len(payment.lines) > 1:
        raise InvalidInputError.of("reference", "missing")
    line = next((line for line in own if command.reference in (None, line.reference)), None)
    if line is None:
        raise InvalidInputError.of("reference", "not_of_the_payment")
    return line


def require_fitting(command: RequestRefund, payment: Payment, line: PaymentLine, caller: Caller) -> None:
    """Raises InvalidInputError (every wrong field), IllegalTransitionError (the payment holds no money, or is
    disputed), ConflictError (too many refunds), StaleViewError.
    """
    errors = _wrong_destination(command, payment)
    if command.disposition is Disposition.SUSPENDED and caller.agency != PLATFORM_AGENCY:
        errors.append(FieldError("disposition", "finance_only"))
    if errors:
        raise InvalidInputError(errors)
    if not PAYMENT_STATES.allows(payment.state, PaymentEvent.RESERVE):
        raise PAYMENT_STATES.refusal(payment.state, PaymentEvent.RESERVE)
    if payment.sequence >= HISTORY_COUNT_MAX:
        raise ConflictError("too much happened to this payment")
    share = line.share(command.disposition) or Share(command.disposition, 0, 0)
    if command.seen_refundable != share.left:
        raise StaleViewError(share.left)
    if share.left == 0:
        raise InvalidInputError.of("amount", "nothing_refundable")
    if command.asked > share.left:
        raise InvalidInputError.of("amount", "above_refundable")


def _wrong_destination(command: RequestRefund, payment: Payment) -> list[FieldError]:
    who, capture = command.beneficiary, payment.capture
    if command.destination is RefundDestination.INSTRUMENT:
        return [FieldError("beneficiary", "not_with_instrument")] if who else []
    if capture is not None and capture.currency != payment.currency:
        return [FieldError("destination", "instrument_only")]  # a currency that only its own rail gives back
    if who is None:
        return [FieldError("beneficiary", "missing")]
    if command.destination is RefundDestination.CASH_CODE:
        return [] if who.identifier else [FieldError("beneficiary.identifier", "missing")]
    if who.iban is None:
        return [FieldError("beneficiary.iban", "missing")]
    return [] if is_iban(who.iban) else [FieldError("beneficiary.iban", "bad_iban")]
