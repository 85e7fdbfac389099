"""The answer to a POST at our address, and the attempt it names, unproven. SADAD posts through the payer's browser."""

from urllib.parse import parse_qsl

CONTENT_TYPE = "text/plain; charset=utf-8"
IDENTIFIER = "transactionidentifier"
FORM_FIELD_COUNT_MAX = 64
TRACK_ID_LENGTH_MAX = 40


def acknowledge(_redirect_url: str) -> bytes:
    """No answer is asked for."""
    return b"OK"


def form_fields(body: bytes) -> dict[str, str]:
    """A form body's fields, names in lower case. Raises ValueError when it is not text, has too many fields or says
    one thing twice.
    """
    pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=FORM_FIELD_COUNT_MAX)
    fields = {name.lower(): value for name, value in pairs}
    if len(fields) != len(pairs):
        raise ValueError("a field twice")
    return fields


def clear_track_id(body: bytes) -> str | None:
    """`TransactionIdentifier`, where it is our own reference rather than the operator's."""
    try:
        found = form_fields(body).get(IDENTIFIER, "")
    except ValueError:
        return None
    return found if found.isascii() and found.isdecimal() and len(found) <= TRACK_ID_LENGTH_MAX else None
