"""From a request body to the command of the use case: one way for the API and for files, so that both mean the same."""

from mizan.application.create_invoice import CreateInvoice
from mizan.entrypoints.invoice_schemas import CreateInvoiceRequest, customer_of, fingerprint, lines_of


def command_of(
    request: CreateInvoiceRequest, *, agency: str, correlation_id: str, idempotency_key: str | None = None
) -> CreateInvoice:
    return CreateInvoice(
        agency=agency,
        service=request.service,
        customer=customer_of(request),
        lines=lines_of(request),
        due_date=request.due_date,
        currency=request.currency,
        fingerprint=fingerprint(request),
        correlation_id=correlation_id,
        invoice_number=request.invoice_number,
        idempotency_key=idempotency_key,
        metadata=request.metadata,
    )
