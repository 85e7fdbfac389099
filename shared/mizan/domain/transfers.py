"""Where a bank transfer for an invoice goes and what it quotes: a virtual IBAN and a creditor reference.

Both carry the payment reference, and both are computed, either way: nothing is stored for them and nothing runs out.

    reference         16 digits + 2 check digits (`mizan.domain.references`)
    virtual IBAN      BH + 2 check digits + 4 letters of the bank + 3 characters of our range at it
                      + 11 characters: the reference's 16 digits in base 36 (36^11 > 10^16)
    creditor ref.     RF + 2 check digits + the 18 digits of the reference (ISO 11649)

That banks of Bahrain lend such a range, and on which characters, is not public: the prefix is the account's setting.
"""

import re

from mizan.domain.iban import is_iban
from mizan.domain.references import check_digits, is_reference

TRANSFER_GATEWAY = "bank_transfer"
"""The name of the rail, as accounts and the journal have it."""

PREFIX_SETTING = "iban_prefix"
"""A merchant account's setting: 4 letters of the bank and the 3 characters of the range it lent us."""

STATEMENT_IBAN_SETTING = "statement_iban"
"""A merchant account's setting: the account that its statements are about, in electronic form."""

BENEFICIARY_SETTING = "beneficiary"
"""A merchant account's setting: the account holder's name, as the payer's bank asks for it."""

SERIAL_LENGTH = 11
_PREFIX = re.compile(r"[A-Z]{4}[A-Z0-9]{3}")
_SERIAL = re.compile(r"[0-9A-Z]{11}")
_CREDITOR_REFERENCE = re.compile(r"RF([0-9]{2})([0-9]{18})")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BODY_LIMIT = 10**16


def virtual_iban(reference: str, prefix: str) -> str:
    """The account that takes transfers for this invoice alone, in electronic form.

    Raises ValueError on what is no payment reference or no prefix.
    """
    if not is_reference(reference) or _PREFIX.fullmatch(prefix) is None:
        raise ValueError("a payment reference and a prefix of 4 letters and 3 characters are needed")
    basic = prefix + _base36(int(reference[:16]))
    return f"BH{_iso7064(basic + 'BH')}{basic}"


def reference_of_virtual_iban(iban: str, prefix: str) -> str | None:
    """The payment reference that a virtual IBAN of this range carries; None for any other account or wrong check
    digits.
    """
    if not is_iban(iban) or not iban.startswith("BH") or iban[4 : 4 + len(prefix)] != prefix:
        return None
    serial = iban[4 + len(prefix) :]
    body = int(serial, 36) if _SERIAL.fullmatch(serial) else _BODY_LIMIT
    digits = f"{body:016d}"
    return digits + check_digits(digits) if body < _BODY_LIMIT else None


def creditor_reference(reference: str) -> str:
    """The payment reference as a creditor reference, which payers' banks check as it is typed (ISO 11649)."""
    return f"RF{_iso7064(reference + 'RF')}{reference}"


def reference_of_creditor_reference(text: str) -> str | None:
    """The payment reference inside, None where it is not one of ours or its check digits are wrong."""
    match = _CREDITOR_REFERENCE.fullmatch(text)
    if match is None or creditor_reference(match[2]) != text:
        return None
    return match[2] if is_reference(match[2]) else None


def _base36(number: int) -> str:
    characters = ""
    for _ in range(SERIAL_LENGTH):
        number, rest = divmod(number, 36)
        characters = _DIGITS[rest] + characters
    return characters


def _iso7064(text: str) -> str:
    """Check digits of letters and digits, letters counting 10 to 35 (ISO 7064 MOD 97-10)."""
    number = "".join(str(int(character, 36)) for character in text)
    return f"{98 - int(number) * 100 % 97:02d}"
