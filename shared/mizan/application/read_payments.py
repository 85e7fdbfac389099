"""Read one attempt, or all attempts on an invoice or a basket."""

from mizan.application.ports import InvoiceRepository, PaymentRepository
from mizan.application.ports_quotes import BasketRepository
from mizan.application.read_invoices import read_invoice
from mizan.domain.accounts import Caller
from mizan.domain.errors import NotFoundError
from mizan.domain.invoices import Invoice
from mizan.domain.payments import Payment
from mizan.domain.references import is_reference


def read_payment(payment_id: str, *, caller: Caller, payments: PaymentRepository) -> Payment:
    """Raises NotFoundError for what does not exist or pays nothing of the caller's."""
    payment = payments.get(payment_id)
    if payment is None or not _may_see(caller, payment):
        raise NotFoundError("payment")
    return payment


def list_payments(
    reference: str,
    *,
    caller: Caller,
    invoices: InvoiceRepository,
    baskets: BasketRepository,
    payments: PaymentRepository,
) -> list[Payment]:
    """Every attempt on an invoice, oldest first, with those that paid it in a basket or by credit; on a basket those
    that pay something of the caller's.

    Raises NotFoundError where the caller may not see the invoice.
    """
    if is_reference(reference) and baskets.get(reference) is not None:
        return [payment for payment in payments.list_of_invoice(reference) if _may_see(caller, payment)]
    return payments_of(read_invoice(reference, caller=caller, invoices=invoices), payments)


def payments_of(invoice: Invoice, payments: PaymentRepository) -> list[Payment]:
    """Every attempt on it, oldest first, with those that paid it in a basket or by credit."""
    found = {payment.payment_id: payment for payment in payments.list_of_invoice(invoice.reference)}
    for payment_id in invoice.paid_by:
        elsewhere = payments.get(payment_id) if payment_id not in found else None
        if elsewhere is not None:
            found[payment_id] = elsewhere
    return sorted(found.values(), key=lambda payment: (payment.created_at, payment.payment_id))


def _may_see(caller: Caller, payment: Payment) -> bool:
    """A basket's attempt is of every agency that it pays."""
    return any(caller.may_see(line.agency) for line in payment.lines)
