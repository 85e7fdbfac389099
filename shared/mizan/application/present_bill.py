"""What a bank, a kiosk or an agent may show of a bill, and whether it may take money for it now.

Whoever asks is an authenticated rail that speaks for whoever typed the number: it learns an amount, dates, who
bills and a masked name. An operator over its cap, or suspended, is refused here, before money moves, and never
afterwards.
"""

from dataclasses import replace
from datetime import datetime

from mizan.application.operator_room import OperatorRoom
from mizan.application.payables import Payable, Payables
from mizan.application.ports import Clock, PaymentRepository
from mizan.application.ports_agencies import AgencyNames, Bilingual
from mizan.application.ports_billers import (
    BillInquiry,
    BillRefusal,
    BillStatus,
    BillView,
    MissCounter,
)
from mizan.application.ports_operators import OperatorRepository, RunningBalances
from mizan.application.ports_services import ServiceCatalogue
from mizan.application.pricing import FeeSchedule, price_of
from mizan.domain.accounts import Caller, MerchantAccount
from mizan.domain.calendar import business_date
from mizan.domain.errors import MizanError, NotFoundError
from mizan.domain.invoices import Invoice, InvoiceState, due_on
from mizan.domain.payments import PaymentMethod, PaymentState
from mizan.domain.quotes import quote_of
from mizan.domain.references import is_reference

MISSES_PER_MINUTE_MAX = 120
"""Unknown numbers that one account may ask for in a minute before it is shown nothing more in it: far above what people
mistype at all of a bank's machines, far below what finding numbers by trying would take.
"""

REFUSAL_OF_STATE = {
    InvoiceState.DRAFT: BillRefusal.UNKNOWN,
    InvoiceState.PAID: BillRefusal.PAID,
    InvoiceState.EXPIRED: BillRefusal.EXPIRED,
    InvoiceState.HELD: BillRefusal.NOT_PAYABLE,
    InvoiceState.CANCELLED: BillRefusal.NOT_PAYABLE,
    InvoiceState.SUPERSEDED: BillRefusal.NOT_PAYABLE,
    InvoiceState.WRITTEN_OFF: BillRefusal.NOT_PAYABLE,
}
"""States in which nothing is taken; any other is payable."""


class _RefusedError(Exception):
    """Leaves no use case."""

    def __init__(self, refusal: BillRefusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class BillDesk:
    def __init__(
        self,
        *,
        payables: Payables,
        payments: PaymentRepository,
        services: ServiceCatalogue,
        agencies: AgencyNames,
        operators: OperatorRepository,
        balances: RunningBalances,
        misses: MissCounter,
        fees: FeeSchedule,
        clock: Clock,
    ) -> None:
        self._payables, self._payments, self._services, self._agencies = payables, payments, services, agencies
        self._room, self._misses = OperatorRoom(operators=operators, balances=balances), misses
        self._fees, self._clock = fees, clock

    def present(self, account: MerchantAccount, inquiry: BillInquiry) -> BillView | BillRefusal:
        """The bill as it may be shown, or why not. With `inquiry.amount`: whether just that may be taken."""
        minute = self._clock.now().replace(second=0, microsecond=0)
        if self._misses.count(account.token, minute) >= MISSES_PER_MINUTE_MAX:
            return BillRefusal.TOO_MANY_MISSES
        try:
            return self._shown(account, inquiry)
        except _RefusedError as refused:
            if refused.refusal is BillRefusal.UNKNOWN:
                self._misses.add(account.token, minute)
            return refused.refusal

    def _shown(self, account: MerchantAccount, inquiry: BillInquiry) -> BillView:
        payable = self._found(account, inquiry.reference)
        for invoice in payable.invoices:
            if refusal := REFUSAL_OF_STATE.get(invoice.state):
                raise _RefusedError(refusal)
        self._require_offered(account, payable)
        view = self._view(account, payable)
        if inquiry.amount is not None and not _may_take(view, inquiry.amount):
            raise _RefusedError(BillRefusal.BAD_AMOUNT)
        self._require_room(account, view.amount if inquiry.amount is None else inquiry.amount)
        attempts = self._payments.list_of_invoice(payable.reference)
        if any(attempt.state is PaymentState.UNKNOWN for attempt in attempts):
            raise _RefusedError(BillRefusal.IN_PROGRESS)
        return view

    def _found(self, account: MerchantAccount, reference: str) -> Payable:
        """No look-up is spent on wrong check digits; the answer is the same as for what does not exist."""
        if not account.is_active or not is_reference(reference):
            raise _RefusedError(BillRefusal.UNKNOWN)
        caller = Caller(account.agency, "biller", account.account_id, frozenset())
        try:
            payable = self._payables.find(reference, caller=caller)
        except NotFoundError:
            raise _RefusedError(BillRefusal.UNKNOWN) from None
        if not all(caller.may_see(invoice.agency) for invoice in payable.invoices):
            raise _RefusedError(BillRefusal.UNKNOWN)
        return payable

    def _require_offered(self, account: MerchantAccount, payable: Payable) -> None:
        """Each service names its channels, and phases close some of them."""
        today = business_date(self._clock.now())
        for invoice in payable.invoices:
            service = self._services.get(invoice.service)
            if service and account.method not in [channel.code for channel in service.open_channels(today)]:
                raise _RefusedError(BillRefusal.NOT_OFFERED)

    def _require_room(self, account: MerchantAccount, amount: int) -> None:
        if refusal := self._room.refusal(account, amount):
            raise _RefusedError(refusal)

    def _view(self, account: MerchantAccount, payable: Payable) -> BillView:
        now = self._clock.now()
        try:
            quotes = [quote_of(invoice, now) for invoice in payable.invoices]
        except MizanError:
            raise _RefusedError(BillRefusal.NOT_PAYABLE) from None
        method = PaymentMethod(account.method)
        amount = price_of(quotes, method=method, gateway=account.gateway, fees=self._fees, at=now).amount
        first = payable.invoices[0]
        service = self._services.get(first.service)
        view = BillView(
            reference=payable.reference,
            status=BillStatus.DUE if first.is_untouched else BillStatus.PARTLY_PAID,
            amount=amount,
            minimum=amount,
            maximum=amount,
            currency=payable.currency,
            issued_on=business_date(max(invoice.created_at for invoice in payable.invoices)),
            due_on=min(due_on(invoice) for invoice in payable.invoices),
            agency=self._agencies.name_of(first.agency) or Bilingual(first.agency, first.agency),
            service_code=payable.service,
            service=Bilingual(service.name, service.name_ar) if service else Bilingual(first.service, first.service),
            payer=_masked(first),
        )
        return view if payable.is_basket else _with_parts(view, first, now)


def _with_parts(view: BillView, invoice: Invoice, now: datetime) -> BillView:
    """The bounds of a part, where the terms allow one of the payer's own choice."""
    rule = invoice.terms.partial
    if rule is None or invoice.plan is not None or rule.minimum >= quote_of(invoice, now).amount:
        return view
    most = view.maximum if rule.maximum is None else min(rule.maximum, view.maximum)
    return replace(view, minimum=rule.minimum, maximum=most, allows_part=True)


def _may_take(view: BillView, amount: int) -> bool:
    return amount == view.amount or (view.allows_part and view.minimum <= amount <= view.maximum)


def _masked(invoice: Invoice) -> Bilingual:
    arabic = invoice.customer.name_ar or invoice.customer.name
    return Bilingual(invoice.customer.masked_name, " ".join(f"{word[0]}•••" for word in arabic.split()))
