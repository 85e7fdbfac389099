"""Which addresses the sandbox will call, and how it mangles them.

The gateway strips query strings from merchants' addresses and takes at most 254 characters (facts: rails 1, [R]).
Under the loopback rule only this machine is called, over http or https; without it, https alone.
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

URL_LENGTH_MAX = 254
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


def strip_query(url: str) -> str:
    """The address without query string and fragment, as the gateway keeps it."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


def may_be_called(url: str, *, loopback_only: bool) -> bool:
    """Whether the gateway accepts the address as a responseURL, errorURL or REDIRECT target."""
    if len(url) > URL_LENGTH_MAX or any(character.isspace() for character in url):
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if loopback_only:
        return parts.scheme in ("http", "https") and host in LOOPBACK_HOSTS
    return parts.scheme == "https" and bool(host) and host not in LOOPBACK_HOSTS
