"""High-water marks of sweeps: one small item each, moved by compare-and-set."""

from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.errors import is_condition_failure
from mizan.adapters.dynamodb.items import pack


class DynamoHighWaterMarks:
    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def read(self, name: str) -> datetime | None:
        answer = self._client.get_item(TableName=self._table, Key=_key(name), ConsistentRead=True)
        return datetime.fromisoformat(answer["Item"]["mark"]["S"]) if "Item" in answer else None

    def advance(self, name: str, seen: datetime | None, mark: datetime) -> bool:
        is_first = "attribute_not_exists(pk)"
        is_as_seen = "mark = :seen"
        condition = {"ConditionExpression": is_first}
        if seen is not None:
            condition = {
                "ConditionExpression": is_as_seen,
                "ExpressionAttributeValues": pack({":seen": seen.isoformat()}),  # type: ignore[dict-item]  # boto3 takes it
            }
        try:
            self._client.put_item(
                TableName=self._table, Item=_key(name) | pack({"mark": mark.isoformat()}), **condition
            )
        except ClientError as error:
            if is_condition_failure(error):
                return False
            raise
        return True


def _key(name: str) -> dict[str, Any]:
    return pack({"pk": f"SWEEP#{name}", "sk": "HEAD"})
