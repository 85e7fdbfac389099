"""Which business dates a run has to look at, how long a gateway may take, and when a day is looked at again."""

from collections.abc import Container
from datetime import date, datetime, timedelta

from mizan.domain.calendar import business_date, end_of_day, next_working_day

LOOK_BACK_DAYS = 7
"""How far back a day without a run is found again after an outage; a file reaches any day by its name."""

POSTING_WINDOW_DAYS = 2
"""Posting days after a business date in which its captures are read; what is posted later is looked up one by one."""

GRACE = timedelta(hours=1)
"""After a day has ended: attempts live 30 minutes and are waited on for 15 more."""

RECHECK_EVERY = timedelta(hours=1)
"""How often a day is looked at again while the platform itself may still learn what explains a difference."""


def is_ended(day: date, now: datetime) -> bool:
    return now >= end_of_day(day) + GRACE


def look_back(now: datetime) -> list[date]:
    """The days of the look-back that have ended, oldest first."""
    today = business_date(now)
    days = [today - timedelta(days=offset) for offset in range(LOOK_BACK_DAYS, -1, -1)]
    return [day for day in days if is_ended(day, now)]


def posting_days(day: date, now: datetime) -> list[date]:
    """Posting days that may hold a business date's captures: the day before too (after a cut-off), none to come."""
    today = business_date(now)
    days = [day + timedelta(days=offset) for offset in range(-1, POSTING_WINDOW_DAYS + 1)]
    return [posting_day for posting_day in days if posting_day <= today]


def settlement_due_at(day: date, holidays: Container[date]) -> datetime:
    """When the gateway's word on a day is overdue: the end of the next working day, and the grace."""
    return end_of_day(next_working_day(day, holidays)) + GRACE


def recheck_at(day: date, now: datetime, *, due_at: datetime, is_awaited: bool, may_resolve: bool) -> datetime | None:
    """When a day that has a run is looked at again without a new file: the nearest instant that may change something.

    None: never, short of a file.
    """
    window_closed = end_of_day(day + timedelta(days=POSTING_WINDOW_DAYS)) + GRACE
    instants = [end_of_day(day) + GRACE, window_closed]
    if is_awaited:
        instants.append(due_at)
    if may_resolve and business_date(now) <= day + timedelta(days=LOOK_BACK_DAYS):
        instants.append(now + RECHECK_EVERY)
    return min((instant for instant in instants if instant > now), default=None)
