"""GET /v1/baskets/{reference}: a basket and where each of its invoices stands."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.application.create_basket import show_basket
from mizan.entrypoints.http import caller_of, install, serve
from mizan.entrypoints.quote_schemas import BasketModel, basket_model

SCOPE = "payments:read"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/baskets/<reference>",
    summary="Read a basket",
    description="Whoever knows its reference may; nothing personal is in it.",
    response_description="The basket with the state of each invoice.",
    tags=["Payments"],
)
def read(reference: Annotated[str, Path(description="The basket's payment reference, 18 digits.")]) -> BasketModel:
    caller_of(app, SCOPE)
    standing = show_basket(
        reference, baskets=bootstrap.baskets(), invoices=bootstrap.invoices(), clock=bootstrap.clock()
    )
    return basket_model(standing, bootstrap.public_url())


lambda_handler = serve(app)
