"""Conditions, filters and key conditions: compiled once per text, evaluated over typed items."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.fakes.dynamodb.errors import invalid
from tests.fakes.dynamodb.paths import Names, Path, found_at, resolved
from tests.fakes.dynamodb.tokens import Cursor
from tests.fakes.dynamodb.values import Item, Value, order_of

Values = Mapping[str, Value]
Operand = Callable[[Item, Names, Values], Value | None]
Test = Callable[[Item, Names, Values], bool]

ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
COMPARATORS = {"=", "<>", *ORDERS}
ORDERED_TYPES = frozenset("SNB")


@dataclass(frozen=True)
class Condition:
    """`test` over an item, {} where there is none; `used`: the placeholders that it reads."""

    test: Test
    used: frozenset[str]


@cache
def condition(kind: str, text: str) -> Condition:
    """`kind`: ConditionExpression or FilterExpression."""
    cursor = Cursor(kind, text)
    test = _any_of(cursor)
    cursor.finish()
    return Condition(test, frozenset(cursor.used))


def _any_of(cursor: Cursor) -> Test:
    tests = [_all_of(cursor)]
    while cursor.takes("OR"):
        tests.append(_all_of(cursor))
    if len(tests) == 1:
        return tests[0]
    return lambda item, names, values: any(test(item, names, values) for test in tests)


def _all_of(cursor: Cursor) -> Test:
    tests = [_negation(cursor)]
    while cursor.takes("AND"):
        tests.append(_negation(cursor))
    if len(tests) == 1:
        return tests[0]
    return lambda item, names, values: all(test(item, names, values) for test in tests)


def _negation(cursor: Cursor) -> Test:
    if cursor.takes("NOT"):
        test = _negation(cursor)
        return lambda item, names, values: not test(item, names, values)
    return _primary(cursor)


def _primary(cursor: Cursor) -> Test:
    if cursor.takes("("):
        if cursor.peek() == "(" and _closes_together(cursor):
            cursor.refuse("The expression has redundant parentheses;")
        test = _any_of(cursor)
        cursor.expect(")")
        return test
    if cursor.peek(1) == "(" and cursor.peek() != "size":
        return _function(cursor)
    return _comparison(cursor)


def _closes_together(cursor: Cursor) -> bool:
    """Whether the parenthesis that opens next closes just before the one that was opened last."""
    depth, ahead = 0, 0
    while token := cursor.peek(ahead):
        depth += (token == "(") - (token == ")")
        ahead += 1
        if depth == 0:
            return cursor.peek(ahead) == ")"
    return False


def _comparison(cursor: Cursor) -> Test:
    left = _operand(cursor)
    if cursor.takes("BETWEEN"):
        low = _operand(cursor)
        cursor.expect("AND")
        high = _operand(cursor)
        return _between(left, low, high)
    if cursor.takes("IN"):
        choices = _arguments(cursor)
        return lambda item, names, values: any(_is_equal(left, one, item, names, values) for one in choices)
    comparator = cursor.take()
    if comparator not in COMPARATORS:
        cursor.refuse(f'Syntax error; token: "{comparator or "<EOF>"}", near: "{cursor.text}"')
    right = _operand(cursor)
    if comparator == "=":
        return lambda item, names, values: _is_equal(left, right, item, names, values)
    if comparator == "<>":
        return lambda item, names, values: not _is_equal(left, right, item, names, values)
    return _ordered(left, right, ORDERS[comparator])


def _between(left: Operand, low: Operand, high: Operand) -> Test:
    is_upside_down = _ordered(high, low, operator.lt)
    is_from, is_to = _ordered(low, left, operator.le), _ordered(left, high, operator.le)

    def test(item: Item, names: Names, values: Values) -> bool:
        if is_upside_down(item, names, values):
            raise invalid("The BETWEEN operator requires upper bound to be greater than or equal to lower bound")
        return is_from(item, names, values) and is_to(item, names, values)

    return test


def _is_equal(left: Operand, right: Operand, item: Item, names: Names, values: Values) -> bool:
    one = left(item, names, values)
    return one is not None and one == right(item, names, values)


def _ordered(left: Operand, right: Operand, is_so: Callable[[Any, Any], bool]) -> Test:
    def test(item: Item, names: Names, values: Values) -> bool:
        one, other = left(item, names, values), right(item, names, values)
        if one is None or other is None or one.keys() != other.keys() or not one.keys() <= ORDERED_TYPES:
            return False  # what is missing or of another type is neither less nor more
        return is_so(order_of(one), order_of(other))

    return test


def _operand(cursor: Cursor) -> Operand:
    if cursor.peek().startswith(":"):
        name = cursor.value()
        return lambda item, names, values: values[name]
    if cursor.peek() == "size" and cursor.peek(1) == "(":
        cursor.take()
        (measured,) = _arguments(cursor)
        return lambda item, names, values: _size_of(measured(item, names, values))
    return _at(cursor.path())


def _at(path: Path) -> Operand:
    if len(path) == 1 and isinstance(path[0], str) and path[0][0] != "#":
        name = path[0]
        return lambda item, names, values: item.get(name)
    return lambda item, names, values: found_at(item, resolved(path, names))


def _arguments(cursor: Cursor) -> list[Operand]:
    cursor.expect("(")
    operands = [_operand(cursor)]
    while cursor.takes(","):
        operands.append(_operand(cursor))
    cursor.expect(")")
    return operands


def _size_of(value: Value | None) -> Value | None:
    if value is None or value.keys() & {"N", "BOOL", "NULL"}:
        return None
    ((tag, content),) = value.items()
    return {"N": str(len(content.encode() if tag == "S" else content))}


def _function(cursor: Cursor) -> Test:
    name = cursor.take()
    if name not in FUNCTIONS:
        cursor.refuse(f"Invalid function name; function: {name}")
    check, count = FUNCTIONS[name]
    operands = _arguments(cursor)
    if len(operands) != count:
        cursor.refuse(
            f"Incorrect number of operands for operator or function; operator or function: {name}, "
            f"number of operands: {len(operands)}"
        )
    return lambda item, names, values: check(*(one(item, names, values) for one in operands))


def _begins_with(value: Value | None, prefix: Value | None) -> bool:
    if value is None or prefix is None or value.keys() != prefix.keys() or not value.keys() <= {"S", "B"}:
        return False
    return bool(order_of(value)[1].startswith(order_of(prefix)[1]))


def _contains(value: Value | None, part: Value | None) -> bool:
    if value is None or part is None:
        return False
    ((tag, content),), ((part_tag, part_content),) = value.items(), part.items()
    if tag == "L":
        return part in content
    return part_tag == tag[0] and bool(part_content in content)


def _is_type(value: Value | None, tag: Value | None) -> bool:
    return value is not None and tag is not None and next(iter(value)) == tag.get("S")


FUNCTIONS: dict[str, tuple[Callable[..., bool], int]] = {
    "attribute_exists": (lambda value: value is not None, 1),
    "attribute_not_exists": (lambda value: value is None, 1),
    "attribute_type": (_is_type, 2),
    "begins_with": (_begins_with, 2),
    "contains": (_contains, 2),
}
