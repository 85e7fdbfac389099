"""Keeps personal data and secrets out of log lines: by the name of a field, and by shape in any text."""

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"

HIDDEN_KEYS = frozenset(
    {
        "cpr",
        "phone",
        "email",
        "name",
        "name_ar",
        "customer",
        "payer",
        "passport",
        "beneficiary",
        "iban",
        "identifier",
        "cash_code",
        "authorization",
        "x-api-key",
        "password",
        "resource_key",
    }
)

_SHAPES = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # an e-mail address
    r"|\+[0-9]{7,15}(?![0-9])"  # a phone number (E.164)
    r"|(?:mzk|whsec)_[A-Za-z0-9_+/=-]{20,}"  # an API key, a webhook secret
    r"|(?<![\w-])[0-9]{9}(?![\w-])"  # a CPR number
    r"|(?<![\w-])[0-9]{16}(?![\w-])"  # a cash-out code
    r"|(?<![\w-])BH[0-9]{2}[A-Z]{4}[A-Z0-9]{14}(?![\w-])"  # an IBAN
)


def masked(value: Any) -> Any:
    """`value` with what is personal or secret starred out, at any depth. What is not plain data is turned into text."""
    if isinstance(value, Mapping):
        return {
            str(key): MASK if str(key).lower() in HIDDEN_KEYS else masked(element) for key, element in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(element) for element in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _SHAPES.sub(MASK, str(value))
