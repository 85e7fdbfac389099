"""What a payer sees: the bill or the basket behind a reference, the start of a payment, and what became of it.

Whoever has the reference is let in, so little is shown: amount, due date, who bills for what, and a masked name.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from mizan.application.draw_qr import QrCodes
from mizan.application.offer_ways import WaysToPay
from mizan.application.payables import Payable, Payables
from mizan.application.ports import Clock, PaymentRepository
from mizan.application.ports_agencies import AgencyNames, Bilingual
from mizan.application.ports_refunds_store import RefundRepository
from mizan.application.ports_services import ServiceCatalogue
from mizan.application.show_transfer import TransferInstructions
from mizan.application.start_payment import StartPayment
from mizan.domain.accounts import Caller
from mizan.domain.calendar import business_date
from mizan.domain.callbacks import TRACK_HEADER, CallbackKey
from mizan.domain.errors import NotFoundError
from mizan.domain.invoices import Customer, Invoice, InvoiceState, due_on, is_overdue
from mizan.domain.journeys import Offer
from mizan.domain.payments import UNDECIDED_STATES, Payment, PaymentMethod
from mizan.domain.quotes import Quote, is_early, is_payable, quote_of
from mizan.domain.references import is_reference, parse_payment_id, parse_refund_id, track_id
from mizan.domain.refunds import Refund
from mizan.domain.services import Channel
from mizan.domain.terms import EarlyDiscount, LateCharge, PartialRule

PAYER = Caller(agency="*", role="payer", key_id="pay-page", scopes=frozenset({"payments:write"}))
"""Whoever knows a reference may pay it: the page acts for them, on that one invoice."""

RETURN_CHANNEL = "return"

Start = Callable[..., tuple[Payment, bool]]
"""`start_payment(command, caller=…)`, wired."""
Transfer = Callable[[str], TransferInstructions | None]
"""Where a transfer for an invoice goes; None where nobody takes one."""
Record = Callable[..., CallbackKey]
"""`receive_callback(gateway=…, account_token=…, channel=…, body=…, content_type=…, correlation_id=…)`, wired."""


@dataclass(frozen=True, slots=True)
class Way:
    """One amount that may be paid now, in fils: all that is due (`plan` None), or instalment `number` of `count`."""

    amount: int
    plan: str | None = None
    number: int = 0
    count: int = 0
    due_date: date | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice as anyone with its reference may see it. Amounts in fils; `due_date` a business date in Bahrain.

    `amount` is what to pay now, where something can be paid: `ways` are the amounts to choose from, `partial` the rule
    for one of the payer's own. `ways_without_card` are the channels that are open today and need no bank card.
    `open_attempt_at` (UTC): when the last attempt began whose outcome is not known yet; paying again then may mean
    paying twice.
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
    outstanding: int = 0
    ways: tuple[Way, ...] = ()
    partial: PartialRule | None = None
    discount: EarlyDiscount | None = None
    late: LateCharge | None = None
    superseded_by: str | None = None
    is_payable: bool = False
    qr: str | None = None
    """What its QR code says; None where nothing can be paid now."""
    transfer: TransferInstructions | None = None
    """Where a bank transfer goes, where one is taken now."""
    offers: tuple[Offer, ...] = ()
    """Every way to pay it now, judged; none where the catalogue knows no routes for its service."""


@dataclass(frozen=True, slots=True)
class BasketBill:
    """Several bills under one reference. `amount` in fils is what all of them cost now; None where one of them cannot
    be paid any more, so that the basket cannot.
    """

    reference: str
    currency: str
    bills: tuple[Bill, ...]
    amount: int | None
    open_attempt_at: datetime | None
    qr: str | None = None
    offers: tuple[Offer, ...] = ()

    @property
    def is_paid(self) -> bool:
        return all(bill.state is InvoiceState.PAID for bill in self.bills)


class PayPages:
    """The payer's side of the platform. Raises NotFoundError alike for what is mistyped, unknown or not theirs."""

    def __init__(
        self,
        *,
        payables: Payables,
        payments: PaymentRepository,
        refunds: RefundRepository,
        services: ServiceCatalogue,
        agencies: AgencyNames,
        codes: QrCodes,
        ways: WaysToPay,
        transfer: Transfer,
        start: Start,
        record: Record,
        clock: Clock,
    ) -> None:
        self._payables, self._payments, self._refunds = payables, payments, refunds
        self._services, self._agencies, self._codes = services, agencies, codes
        self._offered, self._transfer = ways, transfer
        self._start, self._record, self._clock = start, record, clock

    def find(self, reference: str) -> Bill | BasketBill:
        """No look-up is spent on wrong check digits; a draft is nobody's bill yet."""
        if not is_reference(reference):
            raise NotFoundError("invoice")
        payable = self._payables.find(reference, caller=PAYER)
        if payable.is_basket:
            return self._basket(payable)
        if payable.invoices[0].state is InvoiceState.DRAFT:
            raise NotFoundError("invoice")
        bill = self._bill(payable.invoices[0], self._open_attempt_at(payable))
        if not bill.is_payable:
            return bill
        offers = self._offers(payable, (bill,))
        takes_transfers = any(one.is_open and one.route.method is PaymentMethod.BANK_TRANSFER for one in offers)
        transfer = self._transfer(reference) if takes_transfers else None
        return replace(bill, qr=self._codes.payload_of(payable), offers=offers, transfer=transfer)

    def qr_payload(self, reference: str) -> str:
        """Raises IllegalTransitionError where nothing can be paid now."""
        return self._codes.payload(reference, caller=PAYER)

    def begin_payment(
        self,
        reference: str,
        method: PaymentMethod,
        token: str,
        *,
        plan: str | None = None,
        amount: int | None = None,
        payer: Customer | None = None,
    ) -> Payment:
        """The attempt that the form's one-time `token` makes; sent twice, it is the same attempt.

        Raises what `start_payment` raises.
        """
        command = StartPayment(reference, method, f"pay-page:{token}", plan=plan, amount=amount, payer=payer)
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

    def leaves_rest(self, payment: Payment) -> bool:
        """Whether something of what the attempt paid for is still owed."""
        payable = self._payables.find(payment.reference, caller=PAYER)
        return any(invoice.state is not InvoiceState.PAID for invoice in payable.invoices)

    def record_return(self, payment: Payment, body: bytes, content_type: str, correlation_id: str) -> CallbackKey:
        """Keep what the browser brought back from the gateway: a second delivery, judged like the first."""
        return self._record(
            gateway=payment.gateway,
            account_token=payment.account_token,
            channel=RETURN_CHANNEL,
            body=body,
            content_type=content_type,
            correlation_id=correlation_id,
            headers={TRACK_HEADER: track_id(payment.payment_id)},
        )

    def _basket(self, payable: Payable) -> BasketBill:
        bills = tuple(self._bill(invoice, None) for invoice in payable.invoices)
        is_payable = all(bill.is_payable for bill in bills)
        return BasketBill(
            reference=payable.reference,
            currency=payable.currency,
            bills=bills,
            amount=sum(bill.amount for bill in bills) if is_payable else None,
            open_attempt_at=self._open_attempt_at(payable),
            qr=self._codes.payload_of(payable) if is_payable else None,
            offers=self._offers(payable, bills) if is_payable else (),
        )

    def _offers(self, payable: Payable, bills: tuple[Bill, ...]) -> tuple[Offer, ...]:
        due = [(invoice.service, bill.amount) for invoice, bill in zip(payable.invoices, bills, strict=True)]
        return self._offered.of_bills(due, payable.agency)

    def _bill(self, invoice: Invoice, open_attempt_at: datetime | None) -> Bill:
        now = self._clock.now()
        today = business_date(now)
        service = self._services.get(invoice.service)
        channels = service.open_channels(today) if service else ()
        ways = _ways(invoice, now)
        return Bill(
            reference=invoice.reference,
            state=invoice.state,
            amount=ways[0].amount if ways else invoice.amount,
            currency=invoice.currency,
            due_date=due_on(invoice),
            is_overdue=is_overdue(invoice, now),
            agency=self._agencies.name_of(invoice.agency) or Bilingual(invoice.agency, invoice.agency),
            service=Bilingual(service.name, service.name_ar)
            if service
            else Bilingual(invoice.service, invoice.service),
            payer=Bilingual(invoice.customer.masked_name, _masked(invoice.customer.name_ar or invoice.customer.name)),
            ways_without_card=tuple(channel for channel in channels if not channel.needs_card),
            open_attempt_at=open_attempt_at,
            outstanding=invoice.outstanding,
            ways=ways,
            partial=invoice.terms.partial if invoice.plan is None and len(ways) > 0 else None,
            discount=invoice.terms.discount if is_early(invoice, now) else None,
            late=invoice.terms.late,
            superseded_by=invoice.superseded_by,
            is_payable=bool(ways),
        )

    def _open_attempt_at(self, payable: Payable) -> datetime | None:
        if not any(is_payable(invoice) for invoice in payable.invoices):
            return None
        attempts = self._payments.list_of_invoice(payable.reference)
        return max((one.created_at for one in attempts if one.state in UNDECIDED_STATES), default=None)


def _ways(invoice: Invoice, now: datetime) -> tuple[Way, ...]:
    """What may be paid now: all of it, then each plan's first instalment; once a plan binds, its next one alone."""
    if not is_payable(invoice):
        return ()
    if invoice.plan is not None:
        return (_instalment(invoice, quote_of(invoice, now)),)
    plans = invoice.terms.plans if invoice.is_untouched else ()
    legs = (_instalment(invoice, quote_of(invoice, now, plan=plan.plan_id)) for plan in plans)
    return (Way(quote_of(invoice, now).amount), *legs)


def _instalment(invoice: Invoice, quote: Quote) -> Way:
    plan, leg = invoice.terms.plan(quote.plan or ""), quote.leg or 0
    if plan is None:
        return Way(quote.amount)
    return Way(quote.amount, plan.plan_id, leg + 1, len(plan.legs), plan.legs[leg].due_date)


def _masked(name: str) -> str:
    """As `Customer.masked_name`, for the name in the other script."""
    return " ".join(f"{word[0]}•••" for word in name.split())
