"""Business dates are days in Bahrain, whatever UTC says."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.domain.calendar import business_date, end_of_day, next_working_day


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 2, 28, 20, 59, 59, 999_999, tzinfo=UTC), date(2026, 2, 28)),
        (datetime(2026, 2, 28, 21, 0, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2025, 12, 31, 21, 0, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 3, 1, 0, 0, tzinfo=UTC), date(2026, 3, 1)),
    ],
)
def test_the_day_changes_at_midnight_in_bahrain(instant: datetime, day: date) -> None:
    """Midnight in Bahrain is 21:00 UTC of the day before."""
    assert business_date(instant) == day


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 3, 1, 17, 59, 59, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2026, 3, 1, 18, 0, tzinfo=UTC), date(2026, 3, 2)),
        (datetime(2026, 3, 1, 20, 59, tzinfo=UTC), date(2026, 3, 2)),
        (datetime(2026, 3, 1, 21, 0, tzinfo=UTC), date(2026, 3, 2)),
    ],
)
def test_from_the_gateways_cutoff_on_the_next_day_counts(instant: datetime, day: date) -> None:
    """A cut-off of 21:00 in Bahrain: 20:59:59 is today's, 21:00:00 is tomorrow's, and midnight does not add a day."""
    assert business_date(instant, time(21, 0)) == day


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # hypothesis wants naive bounds beside a zone
def test_a_day_ends_where_the_next_begins(instant: datetime) -> None:
    """`end_of_day` is the first instant that is no longer of the day."""
    day = business_date(instant)

    end = end_of_day(day)

    assert instant < end
    assert business_date(end) == day + timedelta(days=1)
    assert business_date(end - timedelta(microseconds=1)) == day


@pytest.mark.parametrize(
    ("day", "holidays", "following"),
    [
        (date(2026, 3, 4), set(), date(2026, 3, 5)),
        (date(2026, 3, 5), set(), date(2026, 3, 8)),
        (date(2026, 3, 6), set(), date(2026, 3, 8)),
        (date(2026, 3, 5), {date(2026, 3, 8)}, date(2026, 3, 9)),
    ],
)
def test_working_days_skip_friday_saturday_and_holidays(day: date, holidays: set[date], following: date) -> None:
    """The weekend is Friday and Saturday; holidays come from the table."""
    assert next_working_day(day, holidays) == following


def test_a_month_without_a_working_day_is_a_wrong_table() -> None:
    """The search is bounded: it says so instead of running on."""
    with pytest.raises(ValueError, match="holiday table"):
        next_working_day(date(2026, 3, 1), [date(2026, 3, 1) + timedelta(days=offset) for offset in range(40)])
