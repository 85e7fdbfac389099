"""POST /v1/operators/{code}/suspend, …/resume and …/deposits: what the treasury's people do about operators."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.domain.operators import OperatorEvent
from mizan.entrypoints.http import correlation_id, created, install, person_of, require_no_body, serve
from mizan.entrypoints.observability import count
from mizan.entrypoints.operator_schemas import (
    DepositRequest,
    OperatorModel,
    SuspendOperatorRequest,
    deposit_command,
    operator_model,
)

SCOPE = "operators:write"
TAGS = ["Operators"]

Code = Annotated[str, Path(description="The operator's code.")]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/operators/<code>/suspend",
    tags=TAGS,
    summary="Suspend an operator",
    description="It is shown no bills from its next question on. What it tells of is booked all the same.",
    response_description="The operator.",
)
def suspend(code: Code, request: SuspendOperatorRequest) -> OperatorModel:
    caller = person_of(app, SCOPE)
    view = bootstrap.operator_desk().decide(code, OperatorEvent.SUSPEND, caller=caller, reason=request.reason)
    count("OperatorSuspended")
    return operator_model(view)


@app.post(
    "/v1/operators/<code>/resume",
    tags=TAGS,
    summary="Resume an operator",
    description="It is shown bills again, up to its cap.",
    response_description="The operator.",
)
def resume(code: Code) -> OperatorModel:
    caller = person_of(app, SCOPE)
    require_no_body(app)
    return operator_model(bootstrap.operator_desk().decide(code, OperatorEvent.RESUME, caller=caller))


@app.post(
    "/v1/operators/<code>/deposits",
    status_code=201,
    tags=TAGS,
    summary="Record a deposit",
    description="Cash that the operator brought to the treasury's bank: its exposure falls by as much. The bank's "
    "reference makes a repeat the same deposit; with other money it is refused.",
    response_description="The operator after it.",
)
def record_deposit(code: Code, request: DepositRequest) -> Response[OperatorModel]:
    caller = person_of(app, SCOPE)
    command = deposit_command(code, request, correlation_id=correlation_id(app))
    view, is_new = bootstrap.operator_desk().bank(command, caller=caller)
    if is_new:
        count("DepositBanked")
    return created(operator_model(view), is_new=is_new)


lambda_handler = serve(app)
