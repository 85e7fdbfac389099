"""May this channel be used for this service on this day, and if not, how else can it be paid?"""

from datetime import date

from mizan.application.ports import Clock
from mizan.application.ports_services import ServiceCatalogue
from mizan.application.read_services import find_service
from mizan.domain.calendar import business_date
from mizan.domain.phase_check import PhaseDecision, check_phase


def check_service_phase(
    code: str, channel: str, on: date | None, *, services: ServiceCatalogue, clock: Clock
) -> PhaseDecision:
    """`on` is a business date in Bahrain; today where it is None.

    Raises NotFoundError("service"), and InvalidInputError naming `channel` where it is unknown.
    """
    service = find_service(code, services)
    return check_phase(service, channel, on or business_date(clock.now()))
