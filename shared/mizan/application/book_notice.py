"""Book money that moved before we heard of it: what a bank app, a kiosk or a bank's statement says was paid.

A notice is authenticated by whoever hands it in (a signature, the bank's own file): it is what an inquiry is elsewhere.
Attempt, invoices and journal are written as one, once per account and transaction of the rail, in whatever order
payment and reversal come.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mizan.application.ports import Clock, Derivation, InvoiceRepository, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_quotes import BasketRepository
from mizan.application.ports_transfers import SuspenseCases
from mizan.application.posting import Booking, book_capture
from mizan.application.pricing import FeeSchedule, Price, price_of, without_added_fees
from mizan.application.reverse_credit import CreditReversals
from mizan.application.trying_again import Sleep, attempts
from mizan.domain.accounts import NOTHING, PLATFORM_AGENCY, MerchantAccount
from mizan.domain.baskets import SERVICE
from mizan.domain.errors import BusyError, InvalidCallbackError, MizanError
from mizan.domain.history import Entry
from mizan.domain.incoming_credits import NOBODY, Remitter
from mizan.domain.invoices import INVOICE_STATES, Customer, Invoice, InvoiceEvent, InvoiceState, as_of
from mizan.domain.payments import (
    ATTEMPT_LIFETIME,
    PAYMENT_STATES,
    Capture,
    Disposition,
    Payment,
    PaymentEvent,
    PaymentLine,
    PaymentMethod,
    PaymentState,
    changed,
)
from mizan.domain.quotes import Quote, quote_of
from mizan.domain.references import PROBE_COUNT_MAX, is_reference
from mizan.domain.suspense import SuspenseCase, SuspenseReason

CREATED = "create"

MovesBeside = Callable[[str], Sequence[Move]]
"""What else changes with the payment of this id, as read just now: asked again at each attempt to write."""


@dataclass(frozen=True, slots=True)
class Notice:
    """`amount` was paid at `paid_at` (UTC, the rail's own time) under `reference`, an invoice's or a basket's.

    `transaction` is the rail's own id, one per payment and account. `remitter` and `remittance`: what a bank told, for
    the case where the money fits nothing. `is_final`: False while the rail may still take it
    back without a word (`confirm` follows). `payer` where the rail says who paid.
    """

    account: MerchantAccount
    reference: str
    amount: int
    currency: str
    transaction: str
    paid_at: datetime
    correlation_id: str
    rrn: str = ""
    auth_code: str = ""
    is_final: bool = True
    payer: Customer | None = None
    remitter: Remitter = NOBODY
    remittance: str = ""
    name: str = ""

    @property
    def claim(self) -> str:
        """The name under which it is booked once: the transaction's, or its own (`name`) where money of a transaction
        that is booked already is booked on.
        """
        return self.name or f"GWT#{self.account.gateway}#{self.account.account_id}#{self.transaction}"

    @property
    def identity(self) -> str:
        return hashlib.sha256(self.claim.encode()).hexdigest()[:32]

    def told_in(self, case: SuspenseCase, reason: SuspenseReason | None) -> SuspenseCase:
        """The case with what the bank told about the money, and why it is one where posting cannot know."""
        return replace(case, remitter=self.remitter, remittance=self.remittance, reason=reason or case.reason)


@dataclass(frozen=True, slots=True)
class _Payable:
    """Invoices as stored, and the quotes that a basket was made of (none for an invoice)."""

    invoices: tuple[Invoice, ...]
    agency: str
    service: str
    correlation_id: str
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fit:
    """How the money meets what was owed. `is_owed` False: not this much was asked for; it lies in suspense."""

    price: Price
    is_owed: bool = True
    excess: int = 0


class NoticeBook:
    def __init__(
        self,
        *,
        invoices: InvoiceRepository,
        baskets: BasketRepository,
        payments: PaymentRepository,
        books: Books,
        fees: FeeSchedule,
        derivation: Derivation,
        cases: SuspenseCases,
        clock: Clock,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._reversals = CreditReversals(
            invoices=invoices, payments=payments, cases=cases, books=books, clock=clock, sleep=sleep
        )
        self._invoices, self._baskets, self._payments, self._books = invoices, baskets, payments, books
        self._fees, self._derivation, self._clock, self._sleep = fees, derivation, clock, sleep

    def book(
        self,
        notice: Notice,
        *,
        pays_from: str | None = None,
        moves: MovesBeside | None = None,
        claims: Mapping[str, str] = NOTHING,
        is_news: bool = True,
        must_fit: bool = False,
    ) -> Payment | None:
        """The payment as booked; the same notice again: as it stands by now. None where nothing is owed under this
        reference: the caller keeps the money in suspense.

        `pays_from`: the journal account that holds the money, where it is not the rail's; `moves` and `claims`: what
        changes with it. `is_news` False: the transaction was booked already, in suspense, and is allocated now.
        `must_fit`: nothing moved yet, so nothing is booked but what is all owed just now. Raises IllegalTransitionError
        (it is not, and had to be), InvalidCallbackError (the transaction paid something else), BusyError (a retry is
        safe).
        """
        for _ in attempts(self._sleep):
            payable = self._payable(notice)
            if payable is None:
                return None
            payment_id, existing = self._place(notice)
            if existing is not None:
                return self.as_told(existing, notice)
            booking = self._booking(payment_id, notice, payable, pays_from)
            if must_fit and {share.disposition for share in booking.payment.shares} != {Disposition.ALLOCATED}:
                raise INVOICE_STATES.refusal(payable.invoices[0].state, InvoiceEvent.PAY)
            stored = {invoice.reference: invoice for invoice in payable.invoices}
            invoice_moves = [Move(stored[after.reference], after) for _, after in booking.invoices]
            outcome = self._books.commit(
                [
                    Move(None, booking.payment),
                    *invoice_moves,
                    *(Move(None, case) for case in booking.cases),
                    *(moves(payment_id) if moves else ()),
                ],
                transaction=booking.transaction,
                claims={**({notice.claim: payment_id} if is_news else {}), **claims},
            )
            if outcome is CommitOutcome.COMMITTED:
                return self.as_told(booking.payment, notice)
            if outcome is CommitOutcome.CLAIMED:
                raise InvalidCallbackError("transaction_paid_something_else")
        raise BusyError("the notice kept colliding")

    def payment_id_of(self, notice: Notice) -> str:
        """The id that the notice's payment has or will have."""
        return self._place(notice)[0]

    def reverse(self, notice: Notice) -> Payment | None:
        """The rail took the payment of `notice.transaction` back. None where it is not booked as a payment: the
        reversal is remembered, and a payment that comes after it is booked and taken back.

        Raises BusyError.
        """
        for _ in attempts(self._sleep):
            if self._books.commit([], claims={_reversal(notice): notice.transaction}) is not CommitOutcome.CONFLICT:
                break  # remembered first: whoever books the payment from now on sees it
        else:
            raise BusyError("the reversal kept colliding")
        holder = self._books.holder(notice.claim)
        payment = self._payments.get(holder) if holder else None
        return self._reversals.reverse(notice.account, payment.payment_id) if payment else None

    # -- what is paid -------------------------------------------------------------------------------------------------

    def _payable(self, notice: Notice) -> _Payable | None:
        if not is_reference(notice.reference):
            return None
        invoice = self._invoices.get(notice.reference)
        if invoice is not None:
            is_theirs = notice.account.agency in (PLATFORM_AGENCY, invoice.agency)
            one = _Payable((invoice,), invoice.agency, invoice.service, invoice.correlation_id)
            return one if is_theirs and invoice.state is not InvoiceState.DRAFT else None
        basket = self._baskets.get(notice.reference)
        if basket is None or notice.account.agency not in (PLATFORM_AGENCY, basket.agency):
            return None
        found = tuple(self._invoices.get_many([quote.reference for quote in basket.quotes]))
        return _Payable(found, basket.agency, SERVICE, basket.correlation_id, basket.quotes)

    def _place(self, notice: Notice) -> tuple[str, Payment | None]:
        """The id of the notice's payment, and the payment where it is stored."""
        for probe in range(PROBE_COUNT_MAX):
            payment_id = self._derivation.payment_id(notice.reference, notice.claim, probe)
            existing = self._payments.get(payment_id)
            if existing is None or existing.identity == notice.identity:
                return payment_id, existing
        raise BusyError("no free payment id")

    def _booking(self, payment_id: str, notice: Notice, payable: _Payable, pays_from: str | None) -> Booking:
        now = self._clock.now()
        fit = self._fit(notice, payable)
        payment = _attempt(payment_id, notice, payable, fit, now)
        capture = Capture(
            notice.amount,
            notice.currency,
            notice.transaction,
            notice.transaction,
            notice.rrn,
            notice.auth_code,
            notice.paid_at,
        )
        booking = book_capture(
            payment,
            notice.account,
            capture,
            {invoice.reference: as_of(invoice, now) for invoice in payable.invoices},
            is_same_track=fit.is_owed,
            now=now,
            excess=fit.excess,
            pays_from=pays_from,
        )
        is_too_little = not fit.is_owed and notice.currency == payment.currency
        reason = SuspenseReason.WRONG_AMOUNT if is_too_little else None
        return replace(
            booking,
            payment=replace(booking.payment, is_final=notice.is_final),
            cases=tuple(notice.told_in(case, reason) for case in booking.cases),
        )

    def _fit(self, notice: Notice, payable: _Payable) -> _Fit:
        """Judged by what was owed when the payer paid."""
        offers = list(self._offers(notice, payable))
        exact = next((price for price in offers if price.amount == notice.amount), None)
        if exact is not None:
            return _Fit(exact)
        if payable.quotes:
            return _Fit(self._price(payable.quotes, notice), is_owed=False)
        invoice = _when_paid(payable.invoices[0], notice.paid_at)
        try:
            part = self._price([quote_of(invoice, notice.paid_at, amount=notice.amount)], notice)
            return _Fit(replace(part, lines=without_added_fees(part.lines), rounding=0))
        except MizanError:
            pass
        if offers and notice.amount > offers[0].amount:
            return _with_excess(offers[0], notice.amount - offers[0].amount)
        is_too_little = bool(offers)
        return _Fit(Price((_bare_line(payable.invoices[0], notice),), 0), is_owed=not is_too_little)

    def _offers(self, notice: Notice, payable: _Payable) -> Iterator[Price]:
        """Everything that could have been asked for then: all that was due first, then the legs of each plan."""
        views = [_when_paid(invoice, notice.paid_at) for invoice in payable.invoices]
        plans = [plan.plan_id for plan in views[0].terms.plans] if len(views) == 1 else []
        for plan in (None, *plans):
            try:
                yield self._price([quote_of(view, notice.paid_at, plan=plan) for view in views], notice)
            except MizanError:
                continue

    def _price(self, quotes: Sequence[Quote], notice: Notice) -> Price:
        account = notice.account
        method = PaymentMethod(account.method)
        return price_of(quotes, method=method, gateway=account.gateway, fees=self._fees, at=notice.paid_at)

    # -- what is booked -----------------------------------------------------------------------------------------------

    def as_told(self, payment: Payment, notice: Notice) -> Payment:
        """The booked payment of a transaction after one more notice of it: it is final now, or was taken back
        meanwhile.

        Raises BusyError.
        """
        if self._books.holder(_reversal(notice)) is not None:
            return self._reversals.reverse(notice.account, payment.payment_id)
        return self._confirmed(payment) if notice.is_final else payment

    def _confirmed(self, payment: Payment) -> Payment:
        for _ in attempts(self._sleep):
            if payment.is_final or payment.state is not PaymentState.SUCCEEDED:
                return payment
            after = changed(payment, PaymentEvent.CONFIRM, self._clock.now(), is_final=True)
            if self._payments.replace(payment, after):
                return after
            payment = self._payments.get(payment.payment_id) or payment
        raise BusyError("the payment kept changing")


def _reversal(notice: Notice) -> str:
    return f"GWR{notice.claim.removeprefix('GWT')}"


def _when_paid(invoice: Invoice, paid_at: datetime) -> Invoice:
    """The invoice as the payer met it: one that has expired since had not."""
    if invoice.state is InvoiceState.EXPIRED:
        state = InvoiceState.ISSUED if invoice.is_untouched else InvoiceState.PARTIALLY_PAID
        invoice = replace(invoice, state=state)
    return as_of(invoice, paid_at)


def _bare_line(invoice: Invoice, notice: Notice) -> PaymentLine:
    """Money for what takes none: all of it is accounted for on the line, and posting says where it lies."""
    return PaymentLine(
        reference=invoice.reference,
        agency=invoice.agency,
        service=invoice.service,
        amount=notice.amount,
        discharge=notice.amount,
        valid_until=notice.paid_at,
    )


def _with_excess(price: Price, excess: int) -> _Fit:
    first, *rest = price.lines
    return _Fit(replace(price, lines=(replace(first, amount=first.amount + excess), *rest)), excess=excess)


def _attempt(payment_id: str, notice: Notice, payable: _Payable, fit: _Fit, now: datetime) -> Payment:
    account = notice.account
    return Payment(
        payment_id=payment_id,
        reference=notice.reference,
        agency=payable.agency,
        service=payable.service,
        amount=notice.amount,
        currency=payable.invoices[0].currency,
        method=PaymentMethod(account.method),
        gateway=account.gateway,
        account_id=account.account_id,
        account_token=account.token,
        state=PAYMENT_STATES.initial,
        created_at=now,
        updated_at=now,
        expires_at=now + ATTEMPT_LIFETIME,
        next_inquiry_at=now,
        identity=notice.identity,
        fingerprint=notice.identity,
        correlation_id=notice.correlation_id or payable.correlation_id,
        lines=fit.price.lines,
        history=(Entry(CREATED, now, notice.amount),),
        rounding=fit.price.rounding,
        payer=notice.payer,
    )
