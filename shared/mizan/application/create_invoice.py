"""Raise an invoice. The same request, however often it comes, is one invoice and one answer."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from mizan.application.ports import Clock, Derivation, InvoiceRepository
from mizan.application.ports_services import ServiceCatalogue
from mizan.domain.errors import (
    BusyError,
    FieldError,
    IdempotencyConflictError,
    InvalidInputError,
    ReferenceTakenError,
)
from mizan.domain.history import Entry
from mizan.domain.invoices import Customer, Invoice, InvoiceEvent, InvoiceLine, InvoiceState, total
from mizan.domain.money import AMOUNT_MAX
from mizan.domain.references import PROBE_COUNT_MAX
from mizan.domain.terms import NO_TERMS, Terms, wrong_terms

DRAFTED = "draft"
"""How a draft's history begins."""


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
    terms: Terms = NO_TERMS
    is_draft: bool = False
    supersedes: str | None = None


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
    validate(command, services)
    now = clock.now()
    bind_key(command, invoices, now)
    return _store(new_invoice(command, now), invoices, derivation)


def bind_key(command: CreateInvoice, invoices: InvoiceRepository, now: datetime) -> None:
    """Bind the Idempotency-Key to this body. Where a number is the identity it is bound all the same, and a key that
    was the identity is bound too: it can serve no second body, with a number or without. Raises
    IdempotencyConflictError.
    """
    if command.idempotency_key:
        holder = invoices.reserve_key(command.agency, command.idempotency_key, command.fingerprint, now)
        if holder != command.fingerprint:
            raise IdempotencyConflictError("the Idempotency-Key came before with another body")


def new_invoice(command: CreateInvoice, now: datetime) -> Invoice:
    """What the command makes, its reference left open."""
    state, event = (InvoiceState.DRAFT, DRAFTED) if command.is_draft else (InvoiceState.ISSUED, str(InvoiceEvent.ISSUE))
    return Invoice(
        reference="",
        agency=command.agency,
        service=command.service,
        customer=command.customer,
        lines=command.lines,
        due_date=command.due_date,
        currency=command.currency,
        amount=total(command.lines),
        outstanding=total(command.lines),
        state=state,
        created_at=now,
        updated_at=now,
        identity=identity_of(command.agency, command.invoice_number, command.idempotency_key),
        fingerprint=command.fingerprint,
        correlation_id=command.correlation_id,
        invoice_number=command.invoice_number,
        metadata=command.metadata,
        terms=command.terms,
        supersedes=command.supersedes,
        history=(Entry(event, now, total(command.lines)),),
    )


def identity_of(agency: str, invoice_number: str | None, idempotency_key: str | None) -> str:
    """What makes two requests the same invoice: the agency's own number, or the key where it gave none."""
    kind, own = ("number", invoice_number) if invoice_number else ("key", idempotency_key)
    return hashlib.sha256(f"{agency}\x1f{kind}\x1f{own}".encode()).hexdigest()[:32]


def _store(invoice: Invoice, invoices: InvoiceRepository, derivation: Derivation) -> tuple[Invoice, bool]:
    for probe in range(PROBE_COUNT_MAX):
        candidate = replace(invoice, reference=derivation.reference(invoice.identity, probe))
        try:
            existing = invoices.add(candidate)
        except ReferenceTakenError:
            continue
        if existing is None:
            return candidate, True
        if existing.identity == invoice.identity:
            if existing.fingerprint != invoice.fingerprint:
                raise IdempotencyConflictError("the same number or key came before with another body")
            return invoices.original(existing), False
    raise BusyError("no free reference")


def validate(command: CreateInvoice, services: ServiceCatalogue) -> None:
    """Raises InvalidInputError naming everything that only the use case can see."""
    errors = []
    service = services.get(command.service)
    if service is None or service.agency != command.agency:
        errors.append(FieldError("service", "unknown_service"))
    errors += wrong_charges(command.service, command.lines, command.terms, command.due_date, services)
    if not command.invoice_number and not command.idempotency_key:
        errors.append(FieldError("invoice_number", "number_or_key_required"))
    if errors:
        raise InvalidInputError(errors)


def wrong_charges(
    service_code: str, lines: tuple[InvoiceLine, ...], terms: Terms, due_date: date, services: ServiceCatalogue
) -> list[FieldError]:
    """What is wrong with how much is charged and on which terms."""
    errors = []
    if total(lines) > AMOUNT_MAX:
        errors.append(FieldError("lines", "total_too_large"))
    errors += wrong_terms(terms, total(lines), due_date)
    service = services.get(service_code)
    if terms.partial is not None and service is not None and not service.allows_partial:
        errors.append(FieldError("terms.partial", "no_partial_payment"))
    return errors
