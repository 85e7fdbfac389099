"""What a payer sees: the bill behind a reference, the start of a payment, and what became of it.

Whoever has the reference is let in, so little is shown: amount, due date, who bills for what, and a masked name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from mizan.application.ports import Clock, InvoiceRepository, PaymentRepository
from mizan.application.ports_agencies import AgencyNames, Bilingual
from mizan.application.ports_refunds_store import RefundRepository
from mizan.application.ports_services import ServiceCatalogue
from mizan.application.start_payment import StartPayment
from mizan.domain.accounts import Caller
from mizan.domain.calendar import business_date
from mizan.domain.callbacks import CallbackKey
from mizan.domain.errors import NotFoundError
from mizan.domain.invoices import Invoice, InvoiceState
from mizan.domain.payments import UNDECIDED_STATES, Payment, PaymentMethod
from mizan.domain.references import is_reference, parse_payment_id, parse_refund_id
from mizan.domain.refunds import Refund
from mizan.domain.services import Channel

PAYER = Caller(agency="*", role="payer", key_id="pay-page", scopes=frozenset({"payments:write"}))
"""Whoever knows a reference may pay it: the page acts for them, on that one invoice."""

RETURN_CHANNEL = "return"

Start = Callable[..., tuple[Payment, bool]]
"""`start_payment(command, caller=…)`, wired."""
Record = Callable[..., CallbackKey]
"""`receive_callback(gateway=…, account_token=…, channel=…, body=…, content_type=…, correlation_id=…)`, wired."""


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice as anyone with its reference may see it. `amount` in fils; `due_date` a business date in Bahrain.

    `ways_without_card` are the channels that are open today and need no bank card. `open_attempt_at` (UTC): when the
    last attempt began whose outcome is not known yet; paying again then may mean paying twice.
    """

    reference: str
    state: InvoiceState
    amount: int
    currency: str
    due_date: date
    is_overdue: bool
    agency: Bilingual
    service: Bilingual
    payer: Bilingual
    ways_without_card: tuple[Channel, ...]
    open_attempt_at: datetime | None


class PayPages:
    """The payer's side of the platform. Raises NotFoundError alike for what is mistyped, unknown or not theirs."""

    def __init__(
        self,
        *,
        invoices: InvoiceRepository,
        payments: PaymentRepository,
        refunds: RefundRepository,
        services: ServiceCatalogue,
        agencies: AgencyNames,
        start: Start,
        record: Record,
        clock: Clock,
    ) -> None:
        self._invoices, self._payments, self._refunds = invoices, payments, refunds
        self._services, self._agencies = services, agencies
        self._start, self._record, self._clock = start, record, clock

    def find_bill(self, reference: str) -> Bill:
        """No look-up is spent on wrong check digits."""
        invoice = self._invoices.get(reference) if is_reference(reference) else None
        if invoice is None:
            raise NotFoundError("invoice")
        return self._bill(invoice)

    def begin_payment(self, reference: str, method: PaymentMethod, token: str) -> Payment:
        """The attempt that the form's one-time `token` makes; sent twice, it is the same attempt.

        Raises what `start_payment` raises.
        """
        command = StartPayment(reference, method, f"pay-page:{token}")
        return self._start(command, caller=PAYER)[0]

    def find_attempt(self, reference: str, payment_id: str) -> Payment:
        payment = self._payments.get(payment_id) if parse_payment_id(payment_id) == reference else None
        if payment is None:
            raise NotFoundError("payment")
        return payment

    def find_refund(self, reference: str, refund_id: str) -> Refund:
        """A refund of a payment of that invoice or basket. No code: whoever has the address sees this."""
        refund = self._refunds.get(refund_id) if parse_refund_id(refund_id) == reference else None
        if refund is None:
            raise NotFoundError("refund")
        return refund

    def record_return(self, payment: Payment, body: bytes, content_type: str, correlation_id: str) -> CallbackKey:
        """Keep what the browser brought back from the gateway: a second delivery, judged like the first."""
        return self._record(
            gateway=payment.gateway,
            account_token=payment.account_token,
            channel=RETURN_CHANNEL,
            body=body,
            content_type=content_type,
            correlation_id=correlation_id,
        )

    def _bill(self, invoice: Invoice) -> Bill:
        today = business_date(self._clock.now())
        service = self._services.get(invoice.service)
        channels = service.open_channels(today) if service else ()
        is_issued = invoice.state is InvoiceState.ISSUED
        return Bill(
            reference=invoice.reference,
            state=invoice.state,
            amount=invoice.amount,
            currency=invoice.currency,
            due_date=invoice.due_date,
            is_overdue=is_issued and invoice.due_date < today,
            agency=self._agencies.name_of(invoice.agency) or Bilingual(invoice.agency, invoice.agency),
            service=Bilingual(service.name, service.name_ar)
            if service
            else Bilingual(invoice.service, invoice.service),
            payer=Bilingual(invoice.customer.masked_name, _masked(invoice.customer.name_ar or invoice.customer.name)),
            ways_without_card=tuple(channel for channel in channels if not channel.needs_card),
            open_attempt_at=self._open_attempt_at(invoice.reference) if is_issued else None,
        )

    def _open_attempt_at(self, reference: str) -> datetime | None:
        attempts = self._payments.list_of_invoice(reference)
        return max((one.created_at for one in attempts if one.state in UNDECIDED_STATES), default=None)


def _masked(name: str) -> str:
    """As `Customer.masked_name`, for the name in the other script."""
    return " ".join(f"{word[0]}•••" for word in name.split())
