"""Read one attempt, or all attempts on an invoice."""

from mizan.application.ports import InvoiceRepository, PaymentRepository
from mizan.application.read_invoices import read_invoice
from mizan.domain.accounts import Caller
from mizan.domain.errors import NotFoundError
from mizan.domain.payments import Payment


def read_payment(payment_id: str, *, caller: Caller, payments: PaymentRepository) -> Payment:
    """Raises NotFoundError for what does not exist or pays nothing of the caller's."""
    payment = payments.get(payment_id)
    if payment is None or not any(caller.may_see(line.agency) for line in payment.lines):
        raise NotFoundError("payment")
    return payment


def list_payments(
    reference: str, *, caller: Caller, invoices: InvoiceRepository, payments: PaymentRepository
) -> list[Payment]:
    """Every attempt on an invoice, oldest first, with those that paid it in a basket or by credit.

    Raises NotFoundError where the caller may not see the invoice.
    """
    invoice = read_invoice(reference, caller=caller, invoices=invoices)
    found = {payment.payment_id: payment for payment in payments.list_of_invoice(reference)}
    for payment_id in invoice.paid_by:
        elsewhere = payments.get(payment_id) if payment_id not in found else None
        if elsewhere is not None:
            found[payment_id] = elsewhere
    return sorted(found.values(), key=lambda payment: (payment.created_at, payment.payment_id))
