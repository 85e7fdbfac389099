"""Business dates: instants are aware UTC everywhere; the day a person means is the day in Bahrain (UTC+3 all year)."""

from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta, timezone

BAHRAIN = timezone(timedelta(hours=3), "Asia/Bahrain")
"""Asia/Bahrain has been UTC+3 without daylight saving since 1972 (IANA tz); a fixed offset needs no tz database."""

WEEKEND = frozenset({4, 5})
"""Friday and Saturday, as `date.weekday()` counts."""


def business_date(instant: datetime, cutoff: time = time(0, 0)) -> date:
    """The business date of an aware instant: its Bahrain day; from `cutoff` (Bahrain time) on, the next one.

    A cut-off of 00:00 means that the calendar day is the business day.
    """
    local = instant.astimezone(BAHRAIN)
    is_after_cutoff = cutoff != time(0, 0) and local.time() >= cutoff
    return local.date() + timedelta(days=1) if is_after_cutoff else local.date()


def end_of_day(day: date) -> datetime:
    """The first instant after `day` in Bahrain, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(0, 0), BAHRAIN).astimezone(UTC)


def next_working_day(day: date, holidays: Container[date]) -> date:
    """The first day after `day` that is neither weekend nor holiday. Bounded: a month of holidays is a wrong table."""
    for offset in range(1, 32):
        candidate = day + timedelta(days=offset)
        if candidate.weekday() not in WEEKEND and candidate not in holidays:
            return candidate
    raise ValueError("no working day within a month: the holiday table is wrong")
