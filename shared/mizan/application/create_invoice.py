"""Raise an invoice. The same request, however often it comes, is one invoice and one answer."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from mizan.application.ports import Clock, Derivation, InvoiceRepository
from mizan.application.ports_services import ServiceCatalogue
from mizan.domain.errors import BusyError, FieldError, IdempotencyConflictError, InvalidInputError
from mizan.domain.invoices import INVOICE_STATES, Customer, Invoice, InvoiceLine, total
from mizan.domain.money import AMOUNT_MAX
from mizan.domain.references import PROBE_COUNT_MAX


@dataclass(frozen=True, slots=True)
class CreateInvoice:
    """`fingerprint` is the hash of the whole body. One of `invoice_number` and `idempotency_key` at least."""

    agency: str
    service: str
    customer: Customer
    lines: tuple[InvoiceLine, ...]
    due_date: date
    currency: str
    fingerprint: str
    correlation_id: str
    invoice_number: str | None = None
    idempotency_key: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


def create_invoice(
    command: CreateInvoice,
    *,
    invoices: InvoiceRepository,
    services: ServiceCatalogue,
    derivation: Derivation,
    clock: Clock,
) -> tuple[Invoice, bool]:
    """The invoice as it was created, and whether this call created it (False: a replay, answered as the first time).

    Raises InvalidInputError (unknown service, another agency's service, total out of bounds, nothing to identify the
    request by), IdempotencyConflictError (same key or number, another body).
    """
    _validate(command, services)
    now = clock.now()
    if command.idempotency_key:
        # Where a number is the identity the key is bound to this body all the same, and a key that was the identity is
        # bound too: it can serve no second body, with a number or without.
        holder = invoices.reserve_key(command.agency, command.idempotency_key, command.fingerprint, now)
        if holder != command.fingerprint:
            raise IdempotencyConflictError("the Idempotency-Key came before with another body")
    invoice = Invoice(
        reference="",
        agency=command.agency,
        service=command.service,
        customer=command.customer,
        lines=command.lines,
        due_date=command.due_date,
        currency=command.currency,
        amount=total(command.lines),
        outstanding=total(command.lines),
        state=INVOICE_STATES.initial,
        created_at=now,
        updated_at=now,
        identity=_identity(command),
        fingerprint=command.fingerprint,
        correlation_id=command.correlation_id,
        invoice_number=command.invoice_number,
        metadata=command.metadata,
    )
    return _store(invoice, invoices, derivation)


def _store(invoice: Invoice, invoices: InvoiceRepository, derivation: Derivation) -> tuple[Invoice, bool]:
    for probe in range(PROBE_COUNT_MAX):
        candidate = replace(invoice, reference=derivation.reference(invoice.identity, probe))
        existing = invoices.add(candidate)
        if existing is None:
            return candidate, True
        if existing.identity == invoice.identity:
            if existing.fingerprint != invoice.fingerprint:
                raise IdempotencyConflictError("the same number or key came before with another body")
            return _as_created(existing), False
    raise BusyError("no free reference")


def _as_created(invoice: Invoice) -> Invoice:
    """The original answer: whatever happened since does not change what creation said."""
    return replace(invoice, state=INVOICE_STATES.initial, outstanding=invoice.amount, updated_at=invoice.created_at)


def _identity(command: CreateInvoice) -> str:
    kind, own = ("number", command.invoice_number) if command.invoice_number else ("key", command.idempotency_key)
    return hashlib.sha256(f"{command.agency}\x1f{kind}\x1f{own}".encode()).hexdigest()[:32]


def _validate(command: CreateInvoice, services: ServiceCatalogue) -> None:
    errors = []
    service = services.get(command.service)
    if service is None or service.agency != command.agency:
        errors.append(FieldError("service", "unknown_service"))
    if total(command.lines) > AMOUNT_MAX:
        errors.append(FieldError("lines", "total_too_large"))
    if not command.invoice_number and not command.idempotency_key:
        errors.append(FieldError("invoice_number", "number_or_key_required"))
    if errors:
        raise InvalidInputError(errors)
