"""GET /v1/services/{code}/channels: which ways to pay are open now for this amount, by what the payer has."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from mizan import bootstrap
from mizan.domain.journeys import PayerProfile
from mizan.entrypoints.fields import QueryAmount
from mizan.entrypoints.http import caller_of, install, serve
from mizan.entrypoints.way_schemas import WaysModel, ways_model

SCOPE = "services:read"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/services/<code>/channels",
    summary="Ways to pay",
    description="For each kind of payer what is open now, with limits, fees and steps, and what of theirs is closed "
    "and why. Ways that need no bank's card come first. Without `amount` neither limits nor fees are judged.",
    response_description="The ways, by profile.",
    tags=["Services"],
)
def offer(
    code: Annotated[str, Path(description="The service's code.")],
    amount: Annotated[QueryAmount | None, Query(description="What is to be paid, in fils.")] = None,
    profile: Annotated[PayerProfile | None, Query(description="One kind of payer; all when left out.")] = None,
) -> WaysModel:
    caller_of(app, SCOPE)
    return ways_model(bootstrap.ways_to_pay().of_service(code, amount=amount, profile=profile))


lambda_handler = serve(app)
