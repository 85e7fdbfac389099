"""Update expressions: what an item becomes. Every operand is read from the item as it was."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import pairwise

from tests.fakes.dynamodb.errors import invalid
from tests.fakes.dynamodb.paths import Names, Path, found_at, put_at, remove_at, resolved
from tests.fakes.dynamodb.tokens import Cursor
from tests.fakes.dynamodb.values import Item, Value, taken

Values = Mapping[str, Value]
Source = Callable[[Item, Names, Values], Value]


@dataclass
class Update:
    """Assignments, removals and additions, with the placeholders that they read."""

    sets: list[tuple[Path, Source]] = field(default_factory=list)
    removes: list[Path] = field(default_factory=list)
    adds: list[tuple[Path, str]] = field(default_factory=list)
    used: frozenset[str] = frozenset()

    def touched(self, names: Names) -> list[Path]:
        paths = [path for path, _ in self.sets] + self.removes + [path for path, _ in self.adds]
        return [resolved(path, names) for path in paths]

    def applied(self, item: Item, names: Names, values: Values) -> Item:
        """The item after the update; `item` itself is left alone."""
        _refuse_overlaps(self.touched(names))
        after = dict(item)
        assigned = [(resolved(path, names), source(item, names, values)) for path, source in self.sets]
        for path, value in assigned:
            put_at(after, path, value)
        for path in sorted((resolved(path, names) for path in self.removes), key=repr, reverse=True):
            remove_at(after, path)
        for path, name in self.adds:
            _add(after, resolved(path, names), values[name])
        return after


@cache
def update(text: str) -> Update:
    cursor = Cursor("UpdateExpression", text)
    found, seen = Update(), set()
    while section := cursor.take().upper():
        read = SECTIONS.get(section)
        if read is None:
            cursor.refuse(f'Syntax error; token: "{section}", near: "{text}"')
        if section in seen:
            cursor.refuse(f'The "{section}" section can only be used once in an update expression;')
        seen.add(section)
        read(cursor, found)
        while cursor.takes(","):
            read(cursor, found)
    found.used = frozenset(cursor.used)
    return found


def _read_set(cursor: Cursor, found: Update) -> None:
    path = cursor.path()
    cursor.expect("=")
    found.sets.append((path, _sum(cursor)))


def _read_remove(cursor: Cursor, found: Update) -> None:
    found.removes.append(cursor.path())


def _read_add(cursor: Cursor, found: Update) -> None:
    found.adds.append((cursor.path(), cursor.value()))


SECTIONS: dict[str, Callable[[Cursor, Update], None]] = {"SET": _read_set, "REMOVE": _read_remove, "ADD": _read_add}
"""DELETE (of set elements) is not simulated: the table holds no sets."""


def _sum(cursor: Cursor) -> Source:
    left = _operand(cursor)
    for sign, factor in (("+", 1), ("-", -1)):
        if cursor.takes(sign):
            right = _operand(cursor)
            return lambda item, names, values: _added(left(item, names, values), right(item, names, values), factor)
    return left


def _operand(cursor: Cursor) -> Source:
    token = cursor.peek()
    if token.startswith(":"):
        name = cursor.value()
        return lambda item, names, values: values[name]
    if cursor.peek(1) == "(":
        return _function(cursor)
    path = cursor.path()
    return lambda item, names, values: _present(found_at(item, resolved(path, names)))


def _function(cursor: Cursor) -> Source:
    name = cursor.take()
    cursor.expect("(")
    if name == "if_not_exists":
        path = cursor.path()
        cursor.expect(",")
        fallback = _operand(cursor)
        cursor.expect(")")
        return lambda item, names, values: found_at(item, resolved(path, names)) or fallback(item, names, values)
    if name != "list_append":
        cursor.refuse(f"Invalid function name; function: {name}")
    first = _operand(cursor)
    cursor.expect(",")
    second = _operand(cursor)
    cursor.expect(")")
    return lambda item, names, values: {
        "L": _elements(first(item, names, values)) + _elements(second(item, names, values))
    }


def _present(value: Value | None) -> Value:
    if value is None:
        raise invalid("The provided expression refers to an attribute that does not exist in the item")
    return value


def _elements(value: Value) -> list[Value]:
    if "L" not in value:
        raise invalid("Incorrect operand type for operator or function; operator or function: list_append")
    return list(value["L"])


def _added(left: Value, right: Value, factor: int) -> Value:
    if "N" not in left or "N" not in right:
        raise invalid("An operand in the update expression has an incorrect data type")
    return taken({"N": str(Decimal(left["N"]) + factor * Decimal(right["N"]))})


def _add(item: Item, path: Path, value: Value) -> None:
    put_at(item, path, _added(found_at(item, path) or {"N": "0"}, value, 1))


def _refuse_overlaps(paths: list[Path]) -> None:
    ordered = sorted(paths, key=lambda path: [str(part) for part in path])
    for one, other in pairwise(ordered):
        if other[: len(one)] == one:
            raise invalid("Invalid UpdateExpression: Two document paths overlap with each other;")
