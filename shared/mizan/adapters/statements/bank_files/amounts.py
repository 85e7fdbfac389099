"""Decimal text of any currency to minor units, digit by digit."""

import re

AMOUNT_DIGITS_MAX = 15
_DECIMAL = re.compile(r"([0-9]{1,15})(?:\.([0-9]{0,10}))?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_NO_DECIMALS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
     "XPF"}
)  # fmt: skip


def exponent_of(currency: str) -> int:
    """Decimals of a currency (ISO 4217). Raises ValueError on what is no currency code."""
    if _CURRENCY.fullmatch(currency) is None:
        raise ValueError("currency")
    if currency in _THREE_DECIMALS:
        return 3
    return 0 if currency in _NO_DECIMALS else 2


def minor_units(text: str, currency: str) -> int:
    """ "10.5" BHD → 10500. Raises ValueError("currency"), ("amount") or ("precision"): schemas let a fourth decimal of
    a dinar pass.
    """
    exponent = exponent_of(currency)
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise ValueError("amount")
    fraction = (match[2] or "").rstrip("0")
    if len(fraction) > exponent:
        raise ValueError("precision")
    return int(match[1] + fraction.ljust(exponent, "0"))
