"""International bank account numbers: ISO 13616 structure, and check digits by ISO 7064 MOD 97-10.

The electronic form is what is stored and sent: no spaces, capitals. The printed form, in groups of four, is read by
`compact_iban`. Of Bahrain's the whole structure is known: `BH`, 2 check digits, 4 letters of the bank, 14 characters.
"""

import re

_STRUCTURE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_NATIONAL_STRUCTURES = {"BH": re.compile(r"BH[0-9]{2}[A-Z]{4}[A-Z0-9]{14}")}
_CHECK_DIGITS = range(2, 99)
"""What MOD 97-10 can give; 00, 01 and 99 are congruent with 97, 98 and 02 and are never issued."""

VISIBLE_HEAD, VISIBLE_TAIL = 4, 4


def compact_iban(text: str) -> str:
    """The electronic form of what a person typed or read off a card: spaces out, letters up. It may not be an IBAN."""
    return "".join(text.split()).upper()


def is_iban(text: str) -> bool:
    """Whether `text` is an IBAN in its electronic form, by structure and check digits. Says nothing of the account."""
    structure = _NATIONAL_STRUCTURES.get(text[:2], _STRUCTURE)
    if structure.fullmatch(text) is None or int(text[2:4]) not in _CHECK_DIGITS:
        return False
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1


def masked_iban(iban: str) -> str:
    """For logs and lists: country, check digits and the last four characters, `BH67**************3456`.

    Anything too short to keep a secret in the middle is starred whole.
    """
    hidden = len(iban) - VISIBLE_HEAD - VISIBLE_TAIL
    if hidden < VISIBLE_HEAD + VISIBLE_TAIL:
        return "*" * len(iban)
    return iban[:VISIBLE_HEAD] + "*" * hidden + iban[-VISIBLE_TAIL:]
