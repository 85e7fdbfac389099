"""DynamoDB's client in memory: the calls that the adapters make, answered and refused as AWS does, in one lock.

Not simulated, and refused loudly: local indexes, sets' DELETE, nested projections, PartiQL. A TTL removes nothing.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from tests.fakes.dynamodb.conditions import Condition
from tests.fakes.dynamodb.errors import cancelled, condition_failed, invalid, invalid_call, refused
from tests.fakes.dynamodb.pages import Paginator, page_of
from tests.fakes.dynamodb.requests import (
    DELETE,
    GET,
    PUT,
    UPDATE,
    Placeholders,
    Projection,
    check_members,
    condition_of,
)
from tests.fakes.dynamodb.table import Key, Table
from tests.fakes.dynamodb.updates import update
from tests.fakes.dynamodb.values import Item, taken_item

TRANSACTION_MAX = 100
BATCH_GET_MAX, BATCH_WRITE_MAX = 100, 25
TOKEN_LENGTH_MAX = 36
TOKEN_LIFETIME = timedelta(minutes=10)
"""How long a ClientRequestToken makes a repeated transaction the same one (DynamoDB API Reference)."""

Answer = dict[str, Any]


class Write:
    """One put, update or delete, checked: whether it may, and what the item becomes."""

    def __init__(self, table: Table, request: Mapping[str, Any], kind: str) -> None:
        self.table, self.kind = table, kind
        self.placeholders = Placeholders(request)
        self.condition: Condition | None = condition_of(request)
        self.wants_old = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        self.item = taken_item(request["Item"]) if kind == "Put" else {}
        self.key: Key = table.key_of(self.item) if kind == "Put" else table.exact_key(request["Key"])
        self.update = update(request["UpdateExpression"]) if "UpdateExpression" in request else None
        self.placeholders.check(
            self.condition.used if self.condition else frozenset(), self.update.used if self.update else frozenset()
        )
        if kind == "Put":
            table.check(self.item)
        if self.update is not None:
            touched = {str(path[0]) for path in self.update.touched(self.placeholders.names)}
            for name in touched & {table.hash_name, table.range_name}:
                raise invalid(f"Cannot update attribute {name}. This attribute is part of the key")

    def may(self, existing: Item | None) -> bool:
        if self.condition is None:
            return True
        return self.condition.test(existing or {}, self.placeholders.names, self.placeholders.values)

    def after(self, existing: Item | None) -> Item | None:
        """The item as it becomes; the table is not touched yet. Raises ValidationException."""
        if self.kind == "Put":
            return self.item
        if self.kind == "Delete":
            return None
        if self.kind == "ConditionCheck":
            return existing
        pk, sk = self.key
        start = existing or {self.table.hash_name: {"S": pk}, self.table.range_name: {"S": sk}}
        if self.update is None:
            return start
        after = self.update.applied(start, self.placeholders.names, self.placeholders.values)
        self.table.check(after)
        return after


class SimulatedDynamo:
    """`now` dates request tokens; `lag` is asked at every eventually consistent read how many of the table's newest
    changes it shall not see yet; `page_length` bounds a page of a query or scan, as a megabyte does.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        lag: Callable[[], int] = lambda: 0,
        page_length: int = 1_000,
    ) -> None:
        self.now, self.lag, self.page_length = now, lag, page_length
        self.tables: dict[str, Table] = {}
        self._tokens: dict[str, tuple[datetime, Any]] = {}
        self._lock = threading.RLock()

    def create_table(self, *, TableName: str, **schema: Any) -> Answer:  # noqa: N803  # boto's names
        if TableName in self.tables:
            raise refused("ResourceInUseException", f"Table already exists: {TableName}", "CreateTable")
        self.tables[TableName] = Table(schema)
        return {"TableDescription": {"TableName": TableName, "TableStatus": "ACTIVE"}}

    def table(self, name: str) -> Table:
        if name not in self.tables:
            raise refused("ResourceNotFoundException", "Requested resource not found")
        return self.tables[name]

    # -- reads --------------------------------------------------------------------------------------------------------

    def get_item(self, **request: Any) -> Answer:
        check_members(request, GET, "TableName", "Key")
        with self._lock:
            table = self.table(request["TableName"])
            item = table.get(table.exact_key(request["Key"]), lag=self._lag_of(request))
            placeholders, projection = Placeholders(request), Projection(request)
            placeholders.check(projection.used)
            return {} if item is None else {"Item": projection.of(item, placeholders.names)}

    def query(self, **request: Any) -> Answer:
        with self._lock:
            return page_of(self.table(request["TableName"]), request, self._lag_of(request), self.page_length)

    def scan(self, **request: Any) -> Answer:
        with self._lock:
            return page_of(
                self.table(request["TableName"]), request, self._lag_of(request), self.page_length, is_scan=True
            )

    def batch_get_item(self, **request: Any) -> Answer:
        check_members(request, frozenset({"RequestItems"}), "RequestItems")
        wanted: Mapping[str, Mapping[str, Any]] = request["RequestItems"]
        if not 1 <= sum(len(one["Keys"]) for one in wanted.values()) <= BATCH_GET_MAX:
            raise invalid("Too many items requested for the BatchGetItem call, or none")
        responses: dict[str, list[Item]] = {}
        with self._lock:
            for name, one in wanted.items():
                keys = [self.table(name).exact_key(key) for key in one["Keys"]]
                if len(set(keys)) < len(keys):
                    raise invalid("Provided list of item keys contains duplicates")
                found = [self.get_item(TableName=name, Key=key, **_but_keys(one)) for key in one["Keys"]]
                responses[name] = [answer["Item"] for answer in found if "Item" in answer]
        return {"Responses": responses, "UnprocessedKeys": {}}

    def get_paginator(self, operation: str) -> Paginator:
        if operation not in ("query", "scan"):
            raise invalid_call(f"Operation cannot be paginated: {operation}")
        return Paginator(getattr(self, operation))

    # -- writes -------------------------------------------------------------------------------------------------------

    def put_item(self, **request: Any) -> Answer:
        check_members(request, PUT | {"ReturnValues"}, "TableName", "Item")
        return self._write_one(request, "Put", frozenset({"NONE", "ALL_OLD"}))

    def update_item(self, **request: Any) -> Answer:
        check_members(request, UPDATE | {"ReturnValues"}, "TableName", "Key")
        kinds = frozenset({"NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"})
        return self._write_one(request, "Update", kinds)

    def delete_item(self, **request: Any) -> Answer:
        check_members(request, DELETE | {"ReturnValues"}, "TableName", "Key")
        return self._write_one(request, "Delete", frozenset({"NONE", "ALL_OLD"}))

    def batch_write_item(self, **request: Any) -> Answer:
        check_members(request, frozenset({"RequestItems"}), "RequestItems")
        with self._lock:
            writes = [
                (table, Write(table, one, kind.removesuffix("Request")))
                for name, operations in request["RequestItems"].items()
                for table in [self.table(name)]
                for operation in operations
                for kind, one in operation.items()
            ]
            if not 1 <= len(writes) <= BATCH_WRITE_MAX:
                raise invalid("Too many items requested for the BatchWriteItem call, or none")
            if len({(id(table), write.key) for table, write in writes}) < len(writes):
                raise invalid("Provided list of item keys contains duplicates")
            for table, write in writes:
                table.write(write.key, write.after(None))
        return {"UnprocessedItems": {}}

    def transact_write_items(self, **request: Any) -> Answer:
        check_members(request, frozenset({"TransactItems", "ClientRequestToken"}), "TransactItems")
        operations: Sequence[Mapping[str, Any]] = request["TransactItems"]
        token = request.get("ClientRequestToken")
        if token is not None and not 1 <= len(token) <= TOKEN_LENGTH_MAX:
            raise invalid("Value at 'clientRequestToken' failed to satisfy constraint: length between 1 and 36")
        with self._lock:
            writes = self._checked(operations)
            if token is not None and self._was_done(token, operations):
                return {}
            reasons, results = zip(*map(_judged, writes), strict=True)
            if any(reason["Code"] != "None" for reason in reasons):
                raise cancelled(reasons)
            for write, after in zip(writes, results, strict=True):
                write.table.write(write.key, after)
            if token is not None:
                self._tokens[token] = (self.now(), repr(operations))
        return {}

    def _checked(self, operations: Sequence[Mapping[str, Any]]) -> list[Write]:
        if not 1 <= len(operations) <= TRANSACTION_MAX:
            raise invalid("Value at 'transactItems' failed to satisfy constraint: length between 1 and 100")
        writes = [
            _transacted(self.table(one["TableName"]), one, kind)
            for operation in operations
            for kind, one in operation.items()
        ]
        if len({(id(write.table), write.key) for write in writes}) < len(writes):
            raise invalid("Transaction request cannot include multiple operations on one item")
        return writes

    def _was_done(self, token: str, operations: Sequence[Mapping[str, Any]]) -> bool:
        done_at, content = self._tokens.get(token, (None, None))
        if done_at is None or self.now() - done_at > TOKEN_LIFETIME:
            return False
        if content != repr(operations):
            raise refused(
                "IdempotentParameterMismatchException",
                "Request token was used before with other parameters",
                "TransactWriteItems",
            )
        return True

    def _write_one(self, request: Mapping[str, Any], kind: str, returns: frozenset[str]) -> Answer:
        wanted = request.get("ReturnValues", "NONE")
        if wanted not in returns:
            raise invalid("Return values set to invalid value")
        with self._lock:
            table = self.table(request["TableName"])
            write = Write(table, request, kind)
            existing = table.get(write.key)
            if not write.may(existing):
                raise condition_failed(existing if write.wants_old else None)
            after = write.after(existing)
            table.write(write.key, after)
        return _returned(wanted, write, existing or {}, after or {})

    def _lag_of(self, request: Mapping[str, Any]) -> int:
        return 0 if request.get("ConsistentRead") else self.lag()


