"""How deliveries go, in DynamoDB: a cursor per object and endpoint, a log per endpoint, requests to send at once."""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.errors import is_condition_failure, old_item
from mizan.adapters.dynamodb.event_records import stamp
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.adapters.dynamodb.webhook_records import (
    DUE_SHARD_COUNT,
    cursor_item,
    cursor_key,
    cursor_of,
    delivery_item,
    delivery_of,
)
from mizan.application.ports import Clock
from mizan.application.ports_webhooks import DeliveryPage, SendResult, Sent
from mizan.domain.callbacks import CallbackKey
from mizan.domain.errors import BusyError, IdempotencyConflictError, InvalidInputError
from mizan.domain.events import EventStream
from mizan.domain.webhooks import Delivery, DeliveryCursor

IS_NEW = "attribute_not_exists(pk)"
IS_AS_SEEN = "version = :seen"
IS_LATER = "attribute_not_exists(pk) OR attempts <= :attempts"
IS_ABANDONED = "attribute_not_exists(pk) OR (attribute_not_exists(sent) AND began < :lost)"

IS_BEGUN = "attribute_exists(pk)"

REQUEST_KEPT_FOR = timedelta(days=30)
REQUEST_LOST_AFTER = timedelta(minutes=1)
"""A request whose carrier said nothing for this long is carried out again: twice rather than never."""

_POSITION = re.compile(r"[0-9T:.+-]{32}#[A-Za-z0-9_-]{1,160}")


class DynamoDeliveryLog:
    """Implements `DeliveryLog`. Cursors lie beside the events that they count."""

    def __init__(self, client: Any, table: str, clock: Clock) -> None:
        self._client, self._table, self._clock = client, table, clock

    def cursor(self, stream: EventStream, endpoint_id: str) -> DeliveryCursor:
        key = pack(cursor_key(stream, endpoint_id))
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return cursor_of(unpack(answer["Item"])) if "Item" in answer else DeliveryCursor()

    def move(self, stream: EventStream, endpoint_id: str, before: DeliveryCursor, after: DeliveryCursor) -> bool:
        item = cursor_item(stream, endpoint_id, after, self._clock.now())
        if before.version == 0:
            return self._put(item, ConditionExpression=IS_NEW)
        seen = pack({":seen": before.version})
        return self._put(item, ConditionExpression=IS_AS_SEEN, ExpressionAttributeValues=seen)

    def record(self, delivery: Delivery) -> None:
        counted = pack({":attempts": delivery.attempt_count})
        self._put(delivery_item(delivery), ConditionExpression=IS_LATER, ExpressionAttributeValues=counted)

    def page(self, endpoint_id: str, *, limit: int, cursor: str | None) -> DeliveryPage:
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": pack({":pk": f"DLV#{endpoint_id}"}),
            "ConsistentRead": True,
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if cursor is not None:
            query["ExclusiveStartKey"] = pack({"pk": f"DLV#{endpoint_id}", "sk": _position(cursor)})
        answer = self._client.query(**query)
        last = answer.get("LastEvaluatedKey")
        following = base64.urlsafe_b64encode(last["sk"]["S"].encode()).decode().rstrip("=") if last else None
        return DeliveryPage(tuple(delivery_of(unpack(item)) for item in answer["Items"]), following)

    def list_due(self, now: datetime, *, limit: int) -> Iterator[CallbackKey]:
        for shard in range(DUE_SHARD_COUNT):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName="gsi2",
                KeyConditionExpression="gsi2pk = :shard AND gsi2sk <= :now",
                ExpressionAttributeValues=pack({":shard": f"HOOK#{shard}", ":now": f"{stamp(now)}~"}),
                PaginationConfig={"MaxItems": limit},
            )
            for page in pages:
                yield from (CallbackKey(item["pk"]["S"], item["sk"]["S"]) for item in page["Items"])

    def _put(self, item: dict[str, Any], **condition: Any) -> bool:
        try:
            self._client.put_item(TableName=self._table, Item=pack(item), **condition)
        except ClientError as error:
            if is_condition_failure(error):
                return False
            raise
        return True


class DynamoSendRequests:
    """Implements `SendRequests`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def begin(self, agency: str, key: str, fingerprint: str, now: datetime) -> Sequence[Sent] | None:
        item = {
            **_request_key(agency, key),
            "fingerprint": fingerprint,
            "began": now.isoformat(timespec="microseconds"),
            "ttl": int((now + REQUEST_KEPT_FOR).timestamp()),
        }
        lost = (now - REQUEST_LOST_AFTER).isoformat(timespec="microseconds")
        try:
            self._client.put_item(
                TableName=self._table,
                Item=pack(item),
                ConditionExpression=IS_ABANDONED,
                ExpressionAttributeValues=pack({":lost": lost}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_condition_failure(error):
                raise
            return _earlier(old_item(error) or {}, fingerprint)
        return None

    def conclude(self, agency: str, key: str, sent: Sequence[Sent]) -> None:
        answers = [[one.endpoint_id, one.event_id, one.result.status, one.result.error] for one in sent]
        self._client.update_item(
            TableName=self._table,
            Key=pack(_request_key(agency, key)),
            UpdateExpression="SET sent = :sent",
            ConditionExpression=IS_BEGUN,
            ExpressionAttributeValues=pack({":sent": answers}),
        )


def _request_key(agency: str, key: str) -> dict[str, str]:
    return {"pk": f"IDM#{agency}#{hashlib.sha256(key.encode()).hexdigest()}", "sk": "SEND"}


def _earlier(item: dict[str, Any], fingerprint: str) -> list[Sent]:
    if item.get("fingerprint", fingerprint) != fingerprint:
        raise IdempotencyConflictError("the Idempotency-Key came before with another body")
    if "sent" not in item:
        raise BusyError("the same request is being carried out")
    return [Sent(endpoint, event, SendResult(status, error)) for endpoint, event, status, error in item["sent"]]


def _position(cursor: str) -> str:
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
    except (ValueError, UnicodeError):
        raise InvalidInputError.of("cursor", "bad_cursor") from None
    if _POSITION.fullmatch(text) is None:
        raise InvalidInputError.of("cursor", "bad_cursor")
    return text
