"""POST /v1/invoices/{reference}/cancel: withdraw a demand that nobody has paid."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.domain.invoices import InvoiceEvent
from mizan.entrypoints.http import caller_of, install, serve
from mizan.entrypoints.invoice_schemas import InvoiceModel, invoice_model
from mizan.entrypoints.observability import count

SCOPE = "invoices:write"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/invoices/<reference>/cancel",
    summary="Cancel an invoice",
    description="Cancelling twice is the same answer. Money that still arrives for it goes to suspense.",
    response_description="The cancelled invoice.",
    tags=["Invoices"],
)
def cancel(reference: Annotated[str, Path(description="The payment reference, 18 digits.")]) -> InvoiceModel:
    caller = caller_of(app, SCOPE)
    invoice = bootstrap.change_invoice()(reference, InvoiceEvent.CANCEL, caller=caller)
    count("InvoiceCancelled")
    return invoice_model(invoice, bootstrap.public_url())


lambda_handler = serve(app)
