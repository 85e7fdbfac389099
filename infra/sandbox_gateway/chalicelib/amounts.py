"""BHD amounts on the gateway's wire: decimal strings to integer fils and back. No float anywhere."""

from __future__ import annotations

import re

_DECIMAL = re.compile(r"(\d{1,9})(?:\.(\d{1,3}))?", re.ASCII)
FILS_PER_DINAR = 1000


def to_fils(text: str) -> int:
    """`"1.500"` → 1500. Raises ValueError for signs, exponents, more than three decimals, or an empty text."""
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise ValueError(f"not a BHD amount: {text!r}")
    whole, fraction = match.group(1), match.group(2) or ""
    return int(whole) * FILS_PER_DINAR + int(fraction.ljust(3, "0"))


def on_the_wire(fils: int) -> str:
    """70000 → `"70.0"`: the gateway loses trailing zeros but one (facts: rails 1, [R])."""
    whole, fraction = divmod(fils, FILS_PER_DINAR)
    return f"{whole}.{f'{fraction:03d}'.rstrip('0') or '0'}"


def three_decimals(fils: int) -> str:
    """70000 → `"70.000"`, negative sums with a leading minus: the settlement file's form."""
    whole, fraction = divmod(abs(fils), FILS_PER_DINAR)
    return f"{'-' if fils < 0 else ''}{whole}.{fraction:03d}"
