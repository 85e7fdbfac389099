"""Which ways to pay are open now: for a service and an amount, by what each payer has; and for the bills of a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mizan.application.ports import Clock
from mizan.application.ports_journeys import HolidayCalendar, RailDirectory
from mizan.application.ports_services import ServiceCatalogue
from mizan.application.read_services import find_service
from mizan.domain.calendar import business_date
from mizan.domain.journeys import Charge, Offer, PayerProfile, Surroundings, fit_for, lacks_plain_way, offers_of
from mizan.domain.services import Phase, Service

HOLIDAY_HORIZON = timedelta(days=40)
"""How far ahead holidays are read: the next opening is within a month, or the table is wrong."""


@dataclass(frozen=True, slots=True)
class Journey:
    """What one payer can choose from, and what of their own is closed."""

    profile: PayerProfile
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class ServiceWays:
    """`lacks_plain_way`: nobody without card and smartphone can pay this amount: the agency has to act."""

    service: Service
    at: datetime
    phase: Phase
    amount: int | None
    journeys: tuple[Journey, ...]
    lacks_plain_way: bool


class WaysToPay:
    def __init__(
        self, *, services: ServiceCatalogue, rails: RailDirectory, holidays: HolidayCalendar, clock: Clock
    ) -> None:
        self._services, self._rails, self._holidays, self._clock = services, rails, holidays, clock

    def of_service(self, code: str, *, amount: int | None = None, profile: PayerProfile | None = None) -> ServiceWays:
        """For each profile, or for one. Raises NotFoundError("service")."""
        service, now = find_service(code, self._services), self._clock.now()
        offers = self._offers([Charge(service, amount)], service.agency, now)
        profiles = list(PayerProfile) if profile is None else [profile]
        return ServiceWays(
            service=service,
            at=now,
            phase=service.phases.phase_on(business_date(now)),
            amount=amount,
            journeys=tuple(Journey(one, fit_for(one, offers)) for one in profiles),
            lacks_plain_way=lacks_plain_way(offers),
        )

    def of_bills(self, bills: Sequence[tuple[str, int]], agency: str) -> tuple[Offer, ...]:
        """For what is paid at once: services and what is due for each, in fils; `agency` takes the money.

        Nothing where the catalogue no longer knows one of the services.
        """
        charges = [Charge(service, amount) for code, amount in bills if (service := self._services.get(code))]
        if not charges or len(charges) < len(bills):
            return ()
        return self._offers(charges, agency, self._clock.now())

    def _offers(self, charges: Sequence[Charge], agency: str, now: datetime) -> tuple[Offer, ...]:
        today = business_date(now)
        return offers_of(
            charges,
            Surroundings(
                rails=self._rails.rails_of(agency),
                now=now,
                holidays=self._holidays.holidays(today, today + HOLIDAY_HORIZON),
            ),
        )
