"""GET /v1/invoices/{reference}/status and /v1/invoices/status?invoice_number=: is this paid?"""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from mizan import bootstrap
from mizan.entrypoints.fields import InvoiceNumber
from mizan.entrypoints.http import caller_of, install, owner_of, serve
from mizan.entrypoints.status_schemas import InvoiceStatusModel, status_model

SCOPE = "invoices:read"
TAGS = ["Invoices"]
ANSWER = "Where it stands, what is due and what was paid last."

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/invoices/status",
    summary="Is it paid? By your own number",
    description="Strongly consistent: what was just raised or paid is seen.",
    response_description=ANSWER,
    tags=TAGS,
)
def check_number(
    invoice_number: Annotated[InvoiceNumber, Query(description="Your own number.")],
    agency: Annotated[str | None, Query(max_length=64, description="For platform roles: whose number.")] = None,
) -> InvoiceStatusModel:
    owner = owner_of(caller_of(app, SCOPE), agency)
    return status_model(bootstrap.invoice_check().by_number(owner, invoice_number))


@app.get(
    "/v1/invoices/<reference>/status",
    summary="Is it paid? By the payment reference",
    description="Strongly consistent: what was just paid is seen.",
    response_description=ANSWER,
    tags=TAGS,
)
def check_reference(
    reference: Annotated[str, Path(description="The payment reference, 18 digits.")],
) -> InvoiceStatusModel:
    caller = caller_of(app, SCOPE)
    return status_model(bootstrap.invoice_check().by_reference(reference, caller=caller))


lambda_handler = serve(app)
