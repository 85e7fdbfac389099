"""GET /v1/payments?reference= and /v1/payments/{payment_id}: the attempts on an invoice, and one of them."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from mizan import bootstrap
from mizan.application.read_payments import list_payments, read_payment
from mizan.entrypoints.http import caller_of, install, serve
from mizan.entrypoints.payment_schemas import PaymentListModel, PaymentModel, payment_model

SCOPE = "payments:read"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/payments",
    summary="List the attempts on an invoice or a basket",
    response_description="Every attempt, oldest first.",
    tags=["Payments"],
)
def list_of_invoice(
    reference: Annotated[str, Query(max_length=18, description="The invoice's payment reference, 18 digits.")],
) -> PaymentListModel:
    caller = caller_of(app, SCOPE)
    found = list_payments(
        reference,
        caller=caller,
        invoices=bootstrap.invoices(),
        baskets=bootstrap.baskets(),
        payments=bootstrap.payments(),
    )
    return PaymentListModel(items=[payment_model(payment, caller) for payment in found])


@app.get(
    "/v1/payments/<payment_id>",
    summary="Read an attempt",
    response_description="The attempt as it stands.",
    tags=["Payments"],
)
def read(payment_id: Annotated[str, Path(description="`pay_` and 24 digits.")]) -> PaymentModel:
    caller = caller_of(app, SCOPE)
    return payment_model(read_payment(payment_id, caller=caller, payments=bootstrap.payments()), caller)


lambda_handler = serve(app)
