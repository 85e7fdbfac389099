"""POST /v1/invoices/{reference}/quote: what to pay now and until when that holds, stored."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.entrypoints.fields import OptionalIdempotencyKey
from mizan.entrypoints.http import caller_of, created, install, serve
from mizan.entrypoints.invoice_schemas import fingerprint
from mizan.entrypoints.quote_schemas import QuoteModel, QuoteRequest, quote_model

SCOPE = "payments:write"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/invoices/<reference>/quote",
    status_code=201,
    summary="Ask what to pay",
    description="With nothing: all that is due; with `plan`: its next instalment; with `amount`: that part, where the "
    "terms allow it. Kept, and money that arrives is judged by it. Asked again while nothing changed: the same quote.",
    response_description="The quote.",
    tags=["Invoices"],
)
def quote(
    reference: Annotated[str, Path(description="The payment reference, 18 digits.")],
    request: QuoteRequest,
    idempotency_key: OptionalIdempotencyKey = None,
) -> Response[QuoteModel]:
    caller = caller_of(app, SCOPE)
    quote_id, found = bootstrap.quote_invoice()(
        reference,
        caller=caller,
        plan=request.plan,
        amount=request.amount,
        idempotency_key=idempotency_key,
        fingerprint=fingerprint(request),
    )
    return created(quote_model(quote_id, found))


lambda_handler = serve(app)
