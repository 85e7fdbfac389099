"""POST /v1/suspense/{case_id}/…: one person proposes where money in suspense belongs, another confirms."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.domain.suspense import SuspenseCase
from mizan.entrypoints.http import install, person_of, require_no_body, serve
from mizan.entrypoints.observability import count
from mizan.entrypoints.suspense_schemas import (
    AllocateRequest,
    ReturnRequest,
    SuspenseCaseModel,
    beneficiary_of,
    case_model,
)

SCOPE = "suspense:write"
TAGS = ["Suspense"]

CaseId = Annotated[str, Path(description="`sus_` and 24 digits.")]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/suspense/<case_id>/allocate",
    tags=TAGS,
    summary="Propose an invoice",
    description="All of the money is for this invoice. It is judged by when it was paid: a part where the terms allow "
    "it; what is more than was due becomes an overpayment. Another person confirms. The same proposal of the same "
    "person again is the same answer.",
    response_description="The case, proposed.",
)
def allocate(case_id: CaseId, order: AllocateRequest) -> SuspenseCaseModel:
    caller = person_of(app, SCOPE)
    desk = bootstrap.suspense_decisions()
    return _told(
        desk.propose_allocation(case_id, order.reference, seen_left=order.seen_left, caller=caller), "allocate"
    )


@app.post(
    "/v1/suspense/<case_id>/return",
    tags=TAGS,
    summary="Propose to send it back",
    description="A refund to the account that the money came from, or to another one of its sender's. Another person "
    "approves it as any refund (`/v1/refunds/{refund_id}/approve`), and the case follows it.",
    response_description="The case, proposed; `proposal.target` is the refund.",
)
def give_back(case_id: CaseId, order: ReturnRequest) -> SuspenseCaseModel:
    caller = person_of(app, SCOPE)
    case = bootstrap.suspense_decisions().propose_return(
        case_id,
        seen_left=order.seen_left,
        beneficiary=beneficiary_of(order),
        reason=order.reason,
        caller=caller,
    )
    return _told(case, "return")


@app.post(
    "/v1/suspense/<case_id>/confirm",
    tags=TAGS,
    summary="Confirm an allocation",
    description="By another person than the one who proposed it, up to the amount that they may approve at once. The "
    "invoice is paid in the same moment. The same person's word again is the same answer.",
    response_description="The case, allocated.",
)
def confirm(case_id: CaseId) -> SuspenseCaseModel:
    caller = person_of(app, SCOPE)
    require_no_body(app)
    return _told(bootstrap.suspense_decisions().confirm(case_id, caller=caller), "confirm")


@app.post(
    "/v1/suspense/<case_id>/drop",
    tags=TAGS,
    summary="Drop a proposed allocation",
    description="By whoever finds it wrong; the case is open again.",
    response_description="The case, open.",
)
def drop(case_id: CaseId) -> SuspenseCaseModel:
    caller = person_of(app, SCOPE)
    require_no_body(app)
    return _told(bootstrap.suspense_decisions().drop(case_id, caller=caller), "drop")


def _told(case: SuspenseCase, decision: str) -> SuspenseCaseModel:
    count("SuspenseDecided", decision=decision)
    return case_model(case, bootstrap.clock().now())


lambda_handler = serve(app)
