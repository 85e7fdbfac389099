"""POST /v1/baskets: put several invoices together, to be paid at once."""

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from mizan import bootstrap
from mizan.application.create_basket import CreateBasket
from mizan.entrypoints.fields import RequiredIdempotencyKey
from mizan.entrypoints.http import caller_of, correlation_id, created, install, serve
from mizan.entrypoints.observability import count
from mizan.entrypoints.quote_schemas import BasketModel, CreateBasketRequest, new_basket_model

SCOPE = "payments:write"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/baskets",
    status_code=201,
    summary="Put invoices into a basket",
    description="2 to 20 invoices, of several agencies if need be: whoever knows a reference may pay it. The basket "
    "has a reference of its own, and is paid as a whole. The same key and references: the same basket; others: 409.",
    response_description="The basket as it was created.",
    tags=["Payments"],
)
def create(request: CreateBasketRequest, idempotency_key: RequiredIdempotencyKey) -> Response[BasketModel]:
    caller = caller_of(app, SCOPE)
    command = CreateBasket(tuple(request.references), idempotency_key, correlation_id(app))
    basket, is_new = bootstrap.create_basket()(command, caller=caller)
    if is_new:
        count("BasketCreated")
    return created(new_basket_model(basket, bootstrap.public_url()), is_new=is_new)


lambda_handler = serve(app)
