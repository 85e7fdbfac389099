"""How what a gateway sends is read: JSON with numbers kept as their text (no float), local times, foreign amounts."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from mizan.domain.calendar import BAHRAIN
from mizan.domain.money import CURRENCY_EXPONENTS, parse_amount

TRACK_ID_LENGTH_MAX = 40
WORD_LENGTH_MAX = 64
EARLY_MAX, LATE_MAX = timedelta(days=1), timedelta(days=366)
"""How far before and after its attempt began a capture's time may lie to be believed."""

_CURRENCY = re.compile(r"[A-Z]{3}")


class UnreadableError(ValueError):
    """The bytes are not the message they should be."""


def read_object(text: str | bytes) -> dict[str, Any]:
    """A JSON object whose numbers are texts as they were written. Raises UnreadableError, nesting bombs included."""
    try:
        document = json.loads(text, parse_float=str, parse_int=str, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("not JSON") from error
    if not isinstance(document, dict):
        raise UnreadableError("not an object")
    return document


def object_of(fields: dict[str, Any], name: str) -> dict[str, Any]:
    """An object inside; empty where there is none."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def text_of(fields: dict[str, Any], name: str) -> str:
    """A text or a number's text; empty where there is neither."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def word_of(fields: dict[str, Any], name: str) -> str:
    """A short text that is kept or shown: printable ASCII alone, cut at 64 characters."""
    return "".join(c for c in text_of(fields, name)[:WORD_LENGTH_MAX] if " " <= c <= "~").strip()


def is_track_id(text: str) -> bool:
    """Digits alone: what the platform's attempts go by at a gateway."""
    return text.isascii() and text.isdecimal() and len(text) <= TRACK_ID_LENGTH_MAX


def track_id_of(fields: dict[str, Any], name: str) -> str:
    """Raises UnreadableError when there is none, or it is not digits."""
    track_id = text_of(fields, name)
    if not is_track_id(track_id):
        raise UnreadableError(name)
    return track_id


def read_money(text: str, currency: str, expected: str) -> tuple[int, str]:
    """Amount in minor units and its currency (`expected` where the gateway names none).

    A currency that the platform does not take is real money all the same: its amount is read in thousandths, for the
    people who will find it in suspense. Raises UnreadableError.
    """
    found = (currency or expected).upper()
    if _CURRENCY.fullmatch(found) is None:
        raise UnreadableError("currency")
    try:
        return parse_amount(text, found if found in CURRENCY_EXPONENTS else expected), found
    except ValueError as error:
        raise UnreadableError("amount") from error


def local_instant(text: str, near: datetime) -> datetime:
    """`2026-11-25 10:15:00`, Bahrain time where no offset is given, in UTC. `near` (aware UTC) where it cannot be read
    or lies far from it: captured money is never left out of the books for want of a date.
    """
    try:
        instant = datetime.fromisoformat(text)
        found = (instant if instant.tzinfo else instant.replace(tzinfo=BAHRAIN)).astimezone(UTC)
    except (ValueError, OverflowError):
        return near
    return found if near - EARLY_MAX <= found <= near + LATE_MAX else near


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are not JSON


TOLD_WITHIN = timedelta(days=60)
CLOCK_AHEAD = timedelta(minutes=5)


def is_believable(paid_at: datetime, received_at: datetime) -> bool:
    """Whether somebody who tells us now can have taken money then: a clock may be minutes ahead, a word weeks late."""
    return received_at - TOLD_WITHIN <= paid_at <= received_at + CLOCK_AHEAD
