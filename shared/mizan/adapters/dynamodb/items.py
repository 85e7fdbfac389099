"""Items between Python and DynamoDB's typed JSON. Only the types that the table holds; a float is refused."""

from collections.abc import Mapping
from typing import Any, TypeAlias

Value: TypeAlias = "str | int | bool | bytes | None | list[Any] | dict[str, Any]"
Item: TypeAlias = dict[str, Any]


def pack_value(value: Value) -> Item:
    """One value. Raises TypeError on a type that the table does not hold (floats above all)."""
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case None:
            return {"NULL": True}
        case list() | tuple():
            return {"L": [pack_value(element) for element in value]}
        case dict():
            return {"M": pack(value)}
    raise TypeError(f"{type(value).__name__} is not stored")


def pack(attributes: Mapping[str, Any]) -> Item:
    """Attributes to an item; those that are None are left out."""
    return {name: pack_value(value) for name, value in attributes.items() if value is not None}


def unpack_value(typed: Mapping[str, Any]) -> Any:
    ((kind, value),) = typed.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return int(value)
        case "B":
            return bytes(value)
        case "NULL":
            return None
        case "L":
            return [unpack_value(element) for element in value]
        case "M":
            return unpack(value)
    raise TypeError(f"{kind} is not stored")


def unpack(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: unpack_value(typed) for name, typed in item.items()}
