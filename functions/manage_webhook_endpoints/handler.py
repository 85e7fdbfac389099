"""An agency's webhook endpoints: register (the secret is shown once), list, remove."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import BaseModel, ConfigDict, Field

from mizan import bootstrap
from mizan.application.manage_webhook_endpoints import (
    SCOPE,
    AddWebhookEndpoint,
    list_webhook_endpoints,
    remove_webhook_endpoint,
)
from mizan.domain.webhooks import EVENT_TYPES, WebhookEndpoint
from mizan.entrypoints.fields import OptionalIdempotencyKey
from mizan.entrypoints.http import caller_of, created, install, serve

TAGS = ["Webhooks"]
SIGNING = "Signs what is sent there (Standard Webhooks); shown in this answer only."

app = APIGatewayRestResolver(enable_validation=True)
install(app)


class WebhookEndpointRequest(BaseModel):
    """Where events go. `url`: https, a public host."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    url: str = Field(min_length=1, max_length=512, examples=["https://agency.example/mizan"])
    events: list[str] = Field(default=list(EVENT_TYPES), max_length=20, examples=[list(EVENT_TYPES)])


class WebhookEndpointModel(BaseModel):
    endpoint_id: str
    url: str
    events: list[str]
    created_at: datetime


class WebhookEndpointCreatedModel(WebhookEndpointModel):
    secret: str = Field(description=SIGNING)


class WebhookEndpointListModel(BaseModel):
    items: list[WebhookEndpointModel]


@app.post(
    "/v1/webhook-endpoints",
    status_code=201,
    tags=TAGS,
    summary="Register an endpoint",
    description="The same Idempotency-Key and body is the same endpoint and the same answer, marked "
    "`Idempotent-Replayed: true`; with another body it is 409. Deliveries are signed by the Standard Webhooks scheme.",
    response_description="The endpoint with its signing secret.",
)
def register(
    endpoint: WebhookEndpointRequest, idempotency_key: OptionalIdempotencyKey = None
) -> Response[WebhookEndpointCreatedModel]:
    caller = caller_of(app, SCOPE)
    command = AddWebhookEndpoint(endpoint.url, tuple(endpoint.events), idempotency_key)
    added, is_new = bootstrap.add_webhook_endpoint()(command, caller=caller)
    answer = WebhookEndpointCreatedModel(**_listed(added).model_dump(), secret=added.secret)
    return created(answer, is_new=is_new)


@app.get(
    "/v1/webhook-endpoints",
    tags=TAGS,
    summary="List your endpoints",
    response_description="Every endpoint, oldest first, without its secret.",
)
def list_all() -> WebhookEndpointListModel:
    found = list_webhook_endpoints(caller=caller_of(app, SCOPE), endpoints=bootstrap.webhook_endpoints())
    return WebhookEndpointListModel(items=[_listed(endpoint) for endpoint in found])


@app.delete(
    "/v1/webhook-endpoints/<endpoint_id>",
    status_code=204,
    tags=TAGS,
    summary="Remove an endpoint",
    description="Nothing more is sent there, retries included. Its Idempotency-Key does not bring it back.",
    responses={204: {"description": "Removed.", "content": {}}},
)
def remove(endpoint_id: Annotated[str, Path(max_length=64)]) -> Response[str]:
    remove_webhook_endpoint(
        endpoint_id,
        caller=caller_of(app, SCOPE),
        endpoints=bootstrap.webhook_endpoints(),
        clock=bootstrap.clock(),
    )
    return Response(status_code=HTTPStatus.NO_CONTENT, body="")


def _listed(endpoint: WebhookEndpoint) -> WebhookEndpointModel:
    return WebhookEndpointModel(
        endpoint_id=endpoint.endpoint_id,
        url=endpoint.url,
        events=list(endpoint.events),
        created_at=endpoint.created_at,
    )


lambda_handler = serve(app)
