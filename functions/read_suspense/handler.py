"""GET /v1/suspense and /v1/suspense/{case_id}: captured money that fits no invoice, and what it may be for."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from mizan import bootstrap
from mizan.domain.suspense import SuspenseState
from mizan.entrypoints.http import caller_of, install, serve
from mizan.entrypoints.suspense_schemas import (
    SuspenseDetailModel,
    SuspenseListModel,
    case_model,
    detail_model,
)

SCOPE = "reports:read"
TAGS = ["Suspense"]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/suspense",
    tags=TAGS,
    summary="List money in suspense",
    description="Cases in one state, the oldest first, so that what waits longest is seen first.",
    response_description="One page.",
)
def find(
    state: Annotated[SuspenseState, Query(description="Which cases.")] = SuspenseState.OPEN,
    limit: Annotated[int, Query(ge=1, le=100, description="Cases per page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=200, description="From the page before.")] = None,
) -> SuspenseListModel:
    caller = caller_of(app, SCOPE)
    page = bootstrap.suspense_reader().page(state, caller=caller, limit=limit, cursor=cursor)
    now = bootstrap.clock().now()
    return SuspenseListModel(items=[case_model(case, now) for case in page.cases], cursor=page.cursor)


@app.get(
    "/v1/suspense/<case_id>",
    tags=TAGS,
    summary="Read a suspense case",
    description="With suggestions while it is open: invoices whose references are one mistake away from what was "
    "written, and what payers who were paid for from the same account owe. A person decides; nothing is matched.",
    response_description="The case as it stands.",
)
def read(case_id: Annotated[str, Path(description="`sus_` and 24 digits.")]) -> SuspenseDetailModel:
    caller = caller_of(app, SCOPE)
    view = bootstrap.suspense_reader().show(case_id, caller=caller)
    return detail_model(view, bootstrap.clock().now())


lambda_handler = serve(app)
