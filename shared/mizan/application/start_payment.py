"""Start a payment attempt: store it, then ask the gateway for a page. A lost answer is unknown, not a failure."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from mizan.application.payables import Payable, Payables
from mizan.application.ports import (
    Clock,
    Derivation,
    GatewayRegistry,
    InitiationRequest,
    InitiationResult,
    InitiationStarted,
    PayerContact,
    PaymentRepository,
)
from mizan.application.pricing import FeeSchedule, Price, price_of
from mizan.application.route_payment import Router
from mizan.domain.accounts import PLATFORM_AGENCY, Caller, MerchantAccount
from mizan.domain.errors import (
    BusyError,
    GatewayUnavailableError,
    IdempotencyConflictError,
    InvalidInputError,
    MizanError,
    OutcomeUnknownError,
)
from mizan.domain.history import Entry
from mizan.domain.invoices import Customer
from mizan.domain.payments import (
    INQUIRY_DELAY_FIRST,
    PAYMENT_STATES,
    Decline,
    Payment,
    PaymentEvent,
    PaymentMethod,
    attempt_end,
    changed,
)
from mizan.domain.references import PROBE_COUNT_MAX, track_id

UNAVAILABLE = Decline(
    "gateway_unavailable",
    "The payment gateway could not be reached. Nothing was charged. Please try again.",
    "تعذر الوصول إلى بوابة الدفع. لم يتم خصم أي مبلغ. يرجى المحاولة مرة أخرى.",
)

NEEDS_CONTACT = frozenset({PaymentMethod.SADAD})
"""Whose operator makes out a bill to somebody (rails.md 5)."""

CREATED = "create"
"""How an attempt's history begins."""


@dataclass(frozen=True, slots=True)
class StartPayment:
    """`idempotency_key` makes a repeat the same attempt; a new try needs a new key. `reference`: an invoice's or a
    basket's. What is paid: as `quote_id` said, or a leg of `plan`, or `amount` fils, or all that is due.

    `correlation_id` is the agency's call's; a payer has none, and the attempt then carries on the invoice's. `payer`:
    who pays, where that is not whom the invoice bills; `contact`: how a rail that asks for it reaches who pays.
    """

    reference: str
    method: PaymentMethod
    idempotency_key: str
    correlation_id: str | None = None
    plan: str | None = None
    amount: int | None = None
    quote_id: str | None = None
    payer: Customer | None = None
    contact: PayerContact | None = None

    @property
    def fingerprint(self) -> str:
        parts = [self.method, self.plan or "", str(self.amount or ""), self.quote_id or ""]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def start_payment(
    command: StartPayment,
    *,
    caller: Caller,
    payables: Payables,
    payments: PaymentRepository,
    router: Router,
    gateways: GatewayRegistry,
    derivation: Derivation,
    clock: Clock,
    public_url: str,
    fees: FeeSchedule,
) -> tuple[Payment, bool]:
    """The attempt, and whether this call made it (False: a replay; the attempt as it stands).

    `pending` carries the page's address; `declined` the gateway's refusal; `unknown` means that the gateway may have
    it: the sweep finds out. Raises NotFoundError, IllegalTransitionError (the invoice is not payable),
    InvalidInputError (no account takes this method for the agency, a plan, amount or quote that does not hold),
    MethodUnavailableError (each account that does is down), IdempotencyConflictError, BusyError.

    A gateway at which nothing can have happened is left for the next account (a REROUTE on the attempt); one that may
    have it keeps it.
    """
    payable = payables.find(command.reference, caller=caller)
    command = replace(command, idempotency_key=_own_key(command, caller))
    try:
        quotes = payables.quotes(payable, plan=command.plan, amount=command.amount, quote_id=command.quote_id)
        owed, now = sum(quote.amount for quote in quotes), clock.now()
        routes = router.routes(payable.agency, payable.service, command.method, owed)
        price = price_of(quotes, method=command.method, gateway=routes[0].gateway, fees=fees, at=now)
        payment = _new_attempt(command, payable, price, routes[0], now)
    except MizanError:
        existing = _made_before(command, payments, derivation)
        if existing is None:
            raise
        return existing, False  # a replay is answered though the invoice was paid since
    payment, is_new = _store(payment, command, payments, derivation)
    if not is_new:
        return payment, False
    contact = command.contact or _contact(payable, command.method)
    result = _initiate(payment, routes[0], gateways, public_url, contact)
    for account in routes[1:]:
        if result is not UNAVAILABLE:
            break
        moved = _rerouted(payment, account, clock.now())
        if not payments.replace(payment, moved):
            return payments.get(
                payment.payment_id
            ) or payment, True  # somebody else moved it on: it is not ours to send
        payment = moved
        result = _initiate(payment, account, gateways, public_url, contact)
    after = _after_initiation(payment, result, clock.now())
    if payments.replace(payment, after):
        return after, True
    return payments.get(payment.payment_id) or after, True  # a fast callback or sweep moved it first: its word stands


