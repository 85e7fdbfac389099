"""GET /v1/health/rails: how each merchant account is doing, and how it came to be."""

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from mizan import bootstrap
from mizan.application.read_rails import read_rails
from mizan.entrypoints.http import caller_of, install, serve
from mizan.entrypoints.rail_schemas import RailListModel, rail_model

SCOPE = "reports:read"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/health/rails",
    summary="The health of rails",
    description="Every active merchant account: whether it is up, since when, how its calls ended lately, and every "
    "change of its state. An agency sees its own accounts, finance and operators all.",
    response_description="The accounts, by agency, method and rank.",
    tags=["Reports"],
)
def read() -> RailListModel:
    reports = read_rails(
        caller=caller_of(app, SCOPE),
        accounts=bootstrap.accounts(),
        records=bootstrap.rail_records(),
        policy=bootstrap.rail_policy(),
        clock=bootstrap.clock(),
    )
    return RailListModel(items=[rail_model(report) for report in reports])


lambda_handler = serve(app)
