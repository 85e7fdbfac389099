"""May this channel be used for this service on this day, and if not, how else can it be paid?"""

from datetime import date

from mizan.application.ports import Clock
from mizan.application.ports_services import ServiceCatalogue
from mizan.domain.calendar import business_date
from mizan.domain.errors import NotFoundError
from mizan.domain.phase_check import PhaseDecision, check_phase


class CheckPhase:
    def __init__(self, catalogue: ServiceCatalogue, clock: Clock) -> None:
        self._catalogue, self._clock = catalogue, clock

    def __call__(self, service: str, channel: str, on: date | None = None) -> PhaseDecision:
        """`on` is a business date in Bahrain; today where it is None.

        Raises NotFoundError("service"), and InvalidInputError naming `channel` where it is unknown.
        """
        found = self._catalogue.get(service)
        if found is None:
            raise NotFoundError("service")
        return check_phase(found, channel, on or business_date(self._clock.now()))
