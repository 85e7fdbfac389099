"""Raw deliveries in DynamoDB, by the minute that they came in, kept as they came; a TTL clears them by rule."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from mizan.adapters.dynamodb.items import pack, unpack
from mizan.domain.callbacks import CALLBACK_SHARD_COUNT, CallbackKey, RawCallback

KEPT_FOR = timedelta(days=400)
"""Longer than any card dispute window; after it DynamoDB removes the delivery."""


class DynamoCallbackLog:
    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def record(self, callback: RawCallback) -> CallbackKey:
        key = CallbackKey(
            f"CB#{callback.minute}#{callback.shard}", f"{callback.received_at.isoformat()}#{callback.digest[:16]}"
        )
        self._client.put_item(TableName=self._table, Item=pack(_item(key, callback)))
        return key

    def get(self, key: CallbackKey) -> RawCallback | None:
        answer = self._client.get_item(
            TableName=self._table, Key=pack({"pk": key.pk, "sk": key.sk}), ConsistentRead=True
        )
        return _callback_of(unpack(answer["Item"])) if "Item" in answer else None

    def keys_of_minute(self, minute: datetime) -> Iterator[CallbackKey]:
        for shard in range(CALLBACK_SHARD_COUNT):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues=pack({":pk": f"CB#{minute:%Y%m%d%H%M}#{shard}"}),
                ProjectionExpression="pk, sk",
                ConsistentRead=True,
            )
            for page in pages:
                yield from (CallbackKey(item["pk"]["S"], item["sk"]["S"]) for item in page["Items"])

    def quarantine(self, key: CallbackKey, callback: RawCallback, reason: str) -> None:
        aside = CallbackKey(f"QRN#{callback.received_at:%Y%m%d}", key.sk)
        self._client.put_item(TableName=self._table, Item=pack(_item(aside, callback) | {"reason": reason}))


def _item(key: CallbackKey, callback: RawCallback) -> dict[str, Any]:
    return {
        "pk": key.pk,
        "sk": key.sk,
        "gateway": callback.gateway,
        "token": callback.account_token,
        "channel": callback.channel,
        "body": callback.body,
        "content_type": callback.content_type,
        "received": callback.received_at.isoformat(),
        "correlation": callback.correlation_id,
        "truncated": callback.is_truncated or None,
        "headers": dict(callback.headers) or None,
        "ttl": int((callback.received_at + KEPT_FOR).timestamp()),
    }


def _callback_of(item: dict[str, Any]) -> RawCallback:
    return RawCallback(
        gateway=item["gateway"],
        account_token=item["token"],
        channel=item["channel"],
        body=item["body"],
        content_type=item["content_type"],
        received_at=datetime.fromisoformat(item["received"]),
        correlation_id=item["correlation"],
        is_truncated=item.get("truncated", False),
        headers=item.get("headers", {}),
    )
