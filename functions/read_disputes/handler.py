"""GET /v1/payments/{payment_id}/disputes and /v1/disputes/{dispute_id}: what a payer's bank takes back, or tries to."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.application.read_disputes import list_disputes, show_dispute
from mizan.entrypoints.dispute_schemas import DisputeListModel, DisputeModel, dispute_model
from mizan.entrypoints.http import caller_of, install, serve

SCOPE = "payments:read"
TAGS = ["Disputes"]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/payments/<payment_id>/disputes",
    tags=TAGS,
    summary="List a payment's disputes",
    response_description="Every dispute, oldest first.",
)
def list_of_payment(payment_id: Annotated[str, Path(description="`pay_` and 24 digits.")]) -> DisputeListModel:
    caller = caller_of(app, SCOPE)
    found = list_disputes(payment_id, caller=caller, payments=bootstrap.payments(), disputes=bootstrap.disputes())
    return DisputeListModel(items=[dispute_model(dispute) for dispute in found])


@app.get(
    "/v1/disputes/<dispute_id>",
    tags=TAGS,
    summary="Read a dispute",
    response_description="The dispute as it stands.",
)
def read(dispute_id: Annotated[str, Path(description="`dsp_` and 24 digits.")]) -> DisputeModel:
    caller = caller_of(app, SCOPE)
    return dispute_model(show_dispute(dispute_id, caller=caller, disputes=bootstrap.disputes()))


lambda_handler = serve(app)
