"""The simulated DynamoDB answers and refuses as an engine does: the same requests to both, the same outcomes."""

import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from mizan.adapters.dynamodb.items import pack
from tests.fakes.dynamodb import fresh_dynamodb

Outcome = tuple[str, Any]
KEY = {"pk": {"S": "A"}, "sk": {"S": "1"}}
IS_NEW = {"ConditionExpression": "attribute_not_exists(pk)"}


def put(**changes: Any) -> tuple[str, dict[str, Any]]:
    return "put_item", {"Item": KEY} | changes


def change(expression: str, values: dict[str, Any] | None = None, **changes: Any) -> tuple[str, dict[str, Any]]:
    request: dict[str, Any] = {"Key": KEY, "UpdateExpression": expression} | changes
    return "update_item", request | ({"ExpressionAttributeValues": pack(values)} if values else {})


def look(expression: str, values: dict[str, Any], **changes: Any) -> tuple[str, dict[str, Any]]:
    return "query", {"KeyConditionExpression": expression, "ExpressionAttributeValues": pack(values)} | changes


INVALID = {"ValidationException", "ParamValidationError"}
"""AWS's word, and botocore's before it sends anything."""

REFUSED = {
    "arithmetic in a condition": put(ConditionExpression="paid + :a <= due", ExpressionAttributeValues=pack({":a": 1})),
    "an empty condition": put(ConditionExpression=""),
    "an unknown function": put(ConditionExpression="is_new(pk)"),
    "a reserved word": put(ConditionExpression="state = :s", ExpressionAttributeValues=pack({":s": "x"})),
    "redundant parentheses": put(ConditionExpression="((attribute_not_exists(pk)))"),
    "a value that is not given": put(ConditionExpression="pk = :missing"),
    "a name that is not given": put(ConditionExpression="#missing = pk"),
    "a value that is not used": put(**IS_NEW, ExpressionAttributeValues=pack({":a": 1})),
    "a name that is not used": put(**IS_NEW, ExpressionAttributeNames={"#a": "a"}),
    "values without an expression": put(ExpressionAttributeValues=pack({":a": 1})),
    "an unbalanced condition": put(ConditionExpression="(attribute_not_exists(pk)"),
    "words after the end": put(ConditionExpression="attribute_not_exists(pk) pk"),
    "an empty key": put(Item={"pk": {"S": ""}, "sk": {"S": "1"}}),
    "a key of another type": put(Item={"pk": {"N": "1"}, "sk": {"S": "1"}}),
    "a missing key": put(Item={"pk": {"S": "A"}}),
    "an index key of another type": put(Item={**KEY, "gsi1pk": {"N": "1"}, "gsi1sk": {"S": "1"}}),
    "a number of 39 digits": put(Item={**KEY, "n": {"N": "1" * 39}}),
    "a number that is none": put(Item={**KEY, "n": {"N": "1x"}}),
    "an item over 400 KB": put(Item={**KEY, "n": {"S": "x" * 410_000}}),
    "an update of a key": change("SET pk = :a", {":a": "B"}),
    "a section twice": change("SET a = :a SET b = :a", {":a": 1}),
    "overlapping paths": change("SET a = :a, a = :b", {":a": 1, ":b": 2}),
    "adding to a text": change("ADD word :a", {":a": 1}),
    "reading what is not there": change("SET a = b"),
    "a path into nothing": change("SET a.b = :a", {":a": 1}),
    "a key with more than keys": ("get_item", {"Key": {**KEY, "a": {"S": "1"}}}),
    "a query without the partition": look("sk = :a", {":a": "1"}),
    "a query for a range of partitions": look("pk > :a", {":a": "1"}),
    "a query for an empty partition": look("pk = :a", {":a": ""}),
    "a filter on keys by the wrong name": look("pk = :a AND other = :a", {":a": "1"}),
    "an index that is not there": look("pk = :a", {":a": "1"}, IndexName="gsi9"),
    "a consistent read of an index": look("gsi1pk = :a", {":a": "1"}, IndexName="gsi1", ConsistentRead=True),
    "a limit of nothing": look("pk = :a", {":a": "1"}, Limit=0),
}


def refusals_of(client: Any, table: str) -> dict[str, str]:
    client.put_item(TableName=table, Item=KEY | {"word": {"S": "x"}})
    return {
        name: outcome_of(client, operation, {"TableName": table} | request)[0]
        for name, (operation, request) in REFUSED.items()
    }


