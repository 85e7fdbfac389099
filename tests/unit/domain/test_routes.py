"""Opening hours by the clock in Bahrain, over weekends and holidays, and bounds that leave something."""

from datetime import UTC, date, datetime, time

import pytest

from mizan.domain.calendar import BAHRAIN
from mizan.domain.payments import PaymentMethod
from mizan.domain.routes import Need, OpeningHours, Route

HOURS = OpeningHours(time(7, 30), time(14, 0), is_working_days=True)
DAILY = OpeningHours(time(8, 0), time(22, 0))
HOLIDAYS = {date(2026, 3, 20), date(2026, 3, 21), date(2026, 3, 22)}


def bahrain(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of March 2026 by the clock in Bahrain."""
    return datetime(2026, 3, day, hour, minute, tzinfo=BAHRAIN)


@pytest.mark.parametrize(
    ("instant", "is_open", "opens_at"),
    [
        (bahrain(1, 7, 29), False, bahrain(1, 7, 30)),  # a Sunday
        (bahrain(1, 7, 30), True, bahrain(2, 7, 30)),
        (bahrain(1, 13, 59), True, bahrain(2, 7, 30)),
        (bahrain(1, 14, 0), False, bahrain(2, 7, 30)),
        (bahrain(5, 15, 0), False, bahrain(8, 7, 30)),  # Thursday afternoon: Sunday
        (bahrain(6, 9, 0), False, bahrain(8, 7, 30)),  # Friday
        (bahrain(7, 9, 0), False, bahrain(8, 7, 30)),  # Saturday
        (bahrain(19, 15, 0), False, bahrain(23, 7, 30)),  # then a weekend and Eid on Sunday
        (bahrain(22, 9, 0), False, bahrain(23, 7, 30)),
    ],
)
def test_working_hours_know_weekends_and_holidays(instant: datetime, is_open: bool, opens_at: datetime) -> None:
    """Friday and Saturday are the weekend; the closing minute itself is closed."""
    assert HOURS.is_open(instant, HOLIDAYS) is is_open
    assert HOURS.next_opening(instant, HOLIDAYS) == opens_at


def test_daily_hours_do_not_stop_for_a_friday_or_a_holiday() -> None:
    """An agent's shop is open in the evening of Eid."""
    assert DAILY.is_open(bahrain(6, 21, 59), HOLIDAYS)
    assert DAILY.is_open(bahrain(20, 8, 0), HOLIDAYS)
    assert not DAILY.is_open(bahrain(20, 22, 0), HOLIDAYS)


def test_hours_cross_midnight_in_utc_and_not_in_bahrain() -> None:
    """00:30 on Sunday in Bahrain is Saturday 21:30 UTC: Sunday's hours are meant."""
    assert HOURS.next_opening(datetime(2026, 3, 7, 21, 30, tzinfo=UTC), HOLIDAYS) == bahrain(8, 7, 30)


def test_a_table_that_is_all_holidays_ends_the_search() -> None:
    """Bounded: nobody loops over a wrong table."""

    class Always:
        def __contains__(self, _: object) -> bool:
            return True

    assert HOURS.next_opening(bahrain(1, 9), Always()) is None


@pytest.mark.parametrize(("opens", "closes"), [(time(9), time(9)), (time(14), time(7))])
def test_hours_that_are_none_are_refused(opens: time, closes: time) -> None:
    """Nights are two lines, not one that runs backwards."""
    with pytest.raises(ValueError, match="open before they close"):
        OpeningHours(opens, closes)


@pytest.mark.parametrize(("minimum", "maximum"), [(0, None), (-1, 5), (100, 99)])
def test_bounds_that_leave_nothing_are_refused(minimum: int, maximum: int | None) -> None:
    """A catalogue that closes a way by mistake is noticed when it is loaded."""
    with pytest.raises(ValueError, match="no amount lies"):
        Route(PaymentMethod.KIOSK, "Kiosk", "كشك", frozenset({Need.IN_PERSON}), minimum, maximum)


def test_steps_come_in_both_languages() -> None:
    """One for one."""
    with pytest.raises(ValueError, match="English and in Arabic"):
        Route(PaymentMethod.KIOSK, "Kiosk", "كشك", frozenset({Need.IN_PERSON}), steps=("Go.",))
