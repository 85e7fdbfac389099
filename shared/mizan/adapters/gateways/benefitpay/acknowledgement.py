"""The answer that BenefitPay waits for, the same whatever came, and the reference that a delivery names, unproven.

This module loads nothing but JSON: the function that answers callbacks starts with it.
"""

import json

CONTENT_TYPE = "application/json"
ACKNOWLEDGED = b'{"response":{"statusCode":200,"message":"Success"}}'
SIGNATURE_HEADER = "x-foo-signature"
TRACK_ID_LENGTH_MAX = 40


def acknowledge(_redirect_url: str) -> bytes:
    """Exactly this [weak]. No browser is sent anywhere: the wallet's own page does that."""
    return ACKNOWLEDGED


def clear_track_id(body: bytes) -> str | None:
    """`reference_number`, where the body is what it should be."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    found = document.get("reference_number") if isinstance(document, dict) else None
    fits = isinstance(found, str) and found.isascii() and found.isdecimal() and len(found) <= TRACK_ID_LENGTH_MAX
    return found if fits else None
