"""The family says when it captured as MMDD in Bahrain: no year, no time of day [R]."""

from datetime import UTC, date, datetime, time, timedelta

from mizan.domain.calendar import BAHRAIN

LAST_INSTANT = time(23, 59, 59, 999999)
DISTANCE_MAX = timedelta(days=184)
"""Half a year: a day further off than this does not exist in the year that was meant (29 February)."""


def captured_at(month_day: str, near: datetime) -> datetime:
    """The instant of that Bahrain day closest to `near` (aware UTC): `near` itself when it falls on it.

    The year is the one that brings the day closest to `near`, so 1231 read on 1 January is last year's. An unreadable
    day gives `near`: captured money is never left out of the books for want of a date.
    """
    local = near.astimezone(BAHRAIN)
    day = _closest_day(month_day, local.date())
    if day is None or day == local.date():
        return near
    edge = LAST_INSTANT if day < local.date() else time(0, 0)
    return datetime.combine(day, edge, BAHRAIN).astimezone(UTC)


def _closest_day(month_day: str, near: date) -> date | None:
    if not (len(month_day) == len("MMDD") and month_day.isascii() and month_day.isdecimal()):
        return None
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            day = date(year, int(month_day[:2]), int(month_day[2:]))
        except ValueError:
            continue  # 29 February, or no such day at all
        if abs(day - near) < DISTANCE_MAX:
            return day
    return None
