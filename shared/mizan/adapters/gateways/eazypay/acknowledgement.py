"""How EazyPay's webhook is answered: 200 with an empty JSON object [m]. Loads the standard library alone."""

import json

CONTENT_TYPE = "application/json"
TIMESTAMP_HEADER, NONCE_HEADER, SIGNATURE_HEADER = "eazy-timestamp", "eazy-nonce", "eazy-signature"
KEPT_HEADERS = (TIMESTAMP_HEADER, NONCE_HEADER, SIGNATURE_HEADER)
BODY_BYTES_MAX = 64_000
TRACK_ID_LENGTH_MAX = 40


def acknowledge(_redirect_url: str) -> bytes:
    """The payer's browser comes back by the address that the invoice named; the webhook is only taken note of."""
    return b"{}"


def clear_track_id(body: bytes) -> str | None:
    """The `invoiceId` that the delivery names, unproven; None when there is none that fits."""
    try:
        document = json.loads(body) if len(body) <= BODY_BYTES_MAX else None
    except (ValueError, RecursionError):
        return None
    found = document.get("invoiceId") if isinstance(document, dict) else None
    return found if isinstance(found, str) and is_track_id(found) else None


def is_track_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= TRACK_ID_LENGTH_MAX
