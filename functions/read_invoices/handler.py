"""GET /v1/invoices and /v1/invoices/{reference}: an agency's day, and one invoice."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from mizan import bootstrap
from mizan.application.read_invoices import list_invoices, show_invoice
from mizan.domain.calendar import business_date
from mizan.entrypoints.fields import IsoDate
from mizan.entrypoints.http import caller_of, install, owner_of, serve
from mizan.entrypoints.invoice_schemas import InvoiceListModel, InvoiceModel, invoice_model

SCOPE = "invoices:read"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/invoices",
    summary="List a day's invoices",
    description="What the agency created on one day in Bahrain, oldest first. A new one may take a second to appear.",
    response_description="One page.",
    tags=["Invoices"],
)
def list_day(
    created_on: Annotated[
        IsoDate | None, Query(description="The Bahrain day of creation; today where left out.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Invoices per page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=500, description="From the page before.")] = None,
    agency: Annotated[str | None, Query(max_length=64, description="For platform roles: whose invoices.")] = None,
) -> InvoiceListModel:
    owner = owner_of(caller_of(app, SCOPE), agency)
    clock = bootstrap.clock()
    day = created_on or business_date(clock.now())
    page = list_invoices(owner, created_on=day, limit=limit, cursor=cursor, invoices=bootstrap.invoices(), clock=clock)
    public_url = bootstrap.public_url()
    return InvoiceListModel(items=[invoice_model(invoice, public_url) for invoice in page.invoices], cursor=page.cursor)


@app.get(
    "/v1/invoices/<reference>",
    summary="Read an invoice",
    response_description="The invoice as it stands.",
    tags=["Invoices"],
)
def read(reference: Annotated[str, Path(description="The payment reference, 18 digits.")]) -> InvoiceModel:
    caller = caller_of(app, SCOPE)
    invoice = show_invoice(reference, caller=caller, invoices=bootstrap.invoices(), clock=bootstrap.clock())
    return invoice_model(invoice, bootstrap.public_url())


lambda_handler = serve(app)
