"""Sent at once, on request: a test ping to an endpoint, or an event once more; the answer says what receivers said."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path

from mizan import bootstrap
from mizan.application.manage_webhook_endpoints import SCOPE
from mizan.application.send_webhook import REPLAY_SCOPE
from mizan.entrypoints.event_schemas import ReplayRequest, SentListModel, SentModel, sent_list_model, sent_model
from mizan.entrypoints.fields import OptionalIdempotencyKey
from mizan.entrypoints.http import caller_of, created, install, serve

TAGS = ["Webhooks"]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/webhook-endpoints/<endpoint_id>/test",
    status_code=201,
    tags=TAGS,
    summary="Send a test ping",
    description="Sends `test.ping` at once, signed as everything else, and says what the receiver answered. Also to a "
    "disabled endpoint.",
    response_description="The receiver's answer.",
)
def ping(
    endpoint_id: Annotated[str, Path(max_length=64)], idempotency_key: OptionalIdempotencyKey = None
) -> Response[SentModel]:
    caller = caller_of(app, SCOPE)
    sent, is_new = bootstrap.webhook_post().ping(endpoint_id, idempotency_key, caller=caller)
    return created(sent_model(sent), is_new=is_new)


@app.post(
    "/v1/events/<event_id>/replay",
    status_code=201,
    tags=TAGS,
    summary="Send an event once more",
    description="To one endpoint, or to every enabled one that wants such events; tried once, at once. The object's "
    "other deliveries go on as they are: tell repeats by `webhook-id`. Operators need `events:replay`.",
    response_description="Each receiver's answer.",
)
def replay(
    event_id: Annotated[str, Path(max_length=160)],
    request: Annotated[ReplayRequest | None, Body()] = None,
    idempotency_key: OptionalIdempotencyKey = None,
) -> Response[SentListModel]:
    caller = caller_of(app, SCOPE, REPLAY_SCOPE)
    endpoint_id = request.endpoint_id if request else None
    sent, is_new = bootstrap.webhook_post().replay(event_id, endpoint_id, idempotency_key, caller=caller)
    return created(sent_list_model(sent), is_new=is_new)


lambda_handler = serve(app)
