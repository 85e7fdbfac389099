"""What it takes to pay one way or another: what the payer must have, from how much to how much, and when."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from mizan.domain.calendar import BAHRAIN, WEEKEND
from mizan.domain.payments import PaymentMethod

_SEARCH_DAYS_MAX = 32


class Need(StrEnum):
    """What a payer must have. `account` is one at any bank, `local_account` one in Bahrain; `online`: a browser
    somewhere, not a phone of one's own; `in_person`: be there, with cash or card in hand.
    """

    DEBIT_CARD = "debit_card"
    CREDIT_CARD = "credit_card"
    GCC_CARD = "gcc_card"
    WALLET = "wallet"
    SMARTPHONE = "smartphone"
    ACCOUNT = "account"
    LOCAL_ACCOUNT = "local_account"
    ONLINE = "online"
    IN_PERSON = "in_person"


CARDS = frozenset({Need.DEBIT_CARD, Need.CREDIT_CARD, Need.GCC_CARD})
ACCOUNTS = frozenset({Need.ACCOUNT, Need.LOCAL_ACCOUNT})


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """From `opens` until `closes`, by the clock in Bahrain, every day, or on working days alone (not on Fridays,
    Saturdays and holidays). Raises ValueError on hours that are none.
    """

    opens: time
    closes: time
    is_working_days: bool = False

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("hours open before they close")

    def is_open(self, instant: datetime, holidays: Container[date]) -> bool:
        local = instant.astimezone(BAHRAIN)
        return self._has_day(local.date(), holidays) and self.opens <= local.time() < self.closes

    def next_opening(self, instant: datetime, holidays: Container[date]) -> datetime | None:
        """The first opening after `instant` (UTC); None where a month has none: the holiday table is wrong then."""
        first = instant.astimezone(BAHRAIN).date()
        for offset in range(_SEARCH_DAYS_MAX):
            day = first + timedelta(days=offset)
            opening = datetime.combine(day, self.opens, BAHRAIN)
            if opening > instant and self._has_day(day, holidays):
                return opening.astimezone(UTC)
        return None

    def _has_day(self, day: date, holidays: Container[date]) -> bool:
        return not self.is_working_days or (day.weekday() not in WEEKEND and day not in holidays)


@dataclass(frozen=True, slots=True)
class Route:
    """One way through a channel. `method` None: the agency takes the money itself, at its counter. Amounts in fils;
    `maximum` None: no bound. `steps` are its own, where they differ from the channel's.

    Raises ValueError on bounds that leave nothing.
    """

    method: PaymentMethod | None
    name: str
    name_ar: str
    needs: frozenset[Need]
    minimum: int = 1
    maximum: int | None = None
    steps: tuple[str, ...] = ()
    steps_ar: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.minimum < 1 or (self.maximum is not None and self.maximum < self.minimum):
            raise ValueError(f"route {self.name}: no amount lies between minimum and maximum")
        if len(self.steps) != len(self.steps_ar):
            raise ValueError(f"route {self.name}: every step is needed in English and in Arabic")

    def takes(self, amount: int) -> bool:
        """Whether `amount` fils are within its limits."""
        return self.minimum <= amount and (self.maximum is None or amount <= self.maximum)

    @property
    def needs_card(self) -> bool:
        return not self.needs.isdisjoint(CARDS)

    @property
    def needs_smartphone(self) -> bool:
        return Need.SMARTPHONE in self.needs

    @property
    def needs_account(self) -> bool:
        return not self.needs.isdisjoint(ACCOUNTS)
