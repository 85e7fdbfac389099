"""Document paths: reading, setting and removing what is at one, without touching the item that shares its parts."""

from collections.abc import Mapping
from typing import Any

from tests.fakes.dynamodb.errors import invalid
from tests.fakes.dynamodb.values import Item, Value

Names = Mapping[str, str]
Path = tuple[str | int, ...]

NO_PLACE = "The document path provided in the update expression is invalid for update"


def resolved(path: Path, names: Names) -> Path:
    return tuple(names[part] if isinstance(part, str) and part[0] == "#" else part for part in path)


def found_at(item: Item, path: Path) -> Value | None:
    """The value at a resolved path, None where there is nothing."""
    value: Value | None = item.get(str(path[0]))
    for part in path[1:]:
        if value is None:
            return None
        value = _inside(value, part)
    return value


def _inside(value: Value, part: str | int) -> Value | None:
    ((tag, content),) = value.items()
    if isinstance(part, int):
        return content[part] if tag == "L" and part < len(content) else None
    return content.get(part) if tag == "M" else None


def put_at(item: Item, path: Path, value: Value) -> None:
    """Set what is at the path of this item, which is the caller's own at its top level only."""
    *way, last = path
    content = _opened(item, tuple(way))
    if isinstance(last, int):
        _check(isinstance(content, list))
        content[last : last + 1] = [value]  # past the end: appended, as AWS does
    else:
        _check(isinstance(content, dict))
        content[last] = value


def remove_at(item: Item, path: Path) -> None:
    """Remove what is at the path; nothing there is nothing to do."""
    *way, last = path
    content = _opened(item, tuple(way))
    if isinstance(last, int):
        _check(isinstance(content, list))
        del content[last : last + 1]
    else:
        _check(isinstance(content, dict))
        content.pop(last, None)


def _opened(item: Item, way: Path) -> Any:
    """The container at `way`, every container on the way copied. Raises ValidationException where there is none."""
    content: Any = item
    for part in way:
        if isinstance(part, int):
            _check(isinstance(content, list) and part < len(content))
        else:
            _check(isinstance(content, dict) and part in content)
        ((tag, old),) = content[part].items()
        _check(tag in ("L", "M"))
        copied = list(old) if tag == "L" else dict(old)
        content[part] = {tag: copied}
        content = copied
    return content


def _check(is_possible: bool) -> None:
    if not is_possible:
        raise invalid(NO_PLACE)
