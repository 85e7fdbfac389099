"""POST /v1/invoices/{reference}/supersede: correct a wrong bill that was printed already, by another in its place."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path

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
    "/v1/invoices/<reference>/supersede",
    status_code=201,
    summary="Replace an invoice by a correct one",
    description="While nothing is paid. The body is a whole new invoice, with a number of its own; the old reference "
    "leads payers to the new one. The same number or key with the same body is the same answer, marked "
    "`Idempotent-Replayed: true`; with another body it is 409.",
    response_description="The new invoice as it was created.",
    tags=["Invoices"],
)
def supersede(
    reference: Annotated[str, Path(description="The payment reference of the wrong one, 18 digits.")],
    request: CreateInvoiceRequest,
    idempotency_key: OptionalIdempotencyKey = None,
) -> Response[InvoiceModel]:
    caller = caller_of(app, SCOPE)
    if caller.agency == "*":
        raise ForbiddenError(SCOPE)  # invoices are an agency's; a platform role has none
    command = command_of(
        request, agency=caller.agency, correlation_id=correlation_id(app), idempotency_key=idempotency_key
    )
    invoice, is_new = bootstrap.supersede_invoice()(reference, command, caller=caller)
    count("InvoiceSuperseded" if is_new else "InvoiceReplayed")
    return created(invoice_model(invoice, bootstrap.public_url(), at=invoice.created_at), is_new=is_new)


lambda_handler = serve(app)
