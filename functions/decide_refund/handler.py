"""POST /v1/refunds/{refund_id}/approve and …/reject: the second person's word."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.domain.refunds import Refund, RefundEvent
from mizan.entrypoints.http import install, person_of, serve
from mizan.entrypoints.observability import count
from mizan.entrypoints.refund_schemas import RefundModel, refund_model

SCOPE = "refunds:approve"
TAGS = ["Refunds"]

RefundId = Annotated[str, Path(description="`rfd_` and 24 digits.")]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/refunds/<refund_id>/approve",
    tags=TAGS,
    summary="Approve a refund",
    description="By another person than the one who asked, up to the amount that they may approve at once. It is sent "
    "next. The same person's approval again is the same answer.",
    response_description="The approved refund.",
)
def approve(refund_id: RefundId) -> RefundModel:
    return refund_model(_decide(refund_id, RefundEvent.APPROVE), bootstrap.public_url())


@app.post(
    "/v1/refunds/<refund_id>/reject",
    tags=TAGS,
    summary="Reject a refund",
    description="By another person than the one who asked. Its amount can be asked for again.",
    response_description="The rejected refund.",
)
def reject(refund_id: RefundId) -> RefundModel:
    return refund_model(_decide(refund_id, RefundEvent.REJECT), bootstrap.public_url())


def _decide(refund_id: str, event: RefundEvent) -> Refund:
    caller = person_of(app, SCOPE)
    refund = bootstrap.refund_decisions().decide(refund_id, event, caller=caller)
    count("RefundDecided", decision=str(event))
    return refund


lambda_handler = serve(app)
