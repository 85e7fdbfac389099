"""POST /v1/disputes/{dispute_id}/win and …/lose: what the payer's bank decided, recorded by the treasury's people."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.domain.disputes import Dispute, DisputeEvent
from mizan.entrypoints.dispute_schemas import DisputeModel, dispute_model
from mizan.entrypoints.http import install, person_of, serve
from mizan.entrypoints.observability import count

SCOPE = "disputes:write"
TAGS = ["Disputes"]

DisputeId = Annotated[str, Path(description="`dsp_` and 24 digits.")]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/disputes/<dispute_id>/win",
    tags=TAGS,
    summary="Record that the dispute was won",
    description="By the treasury's people. The held money is free again. Twice is the same answer.",
    response_description="The dispute.",
)
def win(dispute_id: DisputeId) -> DisputeModel:
    return dispute_model(_decide(dispute_id, DisputeEvent.WIN))


@app.post(
    "/v1/disputes/<dispute_id>/lose",
    tags=TAGS,
    summary="Record that the dispute was lost",
    description="By the treasury's people. The money leaves the gateway's account, and the invoice is owed again.",
    response_description="The dispute.",
)
def lose(dispute_id: DisputeId) -> DisputeModel:
    return dispute_model(_decide(dispute_id, DisputeEvent.LOSE))


def _decide(dispute_id: str, event: DisputeEvent) -> Dispute:
    caller = person_of(app, SCOPE)
    dispute = bootstrap.dispute_decisions().decide(dispute_id, event, caller=caller)
    count("DisputeDecided", decision=str(event))
    return dispute


lambda_handler = serve(app)
