"""The text inside a merchant QR code: EMVCo's merchant-presented mode, fields as tag, two digits of length, value.

What identifies the merchant's account is a template of the payment scheme's own; the schemes' identifiers in Bahrain
are not public. The one used here is configuration, and nothing is claimed beyond the standard (rails.md 6).
"""

import binascii
from dataclasses import dataclass

from mizan.domain.money import format_amount

NAME_LENGTH_MAX = 25
CITY_LENGTH_MAX = 15
LABEL_LENGTH_MAX = 25
_VALUE_LENGTH_MAX = 99
_CRC_SEED = 0xFFFF
_NUMERIC_CURRENCIES = {"BHD": "048"}
"""ISO 4217's numbers."""
_CATEGORY_LENGTH = 4

FORMAT_VERSION, DYNAMIC = "01", "12"
"""Version of the format; a code that is for one payment, with its amount."""


@dataclass(frozen=True, slots=True)
class QrMerchant:
    """Whom the code pays. `gui` says which scheme's account template it is, `account` whose account in it, `category`
    is the ISO 18245 code of the trade. Raises ValueError on what a code cannot carry.
    """

    gui: str
    account: str
    name: str
    city: str
    category: str

    def __post_init__(self) -> None:
        _require(self.gui, 32)
        _require(self.account, 35)
        _require(self.name, NAME_LENGTH_MAX)
        _require(self.city, CITY_LENGTH_MAX)
        if len(self.category) != _CATEGORY_LENGTH or not (self.category.isascii() and self.category.isdigit()):
            raise ValueError("a merchant category is four digits")


def merchant_qr(merchant: QrMerchant, *, amount: int, bill: str, label: str, currency: str = "BHD") -> str:
    """The payload that asks for `amount` minor units; `bill` is the bill's number, `label` the reference to give.

    Raises ValueError on an amount that is not positive or a text that does not fit.
    """
    if amount <= 0:
        raise ValueError("a code asks for a positive amount")
    _require(bill, LABEL_LENGTH_MAX)
    _require(label, LABEL_LENGTH_MAX)
    payload = "".join(
        (
            _field("00", FORMAT_VERSION),
            _field("01", DYNAMIC),
            _field("26", _field("00", merchant.gui) + _field("01", merchant.account)),
            _field("52", merchant.category),
            _field("53", _NUMERIC_CURRENCIES[currency]),
            _field("54", format_amount(amount, currency)),
            _field("58", "BH"),
            _field("59", merchant.name),
            _field("60", merchant.city),
            _field("62", _field("01", bill) + _field("05", label)),
            "6304",
        )
    )
    return f"{payload}{checksum(payload)}"


def checksum(text: str) -> str:
    """CRC-16/CCITT-FALSE in four capital hex digits: "123456789" → "29B1"."""
    return f"{binascii.crc_hqx(text.encode('ascii'), _CRC_SEED):04X}"


def fitting(text: str, length_max: int) -> str:
    """As much of `text` as a code can carry: printable ASCII, cut; empty where nothing is left."""
    plain = "".join(character for character in text if character.isascii() and character.isprintable())
    return " ".join(plain.split())[:length_max].rstrip()


def _field(tag: str, value: str) -> str:
    if len(value) > _VALUE_LENGTH_MAX:
        raise ValueError(f"field {tag} is too long for its length")
    return f"{tag}{len(value):02d}{value}"


def _require(text: str, length_max: int) -> None:
    if not text or len(text) > length_max or not text.isascii() or not text.isprintable():
        raise ValueError(f"a text of 1 to {length_max} printable ASCII characters is needed")