def _rerouted(payment: Payment, account: MerchantAccount, now: datetime) -> Payment:
    """The attempt, still only created, at another account: the one before was not reached, or said it did nothing."""
    return changed(
        payment,
        PaymentEvent.REROUTE,
        now,
        note=f"{payment.account_id} > {account.account_id}",
        gateway=account.gateway,
        account_id=account.account_id,
        account_token=account.token,
    )


def _new_attempt(
    command: StartPayment, payable: Payable, price: Price, account: MerchantAccount, now: datetime
) -> Payment:
    if price.amount <= 0:
        raise InvalidInputError.of("method", "no_coins_for_it")
    return Payment(
        payment_id="",
        reference=payable.reference,
        agency=payable.agency,
        service=payable.service,
        amount=price.amount,
        currency=payable.currency,
        method=command.method,
        gateway=account.gateway,
        account_id=account.account_id,
        account_token=account.token,
        state=PAYMENT_STATES.initial,
        created_at=now,
        updated_at=now,
        expires_at=attempt_end(command.method, now),
        next_inquiry_at=now + INQUIRY_DELAY_FIRST,
        identity=_identity(command),
        fingerprint=command.fingerprint,
        correlation_id=command.correlation_id or payable.correlation_id,
        lines=price.lines,
        history=(Entry(CREATED, now, price.amount),),
        rounding=price.rounding,
        payer=command.payer,
    )


def _own_key(command: StartPayment, caller: Caller) -> str:
    """A key is its caller's own: an agency's, whichever of its API keys it uses, or one platform role's."""
    return f"{caller.key_id if caller.agency == PLATFORM_AGENCY else caller.agency}\x1f{command.idempotency_key}"


def _identity(command: StartPayment) -> str:
    return hashlib.sha256(f"{command.reference}\x1f{command.idempotency_key}".encode()).hexdigest()[:32]


def _store(
    payment: Payment, command: StartPayment, payments: PaymentRepository, derivation: Derivation
) -> tuple[Payment, bool]:
    """Put the attempt, or find the one that this key made."""
    for probe in range(PROBE_COUNT_MAX):
        payment_id = derivation.payment_id(payment.reference, command.idempotency_key, probe)
        candidate = replace(payment, payment_id=payment_id)
        existing = payments.add(candidate)
        if existing is None:
            return candidate, True
        if existing.identity == payment.identity:
            return _same(existing, command), False
    raise BusyError("no free payment id")


def _made_before(command: StartPayment, payments: PaymentRepository, derivation: Derivation) -> Payment | None:
    for probe in range(PROBE_COUNT_MAX):
        existing = payments.get(derivation.payment_id(command.reference, command.idempotency_key, probe))
        if existing is None:
            return None
        if existing.identity == _identity(command):
            return _same(existing, command)
    return None


def _same(existing: Payment, command: StartPayment) -> Payment:
    if existing.fingerprint != command.fingerprint or existing.payer != command.payer:
        raise IdempotencyConflictError("the Idempotency-Key came before with another body")
    return existing


def _contact(payable: Payable, method: PaymentMethod) -> PayerContact | None:
    """Whom the bill is for, for a rail that writes a bill of its own; no other learns who pays."""
    customers = {invoice.customer for invoice in payable.invoices}
    if method not in NEEDS_CONTACT or len(customers) != 1:
        return None
    customer = customers.pop()
    return PayerContact(name=customer.name, phone=customer.phone or "", email=customer.email or "")


def _initiate(
    payment: Payment,
    account: MerchantAccount,
    gateways: GatewayRegistry,
    public_url: str,
    contact: PayerContact | None,
) -> InitiationResult | PaymentEvent | Decline:
    callback_url = f"{public_url}/callbacks/{payment.gateway}/{payment.account_token}"
    request = InitiationRequest(
        track_id=track_id(payment.payment_id),
        amount=payment.amount,
        currency=payment.currency,
        notification_url=callback_url,
        error_url=f"{callback_url}/error",
        return_url=f"{public_url}/pay/{payment.reference}/payments/{payment.payment_id}",
        reference=payment.reference,
        contact=contact,
    )
    try:
        return gateways.get(payment.gateway).initiate(account, request)
    except OutcomeUnknownError:
        return PaymentEvent.LOSE
    except GatewayUnavailableError:
        return UNAVAILABLE


def _after_initiation(payment: Payment, result: InitiationResult | PaymentEvent | Decline, now: datetime) -> Payment:
    if isinstance(result, InitiationStarted):
        return changed(
            payment,
            PaymentEvent.START,
            now,
            gateway_payment=result.gateway_payment,
            redirect_url=result.redirect_url,
        )
    if isinstance(result, PaymentEvent):
        return changed(payment, result, now)
    decline = result if isinstance(result, Decline) else result.decline
    return changed(payment, PaymentEvent.DECLINE, now, decline=decline)
