"""The services that people can pay for, and where each stands today."""

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


def read_service(code: str, *, services: ServiceCatalogue, clock: Clock) -> ServiceStanding:
    """Raises NotFoundError("service")."""
    return _standing(find_service(code, services), business_date(clock.now()))


def list_services(*, services: ServiceCatalogue, clock: Clock) -> list[ServiceStanding]:
    """Every service, by code."""
    today = business_date(clock.now())
    return [_standing(service, today) for service in services.all()]


def find_service(code: str, services: ServiceCatalogue) -> Service:
    """Raises NotFoundError("service")."""
    service = services.get(code)
    if service is None:
        raise NotFoundError("service")
    return service


def _standing(service: Service, today: date) -> ServiceStanding:
    return ServiceStanding(service, today, service.phases.phase_on(today))
