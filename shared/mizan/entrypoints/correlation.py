"""Reading a proxy event: its headers, and the id under which everything that it causes is found again."""

import re
from collections.abc import Mapping
from typing import Any

CORRELATION_HEADER = "X-Correlation-Id"

_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{1,64}")


def header_of(event: Mapping[str, Any], name: str) -> str:
    """A header of the request, whatever its case; empty where it is missing."""
    headers: Mapping[str, str] = event.get("headers") or {}
    return next((value for given, value in headers.items() if given.lower() == name.lower()), "")


def correlation_of(event: Mapping[str, Any]) -> str:
    """The caller's X-Correlation-Id where it is well-formed, else the request's own id."""
    given = header_of(event, CORRELATION_HEADER)
    return given if _WELL_FORMED.fullmatch(given) else str(event["requestContext"].get("requestId", "none"))
