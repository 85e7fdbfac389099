"""GET /v1/services/{code}/phase-check: may the counter take this payment this way, and what is open instead?"""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from mizan import bootstrap
from mizan.application.check_phase import check_service_phase
from mizan.entrypoints.fields import IsoDate
from mizan.entrypoints.http import caller_of, install, serve
from mizan.entrypoints.service_schemas import KnownChannel, PhaseCheckModel, phase_check_model

SCOPE = "services:read"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/services/<code>/phase-check",
    summary="May a channel be used?",
    description="Allowed or not, since when and why, with every channel that is open: at least one needs no card.",
    response_description="The answer for that day.",
    tags=["Services"],
)
def check(
    code: Annotated[str, Path(description="The service's code.")],
    channel: Annotated[KnownChannel, Query(description="How the payer wants to pay.")],
    on: Annotated[IsoDate | None, Query(description="A business date in Bahrain; today when left out.")] = None,
) -> PhaseCheckModel:
    caller_of(app, SCOPE)
    decision = check_service_phase(code, channel, on, services=bootstrap.services(), clock=bootstrap.clock())
    return phase_check_model(decision)


lambda_handler = serve(app)
