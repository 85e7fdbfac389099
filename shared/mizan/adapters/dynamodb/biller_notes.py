"""What is kept beside the raw deliveries of billers: who holds a name, and how often an account missed in a minute."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.errors import is_condition_failure, old_item
from mizan.adapters.dynamodb.items import pack, unpack

IS_NEW = "attribute_not_exists(pk)"
MISSES_KEPT_FOR = timedelta(hours=1)
ADDS_ONE = "ADD misses :one SET #ttl = :ttl"


class DynamoNoticeClaims:
    """Implements `NoticeClaims`: `NTC#{account token}#{hash of the name}`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def take(self, account_token: str, name: str, holder: str) -> str:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:40]
        try:
            self._client.put_item(
                TableName=self._table,
                Item=pack({"pk": f"NTC#{account_token}#{digest}", "sk": "CLAIM", "holder": holder}),
                ConditionExpression=IS_NEW,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            existing = old_item(error) if is_condition_failure(error) else None
            if existing is None:
                raise
            return str(existing["holder"])
        return holder


class DynamoMissCounter:
    """Implements `MissCounter`: `BLM#{account token}` / minute, gone after an hour."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def count(self, account_token: str, minute: datetime) -> int:
        answer = self._client.get_item(TableName=self._table, Key=_key(account_token, minute))
        return int(unpack(answer["Item"])["misses"]) if "Item" in answer else 0

    def add(self, account_token: str, minute: datetime) -> None:
        self._client.update_item(
            TableName=self._table,
            Key=_key(account_token, minute),
            UpdateExpression=ADDS_ONE,
            ExpressionAttributeNames={"#ttl": "ttl"},
            ExpressionAttributeValues=pack({":one": 1, ":ttl": int((minute + MISSES_KEPT_FOR).timestamp())}),
        )


def _key(account_token: str, minute: datetime) -> dict[str, Any]:
    return pack({"pk": f"BLM#{account_token}", "sk": minute.isoformat()})
