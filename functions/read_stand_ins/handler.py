"""GET /v1/stand-ins: how often services were given while nothing could be paid, and what became of the money."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Query

from mizan import bootstrap
from mizan.application.read_stand_ins import read_stand_ins
from mizan.entrypoints.fields import IsoDate
from mizan.entrypoints.http import caller_of, install, serve
from mizan.entrypoints.stand_in_schemas import StandInListModel, figures_model

SCOPE = "reports:read"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/stand-ins",
    summary="Services given while nothing could be paid",
    description="Of the Bahrain days from `from` to `to`, at most 366: how many were served so, how many of them were "
    "paid later, and what is still owed. An agency sees its own, finance and the programme all.",
    response_description="The figures, and the first of what they count.",
    tags=["Reports"],
)
def read(
    first: Annotated[IsoDate, Query(alias="from", description="The first day.")],
    last: Annotated[IsoDate, Query(alias="to", description="The last day.")],
    limit: Annotated[int, Query(ge=0, le=500, description="How many to list.")] = 100,
) -> StandInListModel:
    figures = read_stand_ins(
        first,
        last,
        caller=caller_of(app, SCOPE),
        limit=limit,
        stand_ins=bootstrap.stand_in_list(),
        invoices=bootstrap.invoices(),
        services=bootstrap.services(),
        clock=bootstrap.clock(),
    )
    return figures_model(figures, first, last)


lambda_handler = serve(app)
