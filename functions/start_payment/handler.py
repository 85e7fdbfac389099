"""POST /v1/invoices/{reference}/payments and /v1/baskets/{reference}/payments: start an attempt, once per key."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.application.pay_by_voucher import PayByVoucher
from mizan.application.start_payment import StartPayment
from mizan.domain.accounts import Caller
from mizan.domain.errors import InvalidInputError, MizanError
from mizan.domain.payments import PaymentMethod
from mizan.entrypoints.fields import RequiredIdempotencyKey
from mizan.entrypoints.http import caller_of, correlation_id, created, install, serve
from mizan.entrypoints.observability import count
from mizan.entrypoints.payment_schemas import PaymentModel, StartPaymentRequest, change_model, payer_of, payment_model

SCOPE = "payments:write"
REPEATS = (
    "Send the payer's browser to `redirect_url`. The same key is the same attempt, as it stands by then; a new try "
    "needs a new key. `unknown` means that the gateway may have it: the platform finds out."
)

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/invoices/<reference>/payments",
    status_code=201,
    summary="Start a payment",
    description=f"All that is due, the next instalment of `plan`, a part of `amount` fils, or what `quote_id` says. "
    f"{REPEATS}",
    response_description="The attempt.",
    tags=["Payments"],
)
def start(
    reference: Annotated[str, Path(description="The payment reference, 18 digits: an invoice's or a basket's.")],
    request: StartPaymentRequest,
    idempotency_key: RequiredIdempotencyKey,
) -> Response[PaymentModel]:
    return _started(reference, request, idempotency_key)


@app.post(
    "/v1/baskets/<reference>/payments",
    status_code=201,
    summary="Start a payment of a basket",
    description=f"All of it at once. {REPEATS}",
    response_description="The attempt.",
    tags=["Payments"],
)
def start_basket(
    reference: Annotated[str, Path(description="The basket's payment reference, 18 digits.")],
    request: StartPaymentRequest,
    idempotency_key: RequiredIdempotencyKey,
) -> Response[PaymentModel]:
    return _started(reference, request, idempotency_key)


def _started(reference: str, request: StartPaymentRequest, idempotency_key: str) -> Response[PaymentModel]:
    caller = caller_of(app, SCOPE)
    if PaymentMethod(request.method) is PaymentMethod.VOUCHER:
        return _paid_by_voucher(reference, request, idempotency_key, caller)
    if request.voucher_code is not None:
        raise InvalidInputError.of("voucher_code", "voucher_alone")
    command = StartPayment(
        reference,
        PaymentMethod(request.method),
        idempotency_key,
        correlation_id(app),
        plan=request.plan,
        amount=request.amount,
        quote_id=request.quote_id,
        payer=payer_of(request.payer),
    )
    payment, is_new = bootstrap.start_payment()(command, caller=caller)
    if is_new:
        count("PaymentStarted", state=str(payment.state))
    return created(payment_model(payment, caller), is_new=is_new)


def _paid_by_voucher(
    reference: str, request: StartPaymentRequest, idempotency_key: str, caller: Caller
) -> Response[PaymentModel]:
    if request.voucher_code is None:
        raise InvalidInputError.of("voucher_code", "missing")
    if request.plan is not None or request.quote_id is not None:
        raise InvalidInputError.of("method", "voucher_pays_what_is_due")
    command = PayByVoucher(
        reference,
        request.voucher_code,
        idempotency_key,
        correlation_id(app),
        amount=request.amount,
        payer=payer_of(request.payer),
    )
    try:
        paid = bootstrap.voucher_payments().pay(command, caller=caller)
    except MizanError as error:
        count("VoucherRefused", reason=error.slug)  # many of them are somebody who tries codes out
        raise
    if paid.is_new:
        count("PaymentStarted", state=str(paid.payment.state))
    model = payment_model(paid.payment, caller).model_copy(update={"voucher_change": change_model(paid)})
    return created(model, is_new=paid.is_new)


lambda_handler = serve(app)
