"""Typed values as DynamoDB keeps them: checked and copied on the way in, compared and measured afterwards."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from tests.fakes.dynamodb.errors import invalid, invalid_call

Value: TypeAlias = dict[str, Any]
Item: TypeAlias = dict[str, Value]

ITEM_BYTES_MAX = 400 * 1024
DIGITS_MAX = 38
NUMBER_BYTES_MAX = 21
CONTAINER_BYTES, ELEMENT_BYTES = 3, 1
_WHOLE = re.compile(r"-?[1-9][0-9]{0,37}|0")


def taken(value: Any) -> Value:
    """A copy of one typed value, in the one form that equal values share. Raises what botocore or AWS would."""
    if not isinstance(value, dict) or len(value) != 1:
        raise invalid_call(f"Invalid attribute value {value!r}: one type key is wanted")
    ((tag, content),) = value.items()
    if tag == "S" and type(content) is str:
        return {"S": content}  # what most values are
    take = _TAKERS.get(tag)
    if take is None:
        raise invalid_call(f"Unknown type of attribute value: {tag!r}")
    return {tag: take(content)}


def taken_item(item: Any) -> Item:
    if not isinstance(item, dict):
        raise invalid_call(f"Invalid type for an item: {type(item).__name__}")
    return {name: taken(value) for name, value in item.items()}


def _text(content: Any) -> str:
    if type(content) is not str:
        raise invalid_call(f"Invalid type for parameter S: {type(content).__name__}")
    return content


def _number(content: Any) -> str:
    text = _text(content)
    if _WHOLE.fullmatch(text):
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}") from None
    if not number.is_finite() or len("".join(map(str, number.as_tuple().digits)).strip("0")) > DIGITS_MAX:
        raise invalid("Attempting to store more than 38 significant digits in a Number")
    plain = f"{number:f}"
    return (plain.rstrip("0").rstrip(".") if "." in plain else plain) if number else "0"


def _binary(content: Any) -> bytes:
    if not isinstance(content, bytes | bytearray):
        raise invalid_call(f"Invalid type for parameter B: {type(content).__name__}")
    return bytes(content)


def _boolean(content: Any) -> bool:
    if type(content) is not bool:
        raise invalid_call(f"Invalid type for parameter BOOL: {type(content).__name__}")
    return content


def _null(content: Any) -> bool:
    if content is not True:
        raise invalid("One or more parameter values were invalid: Null attribute value types must have the value true")
    return True


def _list(content: Any) -> list[Value]:
    if not isinstance(content, list | tuple):
        raise invalid_call(f"Invalid type for parameter L: {type(content).__name__}")
    return [taken(element) for element in content]


def _set_of(take: Any) -> Any:
    def take_all(content: Any) -> list[Any]:
        elements = sorted(map(take, content))
        if not elements or len(set(elements)) != len(elements):
            raise invalid("One or more parameter values were invalid: An empty set, or one with duplicates")
        return elements

    return take_all


_TAKERS: dict[str, Any] = {
    "S": _text,
    "N": _number,
    "BOOL": _boolean,
    "B": _binary,
    "NULL": _null,
    "L": _list,
    "M": taken_item,
    "SS": _set_of(_text),
    "NS": _set_of(_number),
    "BS": _set_of(_binary),
}


def order_of(value: Value) -> tuple[str, Any]:
    """Two values of the same ordered type compare by this; the first part is the type. Raises KeyError on others."""
    ((tag, content),) = value.items()
    return tag, _ORDERS[tag](content)


_ORDERS: dict[str, Any] = {
    "S": lambda text: text,  # code points sort as their UTF-8 bytes do
    "N": lambda text: int(text) if _WHOLE.fullmatch(text) else Decimal(text),
    "B": lambda content: content,
}


def bytes_of(item: Item) -> int:
    """The size of an item by AWS's rules: names count, containers cost three bytes and one per element."""
    return sum(len(name.encode()) + _bytes_of_value(value) for name, value in item.items())


def _bytes_of_value(value: Value) -> int:
    ((tag, content),) = value.items()
    if tag == "S":
        return len(content) if content.isascii() else len(content.encode())
    return int(_SIZES[tag](content))


def _number_bytes(text: str) -> int:
    digits = len(text.strip("-").replace(".", "").strip("0"))
    return min((digits + 1) // 2 + 1 + text.startswith("-"), NUMBER_BYTES_MAX)


_SIZES: dict[str, Any] = {
    "N": _number_bytes,
    "B": len,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "L": lambda elements: CONTAINER_BYTES + sum(ELEMENT_BYTES + _bytes_of_value(element) for element in elements),
    "M": lambda item: CONTAINER_BYTES + ELEMENT_BYTES * len(item) + bytes_of(item),
    "SS": lambda texts: sum(len(text.encode()) for text in texts),
    "NS": lambda texts: sum(map(_number_bytes, texts)),
    "BS": lambda blobs: sum(map(len, blobs)),
}
