"""Money is an integer of minor units beside its currency. For the dinar: fils, three decimals (ISO 4217).

Decimal text is read and written digit by digit: no binary fraction is ever involved.
"""

import re

CURRENCY_EXPONENTS = {"BHD": 3}
"""Decimals of each currency that the platform takes (ISO 4217)."""

AMOUNT_MAX = 999_999_999_999
"""Largest single amount, in fils (BHD 999,999,999.999): a bound on every loop and column, far above any bill."""

_DECIMAL = re.compile(r"(?P<whole>[0-9]{1,12})(?:\.(?P<fraction>[0-9]{1,9}))?")


def parse_amount(text: str, currency: str = "BHD") -> int:
    """Decimal text to minor units: "10.500" → 10500, "70.0" → 70000.

    Raises ValueError on a sign, a separator, an exponent, or more decimals than the currency has (but for zeros).
    """
    exponent = CURRENCY_EXPONENTS[currency]
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise ValueError("not a plain decimal")
    fraction = (match["fraction"] or "").rstrip("0")
    if len(fraction) > exponent:
        raise ValueError(f"more than {exponent} decimals")
    return int(match["whole"] + fraction.ljust(exponent, "0"))


def format_amount(amount: int, currency: str = "BHD") -> str:
    """Minor units to decimal text with all the currency's decimals: 12500 → "12.500"; -5 → "-0.005"."""
    exponent = CURRENCY_EXPONENTS[currency]
    whole, fraction = divmod(abs(amount), 10**exponent)
    return f"{'-' if amount < 0 else ''}{whole}.{fraction:0{exponent}d}"


def round_to_coins(amount: int) -> int:
    """Fils to what Bahrain's coins can pay: the nearest 5 fils. Nothing lies half way."""
    return (amount + 2) // 5 * 5
