"""The answer that the family waits for, and the little of a delivery that may be read without a key.

The body must be exactly `REDIRECT=<address>`: no HTML, no line end. Without it BENEFIT voids the transaction; whether
KNET does is not verified. This module loads nothing but the standard library's URL parser: the function that answers
callbacks starts with it.
"""

from urllib.parse import parse_qsl

from mizan.adapters.gateways.addresses import is_secure_url

CONTENT_TYPE = "text/plain; charset=utf-8"
URL_LENGTH_MAX = 254
TRACK_ID_LENGTH_MAX = 40
FORM_FIELD_COUNT_MAX = 64


def acknowledge(redirect_url: str) -> bytes:
    """`REDIRECT=` and where the payer's browser goes next. The family strips a query string, so there must be none.

    Raises ValueError unless the address is https (or http on this machine), at most 254 characters, without a query.
    """
    if not is_acceptable_url(redirect_url):
        raise ValueError("not an address that the gateway takes")
    return f"REDIRECT={redirect_url}".encode("ascii")


def clear_track_id(body: bytes) -> str | None:
    """The track id among a delivery's clear fields, whatever the case of its name; unproven. None when none fits."""
    try:
        found = {value for name, value in form_fields(body) if name == "trackid"}
    except ValueError:
        return None
    return found.pop() if len(found) == 1 and all(map(is_track_id, found)) else None


def form_fields(body: bytes) -> list[tuple[str, str]]:
    """A form body's fields, names in lower case. Raises ValueError when it is not text or has too many fields."""
    pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=FORM_FIELD_COUNT_MAX)
    return [(name.lower(), value) for name, value in pairs]


def is_track_id(text: str) -> bool:
    """The family takes digits only."""
    return text.isascii() and text.isdecimal() and len(text) <= TRACK_ID_LENGTH_MAX


def is_acceptable_url(url: str) -> bool:
    """Whether the gateway would call or redirect to the address as it is."""
    if not url.isascii() or len(url) > URL_LENGTH_MAX or any(c.isspace() for c in url) or "?" in url or "#" in url:
        return False
    return is_secure_url(url)