def _but_keys(request: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name != "Keys"}


def _transacted(table: Table, request: Mapping[str, Any], kind: str) -> Write:
    allowed = {"Put": PUT, "Update": UPDATE, "Delete": DELETE, "ConditionCheck": DELETE}
    required = {"Put": "Item", "Update": "UpdateExpression", "Delete": "Key", "ConditionCheck": "ConditionExpression"}
    check_members(request, allowed[kind], "TableName", required[kind])
    return Write(table, request, kind)


def _judged(write: Write) -> tuple[dict[str, Any], Item | None]:
    """The reason why one operation cancels its transaction ("None": it does not), and what its item becomes."""
    existing = write.table.get(write.key)
    if not write.may(existing):
        reason: dict[str, Any] = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
        return reason | ({"Item": dict(existing)} if existing and write.wants_old else {}), None
    try:
        return {"Code": "None"}, write.after(existing)
    except ClientError as error:
        return {"Code": "ValidationError", "Message": str(error)}, None


def _returned(wanted: str, write: Write, before: Item, after: Item) -> Answer:
    if wanted == "NONE":
        return {}
    found = before if wanted.endswith("OLD") else after
    if wanted.startswith("UPDATED") and write.update is not None:
        touched = {str(path[0]) for path in write.update.touched(write.placeholders.names)}
        found = {name: value for name, value in found.items() if name in touched}
    return {"Attributes": dict(found)} if found else {}
