"""POST /v1/invoices/{reference}/stand-ins: give the service now, while every way to pay is down."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.entrypoints.fields import RequiredIdempotencyKey
from mizan.entrypoints.http import caller_of, created, install, serve
from mizan.entrypoints.observability import count
from mizan.entrypoints.stand_in_schemas import StandInModel, StandInRequest, stand_in_model

SCOPE = "invoices:write"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/invoices/<reference>/stand-ins",
    status_code=201,
    tags=["Invoices"],
    summary="Serve while nothing can be paid",
    description="Only while every way to pay that the service offers is down; else 409 `route-open` with what is "
    "open. Kept on the invoice with who and why. For 24 hours the invoice does not fall due, cost more, lose its "
    "discount or expire; it can be paid at any time. Once per invoice.",
    response_description="What was taken down.",
)
def stand_in(
    reference: Annotated[str, Path(description="The payment reference, 18 digits.")],
    request: StandInRequest,
    idempotency_key: RequiredIdempotencyKey,
) -> Response[StandInModel]:
    caller = caller_of(app, SCOPE)
    found, is_new = bootstrap.stand_ins().serve_unpaid(
        reference, request.reason, caller=caller, idempotency_key=idempotency_key
    )
    if is_new:
        count("ServedUnpaid")
    return created(stand_in_model(found), is_new=is_new)


lambda_handler = serve(app)
