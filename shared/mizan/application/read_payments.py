"""Read one attempt, or all attempts on an invoice."""

from mizan.application.ports import InvoiceRepository, PaymentRepository
from mizan.application.read_invoices import read_invoice
from mizan.domain.accounts import Caller
from mizan.domain.errors import NotFoundError
from mizan.domain.payments import Payment


def read_payment(payment_id: str, *, caller: Caller, payments: PaymentRepository) -> Payment:
    """Raises NotFoundError for what does not exist or is another agency's."""
    payment = payments.get(payment_id)
    if payment is None or not caller.may_see(payment.agency):
        raise NotFoundError("payment")
    return payment


def list_payments(
    reference: str, *, caller: Caller, invoices: InvoiceRepository, payments: PaymentRepository
) -> list[Payment]:
    """Every attempt on an invoice, oldest first. Raises NotFoundError where the caller may not see the invoice."""
    return payments.list_of_invoice(read_invoice(reference, caller=caller, invoices=invoices).reference)
