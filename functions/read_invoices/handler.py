"""GET /v1/invoices, /v1/invoices/{reference} and …/transfer: find an agency's invoices, and read one."""

from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from mizan import bootstrap
from mizan.application.read_invoices import show_invoice
from mizan.application.show_transfer import transfer_instructions
from mizan.domain.invoices import InvoiceState
from mizan.entrypoints.fields import InvoiceNumber, IsoDate, PayerIdentifier, ServiceCode
from mizan.entrypoints.http import caller_of, install, owner_of, serve
from mizan.entrypoints.invoice_queries import query_of
from mizan.entrypoints.invoice_schemas import InvoiceListModel, InvoiceModel, invoice_model
from mizan.entrypoints.transfer_schemas import TransferInstructionsModel, transfer_model

SCOPE = "invoices:read"

app = APIGatewayRestResolver(enable_validation=True)
install(app)

Day = IsoDate | None


@app.get(
    "/v1/invoices",
    summary="Find invoices",
    description="By your own number, by payer, or by Bahrain days of creation; today's where nothing is said. Oldest "
    "first. A page may hold less than `limit`, even nothing, and still have a `cursor`: at most 500 invoices are "
    "looked at in one call. Days and payers are read from indexes: what is new may take a few seconds to appear.",
    response_description="One page.",
    tags=["Invoices"],
)
def find(
    *,
    created_on: Annotated[Day, Query(description="One Bahrain day of creation.")] = None,
    created_from: Annotated[Day, Query(description="The first Bahrain day of creation.")] = None,
    created_to: Annotated[Day, Query(description="The last one; today where left out.")] = None,
    invoice_number: Annotated[InvoiceNumber | None, Query(description="Your own number; nothing else with it.")] = None,
    payer: Annotated[PayerIdentifier | None, Query(description="`cpr:…`, `cr:…` or `passport:…`.")] = None,
    state: Annotated[InvoiceState | None, Query(description="Only invoices in this state.")] = None,
    service: Annotated[ServiceCode | None, Query(description="Only invoices of this service.")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Invoices per page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=500, description="From the page before.")] = None,
    agency: Annotated[str | None, Query(max_length=64, description="For platform roles: whose invoices.")] = None,
) -> InvoiceListModel:
    owner = owner_of(caller_of(app, SCOPE), agency)
    now = bootstrap.clock().now()
    days: dict[str, date | None] = {"created_on": created_on, "created_from": created_from, "created_to": created_to}
    filters = {"invoice_number": invoice_number, "payer": payer, "state": state, "service": service}
    page = bootstrap.invoice_search().find(query_of(owner, days, filters, limit=limit, cursor=cursor, now=now))
    public_url = bootstrap.public_url()
    items = [invoice_model(invoice, public_url, at=now) for invoice in page.invoices]
    return InvoiceListModel(items=items, cursor=page.cursor)


@app.get(
    "/v1/invoices/<reference>",
    summary="Read an invoice",
    description="One that was replaced says by which (`superseded_by`).",
    response_description="The invoice as it stands.",
    tags=["Invoices"],
)
def read(reference: Annotated[str, Path(description="The payment reference, 18 digits.")]) -> InvoiceModel:
    caller = caller_of(app, SCOPE)
    clock = bootstrap.clock()
    invoice = show_invoice(reference, caller=caller, invoices=bootstrap.invoices(), clock=clock)
    return invoice_model(invoice, bootstrap.public_url(), at=clock.now())


@app.get(
    "/v1/invoices/<reference>/transfer",
    summary="How to pay by bank transfer",
    description="The virtual account of this invoice and its creditor reference. Either leads the money here; a "
    "transfer is judged by when it was made.",
    response_description="Where to transfer to.",
    tags=["Invoices"],
)
def show_transfer(
    reference: Annotated[str, Path(description="The payment reference, 18 digits.")],
) -> TransferInstructionsModel:
    caller = caller_of(app, SCOPE)
    found = transfer_instructions(
        reference,
        caller=caller,
        invoices=bootstrap.invoices(),
        accounts=bootstrap.accounts(),
        clock=bootstrap.clock(),
    )
    return transfer_model(found)


lambda_handler = serve(app)
