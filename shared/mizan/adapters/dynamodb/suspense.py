"""Suspense cases in DynamoDB, references that are no invoice's, and who paid from which account before."""

import base64
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.changes import IS_NEW
from mizan.adapters.dynamodb.errors import is_lost_race, old_item
from mizan.adapters.dynamodb.invoice_records import PersonalData, head_key
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.adapters.dynamodb.suspense_records import STATE_SHARD_COUNT, case_key, case_of, state_partition
from mizan.application.ports_transfers import CasePage
from mizan.domain.errors import BusyError, InvalidInputError
from mizan.domain.suspense import SuspenseCase, SuspenseState

SUSPENSE = "suspense"
"""The `kind` of a head that keeps a reference for money without an invoice."""

CURSOR_LENGTH_MAX = 120


class DynamoSuspenseCases:
    """Implements `SuspenseCases`."""

    def __init__(self, client: Any, table: str, personal: PersonalData) -> None:
        self._client, self._table, self._personal = client, table, personal

    def get(self, case_id: str) -> SuspenseCase | None:
        key = case_key(case_id)
        if key is None:
            return None
        answer = self._client.get_item(TableName=self._table, Key=pack(key), ConsistentRead=True)
        return case_of(unpack(answer["Item"]), self._personal) if "Item" in answer else None

    def page(self, state: SuspenseState, *, limit: int, cursor: str | None) -> CasePage:
        after = _read_cursor(cursor)
        rows: list[str] = []
        for shard in range(STATE_SHARD_COUNT):
            answer = self._client.query(
                TableName=self._table,
                IndexName="gsi1",
                KeyConditionExpression="gsi1pk = :partition AND gsi1sk > :after",
                ExpressionAttributeValues=pack({":partition": state_partition(state, shard), ":after": after}),
                Limit=limit + 1,
            )
            rows += [item["gsi1sk"]["S"] for item in answer["Items"]]
        rows.sort()
        shown = rows[:limit]
        found = (self.get(row.rpartition("#")[2]) for row in shown)
        cases = tuple(case for case in found if case is not None and case.state is state)
        return CasePage(cases, _write_cursor(shown[-1]) if len(rows) > limit else None)


class DynamoReferenceReservations:
    """Implements `ReferenceReservations`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def reserve(self, reference: str, identity: str) -> bool:
        item = {**head_key(reference), "kind": SUSPENSE, "identity": identity}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=pack(item),
                ConditionExpression=IS_NEW,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_lost_race(error):
                raise
            existing = old_item(error)
            if existing is None:
                raise BusyError("the reference is being written") from error
            return existing.get("kind") == SUSPENSE and existing.get("identity") == identity
        return True


class DynamoRemitterIndex:
    """Implements `RemitterIndex`. `digest` hashes under a key: nobody without it can tell whose rows are whose."""

    def __init__(self, client: Any, table: str, digest: Callable[[str], str]) -> None:
        self._client, self._table, self._digest = client, table, digest

    def put(self, iban: str, row: str) -> None:
        try:
            self._client.put_item(
                TableName=self._table,
                Item=pack({"pk": self._partition(iban), "sk": row}),
                ConditionExpression=IS_NEW,
            )
        except ClientError as error:
            if not is_lost_race(error):
                raise  # it is there already, or being written just now

    def rows_of(self, iban: str, *, limit: int) -> list[str]:
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :partition",
            ExpressionAttributeValues=pack({":partition": self._partition(iban)}),
            ScanIndexForward=False,
            Limit=limit,
        )
        return [item["sk"]["S"] for item in answer["Items"]]

    def _partition(self, iban: str) -> str:
        """Apart from what else is hashed under the same key."""
        named = "\x1f".join(("remitter", iban))
        return f"RMT#{self._digest(named)}"


def _read_cursor(cursor: str | None) -> str:
    """Raises InvalidInputError."""
    if cursor is None:
        return " "
    try:
        after = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except ValueError:
        raise InvalidInputError.of("cursor", "bad_cursor") from None
    if not 0 < len(after) <= CURSOR_LENGTH_MAX or "#sus_" not in after:
        raise InvalidInputError.of("cursor", "bad_cursor")
    return after


def _write_cursor(row: str) -> str:
    return base64.urlsafe_b64encode(row.encode()).decode().rstrip("=")
