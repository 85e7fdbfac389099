"""What webhooks tell, for who prefers to ask: an agency's events, one event, and how deliveries to an endpoint went."""

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from mizan import bootstrap
from mizan.application.manage_webhook_endpoints import SCOPE
from mizan.application.read_events import READ_SCOPE, list_deliveries, list_events, show_event
from mizan.entrypoints.event_schemas import (
    DeliveryListModel,
    EventListModel,
    EventModel,
    delivery_list_model,
    event_list_model,
    event_model,
)
from mizan.entrypoints.http import caller_of, install, serve

TAGS = ["Webhooks"]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/events",
    tags=TAGS,
    summary="Poll your events",
    description="The same events as webhooks carry, in the order of publication, a few seconds later, kept 30 days. "
    "Continue with `cursor`; it never passes an event. One may come twice: its `id` tells. `webhooks:write` may read "
    "them too.",
    response_description="One page.",
)
def poll(
    after: Annotated[str | None, Query(max_length=500, description="`cursor` of the page before.")] = None,
    type_: Annotated[
        str | None, Query(alias="type", max_length=64, description="One type, or `payment.*` for a kind.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Events per page.")] = 50,
) -> EventListModel:
    caller = caller_of(app, READ_SCOPE, SCOPE)
    feed, clock = bootstrap.event_feed(), bootstrap.clock()
    return event_list_model(
        list_events(caller=caller, feed=feed, clock=clock, after=after, event_type=type_, limit=limit)
    )


@app.get(
    "/v1/events/<event_id>",
    tags=TAGS,
    summary="Read an event",
    response_description="The event as it was published.",
)
def read(event_id: Annotated[str, Path(max_length=160)]) -> EventModel:
    caller = caller_of(app, READ_SCOPE, SCOPE)
    return event_model(show_event(event_id, caller=caller, events=bootstrap.event_log()).body)


@app.get(
    "/v1/webhook-endpoints/<endpoint_id>/deliveries",
    tags=TAGS,
    summary="See how deliveries went",
    description="One line per event, replay and test; kept 30 days after the last attempt.",
    response_description="One page, newest first.",
)
def log(
    endpoint_id: Annotated[str, Path(max_length=64)],
    limit: Annotated[int, Query(ge=1, le=100, description="Lines per page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=500, description="From the page before.")] = None,
) -> DeliveryListModel:
    page = list_deliveries(
        endpoint_id,
        caller=caller_of(app, READ_SCOPE, SCOPE),
        endpoints=bootstrap.webhook_endpoints(),
        deliveries=bootstrap.delivery_log(),
        limit=limit,
        cursor=cursor,
    )
    return delivery_list_model(page)


lambda_handler = serve(app)
