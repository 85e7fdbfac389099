"""POST /v1/invoices/{reference}/payments: start an attempt at a gateway, once per Idempotency-Key."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.application.start_payment import StartPayment
from mizan.domain.payments import PaymentMethod
from mizan.entrypoints.fields import RequiredIdempotencyKey
from mizan.entrypoints.http import caller_of, correlation_id, created, install, serve
from mizan.entrypoints.observability import count
from mizan.entrypoints.payment_schemas import PaymentModel, StartPaymentRequest, payment_model

SCOPE = "payments:write"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/invoices/<reference>/payments",
    status_code=201,
    summary="Start a payment",
    description="Send the payer's browser to `redirect_url`. The same key is the same attempt, as it stands by then; "
    "a new try needs a new key. `unknown` means that the gateway may have it: the platform finds out.",
    response_description="The attempt.",
    tags=["Payments"],
)
def start(
    reference: Annotated[str, Path(description="The payment reference, 18 digits.")],
    request: StartPaymentRequest,
    idempotency_key: RequiredIdempotencyKey,
) -> Response[PaymentModel]:
    caller = caller_of(app, SCOPE)
    command = StartPayment(reference, PaymentMethod(request.method), idempotency_key, correlation_id(app))
    payment, is_new = bootstrap.start_payment()(command, caller=caller)
    if is_new:
        count("PaymentStarted", state=str(payment.state))
    return created(payment_model(payment), is_new=is_new)


lambda_handler = serve(app)
