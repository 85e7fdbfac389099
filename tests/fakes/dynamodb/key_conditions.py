"""Key conditions: one partition, and at most one condition on the sort key."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from tests.fakes.dynamodb.conditions import ORDERS
from tests.fakes.dynamodb.errors import invalid
from tests.fakes.dynamodb.paths import Names, resolved
from tests.fakes.dynamodb.tokens import Cursor
from tests.fakes.dynamodb.values import Value

END = "\U0010ffff"


@dataclass(frozen=True)
class Clause:
    """`name` may be a placeholder; `operands` are the placeholders of values."""

    name: str
    comparator: str
    operands: tuple[str, ...]


@dataclass(frozen=True)
class KeyCondition:
    clauses: tuple[Clause, ...]
    used: frozenset[str]


@dataclass(frozen=True)
class Range:
    """Sort keys from `low` to `high`, each with or without itself. Every key is text."""

    low: str = ""
    high: str = END
    is_low_out: bool = False
    is_high_out: bool = False
    prefix: str = ""

    def holds(self, key: str) -> bool:
        if key < self.low or key > self.high or not key.startswith(self.prefix):
            return False
        return not ((self.is_low_out and key == self.low) or (self.is_high_out and key == self.high))


@cache
def key_condition(text: str) -> KeyCondition:
    cursor = Cursor("KeyConditionExpression", text)
    clauses = [_clause(cursor)]
    if cursor.takes("AND"):
        clauses.append(_clause(cursor))
    cursor.finish()
    return KeyCondition(tuple(clauses), frozenset(cursor.used))


def _clause(cursor: Cursor) -> Clause:
    if cursor.peek() == "begins_with":
        cursor.take()
        cursor.expect("(")
        name = str(cursor.path()[0])
        cursor.expect(",")
        prefix = cursor.value()
        cursor.expect(")")
        return Clause(name, "begins_with", (prefix,))
    name = str(cursor.path()[0])
    if cursor.takes("BETWEEN"):
        low = cursor.value()
        cursor.expect("AND")
        return Clause(name, "BETWEEN", (low, cursor.value()))
    comparator = cursor.take()
    if comparator not in {"=", *ORDERS}:
        cursor.refuse("Unsupported operator on KeyCondition")
    return Clause(name, comparator, (cursor.value(),))


def looked_up(
    wanted: KeyCondition, hash_name: str, range_name: str, names: Names, values: Mapping[str, Value]
) -> tuple[str, Range]:
    """The partition and the range of sort keys that are asked for. Raises ValidationException."""
    clauses = {str(resolved((clause.name,), names)[0]): clause for clause in wanted.clauses}
    partition = clauses.pop(hash_name, None)
    if partition is None or partition.comparator != "=":
        raise invalid(f"Query condition missed key schema element: {hash_name}")
    sort = clauses.pop(range_name, None)
    if clauses:
        raise invalid(f"Query condition missed key schema element: {range_name}")
    pk = _text(values[partition.operands[0]], hash_name)
    return pk, _range(sort.comparator, [_text(values[name], range_name) for name in sort.operands]) if sort else Range()


def _text(value: Value, name: str) -> str:
    if "S" not in value:
        raise invalid(f"One or more parameter values were invalid: Condition parameter type does not match: {name}")
    if not value["S"]:
        raise invalid(f"One or more parameter values are not valid. Empty string value for key: {name}")
    return str(value["S"])


def _range(comparator: str, operands: list[str]) -> Range:
    first = operands[0]
    if comparator == "BETWEEN" and first > operands[1]:
        raise invalid("The BETWEEN operator requires upper bound to be greater than or equal to lower bound")
    return {
        "=": Range(first, first),
        "<": Range(high=first, is_high_out=True),
        "<=": Range(high=first),
        ">": Range(first, is_low_out=True),
        ">=": Range(first),
        "BETWEEN": Range(first, operands[-1]),
        "begins_with": Range(first, prefix=first),
    }[comparator]
