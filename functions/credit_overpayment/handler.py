"""POST /v1/payments/{payment_id}/credits: pay an invoice with what was paid twice."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.entrypoints.credit_schemas import CreateCreditRequest, credit_command
from mizan.entrypoints.fields import RequiredIdempotencyKey
from mizan.entrypoints.http import caller_of, created, install, serve
from mizan.entrypoints.observability import count
from mizan.entrypoints.payment_schemas import PaymentModel, payment_model

SCOPE = "refunds:write"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/payments/<payment_id>/credits",
    status_code=201,
    tags=["Refunds"],
    summary="Credit an overpayment",
    description="To an invoice of the same agency, which is paid by it, or paid in part, at once. The same key and "
    "body is one credit.",
    response_description="The payment that was overpaid, as it stands.",
)
def credit(
    payment_id: Annotated[str, Path(description="`pay_` and 24 digits.")],
    request: CreateCreditRequest,
    idempotency_key: RequiredIdempotencyKey,
) -> Response[PaymentModel]:
    caller = caller_of(app, SCOPE)
    command = credit_command(payment_id, request, idempotency_key=idempotency_key)
    payment, is_new = bootstrap.overpayments().credit(command, caller=caller)
    if is_new:
        count("OverpaymentCredited")
    return created(payment_model(payment, caller), is_new=is_new)


lambda_handler = serve(app)