def outcome_of(client: Any, operation: str, request: dict[str, Any]) -> Outcome:
    """The refusal's code and its reasons, or "ok" and the answer without botocore's own part."""
    try:
        answer = getattr(client, operation)(**request)
    except ClientError as error:
        response: Any = error.response
        reasons = [(reason["Code"], reason.get("Item")) for reason in response.get("CancellationReasons", [])]
        return response["Error"]["Code"], (reasons, response.get("Item"))
    except ParamValidationError:
        return "ParamValidationError", None
    return "ok", {name: part for name, part in answer.items() if name not in ("ResponseMetadata", "ConsumedCapacity")}


def test_it_refuses_what_aws_refuses() -> None:
    """Each of these was read in AWS's documentation or seen at AWS; none is ever stored."""
    accepted = {name for name, code in refusals_of(*fresh_dynamodb()).items() if code not in INVALID}

    assert accepted == set()


def test_a_transaction_is_refused_as_aws_refuses_it() -> None:
    """An item twice, a hundred and one items, none, a token that served another content, a token that is too long."""
    client, table = fresh_dynamodb()
    one = {"Put": {"TableName": table, "Item": KEY}}
    many = [{"Put": {"TableName": table, "Item": KEY | {"sk": {"S": str(n)}}}} for n in range(101)]
    client.transact_write_items(TransactItems=[one], ClientRequestToken="token")

    refusals = {
        "twice": outcome_of(client, "transact_write_items", {"TransactItems": [one, one]})[0],
        "many": outcome_of(client, "transact_write_items", {"TransactItems": many})[0],
        "none": outcome_of(client, "transact_write_items", {"TransactItems": []})[0],
        "token": outcome_of(client, "transact_write_items", {"TransactItems": many[:1], "ClientRequestToken": "token"})[
            0
        ],
        "long": outcome_of(client, "transact_write_items", {"TransactItems": [one], "ClientRequestToken": "t" * 37})[0],
    }

    assert refusals.pop("token") == "IdempotentParameterMismatchException"
    assert set(refusals.values()) == {"ValidationException"}
    assert len(client.table(table).changes) == 1


CONDITIONS = [
    "attribute_not_exists(pk)",
    "attribute_exists(pk)",
    "attribute_exists(pk) AND #n < :n",
    "attribute_not_exists(pk) OR #n >= :n",
    "NOT #n = :n",
    "#n <> :n",
    "#n BETWEEN :n AND :m",
    "#n IN (:n, :m)",
    "(attribute_exists(a) OR attribute_exists(b)) AND NOT (#n = :n)",
    "begins_with(a, :t)",
    "contains(a, :t)",
    "size(a) > :n",
    "attribute_type(a, :type)",
    "#n = b",
    "a < b",
]
UPDATES = [
    "SET #n = :n",
    "SET #n = :n, a = :t",
    "SET a = :t REMOVE b",
    "REMOVE #n, gsi1pk",
    "ADD #n :n",
    "SET #n = if_not_exists(#n, :m)",
    "SET l = list_append(if_not_exists(l, :empty), :list)",
    "SET gsi1pk = :t, gsi1sk = :t",
    "SET b = #n",
    "SET m = :map",
    "SET m.x = :n",
    "SET l[0] = :n",
]


