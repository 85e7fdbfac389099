"""Reading and writing JSON strictly: one object in UTF-8 and nothing that two readers could take differently."""

import json
from typing import Any, NoReturn

from mizan.entrypoints.problems import Problem, WrongField

BODY_BYTES_MAX = 262_144
"""Fifty lines with everything in them, every letter escaped, are 150 KB."""

INTEGER_DIGITS_MAX = 30
"""Longer ones are far beyond any limit here; they are cut to this many nines, so that they are refused as too large."""

_ESCAPES = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029"})  # line ends in JavaScript, not in JSON


class UnreadableBodyError(ValueError):
    """`problem` says how to answer."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.slug)
        self.problem = problem


def normalise(body: bytes) -> str:
    """The text of the one JSON object in `body`, as `write` writes it: what was checked is what is read on.

    Raises UnreadableBodyError on anything else, repeated members, NaN and halves of characters included.
    """
    return write(parse(body))


def parse(body: bytes) -> dict[str, Any]:
    """The one JSON object in `body`. Raises UnreadableBodyError as `normalise` does."""
    if len(body) > BODY_BYTES_MAX:
        raise UnreadableBodyError(Problem("too-large"))
    try:
        document = json.loads(
            body.decode(), object_pairs_hook=_without_repeats, parse_constant=_refuse, parse_int=_bounded_integer
        )
        write(document).encode()
    except (ValueError, RecursionError):  # not UTF-8, not JSON, or nested beyond reason
        raise UnreadableBodyError(Problem("malformed-request")) from None
    if not isinstance(document, dict):
        raise UnreadableBodyError(Problem("invalid-input", errors=[WrongField("body", "not_an_object")]))
    return document


def write(document: Any) -> str:
    """Compact, Arabic as it is."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(_ESCAPES)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is repeated")
    return members


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _bounded_integer(digits: str) -> int:
    if len(digits) <= INTEGER_DIGITS_MAX:
        return int(digits)
    return int(digits[0].replace("-", "-9") + "9" * INTEGER_DIGITS_MAX)
