"""One table in memory: items by partition in order, indexes of keys alone, and the log of every change."""

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.dynamodb.errors import invalid
from tests.fakes.dynamodb.key_conditions import Range
from tests.fakes.dynamodb.values import ITEM_BYTES_MAX, Item, Value, bytes_of

Key = tuple[str, str]
UTF8_BYTES_MAX = 4
"""Bytes of one character at most: an item written out in fewer characters than a fourth of the limit is within it."""


@dataclass(frozen=True)
class Change:
    """One write as the table's stream tells it: INSERT, MODIFY or REMOVE, the item before and after."""

    number: int
    key: Key
    before: Item | None
    after: Item | None

    @property
    def event_name(self) -> str:
        if self.before is None:
            return "INSERT"
        return "REMOVE" if self.after is None else "MODIFY"


@dataclass
class Index:
    """A global secondary index with projection KEYS_ONLY: partitions of (sort key, table key), in order."""

    hash_name: str
    range_name: str
    partitions: dict[str, list[tuple[str, Key]]] = field(default_factory=dict)

    def place_of(self, item: Item | None) -> tuple[str, str] | None:
        """Where an item stands in the index; None where it lacks one of the keys."""
        if item is None or self.hash_name not in item or self.range_name not in item:
            return None
        return item[self.hash_name]["S"], item[self.range_name]["S"]

    def apply(self, change: Change) -> None:
        old, new = self.place_of(change.before), self.place_of(change.after)
        if old == new:
            return
        if old is not None:
            self.partitions[old[0]].remove((old[1], change.key))
        if new is not None:
            insort(self.partitions.setdefault(new[0], []), (new[1], change.key))


class Table:
    """`changes` is everything that was ever written, in order; indexes have seen it up to `indexed_count`."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.hash_name, self.range_name = _key_names(schema["KeySchema"])
        self.indexes = {
            index["IndexName"]: Index(*_key_names(index["KeySchema"]))
            for index in schema.get("GlobalSecondaryIndexes", [])
        }
        self._index_names = {name for index in self.indexes.values() for name in (index.hash_name, index.range_name)}
        self.changes: list[Change] = []
        self.indexed_count = 0
        self._items: dict[Key, Item] = {}
        self._sort_keys: dict[str, list[str]] = {}

    def key_of(self, item: Mapping[str, Value]) -> Key:
        """The key inside an item. Raises ValidationException where it is missing, empty or of another type."""
        return self._key_part(item, self.hash_name), self._key_part(item, self.range_name)

    def exact_key(self, key: Mapping[str, Value]) -> Key:
        """The key of a request, which holds nothing else."""
        if key.keys() != {self.hash_name, self.range_name}:
            raise invalid("The provided key element does not match the schema")
        return self.key_of(key)

    def _key_part(self, item: Mapping[str, Value], name: str) -> str:
        value = item.get(name)
        if value is None:
            raise invalid(f"One or more parameter values were invalid: Missing the key {name} in the item")
        if "S" not in value:
            raise invalid(f"One or more parameter values were invalid: Type mismatch for key {name} expected: S")
        if not value["S"]:
            raise invalid(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
                f"empty string value. Key: {name}"
            )
        return str(value["S"])

    def check(self, item: Item) -> None:
        """Raises ValidationException on what AWS would not store."""
        for name in self._index_names & item.keys():
            if not item[name].get("S"):
                raise invalid(
                    f"One or more parameter values are not valid. Type mismatch or empty string for Index Key {name}"
                )
        if len(repr(item)) > ITEM_BYTES_MAX // UTF8_BYTES_MAX and bytes_of(item) > ITEM_BYTES_MAX:
            raise invalid("Item size has exceeded the maximum allowed size")

    def get(self, key: Key, *, lag: int = 0) -> Item | None:
        """The item now, or as it was before the newest `lag` changes of the table."""
        for change in self.changes[len(self.changes) - lag :] if lag else ():
            if change.key == key:
                return change.before
        return self._items.get(key)

    def write(self, key: Key, after: Item | None) -> None:
        """Put or remove (None) one item."""
        before = self._items.get(key)
        pk, sk = key
        if after is not None:
            self._items[key] = after
            if before is None:
                insort(self._sort_keys.setdefault(pk, []), sk)
        elif before is not None:
            del self._items[key]
            self._sort_keys[pk].remove(sk)
        if before is not after:
            self.changes.append(Change(len(self.changes), key, before, after))

    def keys(self, pk: str, wanted: Range) -> Iterator[Key]:
        """Keys of one partition in order."""
        return ((pk, sk) for sk in _between(self._sort_keys.get(pk, []), wanted))

    def all_keys(self) -> list[Key]:
        return sorted(self._items)

    def index(self, name: str, *, lag: int = 0) -> Index:
        """The index after all changes but the newest `lag`. It never unlearns what it has seen."""
        if name not in self.indexes:
            raise invalid(f"The table does not have the specified index: {name}")
        for change in self.changes[self.indexed_count : max(self.indexed_count, len(self.changes) - lag)]:
            for index in self.indexes.values():
                index.apply(change)
            self.indexed_count += 1
        return self.indexes[name]


def _key_names(schema: list[dict[str, str]]) -> tuple[str, str]:
    names = {part["KeyType"]: part["AttributeName"] for part in schema}
    return names["HASH"], names["RANGE"]


def _between(sort_keys: list[str], wanted: Range) -> list[str]:
    start = bisect_left(sort_keys, wanted.low)
    found = []
    for key in sort_keys[start:]:
        if key > wanted.high or not key.startswith(wanted.prefix):
            break
        if wanted.holds(key):
            found.append(key)
    return found
