"""Types of request fields. Each parses, or says by one of our codes what is wrong; each describes itself in OpenAPI."""

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Header
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from mizan.domain.iban import compact_iban, is_iban
from mizan.domain.money import AMOUNT_MAX

DATE_MIN, DATE_MAX = date(2000, 1, 1), date(2100, 12, 31)

_VISIBLE = "[!-~]+"
_CPR = "[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{5}"  # YYMM of birth, four digits, a check digit whose rule is not published
_PHONE = r"\+[1-9][0-9]{6,14}"
_EMAIL = r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+"
_IDENTIFIER = "(?:cpr:[0-9]{9}|passport:[A-Z0-9]{5,20})"
_CASH_CODE = "[0-9]{16}"
_ISO_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_PASSPORT = "[A-Za-z0-9]{5,20}"
_CR = "[0-9]{1,7}(?:-[0-9]{1,3})?"
_LEDGER_CODE = "[A-Za-z0-9][A-Za-z0-9._/-]{0,31}"
_PLAN_ID = "[a-z0-9]+(?:-[a-z0-9]+)*"
_ARABIC = "[\u0620-\u06ff\u0750-\u077f\u08a0-\u08ff]"
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    f"|(?<!{_ARABIC})[\u200c\u200d]|[\u200c\u200d](?!{_ARABIC})"
)
"""Controls, what turns the direction of the text around it, and what is there but not seen: a name must not repaint its
neighbours, and two names that look alike must be alike. The joiners U+200C and U+200D shape Persian and Arabic words,
so they may stand between two Arabic letters, and nowhere else.
"""


def _matching(pattern: str, code: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if compiled.fullmatch(text) is None:
            raise PydanticCustomError(code, code)
        return text

    return AfterValidator(check)


def _digits(text: object) -> int:
    """Longer than any amount is too large, however long."""
    if not isinstance(text, str) or not text.isascii() or not text.removeprefix("-").isdigit():
        raise PydanticCustomError("not_an_integer", "not_an_integer")
    return int(text[:20])


def _payer(text: str) -> str:
    kind, _, number = text.partition(":")
    pattern = {"cpr": _CPR, "cr": _CR, "passport": _PASSPORT}.get(kind)
    if pattern is None or re.fullmatch(pattern, number) is None:
        raise PydanticCustomError("bad_payer", "bad_payer")
    return f"{kind}:{number.upper()}"


def _safe(text: str) -> str:
    if _UNSAFE.search(text):
        raise PydanticCustomError("unsafe_characters", "unsafe_characters")
    return text


def _positive(amount: int) -> int:
    if amount <= 0:
        raise PydanticCustomError("amount_not_positive", "amount_not_positive")
    if amount > AMOUNT_MAX:
        raise PydanticCustomError("amount_too_large", "amount_too_large", {"le": AMOUNT_MAX})
    return amount


def _iso_date(text: object) -> date:
    if not isinstance(text, str) or re.fullmatch(_ISO_DATE, text) is None:
        raise PydanticCustomError("bad_date", "bad_date")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("bad_date", "bad_date") from None
    if day < DATE_MIN:
        raise PydanticCustomError("date_too_early", "date_too_early", {"ge": DATE_MIN.isoformat()})
    if day > DATE_MAX:
        raise PydanticCustomError("date_too_late", "date_too_late", {"le": DATE_MAX.isoformat()})
    return day


def _iban(text: str) -> str:
    compact = compact_iban(text)
    if not is_iban(compact):
        raise PydanticCustomError("bad_iban", "bad_iban")
    return compact


def _described(pattern: str) -> Callable[[dict[str, object]], None]:
    return lambda schema: schema.update(pattern=f"^{pattern}$")


def _text(length_max: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=length_max)


Amount = Annotated[
    int, Field(strict=True, json_schema_extra={"minimum": 1, "maximum": AMOUNT_MAX}), AfterValidator(_positive)
]
"""Whole fils, more than 0. 5.0, "5" and true are not integers."""

QueryAmount = Annotated[
    int,
    BeforeValidator(_digits),
    Field(json_schema_extra={"minimum": 1, "maximum": AMOUNT_MAX}),
    AfterValidator(_positive),
]
"""Whole fils in an address, in ASCII digits."""

IsoDate = Annotated[date, BeforeValidator(_iso_date)]
"""`yyyy-mm-dd` from 2000 to 2100; nothing else that a lenient parser would take for a date."""

PersonName = Annotated[str, _text(120), AfterValidator(_safe)]
Description = Annotated[str, _text(200), AfterValidator(_safe)]
FileName = Annotated[str, _text(200), AfterValidator(_safe)]
MetadataKey = Annotated[str, _text(40), AfterValidator(_safe)]
MetadataValue = Annotated[str, StringConstraints(max_length=200), AfterValidator(_safe)]

ServiceCode = Annotated[str, _text(64), _matching("[a-z0-9]+(?:-[a-z0-9]+)*", "bad_format")]
InvoiceNumber = Annotated[
    str, _text(40), _matching(_VISIBLE, "not_visible_ascii"), Field(json_schema_extra=_described(_VISIBLE))
]
Cpr = Annotated[
    str,
    StringConstraints(strip_whitespace=True),
    _matching(_CPR, "bad_cpr"),
    Field(json_schema_extra=_described(_CPR)),
]
Cr = Annotated[
    str, StringConstraints(strip_whitespace=True), _matching(_CR, "bad_cr"), Field(json_schema_extra=_described(_CR))
]
Passport = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_upper=True),
    _matching(_PASSPORT, "bad_passport"),
    Field(json_schema_extra=_described(_PASSPORT)),
]
LedgerCode = Annotated[str, _matching(_LEDGER_CODE, "bad_format"), Field(json_schema_extra=_described(_LEDGER_CODE))]
PlanId = Annotated[str, _text(20), _matching(_PLAN_ID, "bad_format"), Field(json_schema_extra=_described(_PLAN_ID))]
PayerIdentifier = Annotated[str, _text(40), AfterValidator(_payer)]
"""`cpr:900101123`, `cr:12345-1` or `passport:AB1234567`."""

Phone = Annotated[
    str,
    StringConstraints(strip_whitespace=True),
    _matching(_PHONE, "bad_phone"),
    Field(json_schema_extra=_described(_PHONE)),
]
Email = Annotated[
    str,
    _text(254),
    _matching(_EMAIL, "bad_email"),
    AfterValidator(_safe),
    Field(json_schema_extra={"format": "email"}),
]

Iban = Annotated[str, StringConstraints(max_length=42), AfterValidator(_iban)]
"""As printed or in one piece; kept in its electronic form."""
Identifier = Annotated[str, _matching(_IDENTIFIER, "bad_identifier"), Field(json_schema_extra=_described(_IDENTIFIER))]
CashCode = Annotated[str, _matching(_CASH_CODE, "bad_format"), Field(json_schema_extra=_described(_CASH_CODE))]
CaseNumber = Annotated[
    str, _text(40), _matching(_VISIBLE, "not_visible_ascii"), Field(json_schema_extra=_described(_VISIBLE))
]

_KEY_TEXT = Annotated[str, StringConstraints(min_length=1, max_length=255), _matching(_VISIBLE, "not_visible_ascii")]
_KEY_HEADER = Header(
    alias="Idempotency-Key",
    description="1 to 255 visible ASCII characters. The same key and body: the same answer. Another body: 409.",
)

OptionalIdempotencyKey = Annotated[_KEY_TEXT | None, _KEY_HEADER]
RequiredIdempotencyKey = Annotated[_KEY_TEXT, _KEY_HEADER]
