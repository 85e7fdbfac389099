"""Read one dispute, or all disputes of a payment."""

from mizan.application.ports import PaymentRepository
from mizan.application.ports_refunds_store import DisputeRepository
from mizan.domain.accounts import Caller
from mizan.domain.disputes import Dispute
from mizan.domain.errors import NotFoundError


def show_dispute(dispute_id: str, *, caller: Caller, disputes: DisputeRepository) -> Dispute:
    """Raises NotFoundError for what does not exist or is another agency's."""
    dispute = disputes.get(dispute_id)
    if dispute is None or not caller.may_see(dispute.agency):
        raise NotFoundError("dispute")
    return dispute


def list_disputes(
    payment_id: str, *, caller: Caller, payments: PaymentRepository, disputes: DisputeRepository
) -> list[Dispute]:
    """A payment's disputes, oldest first. Raises NotFoundError."""
    payment = payments.get(payment_id)
    if payment is None or not caller.may_see(payment.agency):
        raise NotFoundError("payment")
    return [one for one in disputes.list_of_invoice(payment.reference) if one.payment_id == payment_id]
