"""Whether an invoice is paid, as JSON."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from mizan.application.check_invoice import InvoiceStatus
from mizan.domain.invoices import InvoiceState, due_on, is_overdue
from mizan.domain.payments import Disposition, Payment, PaymentState
from mizan.domain.quotes import amount_due


class PaidModel(BaseModel):
    """The newest attempt that captured money: what a receipt says. Amounts in fils; instants in UTC."""

    payment_id: str
    state: PaymentState
    disposition: Disposition | None = Field(description="Where the money went.")
    amount: int
    captured_at: datetime
    method: str
    gateway: str
    gateway_transaction: str
    rrn: str = Field(description="The bank's reference, as on the payer's slip.")


class InvoiceStatusModel(BaseModel):
    """Is this paid? Amounts in fils; instants in UTC. Nothing personal."""

    reference: str
    invoice_number: str | None
    agency: str
    service: str
    state: InvoiceState
    is_paid: bool
    amount: int
    outstanding: int
    currency: str
    amount_due: int | None = Field(description="What to pay now; null where nothing can be paid.")
    due_on: date
    is_overdue: bool
    paid_at: datetime | None = Field(description="When money was last allocated to it.")
    last_payment: PaidModel | None
    open_payment_id: str | None = Field(
        description="An attempt whose outcome is not known yet: take nothing meanwhile."
    )
    superseded_by: str | None = Field(description="The reference that replaces this one: ask about that.")


def status_model(status: InvoiceStatus) -> InvoiceStatusModel:
    invoice, open_payment = status.invoice, status.open_payment
    return InvoiceStatusModel(
        reference=invoice.reference,
        invoice_number=invoice.invoice_number,
        agency=invoice.agency,
        service=invoice.service,
        state=invoice.state,
        is_paid=status.is_paid,
        amount=invoice.amount,
        outstanding=invoice.outstanding,
        currency=invoice.currency,
        amount_due=amount_due(invoice, status.at),
        due_on=due_on(invoice),
        is_overdue=is_overdue(invoice, status.at),
        paid_at=status.paid_at,
        last_payment=_paid_model(status.last_payment) if status.last_payment else None,
        open_payment_id=open_payment.payment_id if open_payment else None,
        superseded_by=invoice.superseded_by,
    )


def _paid_model(payment: Payment) -> PaidModel | None:
    capture = payment.capture
    if capture is None:
        return None
    return PaidModel(
        payment_id=payment.payment_id,
        state=payment.state,
        disposition=payment.disposition,
        amount=capture.amount,
        captured_at=capture.captured_at,
        method=str(payment.method),
        gateway=payment.gateway,
        gateway_transaction=capture.transaction,
        rrn=capture.rrn,
    )
