"""The one credential that a request carries, wherever it is. Standard library only: the authoriser's cold start."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

KEY_HEADER, BEARER_HEADER = "x-api-key", "authorization"


@dataclass(frozen=True, slots=True)
class Credential:
    """What was sent, in no `repr`. `is_bearer`: in Authorization alone, where a personal token may come."""

    text: str = field(repr=False)
    is_bearer: bool


NOTHING = Credential("", is_bearer=False)


def credential_in(event: Mapping[str, Any]) -> Credential:
    """The credential; an empty one where there is none, or where two differ: which was meant is not for us to guess."""
    keys = {value.strip() for value in _values_of(event, KEY_HEADER)} - {""}
    tokens = {_bearer_in(value) for value in _values_of(event, BEARER_HEADER)} - {""}
    given = keys | tokens
    return Credential(given.pop(), is_bearer=not keys) if len(given) == 1 else NOTHING


def _bearer_in(value: str) -> str:
    scheme, _, token = value.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _values_of(event: Mapping[str, Any], name: str) -> Iterator[str]:
    """Every value of a header: API Gateway gives the last in one map, and all of a repeated one in another."""
    for given, value in (event.get("headers") or {}).items():
        if given.lower() == name:
            yield value
    for given, values in (event.get("multiValueHeaders") or {}).items():
        if given.lower() == name:
            yield from values
