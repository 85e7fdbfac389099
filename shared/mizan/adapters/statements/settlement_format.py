"""The gateway's settlement file: what each field looks like, and the window of instants that a day's lines fall in.

CSV, UTF-8, CRLF or LF, no quoting: the column names, DETAIL lines, and one TRAILER
`TRAILER,<terminal_id or ALL>,<count>,<Σ purchases - all that went back>,<Σ fees>,<currency>,<business_date>`.
Amounts are never negative in a DETAIL and have exactly the currency's decimals.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from mizan.domain.calendar import BAHRAIN
from mizan.domain.money import CURRENCY_EXPONENTS
from mizan.domain.reconciliation.entries import Action

COLUMNS = (
    "record_type",
    "terminal_id",
    "track_id",
    "payment_id",
    "tran_id",
    "reference_number",
    "auth_code",
    "card_type",
    "amount",
    "fee",
    "currency",
    "captured_at",
    "settlement_date",
    "action",
)
HEADER = ",".join(COLUMNS).encode()

SIZE_BYTES_MAX = 256 * 1024 * 1024
"""About 1.6 million lines; a day of one account is far below."""

SETTLEMENT_DELAY_MAX = timedelta(days=31)
"""A settlement date further off than this is a wrong date."""

SHAPES = {
    "record_type": "DETAIL",
    "track_id": "[0-9]{24}",
    "payment_id": "[0-9]{1,32}",
    "tran_id": "[0-9]{1,32}",
    "reference_number": "[0-9]{1,32}",
    "auth_code": "[0-9A-Za-z]{0,12}",
    "card_type": "[A-Z]",
    "currency": "|".join(CURRENCY_EXPONENTS),
    "action": "|".join(Action),
}
"""Fields whose shape says it all (RE2 and `re` read these alike). The others depend on the currency or the day."""

IN_PARTS = (Action.REFUND, Action.CHARGEBACK)
"""What may happen to a transaction more than once: each time under a reference number of its own."""


def amount_shape(currency: str) -> str:
    """Plain decimal, up to 999,999,999 whole units, with exactly the currency's decimals."""
    exponent = CURRENCY_EXPONENTS[currency]
    whole = "(?:0|[1-9][0-9]{0,8})"
    return rf"{whole}\.[0-9]{{{exponent}}}" if exponent else whole


def minor_units(text: str) -> int:
    """Of an amount that has its currency's decimals."""
    return int(text.replace(".", ""))


@dataclass(frozen=True, slots=True)
class DayWindow:
    """Instants of one business date, a day of leeway on both sides: gateways draw midnight a little differently."""

    business_date: date
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, business_date: date, cutoff: time) -> "DayWindow":
        first = business_date - timedelta(days=1 if cutoff == time(0, 0) else 2)
        starts_at = datetime.combine(first, cutoff, BAHRAIN).astimezone(UTC)
        return cls(business_date, starts_at, starts_at + timedelta(days=3))

    def holds(self, instant: datetime) -> bool:
        return self.starts_at <= instant < self.ends_at

    def settles(self, settlement_date: date) -> bool:
        return self.business_date <= settlement_date <= self.business_date + SETTLEMENT_DELAY_MAX

    @property
    def utc_days(self) -> list[date]:
        count = (self.ends_at.date() - self.starts_at.date()).days
        return [self.starts_at.date() + timedelta(days=offset) for offset in range(count + 1)]
