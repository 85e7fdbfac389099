"""Start a payment attempt: store it, then ask the gateway for a page. A lost answer is unknown, not a failure."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from mizan.application.ports import (
    AccountDirectory,
    Clock,
    Derivation,
    GatewayRegistry,
    InitiationRequest,
    InitiationResult,
    InitiationStarted,
    InvoiceRepository,
    PaymentRepository,
)
from mizan.application.read_invoices import read_invoice
from mizan.domain.accounts import Caller, MerchantAccount
from mizan.domain.errors import (
    BusyError,
    GatewayUnavailableError,
    IdempotencyConflictError,
    InvalidInputError,
    OutcomeUnknownError,
)
from mizan.domain.invoices import INVOICE_STATES, Invoice, InvoiceEvent
from mizan.domain.payments import (
    ATTEMPT_LIFETIME,
    INQUIRY_DELAY_FIRST,
    PAYMENT_STATES,
    Decline,
    Payment,
    PaymentEvent,
    PaymentMethod,
)
from mizan.domain.references import PROBE_COUNT_MAX, track_id

UNAVAILABLE = Decline(
    "gateway_unavailable",
    "The payment gateway could not be reached. Nothing was charged. Please try again.",
    "تعذر الوصول إلى بوابة الدفع. لم يتم خصم أي مبلغ. يرجى المحاولة مرة أخرى.",
)


@dataclass(frozen=True, slots=True)
class StartPayment:
    """`idempotency_key` makes a repeat the same attempt; a new try needs a new key.

    `correlation_id` is the agency's call's; a payer has none, and the attempt then carries on the invoice's.
    """

    reference: str
    method: PaymentMethod
    idempotency_key: str
    correlation_id: str | None = None


def start_payment(
    command: StartPayment,
    *,
    caller: Caller,
    invoices: InvoiceRepository,
    payments: PaymentRepository,
    accounts: AccountDirectory,
    gateways: GatewayRegistry,
    derivation: Derivation,
    clock: Clock,
    public_url: str,
) -> tuple[Payment, bool]:
    """The attempt, and whether this call made it (False: a replay; the attempt as it stands).

    `pending` carries the page's address; `declined` the gateway's refusal; `unknown` means that the gateway may have
    it: the sweep finds out. Raises NotFoundError, IllegalTransitionError (the invoice is not payable),
    InvalidInputError (no account takes this method for the agency), IdempotencyConflictError, BusyError.
    """
    invoice = read_invoice(command.reference, caller=caller, invoices=invoices)
    payment = _new_attempt(command, invoice, _account(invoice, command.method, accounts), clock.now())
    payment, is_new = _store(payment, invoice, command.idempotency_key, payments, derivation)
    if not is_new:
        return payment, False
    account = accounts.by_token(payment.account_token)
    if account is None:
        raise InvalidInputError.of("method", "method_not_available")
    request = InitiationRequest(
        track_id=track_id(payment.payment_id),
        amount=payment.amount,
        currency=payment.currency,
        notification_url=f"{public_url}/callbacks/{payment.gateway}/{payment.account_token}",
        error_url=f"{public_url}/callbacks/{payment.gateway}/{payment.account_token}/error",
    )
    try:
        result: InitiationResult | PaymentEvent | Decline = gateways.get(payment.gateway).initiate(account, request)
    except OutcomeUnknownError:
        result = PaymentEvent.LOSE
    except GatewayUnavailableError:
        result = UNAVAILABLE
    after = _after_initiation(payment, result, clock.now())
    if payments.replace(payment, after):
        return after, True
    return payments.get(payment.payment_id) or after, True  # a fast callback or sweep moved it first: its word stands


def _account(invoice: Invoice, method: PaymentMethod, accounts: AccountDirectory) -> MerchantAccount:
    account = accounts.active_for(invoice.agency, method)
    if account is None:
        raise InvalidInputError.of("method", "method_not_available")
    return account


def _new_attempt(command: StartPayment, invoice: Invoice, account: MerchantAccount, now: datetime) -> Payment:
    return Payment(
        payment_id="",
        reference=invoice.reference,
        agency=invoice.agency,
        service=invoice.service,
        amount=invoice.outstanding or invoice.amount,
        currency=invoice.currency,
        method=command.method,
        gateway=account.gateway,
        account_id=account.account_id,
        account_token=account.token,
        state=PAYMENT_STATES.initial,
        created_at=now,
        updated_at=now,
        expires_at=now + ATTEMPT_LIFETIME,
        next_inquiry_at=now + INQUIRY_DELAY_FIRST,
        identity=hashlib.sha256(f"{invoice.reference}\x1f{command.idempotency_key}".encode()).hexdigest()[:32],
        fingerprint=hashlib.sha256(command.method.encode()).hexdigest()[:32],
        correlation_id=command.correlation_id or invoice.correlation_id,
    )


def _store(
    payment: Payment, invoice: Invoice, idempotency_key: str, payments: PaymentRepository, derivation: Derivation
) -> tuple[Payment, bool]:
    """Put the attempt, or find the one that this key made: a replay is answered though the invoice was paid since."""
    for probe in range(PROBE_COUNT_MAX):
        payment_id = derivation.payment_id(payment.reference, idempotency_key, probe)
        if not INVOICE_STATES.allows(invoice.state, InvoiceEvent.PAY):
            existing = payments.get(payment_id)
            if existing is None:
                INVOICE_STATES.next_state(invoice.state, InvoiceEvent.PAY)  # raises: the invoice is not payable
        else:
            candidate = replace(payment, payment_id=payment_id)
            existing = payments.add(candidate)
            if existing is None:
                return candidate, True
        if existing is not None and existing.identity == payment.identity:
            if existing.fingerprint != payment.fingerprint:
                raise IdempotencyConflictError("the Idempotency-Key came before with another body")
            return existing, False
    raise BusyError("no free payment id")


def _after_initiation(payment: Payment, result: InitiationResult | PaymentEvent | Decline, now: datetime) -> Payment:
    if isinstance(result, InitiationStarted):
        state = PAYMENT_STATES.next_state(payment.state, PaymentEvent.START)
        return replace(
            payment,
            state=state,
            updated_at=now,
            gateway_payment=result.gateway_payment,
            redirect_url=result.redirect_url,
        )
    if isinstance(result, PaymentEvent):
        return replace(payment, state=PAYMENT_STATES.next_state(payment.state, result), updated_at=now)
    decline = result if isinstance(result, Decline) else result.decline
    state = PAYMENT_STATES.next_state(payment.state, PaymentEvent.DECLINE)
    return replace(payment, state=state, updated_at=now, decline=decline)
