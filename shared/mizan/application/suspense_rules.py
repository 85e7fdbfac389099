"""What proposals about money in suspense have to fit. Pure: things as read, and the caller."""

import hashlib
from dataclasses import replace
from datetime import datetime

from mizan.application.refund_rules import RequestRefund
from mizan.domain.accounts import PLATFORM_AGENCY, Caller, maker_of
from mizan.domain.errors import (
    AboveLimitError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    SamePersonError,
    StaleViewError,
)
from mizan.domain.headroom import HeadroomError, Portion, spend
from mizan.domain.invoices import Invoice, InvoiceState, as_of
from mizan.domain.payments import PAYMENT_STATES, Capture, Disposition, Payment, PaymentEvent
from mizan.domain.payments import changed as changed_payment
from mizan.domain.quotes import quote_of
from mizan.domain.refunds import Beneficiary, RefundDestination
from mizan.domain.suspense import (
    CASE_SEQUENCE_MAX,
    SUSPENSE_STATES,
    Proposal,
    ProposalKind,
    SuspenseCase,
    SuspenseEvent,
    SuspenseState,
)


def suspended_of(payment: Payment | None) -> tuple[int, int]:
    """What of an attempt's suspended money is free, and what is promised, in minor units."""
    shares = [share for line in (payment.lines if payment else ()) if (share := line.share(Disposition.SUSPENDED))]
    return sum(share.left for share in shares), sum(share.reserved for share in shares)


def require_seen(payment: Payment, seen_left: int) -> None:
    """Raises StaleViewError, InvalidInputError where nothing is left or the rail may still take it back."""
    left, _ = suspended_of(payment)
    if seen_left != left:
        raise StaleViewError(left)
    if left == 0:
        raise InvalidInputError.of("seen_left", "nothing_refundable")
    if not payment.is_final:
        raise InvalidInputError.of("case_id", "not_final")


def require_room(case: SuspenseCase, event: SuspenseEvent) -> None:
    """Raises IllegalTransitionError, ConflictError where too much was proposed already."""
    if not SUSPENSE_STATES.allows(case.state, event):
        raise SUSPENSE_STATES.refusal(case.state, event)
    if case.sequence >= CASE_SEQUENCE_MAX:
        raise ConflictError("too much was proposed for this case")


def require_confirmable(case: SuspenseCase, caller: Caller) -> Proposal:
    """The proposal that `caller` may carry out. Raises IllegalTransitionError, SamePersonError, AboveLimitError,
    InvalidInputError (a way back is approved as the refund it is).
    """
    proposal = case.proposal
    if case.state is not SuspenseState.PROPOSED or proposal is None:
        raise SUSPENSE_STATES.refusal(case.state, SuspenseEvent.ALLOCATE)
    if proposal.kind is ProposalKind.RETURN:
        raise InvalidInputError.of("case_id", "decide_the_refund")
    if proposal.maker == maker_of(caller):
        raise SamePersonError
    if caller.approval_limit is not None and case.amount > caller.approval_limit:
        raise AboveLimitError(caller.approval_limit)
    return proposal


def require_taking(case: SuspenseCase, capture: Capture, invoice: Invoice) -> None:
    """Whether the invoice took this money when it was paid: all that was due, more, or a part that the terms allow.

    Raises InvalidInputError, IllegalTransitionError (nothing could be paid then).
    """
    if case.agency not in (PLATFORM_AGENCY, invoice.agency):
        raise InvalidInputError.of("reference", "another_agency")
    if capture.currency != invoice.currency:
        raise InvalidInputError.of("reference", "other_currency")
    then = as_of(_not_expired_yet(invoice), capture.captured_at)
    try:
        quote_of(then, capture.captured_at, amount=capture.amount)
    except InvalidInputError as error:
        if capture.amount < quote_of(then, capture.captured_at).amount:
            raise InvalidInputError.of("reference", error.fields[0].code) from None


def money_of(payment: Payment, case: SuspenseCase) -> Capture:
    """The money as it came, as much of it as is in suspense. Raises NotFoundError where none came."""
    if payment.capture is None:
        raise NotFoundError("payment")
    return replace(payment.capture, amount=case.amount)


def spent(payment: Payment, case: SuspenseCase, actor: str, now: datetime) -> Payment:
    """The attempt without its suspended money. Raises StaleViewError where it is no longer all there,
    IllegalTransitionError.
    """
    if not PAYMENT_STATES.allows(payment.state, PaymentEvent.CREDIT):
        raise PAYMENT_STATES.refusal(payment.state, PaymentEvent.CREDIT)
    portions = [
        Portion(line.reference, Disposition.SUSPENDED, share.left)
        for line in payment.lines
        if (share := line.share(Disposition.SUSPENDED)) and share.left
    ]
    left = sum(portion.amount for portion in portions)
    if left != case.amount:
        raise StaleViewError(left)
    try:
        lines = spend(payment, portions)
    except HeadroomError:
        raise StaleViewError(left) from None
    return changed_payment(payment, PaymentEvent.CREDIT, now, amount=left, actor=actor, lines=lines)


def remitter_of(case: SuspenseCase) -> Beneficiary:
    """Raises InvalidInputError where the bank did not tell who sent it."""
    if not case.remitter.iban or not case.remitter.name:
        raise InvalidInputError.of("beneficiary", "missing")
    return Beneficiary(case.remitter.name, iban=case.remitter.iban)


def refund_order(case: SuspenseCase, amount: int, who: Beneficiary, reason: str) -> RequestRefund:
    """The same case at the same point of its history asks for the same refund."""
    key = f"{case.case_id}-{case.sequence}"
    parts = [key, str(amount), who.name, who.iban or "", reason]
    return RequestRefund(
        payment_id=case.payment_id,
        seen_refundable=amount,
        reason=reason,
        fingerprint=hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32],
        idempotency_key=key,
        correlation_id=case.case_id,
        disposition=Disposition.SUSPENDED,
        destination=RefundDestination.IBAN,
        beneficiary=who,
        reference=case.reference,
    )


def is_return_of(case: SuspenseCase, caller: Caller) -> bool:
    """Whether this caller's proposal to send it back stands."""
    proposal = case.proposal
    if case.state is not SuspenseState.PROPOSED or proposal is None:
        return False
    return proposal.kind is ProposalKind.RETURN and proposal.maker == maker_of(caller)


def _not_expired_yet(invoice: Invoice) -> Invoice:
    """What has expired since it was paid had not yet then; `as_of` says whether it had."""
    if invoice.state is not InvoiceState.EXPIRED:
        return invoice
    return replace(invoice, state=InvoiceState.ISSUED if invoice.is_untouched else InvoiceState.PARTIALLY_PAID)
