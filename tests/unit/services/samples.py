"""A service as the counter meets it: cash stopped in 2026, e-invoices in 2027, fully digital in 2028."""

from datetime import date

from mizan.domain.services import CashExemption, Channel, ChannelCode, Phase, PhaseDates, Service


def a_channel(code: ChannelCode, *, needs_card: bool = False, closes_in_phase: Phase | None = None) -> Channel:
    return Channel(
        code=code,
        name=f"By {code}",
        name_ar="قناة",
        needs_card=needs_card,
        needs_smartphone=False,
        steps=("Give the payment reference.",),
        steps_ar=("قدّم رقم الدفع.",),
        closes_in_phase=closes_in_phase,
    )


CASH = a_channel(ChannelCode.COUNTER_CASH, closes_in_phase=Phase.CASH_STOPPED)
CARD = a_channel(ChannelCode.COUNTER_CARD, needs_card=True, closes_in_phase=Phase.FULLY_DIGITAL)
ONLINE = a_channel(ChannelCode.ONLINE, needs_card=True)
KIOSK = a_channel(ChannelCode.KIOSK)


def a_service(
    *,
    code: str = "building-permit",
    phases: PhaseDates | None = None,
    channels: tuple[Channel, ...] = (CASH, CARD, ONLINE, KIOSK),
    exemptions: tuple[CashExemption, ...] = (),
) -> Service:
    planned = PhaseDates(date(2026, 1, 1), date(2027, 1, 1), date(2028, 1, 1)) if phases is None else phases
    return Service(code, "municipalities", "Building permit", "رخصة البناء", planned, channels, exemptions)
