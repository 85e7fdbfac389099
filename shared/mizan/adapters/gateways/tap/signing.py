"""Tap's `hashstring`: hex HMAC-SHA256 under the secret key over seven named values [R]."""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Any

from mizan.adapters.gateways.reading import UnreadableError, object_of, text_of
from mizan.domain.money import format_amount, parse_amount

THREE_DECIMALS = frozenset({"BHD", "JOD", "KWD", "OMR"})


def hashed_text(charge: dict[str, Any]) -> str:
    """`x_id…x_amount…`: amount with its currency's decimals, missing references as empty. Raises UnreadableError."""
    reference = object_of(charge, "reference")
    values = {
        "x_id": text_of(charge, "id"),
        "x_amount": _amount(charge),
        "x_currency": text_of(charge, "currency"),
        "x_gateway_reference": text_of(reference, "gateway"),
        "x_payment_reference": text_of(reference, "payment"),
        "x_status": text_of(charge, "status"),
        "x_created": text_of(object_of(charge, "transaction"), "created"),
    }
    return "".join(f"{name}{value}" for name, value in values.items())


def _amount(charge: dict[str, Any]) -> str:
    """Other money is hashed as well: three decimals where its currency has them, else two [R]."""
    try:
        thousandths = parse_amount(text_of(charge, "amount"))
    except ValueError as error:
        raise UnreadableError("amount") from error
    text = format_amount(thousandths)
    if text_of(charge, "currency") in THREE_DECIMALS:
        return text
    if not text.endswith("0"):
        raise UnreadableError("amount")
    return text[:-1]


def sign(secret_key: str, text: str) -> str:
    return hmac.new(secret_key.encode("utf-8"), text.encode("utf-8"), hashlib.sha256).hexdigest()


def is_signed(secret_keys: Iterable[str], hashstring: str, text: str) -> bool:
    """Whether one of the keys made it; either hex case, compared in constant time. An empty key made nothing."""
    given = hashstring.strip().lower().encode("utf-8", "replace")
    found = [hmac.compare_digest(sign(key, text).encode("ascii"), given) for key in secret_keys if key]
    return any(found)
