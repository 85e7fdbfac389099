"""The use cases over a catalogue in memory and a clock that stands still."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from mizan.application.check_phase import check_service_phase
from mizan.application.read_services import list_services, read_service
from mizan.domain.errors import InvalidInputError, NotFoundError
from mizan.domain.services import Phase, Service
from tests.unit.services.samples import a_service


class FakeServiceCatalogue:
    def __init__(self, *services: Service) -> None:
        self._services = {service.code: service for service in services}

    def get(self, code: str) -> Service | None:
        return self._services.get(code)

    def all(self) -> Sequence[Service]:
        return sorted(self._services.values(), key=lambda service: service.code)


class FakeClock:
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


SERVICES = FakeServiceCatalogue(a_service(), a_service(code="advertising-permit"))
LAST_MINUTE_IN_BAHRAIN = FakeClock(datetime(2025, 12, 31, 20, 59, tzinfo=UTC))
MIDNIGHT_IN_BAHRAIN = FakeClock(datetime(2025, 12, 31, 21, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("clock", "on", "allowed"),
    [(LAST_MINUTE_IN_BAHRAIN, date(2025, 12, 31), True), (MIDNIGHT_IN_BAHRAIN, date(2026, 1, 1), False)],
)
def test_without_a_date_today_in_bahrain_is_meant(clock: FakeClock, on: date, allowed: bool) -> None:
    """At 21:00 UTC the next day has begun in Bahrain, and cash stops with it."""
    decision = check_service_phase("building-permit", "counter_cash", None, services=SERVICES, clock=clock)

    assert (decision.on, decision.allowed) == (on, allowed)


def test_the_date_asked_for_is_the_one_answered() -> None:
    """`on` wins over the clock, in the future as in the past."""
    on = date(2028, 5, 1)

    decision = check_service_phase(
        "building-permit", "counter_cash", on, services=SERVICES, clock=LAST_MINUTE_IN_BAHRAIN
    )

    assert (decision.on, decision.phase) == (date(2028, 5, 1), Phase.FULLY_DIGITAL)


def test_an_unknown_service_is_not_found() -> None:
    """Both use cases say so with the same error."""
    with pytest.raises(NotFoundError, match="service"):
        check_service_phase("no-such", "counter_cash", None, services=SERVICES, clock=MIDNIGHT_IN_BAHRAIN)
    with pytest.raises(NotFoundError, match="service"):
        read_service("no-such", services=SERVICES, clock=MIDNIGHT_IN_BAHRAIN)


def test_an_unknown_channel_reaches_the_caller_as_invalid_input() -> None:
    """The use case adds nothing and hides nothing."""
    with pytest.raises(InvalidInputError, match="channel"):
        check_service_phase("building-permit", "cheque", None, services=SERVICES, clock=MIDNIGHT_IN_BAHRAIN)


def test_services_are_read_with_their_phase_of_today() -> None:
    """Listing and reading agree, and the list is by code."""
    standings = list_services(services=SERVICES, clock=MIDNIGHT_IN_BAHRAIN)

    assert [standing.service.code for standing in standings] == ["advertising-permit", "building-permit"]
    assert {(standing.phase, standing.on) for standing in standings} == {(Phase.CASH_STOPPED, date(2026, 1, 1))}
    assert read_service("building-permit", services=SERVICES, clock=MIDNIGHT_IN_BAHRAIN) == standings[1]
