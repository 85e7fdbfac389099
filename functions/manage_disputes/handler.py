"""Disputes: record a bank's notice, answer it, or accept it."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.domain.disputes import DisputeEvent
from mizan.entrypoints.dispute_schemas import (
    CreateDisputeRequest,
    DisputeModel,
    EvidenceRequest,
    dispute_command,
    dispute_model,
)
from mizan.entrypoints.http import caller_of, correlation_id, created, install, serve
from mizan.entrypoints.observability import count

SCOPE = "disputes:write"
TAGS = ["Disputes"]

DisputeId = Annotated[str, Path(description="`dsp_` and 24 digits.")]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/payments/<payment_id>/disputes",
    status_code=201,
    tags=TAGS,
    summary="Record a bank's dispute",
    description="The disputed money is held: it is not refunded as well. The same case and body is the same dispute.",
    response_description="The dispute.",
)
def record(
    payment_id: Annotated[str, Path(description="`pay_` and 24 digits.")], notice: CreateDisputeRequest
) -> Response[DisputeModel]:
    caller = caller_of(app, SCOPE)
    command = dispute_command(payment_id, notice, correlation_id=correlation_id(app))
    dispute, is_new = bootstrap.dispute_notices().open(command, caller=caller)
    if is_new:
        count("DisputeNotified")
    return created(dispute_model(dispute), is_new=is_new)


@app.post(
    "/v1/disputes/<dispute_id>/evidence",
    tags=TAGS,
    summary="Add evidence",
    description="A note is kept once, however often it is sent.",
    response_description="The dispute.",
)
def add_evidence(dispute_id: DisputeId, evidence: EvidenceRequest) -> DisputeModel:
    caller = caller_of(app, SCOPE)
    return dispute_model(bootstrap.dispute_answers().add_evidence(dispute_id, evidence.note, caller=caller))


@app.post(
    "/v1/disputes/<dispute_id>/represent",
    tags=TAGS,
    summary="Stand by the charge",
    description="With evidence; the bank then decides. Twice is the same answer.",
    response_description="The dispute.",
)
def represent(dispute_id: DisputeId) -> DisputeModel:
    return dispute_model(bootstrap.dispute_answers().represent(dispute_id, caller=caller_of(app, SCOPE)))


@app.post(
    "/v1/disputes/<dispute_id>/accept",
    tags=TAGS,
    summary="Accept a dispute",
    description="It is lost: the money goes back to the payer's bank and the invoice is owed again.",
    response_description="The dispute.",
)
def accept(dispute_id: DisputeId) -> DisputeModel:
    caller = caller_of(app, SCOPE)
    dispute = bootstrap.dispute_decisions().decide(dispute_id, DisputeEvent.ACCEPT, caller=caller)
    count("DisputeDecided", decision="accept")
    return dispute_model(dispute)


lambda_handler = serve(app)
