"""Magic cards: the gateway's published test prefixes, each with any eight digits (facts: rails 1, [R])."""

from __future__ import annotations

import re
from dataclasses import dataclass

APPROVED = "00"
INVALID_CARD = "14"
PREFIXES = {
    "46004101": APPROVED,
    "45501201": "54",
    "48897801": "61",
    "44155501": "51",
    "45755501": "78",
    "48455501": "55",
    "48955501": "05",
}
_CARD = re.compile(r"\d{16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PresentedCard:
    """What survives of a card: how it answers, and its last four digits. The number itself is dropped."""

    response_code: str
    masked: str


def present(number: str) -> PresentedCard:
    """Read a typed card number (spaces allowed). Raises ValueError unless it has 16 digits."""
    digits = number.replace(" ", "").replace("-", "")
    if _CARD.fullmatch(digits) is None:
        raise ValueError("a card number has 16 digits")
    return PresentedCard(PREFIXES.get(digits[:8], INVALID_CARD), f"{'*' * 12}{digits[-4:]}")
