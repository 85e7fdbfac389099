"""Which language a page is in, and how it writes amounts, dates and references."""

from datetime import date, datetime
from enum import StrEnum

from mizan.application.ports_agencies import Bilingual
from mizan.domain.calendar import BAHRAIN
from mizan.domain.money import CURRENCY_EXPONENTS, format_amount


class Language(StrEnum):
    ARABIC = "ar"
    ENGLISH = "en"

    @property
    def direction(self) -> str:
        return "rtl" if self is Language.ARABIC else "ltr"

    @property
    def other(self) -> "Language":
        return Language.ENGLISH if self is Language.ARABIC else Language.ARABIC

    def of(self, text: Bilingual) -> str:
        return text.ar if self is Language.ARABIC else text.en


MONTHS = {
    Language.ENGLISH: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    Language.ARABIC: [
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
    ],
}
CURRENCIES = {Language.ENGLISH: {"BHD": "BHD"}, Language.ARABIC: {"BHD": "د.ب"}}


def choose_language(asked: str | None, remembered: str | None, accepted: str | None) -> Language:
    """What was asked for (`?lang=`), else what was chosen before (cookie), else the browser's first that we speak
    (Accept-Language), else Arabic.
    """
    for choice in (asked, remembered):
        if choice in tuple(Language):
            return Language(choice)
    return next((Language(tag) for tag in _accepted(accepted or "") if tag in tuple(Language)), Language.ARABIC)


def _accepted(header: str) -> list[str]:
    """Primary language tags by falling weight; what cannot be read weighs nothing."""
    weighted = []
    for position, part in enumerate(header[:200].lower().split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            rank = -float(weight or 1)
        except ValueError:
            rank = 0.0
        weighted.append((rank, position, tag.partition("-")[0]))
    return [tag for _, _, tag in sorted(weighted)]


def amount_text(amount: int, currency: str, language: Language) -> str:
    """Fils as people read them, all the currency's decimals: "BHD 12.500", "12.500 د.ب"."""
    exponent_of = currency if currency in CURRENCY_EXPONENTS else "BHD"  # money that should not have come: thousandths
    name, number = CURRENCIES[language].get(currency, currency), format_amount(amount, exponent_of)
    return f"{name} {number}" if language is Language.ENGLISH else f"{number} {name}"


def date_text(day: date, language: Language) -> str:
    return f"{day.day} {MONTHS[language][day.month - 1]} {day.year}"


def time_text(instant: datetime, language: Language) -> str:
    """An instant as the clock in Bahrain shows it."""
    local = instant.astimezone(BAHRAIN)
    joiner = "," if language is Language.ENGLISH else "،"
    return f"{date_text(local.date(), language)}{joiner} {local:%H:%M}"


def reference_text(reference: str) -> str:
    """In groups of four, as it is read out and typed."""
    return " ".join(reference[start : start + 4] for start in range(0, len(reference), 4))
