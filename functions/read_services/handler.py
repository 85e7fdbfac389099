"""GET /v1/services and /v1/services/{code}: what people can pay for, and where each service stands today."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.application.read_services import list_services, read_service
from mizan.entrypoints.http import caller_of, install, serve
from mizan.entrypoints.service_schemas import ServiceListModel, ServiceModel, service_model, service_summary_model

SCOPE = "services:read"

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/services",
    summary="List the services",
    description="Every government service, whichever agency asks: the catalogue is public to key holders.",
    response_description="Every service, by code.",
    tags=["Services"],
)
def list_all() -> ServiceListModel:
    caller_of(app, SCOPE)
    found = list_services(services=bootstrap.services(), clock=bootstrap.clock())
    return ServiceListModel(items=[service_summary_model(standing) for standing in found])


@app.get(
    "/v1/services/<code>",
    summary="Read a service",
    response_description="The service with the channels that are open today.",
    tags=["Services"],
)
def read(code: Annotated[str, Path(description="The service's code.")]) -> ServiceModel:
    caller_of(app, SCOPE)
    return service_model(read_service(code, services=bootstrap.services(), clock=bootstrap.clock()))


lambda_handler = serve(app)
