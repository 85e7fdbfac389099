"""How Tap's webhook is answered: 200 with an empty JSON object [m]. Loads the standard library alone."""

import json

CONTENT_TYPE = "application/json"
HASH_HEADER = "hashstring"
KEPT_HEADERS = (HASH_HEADER,)
BODY_BYTES_MAX = 64_000
TRACK_ID_LENGTH_MAX = 40


def acknowledge(_redirect_url: str) -> bytes:
    """The payer's browser comes back by the address that the charge named; the webhook is only taken note of."""
    return b"{}"


def clear_track_id(body: bytes) -> str | None:
    """The `reference.transaction` that the delivery names, unproven; None when there is none that fits."""
    try:
        document = json.loads(body) if len(body) <= BODY_BYTES_MAX else None
    except (ValueError, RecursionError):
        return None
    reference = document.get("reference") if isinstance(document, dict) else None
    found = reference.get("transaction") if isinstance(reference, dict) else None
    return found if isinstance(found, str) and is_track_id(found) else None


def is_track_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= TRACK_ID_LENGTH_MAX
