"""Government services, the ways to pay for them, and the three phases that lead each of them away from cash.

A phase holds from its effective date (a business date in Bahrain) until the next one starts. What a phase closes is
data on the channel (`closes_in_phase`), so it is read from the catalogue and not from a chain of conditions.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum

from mizan.domain.fees import NO_FEE, FeeRule
from mizan.domain.payments import PaymentMethod
from mizan.domain.routes import OpeningHours, Route

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CODE_LENGTH_MAX = 64


class Phase(IntEnum):
    """How far a service has come."""

    CASH_ALLOWED = 0
    CASH_STOPPED = 1
    ELECTRONIC_INVOICES = 2
    FULLY_DIGITAL = 3


class ChannelCode(StrEnum):
    """Every way to pay that the platform knows. A service offers some of them."""

    COUNTER_CASH = "counter_cash"
    COUNTER_CARD = "counter_card"
    ONLINE = "online"
    WALLET = "wallet"
    BANK_APP = "bank_app"
    BANK_TRANSFER = "bank_transfer"
    KIOSK = "kiosk"
    CASH_AGENT = "cash_agent"


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to pay. `closes_in_phase` is the first phase in which it is shut; None: it never shuts.

    `needs_card` means a card that a bank issued; `steps` tell the payer what to do, in order.
    """

    code: ChannelCode
    name: str
    name_ar: str
    needs_card: bool
    needs_smartphone: bool
    steps: tuple[str, ...]
    steps_ar: tuple[str, ...]
    closes_in_phase: Phase | None = None
    routes: tuple[Route, ...] = ()
    hours: OpeningHours | None = None
    """When it takes money; None: always."""

    def __post_init__(self) -> None:
        if not self.steps or len(self.steps) != len(self.steps_ar):
            raise ValueError(f"channel {self.code}: every step is needed in English and in Arabic")
        steps = zip(self.steps, self.steps_ar, strict=True)
        _require_bilingual(f"channel {self.code}", [(self.name, self.name_ar), *steps, *_texts_of(self.routes)])
        if self.closes_in_phase is Phase.CASH_ALLOWED:
            raise ValueError(f"channel {self.code}: a channel that is shut from phase 0 is never open; leave it out")

    def is_open_in(self, phase: Phase) -> bool:
        return self.closes_in_phase is None or phase < self.closes_in_phase


@dataclass(frozen=True, slots=True)
class PhaseDates:
    """First day of each phase, as business dates; None: not planned. None is skipped; each starts after the last."""

    cash_stopped_on: date | None = None
    electronic_invoices_on: date | None = None
    fully_digital_on: date | None = None

    def __post_init__(self) -> None:
        planned = [start for start in self._starts() if start is not None]
        if tuple(planned) != self._starts()[: len(planned)]:
            raise ValueError("a phase has a date while an earlier phase has none")
        if planned != sorted(set(planned)):
            raise ValueError("each phase starts after the one before it")

    def _starts(self) -> tuple[date | None, date | None, date | None]:
        return self.cash_stopped_on, self.electronic_invoices_on, self.fully_digital_on

    def starts_on(self, phase: Phase) -> date | None:
        """The first day of `phase`; None for phase 0, which has no beginning, and for what is not planned."""
        return None if phase is Phase.CASH_ALLOWED else self._starts()[phase - 1]

    def phase_on(self, day: date) -> Phase:
        return Phase(sum(start is not None and start <= day for start in self._starts()))


@dataclass(frozen=True, slots=True)
class CashExemption:
    """Days on which cash stays allowed though the phase stops it. `ends_on` is the last; None: until revoked."""

    starts_on: date
    ends_on: date | None
    text: str
    text_ar: str

    def __post_init__(self) -> None:
        _require_bilingual("exemption", [(self.text, self.text_ar)])
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError("an exemption ends before it starts")

    def covers(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True, slots=True)
class Service:
    """A government service that people pay for. It always keeps one channel open that needs no bank card."""

    code: str
    agency: str
    name: str
    name_ar: str
    phases: PhaseDates
    channels: tuple[Channel, ...]
    exemptions: tuple[CashExemption, ...] = ()
    allows_partial: bool = False
    """Whether its invoices may let the payer choose how much to pay at a time."""
    fees: Mapping[PaymentMethod, FeeRule] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require_bilingual(f"service {self.code}", [(self.name, self.name_ar)])
        if not is_service_code(self.code):
            raise ValueError(f"service {self.code!r}: a code is lower-case words and digits joined by hyphens")
        codes = [channel.code for channel in self.channels]
        if len(codes) != len(set(codes)):
            raise ValueError(f"service {self.code}: a channel is listed twice")
        if not any(channel.closes_in_phase is None and not channel.needs_card for channel in self.channels):
            raise ValueError(f"service {self.code}: no channel without a card stays open in every phase")
        stops_on = self.phases.cash_stopped_on
        if any(stops_on is None or exemption.starts_on < stops_on for exemption in self.exemptions):
            raise ValueError(f"service {self.code}: an exemption starts while cash is still allowed")

    def channel(self, code: ChannelCode) -> Channel | None:
        return next((channel for channel in self.channels if channel.code is code), None)

    def fee_rule(self, method: PaymentMethod) -> FeeRule:
        """What paying this way costs and who bears it; `NO_FEE` where nothing was set."""
        return self.fees.get(method, NO_FEE)

    def exemption_on(self, day: date) -> CashExemption | None:
        """The exemption that keeps cash allowed on `day`, if any."""
        return next((exemption for exemption in self.exemptions if exemption.covers(day)), None)

    def lacks_plain_channel(self, day: date) -> bool:
        """Whether nothing that is open on `day` can be used with neither a bank's card nor a smartphone."""
        return all(channel.needs_card or channel.needs_smartphone for channel in self.open_channels(day))

    def open_channels(self, day: date) -> tuple[Channel, ...]:
        phase, exemption = self.phases.phase_on(day), self.exemption_on(day)
        return tuple(
            channel
            for channel in self.channels
            if channel.is_open_in(phase) or (exemption is not None and channel.code is ChannelCode.COUNTER_CASH)
        )


def _texts_of(routes: Iterable[Route]) -> Iterable[tuple[str, str]]:
    for route in routes:
        yield route.name, route.name_ar
        yield from zip(route.steps, route.steps_ar, strict=True)


def is_service_code(text: str) -> bool:
    """Has the shape of a service code: `cr-registration`. Says nothing about whether there is such a service."""
    return len(text) <= _CODE_LENGTH_MAX and _CODE.fullmatch(text) is not None


def _require_bilingual(where: str, texts: Iterable[tuple[str, str]]) -> None:
    for english, arabic in texts:
        if not english.strip():
            raise ValueError(f"{where}: an English text is empty")
        if not any("\u0600" <= letter <= "\u06ff" for letter in arabic):
            raise ValueError(f"{where}: {english!r} has no Arabic")
