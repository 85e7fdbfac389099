"""Whether a text is an IBAN: ISO 13616, MOD 97-10. The bank's own check, written apart from the platform's."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)
_BAHRAIN = re.compile(r"BH\d{2}[A-Z]{4}[A-Z0-9]{14}", re.ASCII)


def is_iban(text: str) -> bool:
    """In its electronic form: no spaces, capitals."""
    shape = _BAHRAIN if text.startswith("BH") else _SHAPE
    if shape.fullmatch(text) is None:
        return False
    remainder = 0
    for character in text[4:] + text[:4]:
        value = int(character, 36)
        remainder = (remainder * (10 if value < 10 else 100) + value) % 97  # noqa: PLR2004  # decimal digits of a letter
    return remainder == 1
