"""Invoice batches in DynamoDB: one item each, its own lease: progress and the proof of the lease are one write.

`BAT#{batch_id}` / `HEAD`, listed per agency by instant of creation in `gsi1`. The lease is `fence` and `lease_ends`: a
worker that was given up on finds another fence and writes nothing more.
"""

import base64
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.errors import is_condition_failure, is_lost_race, old_item
from mizan.adapters.dynamodb.invoice_batch_records import batch_item, batch_of, head_key, progress
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.domain.errors import BusyError, InvalidInputError
from mizan.domain.invoice_batches import Batch

LEASE_LIFETIME = timedelta(minutes=2)
"""Renewed by every write of progress; shorter than the queue hides the message of a worker that was killed."""

UNPROCESSED_RETRY_COUNT_MAX = 8
CURSOR_LENGTH_MAX = 80
FREE_SINCE_EVER = "1970-01-01T00:00:00+00:00"

IS_NEW = "attribute_not_exists(pk)"
IS_IN_STATE = "#state = :seen_state"
IS_FREE = "attribute_exists(pk) AND lease_ends < :now"
IS_MINE = "fence = :fence"


class DynamoBatchRepository:
    """Implements `BatchRepository`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def add(self, batch: Batch) -> Batch | None:
        item = batch_item(batch) | {"lease_ends": FREE_SINCE_EVER}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=pack(item),
                ConditionExpression=IS_NEW,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_condition_failure(error):
                raise
            existing = old_item(error)
            return batch_of(existing) if existing else self.get(batch.batch_id)
        return None

    def get(self, batch_id: str) -> Batch | None:
        answer = self._client.get_item(TableName=self._table, Key=pack(head_key(batch_id)), ConsistentRead=True)
        return batch_of(unpack(answer["Item"])) if "Item" in answer else None

    def page(self, agency: str, *, limit: int, cursor: str | None) -> tuple[list[Batch], str | None]:
        values = {":partition": f"BAT#{agency}"} | ({":before": _read_cursor(cursor)} if cursor else {})
        answer = self._client.query(
            TableName=self._table,
            IndexName="gsi1",
            KeyConditionExpression="gsi1pk = :partition" + (" AND gsi1sk < :before" if cursor else ""),
            ExpressionAttributeValues=pack(values),
            ScanIndexForward=False,
            Limit=limit + 1,
        )
        rows = [item["gsi1sk"]["S"] for item in answer["Items"]]
        shown = rows[:limit]
        found = self._get_many([row.rpartition("#")[2] for row in shown])
        return found, _write_cursor(shown[-1]) if len(rows) > limit else None

    def _get_many(self, batch_ids: list[str]) -> list[Batch]:
        found: dict[str, Batch] = {}
        keys = [pack(head_key(batch_id)) for batch_id in batch_ids]
        for _ in range(UNPROCESSED_RETRY_COUNT_MAX):
            if not keys:
                break
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}})
            batches = [batch_of(unpack(item)) for item in answer["Responses"].get(self._table, [])]
            found |= {batch.batch_id: batch for batch in batches}
            keys = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
        if keys:
            raise BusyError("reading was throttled")
        return [found[batch_id] for batch_id in batch_ids if batch_id in found]

    def move(self, before: Batch, after: Batch) -> bool:
        condition = {"ConditionExpression": IS_IN_STATE}
        return self._write(progress(after), after.batch_id, condition, {":seen_state": str(before.state)})

    def claim(self, batch_id: str, now: datetime) -> Batch | None:
        values = {":now": now.isoformat(), ":ends": (now + LEASE_LIFETIME).isoformat(), ":one": 1}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=pack(head_key(batch_id)),
                UpdateExpression="SET lease_ends = :ends ADD fence :one",
                ConditionExpression=IS_FREE,
                ExpressionAttributeValues=pack(values),
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if is_lost_race(error):
                return None
            raise
        return batch_of(unpack(answer["Attributes"]))

    def save(self, batch: Batch, now: datetime) -> bool:
        changes = progress(batch) | {"lease_ends": (now + LEASE_LIFETIME).isoformat()}
        condition = {"ConditionExpression": IS_MINE}
        return self._write(changes, batch.batch_id, condition, {":fence": batch.fence})

    def release(self, batch: Batch) -> None:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=pack(head_key(batch.batch_id)),
                UpdateExpression="SET lease_ends = :ends",
                ConditionExpression=IS_MINE,
                ExpressionAttributeValues=pack({":ends": FREE_SINCE_EVER, ":fence": batch.fence}),
            )
        except ClientError as error:
            if not is_lost_race(error):
                raise

    def _write(self, changes: dict[str, Any], batch_id: str, condition: dict[str, str], seen: dict[str, Any]) -> bool:
        """One conditional update; attributes that are None are taken away."""
        assigned = [name for name, value in changes.items() if value is not None]
        removed = [f"#{name}" for name, value in changes.items() if value is None]
        update = "SET " + ", ".join(f"#{name} = :{name}" for name in assigned)
        update += (" REMOVE " + ", ".join(removed)) if removed else ""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=pack(head_key(batch_id)),
                UpdateExpression=update,
                ExpressionAttributeNames={f"#{name}": name for name in changes},
                ExpressionAttributeValues=pack({f":{name}": changes[name] for name in assigned} | seen),
                **condition,
            )
        except ClientError as error:
            if is_lost_race(error):
                return False
            raise
        return True


def _write_cursor(row: str) -> str:
    return base64.urlsafe_b64encode(row.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> str:
    """The sort key to continue before. Raises InvalidInputError on what is not one."""
    try:
        row = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except ValueError:
        raise InvalidInputError.of("cursor", "bad_cursor") from None
    if "#bat_" not in row or len(row) > CURSOR_LENGTH_MAX:
        raise InvalidInputError.of("cursor", "bad_cursor")
    return row
