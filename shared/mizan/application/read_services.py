"""The services that people can pay for, and where each stands on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mizan.application.ports import Clock
from mizan.application.ports_services import ServiceCatalogue
from mizan.domain.calendar import business_date
from mizan.domain.errors import NotFoundError
from mizan.domain.services import Phase, Service


@dataclass(frozen=True, slots=True)
class ServiceStanding:
    """A service and its phase on the business date `on`."""

    service: Service
    on: date
    phase: Phase


class ReadServices:
    def __init__(self, catalogue: ServiceCatalogue, clock: Clock) -> None:
        self._catalogue, self._clock = catalogue, clock

    def one(self, code: str) -> ServiceStanding:
        """Raises NotFoundError("service")."""
        service = self._catalogue.get(code)
        if service is None:
            raise NotFoundError("service")
        return self._standing(service)

    def all(self) -> Sequence[ServiceStanding]:
        """Every service, by code."""
        return [self._standing(service) for service in self._catalogue.all()]

    def _standing(self, service: Service) -> ServiceStanding:
        today = business_date(self._clock.now())
        return ServiceStanding(service, today, service.phases.phase_on(today))
