"""An agency's webhook endpoints: register (the secret is shown once), list, read, change, rotate, remove."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.application.manage_webhook_endpoints import (
    SCOPE,
    AddWebhookEndpoint,
    ChangeWebhookEndpoint,
    list_webhook_endpoints,
    remove_webhook_endpoint,
    rotate_webhook_secret,
    show_webhook_endpoint,
)
from mizan.entrypoints.event_schemas import (
    WebhookEndpointChangeRequest,
    WebhookEndpointListModel,
    WebhookEndpointModel,
    WebhookEndpointRequest,
    WebhookEndpointSecretModel,
    endpoint_model,
    secret_model,
)
from mizan.entrypoints.fields import OptionalIdempotencyKey
from mizan.entrypoints.http import caller_of, created, install, serve

TAGS = ["Webhooks"]
EndpointId = Annotated[str, Path(max_length=64)]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


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
) -> Response[WebhookEndpointSecretModel]:
    caller = caller_of(app, SCOPE)
    command = AddWebhookEndpoint(endpoint.url, tuple(endpoint.events), idempotency_key)
    added, is_new = bootstrap.add_webhook_endpoint()(command, caller=caller)
    return created(secret_model(added), is_new=is_new)


@app.get(
    "/v1/webhook-endpoints",
    tags=TAGS,
    summary="List your endpoints",
    response_description="Every endpoint, oldest first, without its secret.",
)
def list_all() -> WebhookEndpointListModel:
    found = list_webhook_endpoints(caller=caller_of(app, SCOPE), endpoints=bootstrap.webhook_endpoints())
    return WebhookEndpointListModel(items=[endpoint_model(endpoint) for endpoint in found])


@app.get(
    "/v1/webhook-endpoints/<endpoint_id>",
    tags=TAGS,
    summary="Read an endpoint",
    response_description="The endpoint, without its secret.",
)
def read(endpoint_id: EndpointId) -> WebhookEndpointModel:
    caller = caller_of(app, SCOPE)
    return endpoint_model(show_webhook_endpoint(endpoint_id, caller=caller, endpoints=bootstrap.webhook_endpoints()))


@app.patch(
    "/v1/webhook-endpoints/<endpoint_id>",
    tags=TAGS,
    summary="Change an endpoint",
    description="Its address, what it hears, or whether it hears anything. What is waiting goes to the new address. "
    "An endpoint that is enabled again hears what happens from then on.",
    response_description="The endpoint as it is now.",
)
def change(endpoint_id: EndpointId, changes: WebhookEndpointChangeRequest) -> WebhookEndpointModel:
    caller = caller_of(app, SCOPE)
    events = None if changes.events is None else tuple(changes.events)
    command = ChangeWebhookEndpoint(changes.url, events, changes.enabled)
    return endpoint_model(bootstrap.change_webhook_endpoint()(endpoint_id, command, caller=caller))


@app.post(
    "/v1/webhook-endpoints/<endpoint_id>/rotate-secret",
    status_code=201,
    tags=TAGS,
    summary="Rotate an endpoint's secret",
    description="The old secret signs beside the new one for 24 hours: each delivery carries both signatures.",
    response_description="The endpoint with its new secret.",
)
def rotate(
    endpoint_id: EndpointId, idempotency_key: OptionalIdempotencyKey = None
) -> Response[WebhookEndpointSecretModel]:
    rotated, is_new = rotate_webhook_secret(
        endpoint_id,
        idempotency_key,
        caller=caller_of(app, SCOPE),
        endpoints=bootstrap.webhook_endpoints(),
        clock=bootstrap.clock(),
    )
    return created(secret_model(rotated), is_new=is_new)


@app.delete(
    "/v1/webhook-endpoints/<endpoint_id>",
    status_code=204,
    tags=TAGS,
    summary="Remove an endpoint",
    description="Nothing more is sent there, retries included. Its Idempotency-Key does not bring it back.",
    responses={204: {"description": "Removed.", "content": {}}},
)
def remove(endpoint_id: EndpointId) -> Response[str]:
    remove_webhook_endpoint(
        endpoint_id,
        caller=caller_of(app, SCOPE),
        endpoints=bootstrap.webhook_endpoints(),
        clock=bootstrap.clock(),
    )
    return Response(status_code=HTTPStatus.NO_CONTENT, body="")


lambda_handler = serve(app)
