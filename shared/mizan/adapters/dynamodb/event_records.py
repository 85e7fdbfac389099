"""Events as items, and back: `EVO#{object}#{agency}` / sequence, and `EVF#{agency}#{day}#{shard}` in the feed."""

import zlib
from datetime import date, datetime, timedelta
from typing import Any

from mizan.adapters.dynamodb.history_records import EPOCH, MICROSECOND
from mizan.domain.events import Event, EventStream

EVENT_KEPT_FOR = timedelta(days=400)
FEED_KEPT_FOR = timedelta(days=30)
FEED_SHARD_COUNT = 4


def stream_partition(stream: EventStream) -> str:
    return f"EVO#{stream.object_id}#{stream.agency}"


def feed_partition(agency: str, day: date, shard: int) -> str:
    """`day` is UTC's."""
    return f"EVF#{agency}#{day:%Y-%m-%d}#{shard}"


def feed_shard(stream: EventStream) -> int:
    """By object: a bulk load spreads, one object's events stay together."""
    return zlib.crc32(stream.object_id.encode()) % FEED_SHARD_COUNT


def stamp(instant: datetime) -> str:
    """Sorts as text; always with microseconds."""
    return instant.isoformat(timespec="microseconds")


def event_item(event: Event) -> dict[str, Any]:
    """Instants as microseconds since 1970: most events stay under 1 KB, one write unit."""
    return {
        "pk": stream_partition(event.stream),
        "sk": f"{event.sequence:06d}",
        "type": event.type,
        "occurred": (event.occurred_at - EPOCH) // MICROSECOND,
        "published": (event.published_at - EPOCH) // MICROSECOND,
        "correlation": event.correlation_id,
        "body": event.body,
        "ttl": int((event.published_at + EVENT_KEPT_FOR).timestamp()),
    }


def event_of(item: dict[str, Any]) -> Event:
    _, object_id, agency = item["pk"].split("#")
    return Event(
        stream=EventStream(object_id, agency),
        sequence=int(item["sk"]),
        type=item["type"],
        occurred_at=EPOCH + item["occurred"] * MICROSECOND,
        published_at=EPOCH + item["published"] * MICROSECOND,
        correlation_id=item["correlation"],
        body=item["body"],
    )


def feed_item(event: Event) -> dict[str, Any]:
    return {
        "pk": feed_partition(event.stream.agency, event.published_at.date(), feed_shard(event.stream)),
        "sk": f"{stamp(event.published_at)}#{event.event_id}",
        "type": event.type,
        "body": event.body,
        "ttl": int((event.published_at + FEED_KEPT_FOR).timestamp()),
    }
