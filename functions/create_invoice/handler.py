"""POST /v1/invoices: raise an invoice, once however often it is asked."""

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from mizan import bootstrap
from mizan.domain.errors import ForbiddenError
from mizan.entrypoints.fields import OptionalIdempotencyKey
from mizan.entrypoints.http import caller_of, correlation_id, created, install, serve
from mizan.entrypoints.invoice_commands import command_of
from mizan.entrypoints.invoice_schemas import CreateInvoiceRequest, InvoiceModel, invoice_model
from mizan.entrypoints.observability import count

SCOPE = "invoices:write"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/invoices",
    status_code=201,
    summary="Raise an invoice",
    description="The same number or key with the same body is the same invoice and the same answer, marked "
    "`Idempotent-Replayed: true`; with another body it is 409.",
    response_description="The invoice as it was created.",
    tags=["Invoices"],
)
def raise_invoice(
    request: CreateInvoiceRequest, idempotency_key: OptionalIdempotencyKey = None
) -> Response[InvoiceModel]:
    caller = caller_of(app, SCOPE)
    if caller.agency == "*":
        raise ForbiddenError(SCOPE)  # invoices are an agency's; a platform role has none
    invoice, is_new = bootstrap.create_invoice()(
        command_of(
            request,
            agency=caller.agency,
            correlation_id=correlation_id(app),
            idempotency_key=idempotency_key,
        )
    )
    count("InvoiceCreated" if is_new else "InvoiceReplayed")
    return created(invoice_model(invoice, bootstrap.public_url(), at=invoice.created_at), is_new=is_new)


lambda_handler = serve(app)
