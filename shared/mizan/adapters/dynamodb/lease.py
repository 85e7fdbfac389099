"""A lease with a fencing token: one worker at a time, and one that was given up on can no longer write."""

from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.errors import is_lost_race
from mizan.adapters.dynamodb.items import pack, unpack

LIFETIME = timedelta(minutes=2)
"""Short, and renewed while the work goes on: a worker that was killed is replaced after this, by the next run."""

IS_FREE = "attribute_not_exists(pk) OR ends_at < :now"
IS_MINE = "fence = :fence"
FREE_SINCE_EVER = "1970-01-01T00:00:00+00:00"


class DynamoLease:
    """Instants come from the caller's clock. The fence, not the time, is what protects the writes."""

    def __init__(self, client: Any, table: str, name: str) -> None:
        self._client, self._table, self._name = client, table, name

    def acquire(self, now: datetime) -> int | None:
        values = {":now": now.isoformat(), ":ends_at": (now + LIFETIME).isoformat(), ":one": 1}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(self._name),
                UpdateExpression="SET ends_at = :ends_at ADD fence :one",
                ConditionExpression=IS_FREE,
                ExpressionAttributeValues=pack(values),
                ReturnValues="UPDATED_NEW",
            )
        except ClientError as error:
            if is_lost_race(error):
                return None
            raise
        return int(unpack(answer["Attributes"])["fence"])

    def renew(self, fence: int, now: datetime) -> bool:
        return self._move_end(fence, (now + LIFETIME).isoformat())

    def release(self, fence: int) -> None:
        self._move_end(fence, FREE_SINCE_EVER)

    def _move_end(self, fence: int, ends_at: str) -> bool:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(self._name),
                UpdateExpression="SET ends_at = :ends_at",
                ConditionExpression=IS_MINE,
                ExpressionAttributeValues=pack({":ends_at": ends_at, ":fence": fence}),
            )
        except ClientError as error:
            if is_lost_race(error):
                return False
            raise
        return True


def holds_lease(table: str, name: str, fence: int) -> dict[str, Any]:
    """An `Update` for a transaction that fails when the lease has gone to somebody else."""
    return {
        "TableName": table,
        "Key": _key(name),
        "UpdateExpression": "SET used = :fence",
        "ConditionExpression": IS_MINE,
        "ExpressionAttributeValues": pack({":fence": fence}),
    }


def _key(name: str) -> dict[str, Any]:
    return pack({"pk": "LEASE", "sk": name})
