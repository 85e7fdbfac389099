"""A service with every way to pay, and what stands around it, for tests to change."""

from collections.abc import Container, Mapping
from datetime import date, time

from mizan.domain.fees import FeeBearer, FeeRule
from mizan.domain.journeys import Rail
from mizan.domain.payments import PaymentMethod
from mizan.domain.routes import Need, OpeningHours, Route
from mizan.domain.services import Channel, ChannelCode, Phase, PhaseDates, Service

METHODS: dict[ChannelCode, dict[PaymentMethod | None, set[Need]]] = {
    ChannelCode.ONLINE: {
        PaymentMethod.DEBIT_CARD: {Need.DEBIT_CARD, Need.ONLINE},
        PaymentMethod.CREDIT_CARD: {Need.CREDIT_CARD, Need.ONLINE},
    },
    ChannelCode.WALLET: {PaymentMethod.WALLET: {Need.WALLET, Need.SMARTPHONE}},
    ChannelCode.BANK_TRANSFER: {PaymentMethod.BANK_TRANSFER: {Need.ACCOUNT}},
    ChannelCode.KIOSK: {PaymentMethod.KIOSK: {Need.IN_PERSON}, PaymentMethod.SADAD: {Need.IN_PERSON, Need.ONLINE}},
    ChannelCode.COUNTER_CASH: {None: {Need.IN_PERSON}},
}
ALL_RAILS = {method: Rail(str(method)) for method in PaymentMethod}
COUNTER_HOURS = OpeningHours(time(7, 30), time(14, 0), is_working_days=True)


class FakeRailDirectory:
    """`rows` may be changed: what takes money for whichever agency."""

    def __init__(self, rows: Mapping[PaymentMethod, Rail] = ALL_RAILS) -> None:
        self.rows = dict(rows)
        self.asked: list[str] = []

    def rails_of(self, agency: str) -> Mapping[PaymentMethod, Rail]:
        self.asked.append(agency)
        return self.rows


class FakeHolidays:
    def __init__(self, *days: date) -> None:
        self.days = frozenset(days)

    def holidays(self, start: date, end: date) -> Container[date]:
        return {day for day in self.days if start <= day <= end}


def a_way(
    code: ChannelCode, *, minimum: int = 100, maximum: int | None = 1_000_000, hours: OpeningHours | None = None
) -> Channel:
    return Channel(
        code=code,
        name=f"By {code}",
        name_ar="قناة",
        needs_card=code is ChannelCode.ONLINE,
        needs_smartphone=code is ChannelCode.WALLET,
        steps=(f"Go to {code}.",),
        steps_ar=("اذهب.",),
        closes_in_phase=Phase.CASH_STOPPED if code is ChannelCode.COUNTER_CASH else None,
        routes=tuple(
            Route(method, f"Pay by {method}", "ادفع", frozenset(needs), minimum, maximum)
            for method, needs in METHODS[code].items()
        ),
        hours=hours,
    )


def a_service_with_ways(
    code: str = "cr-registration",
    agency: str = "moic",
    *,
    channels: tuple[Channel, ...] | None = None,
    stops_on: date | None = None,
) -> Service:
    """Its credit card costs the payer 1.5 %, its kiosk the treasury 150 fils."""
    fees = {
        PaymentMethod.CREDIT_CARD: FeeRule(FeeBearer.PAYER, basis_points=150),
        PaymentMethod.KIOSK: FeeRule(FeeBearer.TREASURY, flat=150),
        PaymentMethod.SADAD: FeeRule(FeeBearer.PAYER, flat=101),
    }
    every = tuple(a_way(one, hours=COUNTER_HOURS if one is ChannelCode.COUNTER_CASH else None) for one in METHODS)
    ways = every if channels is None else channels
    return Service(code, agency, "Commercial registration", "السجل التجاري", PhaseDates(stops_on), ways, fees=fees)
