"""POST /v1/payments/{payment_id}/refunds and /v1/refunds/{refund_id}/withdraw: ask for money back, or no longer."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.domain.refunds import RefundEvent
from mizan.entrypoints.fields import RequiredIdempotencyKey
from mizan.entrypoints.http import caller_of, correlation_id, created, install, serve
from mizan.entrypoints.observability import count
from mizan.entrypoints.refund_schemas import CreateRefundRequest, RefundModel, refund_command, refund_model

SCOPE = "refunds:write"
TAGS = ["Refunds"]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/payments/<payment_id>/refunds",
    status_code=201,
    tags=TAGS,
    summary="Ask for a refund",
    description="Its amount is promised at once. It is sent once the payment is confirmed and the refund approved: by "
    "rule where it is small, else by another person. The same key and body is the same refund, as it stands by then.",
    response_description="The refund.",
)
def request(
    payment_id: Annotated[str, Path(description="`pay_` and 24 digits.")],
    order: CreateRefundRequest,
    idempotency_key: RequiredIdempotencyKey,
) -> Response[RefundModel]:
    caller = caller_of(app, SCOPE)
    command = refund_command(payment_id, order, idempotency_key=idempotency_key, correlation_id=correlation_id(app))
    refund, is_new = bootstrap.refund_requests().request(command, caller=caller)
    if is_new:
        count("RefundRequested", state=str(refund.state), destination=str(refund.destination))
    return created(refund_model(refund, bootstrap.public_url()), is_new=is_new)


@app.post(
    "/v1/refunds/<refund_id>/withdraw",
    tags=TAGS,
    summary="Take a request back",
    description="By whoever made it, before it is decided. Its amount is free again. Twice is the same answer.",
    response_description="The withdrawn refund.",
)
def withdraw(refund_id: Annotated[str, Path(description="`rfd_` and 24 digits.")]) -> RefundModel:
    caller = caller_of(app, SCOPE)
    refund = bootstrap.refund_decisions().decide(refund_id, RefundEvent.WITHDRAW, caller=caller)
    count("RefundWithdrawn")
    return refund_model(refund, bootstrap.public_url())


lambda_handler = serve(app)
