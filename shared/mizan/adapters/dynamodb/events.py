"""Published events in DynamoDB: by object for delivery, and by agency and day for polling."""

import base64
import re
from datetime import date, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.errors import is_condition_failure
from mizan.adapters.dynamodb.event_records import (
    FEED_KEPT_FOR,
    FEED_SHARD_COUNT,
    event_item,
    event_of,
    feed_item,
    feed_partition,
    stamp,
    stream_partition,
)
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.application.ports_events import FeedEntry, FeedPage
from mizan.domain.errors import InvalidInputError
from mizan.domain.events import Event, EventStream

IS_NEW = "attribute_not_exists(pk)"
IN_RANGE = "pk = :pk AND sk BETWEEN :first AND :last"
LAST_SEQUENCE = "999999"

_POSITION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{15}\+00:00#[A-Za-z0-9_-]{0,160}")
CURSOR_LENGTH_MAX = 400


class DynamoEventLog:
    """Implements `EventLog`. Cursors of endpoints lie in the same partition, under keys that are no digits."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def last(self, stream: EventStream) -> Event | None:
        answer = self._client.query(**self._between(stream, 0), ScanIndexForward=False, Limit=1)
        return event_of(unpack(answer["Items"][0])) if answer["Items"] else None

    def put(self, event: Event) -> bool:
        try:
            self._client.put_item(TableName=self._table, Item=pack(event_item(event)), ConditionExpression=IS_NEW)
        except ClientError as error:
            if is_condition_failure(error):
                return False
            raise
        return True

    def get(self, stream: EventStream, sequence: int) -> Event | None:
        key = pack({"pk": stream_partition(stream), "sk": f"{sequence:06d}"})
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return event_of(unpack(answer["Item"])) if "Item" in answer else None

    def after(self, stream: EventStream, sequence: int) -> list[Event]:
        pages = self._client.get_paginator("query").paginate(**self._between(stream, sequence + 1))
        return [event_of(unpack(item)) for page in pages for item in page["Items"]]

    def _between(self, stream: EventStream, first: int) -> dict[str, Any]:
        values = {":pk": stream_partition(stream), ":first": f"{first:06d}", ":last": LAST_SEQUENCE}
        return {
            "TableName": self._table,
            "KeyConditionExpression": IN_RANGE,
            "ExpressionAttributeValues": pack(values),
            "ConsistentRead": True,
        }


class DynamoEventFeed:
    """Implements `EventFeed`. A day has a few partitions, merged by the instant of publication."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def append(self, event: Event) -> None:
        try:
            self._client.put_item(TableName=self._table, Item=pack(feed_item(event)), ConditionExpression=IS_NEW)
        except ClientError as error:  # the same entry is there: written by us, its answer lost, or by another publisher
            if not is_condition_failure(error):
                raise

    def page(self, agency: str, *, after: str | None, until: datetime, limit: int) -> FeedPage:
        position = _position(after) if after is not None else f"{stamp(until - FEED_KEPT_FOR)}#"
        if position >= f"{stamp(until)}#~":
            return FeedPage((), _cursor(position), has_more=False)  # a cursor of a clock ahead of this one
        rows = self._rows(agency, position, until, limit + 1)
        shown, has_more = rows[:limit], len(rows) > limit
        reached = shown[-1][0] if has_more else max(position, f"{stamp(until)}#")
        return FeedPage(tuple(_entry(sk, item) for sk, item in shown), _cursor(reached), has_more)

    def _rows(self, agency: str, position: str, until: datetime, limit: int) -> list[tuple[str, dict[str, Any]]]:
        """Day by day, from the one that the position lies in."""
        rows: list[tuple[str, dict[str, Any]]] = []
        day = datetime.fromisoformat(position.partition("#")[0]).date()
        while day <= until.date() and len(rows) < limit:
            rows += self._day_rows(agency, day, (position, f"{stamp(until)}#~"), limit - len(rows))
            day += timedelta(days=1)
        return rows

    def _day_rows(
        self, agency: str, day: date, bounds: tuple[str, str], limit: int
    ) -> list[tuple[str, dict[str, Any]]]:
        """The first rows behind the position, over all shards of the day, in order."""
        position, end = bounds
        found: list[tuple[str, dict[str, Any]]] = []
        for shard in range(FEED_SHARD_COUNT):
            values = {":pk": feed_partition(agency, day, shard), ":first": f"{position}!", ":last": end}
            found += self._shard_rows(values, limit)
        return sorted(found, key=lambda row: row[0])[:limit]

    def _shard_rows(self, values: dict[str, str], limit: int) -> list[tuple[str, dict[str, Any]]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression=IN_RANGE,
            ExpressionAttributeValues=pack(values),
            ConsistentRead=True,
            PaginationConfig={"MaxItems": limit},
        )
        items = [unpack(item) for page in pages for item in page["Items"]]
        return [(item["sk"], item) for item in items]


def _entry(sk: str, item: dict[str, Any]) -> FeedEntry:
    return FeedEntry(sk.partition("#")[2], item["type"], item["body"], _cursor(sk))


def _cursor(position: str) -> str:
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def _position(cursor: str) -> str:
    """The place in the feed that a cursor names. Raises InvalidInputError on one that is none of ours."""
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
        datetime.fromisoformat(text.partition("#")[0])
    except (ValueError, UnicodeError):
        raise InvalidInputError.of("after", "bad_cursor") from None
    if len(cursor) > CURSOR_LENGTH_MAX or _POSITION.fullmatch(text) is None:
        raise InvalidInputError.of("after", "bad_cursor")
    return text
