"""A JSON document of the issuer over HTTPS: bounded in size and time, no redirect followed, no proxy asked."""

import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

DOCUMENT_BYTES_MAX = 64 * 1024
WAIT_SECONDS = 1.0
DOCUMENT_SECONDS_MAX = 1.5
"""No single wait is longer than the one; none begins after the other. Two documents stay under five seconds."""

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class IssuerUnavailableError(Exception):
    """The issuer could not be asked, or answered what nobody can use. The caller is answered 500, never 401."""


def fetch_document(url: str, *, allow_loopback: bool) -> dict[str, Any]:
    """The JSON object at `url`. Raises IssuerUnavailableError, naming what went wrong."""
    try:
        found = json.loads(_read(url, allow_loopback=allow_loopback))
    except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
        raise IssuerUnavailableError(f"{url}: {type(error).__name__}") from error
    if not isinstance(found, dict):
        raise IssuerUnavailableError(f"{url}: not an object")
    return found


def _read(url: str, *, allow_loopback: bool) -> bytes:
    connection = _connection_to(url, allow_loopback=allow_loopback)
    deadline = time.monotonic() + DOCUMENT_SECONDS_MAX
    try:
        connection.request("GET", _target_of(url), headers={"Accept": "application/json"})
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise IssuerUnavailableError(f"{url}: {answer.status}")
        content = b""
        while piece := answer.read1(DOCUMENT_BYTES_MAX):
            content += piece
            if len(content) > DOCUMENT_BYTES_MAX or time.monotonic() > deadline:
                raise IssuerUnavailableError(f"{url}: too large or too slow")
        return content
    finally:
        connection.close()


def _target_of(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _connection_to(url: str, *, allow_loopback: bool) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return http.client.HTTPSConnection(parts.netloc, timeout=WAIT_SECONDS)
    if allow_loopback and parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS:
        return http.client.HTTPConnection(parts.netloc, timeout=WAIT_SECONDS)
    raise IssuerUnavailableError(f"{url}: https is needed")
