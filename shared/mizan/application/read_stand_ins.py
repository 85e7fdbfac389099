"""How often services were given while nothing could be paid, and what became of the money."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from mizan.application.ports import Clock, InvoiceRepository
from mizan.application.ports_services import ServiceCatalogue
from mizan.domain.accounts import PLATFORM_AGENCY, Caller
from mizan.domain.calendar import end_of_day
from mizan.domain.errors import InvalidInputError
from mizan.domain.invoices import as_of
from mizan.domain.stand_ins import Outcome, StandIn, stand_in_of

RANGE_DAY_COUNT_MAX = 366


class StandInList(Protocol):
    def references(self, agency: str, first: datetime, end: datetime) -> Iterator[str]:
        """Of an agency's invoices that were served so from `first` until before `end` (UTC), oldest first. Strongly
        consistent.
        """
        ...


@dataclass(frozen=True, slots=True)
class StandInFigures:
    """`counts` and `amounts` (fils) by outcome: of what is paid or closed what was owed when the service was given, of
    what is owed what is owed now. `items` are the first ones alone.
    """

    counts: Mapping[Outcome, int]
    amounts: Mapping[Outcome, int]
    items: Sequence[StandIn]


def read_stand_ins(
    first: date,
    last: date,
    *,
    caller: Caller,
    limit: int,
    stand_ins: StandInList,
    invoices: InvoiceRepository,
    services: ServiceCatalogue,
    clock: Clock,
) -> StandInFigures:
    """Of the Bahrain days from `first` to `last`, both included; an agency's own, a platform role's all.

    Raises InvalidInputError on days in the wrong order or too many.
    """
    if last < first:
        raise InvalidInputError.of("to", "date_before_start")
    if (last - first).days >= RANGE_DAY_COUNT_MAX:
        raise InvalidInputError.of("to", "range_too_long")
    span = end_of_day(first - timedelta(days=1)), end_of_day(last)
    names = _agencies(caller, services)
    references = [reference for agency in names for reference in stand_ins.references(agency, *span)]
    now = clock.now()
    seen = (stand_in_of(as_of(invoice, now)) for invoice in invoices.get_many(references))
    found = sorted((one for one in seen if one is not None), key=lambda one: (one.at, one.reference))
    return StandInFigures(
        counts={outcome: sum(one.outcome is outcome for one in found) for outcome in Outcome},
        amounts={outcome: _sum(one for one in found if one.outcome is outcome) for outcome in Outcome},
        items=found[:limit],
    )


def _agencies(caller: Caller, services: ServiceCatalogue) -> list[str]:
    if caller.agency != PLATFORM_AGENCY:
        return [caller.agency]
    return sorted({service.agency for service in services.all()})


def _sum(stand_ins: Iterable[StandIn]) -> int:
    return sum(one.outstanding if one.outcome is Outcome.OWED else one.amount for one in stand_ins)
