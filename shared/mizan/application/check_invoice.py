"""Is this paid? One answer for a counter: where the demand stands, what is due, and what was paid last."""

from dataclasses import dataclass
from datetime import datetime

from mizan.application.ports import Clock, Derivation, InvoiceRepository, PaymentRepository
from mizan.application.read_invoices import find_by_number, read_invoice
from mizan.application.read_payments import payments_of
from mizan.domain.accounts import Caller
from mizan.domain.errors import NotFoundError
from mizan.domain.invoices import Invoice, InvoiceEvent, InvoiceState, as_of
from mizan.domain.payments import UNDECIDED_STATES, Payment

PAID_EVENTS = frozenset({InvoiceEvent.PAY, InvoiceEvent.PAY_PART})


@dataclass(frozen=True, slots=True)
class InvoiceStatus:
    """`invoice` as of `at`. `last_payment` is the newest attempt that captured money, in a basket too; `open_payment`
    one whose outcome nobody knows yet.
    """

    invoice: Invoice
    at: datetime
    last_payment: Payment | None
    open_payment: Payment | None

    @property
    def is_paid(self) -> bool:
        return self.invoice.state is InvoiceState.PAID

    @property
    def paid_at(self) -> datetime | None:
        """When money was last allocated to it (UTC)."""
        return max((entry.at for entry in self.invoice.history if entry.event in PAID_EVENTS), default=None)


class InvoiceCheck:
    def __init__(
        self, *, invoices: InvoiceRepository, payments: PaymentRepository, derivation: Derivation, clock: Clock
    ) -> None:
        self._invoices, self._payments = invoices, payments
        self._derivation, self._clock = derivation, clock

    def by_reference(self, reference: str, *, caller: Caller) -> InvoiceStatus:
        """Raises NotFoundError as `read_invoice`."""
        return self._status(read_invoice(reference, caller=caller, invoices=self._invoices))

    def by_number(self, agency: str, invoice_number: str) -> InvoiceStatus:
        """By the agency's own number. Raises NotFoundError."""
        invoice = find_by_number(agency, invoice_number, invoices=self._invoices, derivation=self._derivation)
        if invoice is None:
            raise NotFoundError("invoice")
        return self._status(invoice)

    def _status(self, invoice: Invoice) -> InvoiceStatus:
        now = self._clock.now()
        attempts = payments_of(invoice, self._payments)
        captured = [one for one in attempts if one.capture is not None]
        undecided = [one for one in attempts if one.state in UNDECIDED_STATES]
        return InvoiceStatus(
            invoice=as_of(invoice, now),
            at=now,
            last_payment=max(captured, key=_captured_at, default=None),
            open_payment=undecided[-1] if undecided else None,
        )


def _captured_at(payment: Payment) -> datetime:
    return payment.capture.captured_at if payment.capture else payment.created_at
