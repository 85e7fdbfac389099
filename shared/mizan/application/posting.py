"""Where captured money goes: to the invoice, to a visible overpayment, or to suspense. Pure; the caller writes it."""

from dataclasses import dataclass, replace
from datetime import datetime

from mizan.domain.accounts import MerchantAccount
from mizan.domain.calendar import business_date
from mizan.domain.invoices import INVOICE_STATES, Invoice, InvoiceEvent, InvoiceState
from mizan.domain.ledger import (
    LedgerTransaction,
    Posting,
    TransactionKind,
    agency_payable,
    gateway_clearing,
    overpayment,
    suspense,
)
from mizan.domain.payments import PAYMENT_STATES, Capture, Disposition, Payment, PaymentEvent

KIND_OF_DISPOSITION = {
    Disposition.ALLOCATED: TransactionKind.CAPTURE_ALLOCATED,
    Disposition.OVERPAID: TransactionKind.CAPTURE_OVERPAID,
    Disposition.SUSPENDED: TransactionKind.CAPTURE_SUSPENDED,
}


@dataclass(frozen=True, slots=True)
class Booking:
    """What one settling transaction writes; `paid`: the invoice as seen and as it becomes, where it takes the money."""

    payment: Payment
    transaction: LedgerTransaction
    paid: tuple[Invoice, Invoice] | None


def disposition_of(payment: Payment, capture: Capture, invoice: Invoice | None, *, is_same_track: bool) -> Disposition:
    """Amount, currency and track id must be the attempt's and the invoice must owe exactly that; else the money is real
    all the same and stays visible (rails.md, rule 6).
    """
    fits = is_same_track and capture.amount == payment.amount and capture.currency == payment.currency
    if not fits or invoice is None or invoice.state is InvoiceState.CANCELLED:
        return Disposition.SUSPENDED
    if invoice.state is InvoiceState.PAID:
        return Disposition.OVERPAID
    owes_it = invoice.outstanding == capture.amount and invoice.currency == capture.currency
    return Disposition.ALLOCATED if owes_it else Disposition.SUSPENDED


def book_capture(
    payment: Payment,
    account: MerchantAccount,
    capture: Capture,
    invoice: Invoice | None,
    *,
    is_same_track: bool,
    now: datetime,
) -> Booking:
    """Raises IllegalTransitionError when the attempt cannot be captured any more."""
    disposition = disposition_of(payment, capture, invoice, is_same_track=is_same_track)
    after = replace(
        payment,
        state=PAYMENT_STATES.next_state(payment.state, PaymentEvent.CAPTURE),
        updated_at=now,
        capture=capture,
        disposition=disposition,
        decline=None,
    )
    paid = None
    if disposition is Disposition.ALLOCATED and invoice is not None:
        state = INVOICE_STATES.next_state(invoice.state, InvoiceEvent.PAY)
        paid = (invoice, replace(invoice, state=state, outstanding=0, updated_at=now))
    return Booking(after, _transaction(after, account, capture, disposition, now), paid)


def _transaction(
    payment: Payment, account: MerchantAccount, capture: Capture, disposition: Disposition, now: datetime
) -> LedgerTransaction:
    credit = {
        Disposition.ALLOCATED: agency_payable(payment.agency),
        Disposition.OVERPAID: overpayment(payment.agency),
        Disposition.SUSPENDED: suspense(payment.gateway),
    }[disposition]
    return LedgerTransaction(
        transaction_id=f"cap_{payment.payment_id}",
        kind=KIND_OF_DISPOSITION[disposition],
        posting_day=business_date(now),
        business_date=business_date(capture.captured_at, account.cutoff),
        posted_at=now,
        captured_at=capture.captured_at,
        postings=(Posting(gateway_clearing(payment.gateway, payment.account_id), credit, capture.amount),),
        currency=capture.currency,
        agency=payment.agency,
        service=payment.service,
        reference=payment.reference,
        payment_id=payment.payment_id,
        gateway=payment.gateway,
        account_id=payment.account_id,
        gateway_transaction=capture.transaction,
        rrn=capture.rrn,
        correlation_id=payment.correlation_id,
    )
