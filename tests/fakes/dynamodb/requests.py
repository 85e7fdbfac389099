"""What a request's expressions say, checked as AWS checks them before it looks at the table."""

from collections.abc import Mapping
from typing import Any

from tests.fakes.dynamodb.conditions import Condition, condition
from tests.fakes.dynamodb.errors import invalid, invalid_call
from tests.fakes.dynamodb.paths import found_at, resolved
from tests.fakes.dynamodb.tokens import Cursor
from tests.fakes.dynamodb.values import Item, Value, taken

EXPRESSIONS = frozenset({"ExpressionAttributeNames", "ExpressionAttributeValues"})
METERED = frozenset({"ReturnConsumedCapacity", "ReturnItemCollectionMetrics"})
CONDITIONAL = EXPRESSIONS | {"TableName", "ConditionExpression", "ReturnValuesOnConditionCheckFailure"}
PUT = CONDITIONAL | {"Item"}
UPDATE = CONDITIONAL | {"Key", "UpdateExpression"}
DELETE = CONDITIONAL | {"Key"}
GET = frozenset({"TableName", "Key", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"})
SCAN = EXPRESSIONS | {
    "TableName",
    "IndexName",
    "ConsistentRead",
    "FilterExpression",
    "ProjectionExpression",
    "Limit",
    "ExclusiveStartKey",
    "Select",
}
QUERY = SCAN | {"KeyConditionExpression", "ScanIndexForward"}


class Placeholders:
    """The names and values of one request; every one that is given is used, every one that is used is given."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self.names: Mapping[str, str] = request.get("ExpressionAttributeNames", {})
        given = request.get("ExpressionAttributeValues", {})
        if "ExpressionAttributeNames" in request and not self.names:
            raise invalid("ExpressionAttributeNames must not be empty")
        if "ExpressionAttributeValues" in request and not given:
            raise invalid("ExpressionAttributeValues must not be empty")
        self.values: dict[str, Value] = {name: taken(value) for name, value in given.items()}

    def check(self, *used: frozenset[str]) -> None:
        """Raises ValidationException. `used` by each expression of the request."""
        wanted: frozenset[str] = frozenset().union(*used)
        self.check_given(wanted)
        given = self.names.keys() | self.values.keys()
        if unused := given - wanted:
            kind, keys = "Values" if min(unused).startswith(":") else "Names", ", ".join(sorted(unused))
            raise invalid(f"Value provided in ExpressionAttribute{kind} unused in expressions: keys: {{{keys}}}")

    def check_given(self, wanted: frozenset[str]) -> None:
        if missing := wanted - self.names.keys() - self.values.keys():
            kind = "value" if min(missing).startswith(":") else "name"
            raise invalid(f"An expression attribute {kind} used in expression is not defined; {sorted(missing)}")


def check_members(request: Mapping[str, Any], allowed: frozenset[str], *required: str) -> None:
    """Raises ParamValidationError, as botocore does before it sends anything."""
    if unknown := request.keys() - allowed - METERED:
        raise invalid_call(f"Unknown parameter in input: {', '.join(sorted(unknown))}")
    if missing := set(required) - request.keys():
        raise invalid_call(f"Missing required parameter in input: {', '.join(sorted(missing))}")


def condition_of(request: Mapping[str, Any], kind: str = "ConditionExpression") -> Condition | None:
    return condition(kind, request[kind]) if kind in request else None


class Projection:
    """Which attributes are answered; all where the request does not say."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self.used: frozenset[str] = frozenset()
        self._paths: list[tuple[str | int, ...]] = []
        text = request.get("ProjectionExpression")
        if text is None:
            return
        cursor = Cursor("ProjectionExpression", text)
        self._paths.append(cursor.path())
        while cursor.takes(","):
            self._paths.append(cursor.path())
        cursor.finish()
        self.used = frozenset(cursor.used)
        if any(len(path) > 1 for path in self._paths):
            raise NotImplementedError("projections inside documents are not simulated")

    def of(self, item: Item, names: Mapping[str, str]) -> Item:
        if not self._paths:
            return dict(item)
        paths = [resolved(path, names) for path in self._paths]
        found = {str(path[0]): found_at(item, path) for path in paths}
        return {name: value for name, value in found.items() if value is not None}
