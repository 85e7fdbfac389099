"""The same events for who prefers to ask: an agency's feed, one event, and the log of an endpoint's deliveries."""

from mizan.application.manage_webhook_endpoints import agency_of, show_webhook_endpoint
from mizan.application.ports import Clock
from mizan.application.ports_events import EventFeed, EventLog, FeedPage
from mizan.application.ports_webhooks import DeliveryLog, DeliveryPage, WebhookEndpointRepository
from mizan.application.publish_events import FEED_LAG
from mizan.domain.accounts import Caller
from mizan.domain.errors import InvalidInputError, NotFoundError
from mizan.domain.events import EVENT_FILTERS, Event, matches, parse_event_id

READ_SCOPE = "events:read"


def list_events(
    *, caller: Caller, feed: EventFeed, clock: Clock, after: str | None, event_type: str | None, limit: int
) -> FeedPage:
    """The next events of the caller's agency, in the order of their publication, each at least once.

    Only what is a few seconds old (FEED_LAG) is shown, so that a cursor never passes an event that is still being
    written. Of a type alone a page may hold fewer than `limit`, or none, and the feed go on (`has_more`).

    Raises InvalidInputError (cursor, type), ForbiddenError where no agency is behind the key.
    """
    agency = agency_of(caller)
    if event_type is not None and event_type not in EVENT_FILTERS:
        raise InvalidInputError.of("type", "unknown_event")
    page = feed.page(agency, after=after, until=clock.now() - FEED_LAG, limit=limit)
    if event_type is None:
        return page
    found = tuple(entry for entry in page.entries if matches((event_type,), entry.type))
    return FeedPage(found, page.cursor, page.has_more)


def show_event(event_id: str, *, caller: Caller, events: EventLog) -> Event:
    """Raises NotFoundError for what was never published, or is another agency's."""
    parsed = parse_event_id(event_id)
    event = events.get(*parsed) if parsed and caller.may_see(parsed[0].agency) else None
    if event is None:
        raise NotFoundError("event")
    return event


def list_deliveries(
    endpoint_id: str,
    *,
    caller: Caller,
    endpoints: WebhookEndpointRepository,
    deliveries: DeliveryLog,
    limit: int,
    cursor: str | None,
) -> DeliveryPage:
    """How each event went to an endpoint, newest first. Raises NotFoundError, InvalidInputError on a bad cursor."""
    show_webhook_endpoint(endpoint_id, caller=caller, endpoints=endpoints)
    return deliveries.page(endpoint_id, limit=limit, cursor=cursor)
