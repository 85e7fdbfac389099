"""GET /v1/operators and /v1/operators/{code}: who runs kiosks and agents, and what they have not banked."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.entrypoints.http import caller_of, install, serve
from mizan.entrypoints.operator_schemas import OperatorListModel, OperatorModel, operator_model

SCOPE = "operators:read"
TAGS = ["Operators"]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/operators",
    tags=TAGS,
    summary="List operators",
    description="Each with its exposure: what was notified and not banked, exact as of now.",
    response_description="Every operator, by code.",
)
def list_operators() -> OperatorListModel:
    views = bootstrap.operator_desk().list(caller=caller_of(app, SCOPE))
    return OperatorListModel(items=[operator_model(view) for view in views])


@app.get(
    "/v1/operators/<code>",
    tags=TAGS,
    summary="Read an operator",
    description="With its exposure by account and everything that was decided about it.",
    response_description="The operator.",
)
def read_operator(code: Annotated[str, Path(description="The operator's code.")]) -> OperatorModel:
    return operator_model(bootstrap.operator_desk().view(code, caller=caller_of(app, SCOPE)))


lambda_handler = serve(app)
