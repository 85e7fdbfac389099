"""From a request to raise, correct or amend an invoice to its command: one way for the API and for files, so that both
mean the same.
"""

from mizan.application.change_invoice import Amendment
from mizan.application.create_invoice import CreateInvoice
from mizan.domain.errors import InvalidInputError
from mizan.entrypoints.invoice_schemas import (
    AmendInvoiceRequest,
    CreateInvoiceRequest,
    customer_of,
    fingerprint,
    lines_of,
)
from mizan.entrypoints.terms_schemas import terms_of


def command_of(
    request: CreateInvoiceRequest, *, agency: str, correlation_id: str, idempotency_key: str | None = None
) -> CreateInvoice:
    return CreateInvoice(
        agency=agency,
        service=request.service,
        customer=customer_of(request.customer),
        lines=lines_of(request.lines),
        due_date=request.due_date,
        currency=request.currency,
        fingerprint=fingerprint(request),
        correlation_id=correlation_id,
        invoice_number=request.invoice_number,
        idempotency_key=idempotency_key,
        metadata=request.metadata,
        terms=terms_of(request.terms),
        is_draft=request.draft,
    )


def amendment_of(request: AmendInvoiceRequest) -> Amendment:
    """Raises InvalidInputError where nothing is to change."""
    if not request.model_dump(exclude_none=True):
        raise InvalidInputError.of("body", "nothing_changes")
    return Amendment(
        customer=customer_of(request.customer) if request.customer else None,
        lines=lines_of(request.lines) if request.lines else None,
        due_date=request.due_date,
        terms=terms_of(request.terms) if request.terms else None,
        metadata=request.metadata,
    )
