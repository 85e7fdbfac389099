"""Read one refund, or all refunds of a payment, as far as the caller may see them."""

from mizan.application.ports import Clock, Derivation, PaymentRepository
from mizan.application.ports_refunds_store import RefundRepository
from mizan.domain.accounts import Caller
from mizan.domain.errors import NotFoundError
from mizan.domain.refunds import Refund, RefundState

ASK_SCOPE = "refunds:write"


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


def cash_code_of(refund: Refund, *, caller: Caller, derivation: Derivation, clock: Clock) -> str | None:
    """The code, while it can be redeemed, for who may ask for refunds; None else. Shown as often as it is asked for."""
    is_over = refund.expires_at is None or clock.now() >= refund.expires_at
    if refund.state is not RefundState.REDEEMABLE or is_over or ASK_SCOPE not in caller.scopes:
        return None
    return derivation.cash_code(refund.refund_id)
