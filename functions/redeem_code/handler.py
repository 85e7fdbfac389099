"""POST /v1/cash-outs/redeem: an operator hands a refund out in cash, once, to the person it is bound to."""

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from mizan import bootstrap
from mizan.application.redeem_code import RedeemCode
from mizan.domain.errors import MizanError
from mizan.entrypoints.fields import RequiredIdempotencyKey
from mizan.entrypoints.http import caller_of, created, install, serve
from mizan.entrypoints.observability import count
from mizan.entrypoints.refund_schemas import CashOutModel, RedeemCodeRequest, cash_out_model

SCOPE = "cashouts:redeem"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/cash-outs/redeem",
    status_code=201,
    tags=["Refunds"],
    summary="Redeem a cash-out code",
    description="Check the payer's document first; hand the cash out after this answer, and only after it. No such "
    "code and another person's code are the same answer. The same key and body is the same cash-out.",
    response_description="What to hand out.",
)
def redeem(request: RedeemCodeRequest, idempotency_key: RequiredIdempotencyKey) -> Response[CashOutModel]:
    caller = caller_of(app, SCOPE)
    command = RedeemCode(request.code, request.identifier, idempotency_key)
    try:
        refund, is_new = bootstrap.cash_outs().redeem(command, caller=caller)
    except MizanError as error:
        count("CashOutRefused", reason=error.slug)  # many of them are somebody who tries codes out
        raise
    if is_new:
        count("CashOutRedeemed")
    return created(cash_out_model(refund), is_new=is_new)


lambda_handler = serve(app)