class Dice:
    """Random requests; every one is drawn in full before it is sent to either side."""

    def __init__(self, seed: int, table: str) -> None:
        self._random, self._table = random.Random(seed), table  # noqa: S311  # a seed, not a secret

    def key(self) -> dict[str, Any]:
        return pack({"pk": self._random.choice("AB"), "sk": self._random.choice(["1", "2", "10", "é"])})

    def attributes(self) -> dict[str, Any]:
        pick = self._random
        found = {
            "n": pick.choice([1, -5, 20]),
            "a": pick.choice(["x", "xy", b"xy", 3, True, None]),
            "b": pick.choice("xyz"),
        }
        index = {"gsi1pk": "x", "gsi1sk": pick.choice("xyz")} if pick.random() < 0.5 else {}
        return pack({name: value for name, value in found.items() if pick.random() < 0.8} | index)

    def placeholders(self, *expressions: str) -> dict[str, Any]:
        pick, text = self._random, " ".join(expressions)
        values = {
            ":n": pick.choice([1, 2, 5]),
            ":m": 5,
            ":t": pick.choice("xy"),
            ":type": pick.choice(["S", "N", "B"]),
            ":empty": [],
            ":list": ["x", 1],
            ":map": {"x": 1, "y": [1]},
        }
        words = set(re.findall(r"[:#]\w+", text))
        request: dict[str, Any] = {}
        if given := pack({name: value for name, value in values.items() if name in words}):
            request["ExpressionAttributeValues"] = given
        if "#n" in words:
            request["ExpressionAttributeNames"] = {"#n": "n"}
        return request

    def write(self, *, is_in_transaction: bool = False) -> tuple[str, dict[str, Any]]:
        pick = self._random
        kind = pick.choice(["Put", "Update", "Update", "Delete"])
        condition = pick.choice(CONDITIONS) if pick.random() < 0.7 else ""
        expression = pick.choice(UPDATES) if kind == "Update" else ""
        request: dict[str, Any] = {"TableName": self._table} | self.placeholders(condition, expression)
        request |= {"Item": self.key() | self.attributes()} if kind == "Put" else {"Key": self.key()}
        request |= {"UpdateExpression": expression} if expression else {}
        if condition:
            request |= {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        if kind == "Update" and not is_in_transaction:
            request["ReturnValues"] = pick.choice(["NONE", "ALL_NEW", "UPDATED_NEW"])
        return kind, request

    def step(self) -> tuple[str, dict[str, Any]]:
        """One call: mostly a write, sometimes a transaction or a look."""
        pick = self._random.random()
        if pick < 0.6:
            kind, request = self.write()
            return f"{kind.lower()}_item", request
        if pick < 0.75:
            writes = [self.write(is_in_transaction=True) for _ in range(self._random.choice([1, 2, 3]))]
            return "transact_write_items", {"TransactItems": [{kind: request} for kind, request in writes]}
        return self.look()

    def look(self) -> tuple[str, dict[str, Any]]:
        pick = self._random
        if pick.random() < 0.2:
            return "get_item", {"TableName": self._table, "Key": self.key(), "ConsistentRead": True}
        condition = pick.choice(
            ["pk = :p", "pk = :p AND sk > :s", "pk = :p AND begins_with(sk, :s)", "pk = :p AND sk <= :s"]
        )
        values = {":p": pick.choice("AB")} | ({":s": "1"} if ":s" in condition else {})
        request = {
            "TableName": self._table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": pack(values),
            "ConsistentRead": True,
            "ScanIndexForward": pick.random() < 0.7,
        }
        return "query", request


@pytest.fixture
def engine(dynoxide: tuple[Callable[[], Any], str]) -> tuple[Any, str]:
    new_client, table = dynoxide
    return new_client(), table


@pytest.mark.dynoxide
@pytest.mark.parametrize("seed", range(8))
def test_random_requests_have_the_same_outcome_at_an_engine(engine: tuple[Any, str], seed: int) -> None:
    """Two hundred calls, each sent to both: the same answer or the same refusal, and the same table in the end."""
    client, table = engine
    simulated, _ = fresh_dynamodb()
    simulated.tables[table] = next(iter(simulated.tables.values()))
    dice = Dice(seed, table)

    for number in range(200):
        operation, request = dice.step()
        ours, theirs = outcome_of(simulated, operation, request), outcome_of(client, operation, request)
        assert ours == theirs, f"call {number}: {operation} {request}"

    assert everything(simulated, table) == everything(client, table)
    assert in_index(simulated, table) == in_index(client, table)


@pytest.mark.dynoxide
def test_an_engine_refuses_the_same_requests(engine: tuple[Any, str]) -> None:
    """But three, which dynoxide lets pass and AWS does not."""
    ours, theirs = refusals_of(*fresh_dynamodb()), refusals_of(*engine)

    assert {name for name in REFUSED if ours[name] != theirs[name]} == {
        "a name that is not used",
        "a value that is not used",
        "a query for an empty partition",
    }


def everything(client: Any, table: str) -> list[Any]:
    items = [item for page in client.get_paginator("scan").paginate(TableName=table) for item in page["Items"]]
    return sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def in_index(client: Any, table: str) -> list[Any]:
    operation, request = look("gsi1pk = :p AND gsi1sk >= :s", {":p": "x", ":s": "x"}, TableName=table, IndexName="gsi1")
    return sorted(getattr(client, operation)(**request)["Items"], key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
