"""GET /v1/payments/{payment_id}/refunds and /v1/refunds/{refund_id}: where money that goes back stands."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.application.read_refunds import cash_code_of, list_refunds, show_refund
from mizan.entrypoints.http import caller_of, install, serve
from mizan.entrypoints.refund_schemas import RefundListModel, RefundModel, refund_model

SCOPE = "payments:read"
TAGS = ["Refunds"]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/payments/<payment_id>/refunds",
    tags=TAGS,
    summary="List a payment's refunds",
    response_description="Every refund, oldest first, without cash-out codes.",
)
def list_of_payment(payment_id: Annotated[str, Path(description="`pay_` and 24 digits.")]) -> RefundListModel:
    caller = caller_of(app, SCOPE)
    found = list_refunds(payment_id, caller=caller, payments=bootstrap.payments(), refunds=bootstrap.refunds())
    return RefundListModel(items=[refund_model(refund, bootstrap.public_url()) for refund in found])


@app.get(
    "/v1/refunds/<refund_id>",
    tags=TAGS,
    summary="Read a refund",
    description="A cash-out code is shown while it can be redeemed, to who may also ask for refunds (`refunds:write`): "
    "hand it to the person that it is bound to, and to nobody else.",
    response_description="The refund as it stands.",
)
def read(refund_id: Annotated[str, Path(description="`rfd_` and 24 digits.")]) -> RefundModel:
    caller = caller_of(app, SCOPE)
    refund = show_refund(refund_id, caller=caller, refunds=bootstrap.refunds())
    code = cash_code_of(refund, caller=caller, derivation=bootstrap.derivation(), clock=bootstrap.clock())
    return refund_model(refund, bootstrap.public_url(), cash_code=code)


lambda_handler = serve(app)
