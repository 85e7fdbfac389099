"""Items between Python and DynamoDB's typed JSON. Only the types that the table holds; a float is refused."""

from collections.abc import Mapping
from typing import Any, TypeAlias

Value: TypeAlias = "str | int | bool | bytes | list[Any] | dict[str, Any] | None"
Item: TypeAlias = dict[str, Any]


_SCALARS: dict[type, tuple[str, Any]] = {
    bool: ("BOOL", bool),
    str: ("S", str),
    int: ("N", str),
    bytes: ("B", bytes),
    type(None): ("NULL", lambda _: True),
}


def pack_value(value: Value) -> Item:
    """One value. Raises TypeError on a type that the table does not hold (floats above all)."""
    if isinstance(value, dict):
        return {"M": pack(value)}
    if isinstance(value, list | tuple):
        return {"L": [pack_value(element) for element in value]}
    for kind, (tag, convert) in _SCALARS.items():
        if isinstance(value, kind):
            return {tag: convert(value)}
    raise TypeError(f"{type(value).__name__} is not stored")


def pack(attributes: Mapping[str, Any]) -> Item:
    """Attributes to an item; those that are None are left out."""
    return {name: pack_value(value) for name, value in attributes.items() if value is not None}


def unpack_value(typed: Mapping[str, Any]) -> Any:
    """One typed value. Raises KeyError on a type that the table does not hold."""
    ((kind, value),) = typed.items()
    return _READERS[kind](value)


def unpack(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: unpack_value(typed) for name, typed in item.items()}


_READERS: dict[str, Any] = {
    "S": str,
    "BOOL": bool,
    "N": int,
    "B": bytes,
    "NULL": lambda _: None,
    "L": lambda elements: [unpack_value(element) for element in elements],
    "M": unpack,
}
