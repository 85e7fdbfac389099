"""How can this payer pay this amount now? Every way of a service, judged: phase, hours, limits, accounts, health.

Pure: what is looked up (rails, holidays) is handed in.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mizan.domain.calendar import business_date
from mizan.domain.fees import Fee, fee_of
from mizan.domain.ledger import CASH_GATEWAYS
from mizan.domain.money import format_amount, round_to_coins
from mizan.domain.payments import PaymentMethod
from mizan.domain.routes import Need, Route
from mizan.domain.services import Channel, Service


class PayerProfile(StrEnum):
    """Who wants to pay, by what they have."""

    DEBIT_CARD = "debit_card"
    WALLET_ONLY = "wallet_only"
    CASH_NO_SMARTPHONE = "cash_no_smartphone"
    BANK_ACCOUNT_ONLY = "bank_account_only"
    ABROAD = "abroad"
    COMPANY = "company"


_HERE = frozenset({Need.IN_PERSON})
_BANKED = frozenset({Need.ACCOUNT, Need.LOCAL_ACCOUNT, Need.ONLINE})

MEANS: Mapping[PayerProfile, frozenset[Need]] = {
    PayerProfile.DEBIT_CARD: _HERE | _BANKED | {Need.DEBIT_CARD, Need.SMARTPHONE},
    PayerProfile.WALLET_ONLY: _HERE | {Need.WALLET, Need.SMARTPHONE, Need.ONLINE},
    PayerProfile.CASH_NO_SMARTPHONE: _HERE,
    PayerProfile.BANK_ACCOUNT_ONLY: _HERE | _BANKED,
    PayerProfile.ABROAD: frozenset({Need.CREDIT_CARD, Need.GCC_CARD, Need.ACCOUNT, Need.ONLINE, Need.SMARTPHONE}),
    PayerProfile.COMPANY: _HERE | _BANKED | {Need.DEBIT_CARD, Need.CREDIT_CARD, Need.SMARTPHONE},
}
"""What each profile is taken to have: a route is theirs where it needs nothing else."""


class ClosedCode(StrEnum):
    """Why a way is closed; stable, for machines."""

    PHASE = "closed_by_phase"
    HOURS = "outside_hours"
    TOO_LITTLE = "below_minimum"
    TOO_MUCH = "above_maximum"
    NO_ACCOUNT = "no_account"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Rail:
    """A method's account that takes money for an agency now. `is_down`: it is known not to work."""

    gateway: str
    is_down: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """One reason against a way; `opens_at` (UTC) where it opens again by the clock alone."""

    code: ClosedCode
    text: str
    text_ar: str
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """`amount` fils to be paid for a service; None: nobody said how much, so neither limits nor fees are judged."""

    service: Service
    amount: int | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the judgement depends on besides the catalogue. `rails`: what takes money for the agency; `holidays`: those
    of the next weeks.
    """

    rails: Mapping[PaymentMethod, Rail]
    now: datetime
    holidays: Container[date]


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to pay, open where nothing stands against it. `fees`: one per charge, none where no amount was said;
    `rounding`: fils, signed, where coins are taken.
    """

    channel: Channel
    route: Route
    closings: tuple[Closing, ...]
    fees: tuple[Fee, ...] = ()
    amount: int | None = None
    rounding: int = 0

    @property
    def is_open(self) -> bool:
        return not self.closings

    @property
    def is_plain(self) -> bool:
        """Needs neither a bank's card nor a smartphone."""
        return not self.route.needs_card and not self.route.needs_smartphone

    @property
    def fee_added(self) -> int:
        """What the payer pays beside what is owed, in fils, without the rounding."""
        return sum(fee.added for fee in self.fees)

    @property
    def payer_pays(self) -> int | None:
        """All that the payer is asked for, in fils; None where no amount was said."""
        return None if self.amount is None else self.amount + self.fee_added + self.rounding

    @property
    def steps(self) -> tuple[str, ...]:
        return self.route.steps or self.channel.steps

    @property
    def steps_ar(self) -> tuple[str, ...]:
        return self.route.steps_ar or self.channel.steps_ar


def offers_of(charges: Sequence[Charge], around: Surroundings) -> tuple[Offer, ...]:
    """Every way that all the charges' services have: first those that are open, and of these those without a card."""
    services = [charge.service for charge in charges]
    today = business_date(around.now)
    found = [
        _offer(channel, route, charges, around, is_shut=any(not _is_open(one, channel, today) for one in services))
        for channel in services[0].channels
        if all(service.channel(channel.code) is not None for service in services)
        for route in channel.routes
    ]
    return tuple(sorted(found, key=lambda offer: (not offer.is_open, offer.route.needs_card)))


def fit_for(profile: PayerProfile, offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """The offers that need nothing but what this payer has."""
    return tuple(offer for offer in offers if offer.route.needs <= MEANS[profile])


def lacks_plain_way(offers: Iterable[Offer]) -> bool:
    """Whether nobody without card and smartphone can pay: what only waits for its hour counts as a way."""
    return not any(offer.is_plain and all(one.code is ClosedCode.HOURS for one in offer.closings) for offer in offers)


def _is_open(service: Service, channel: Channel, today: date) -> bool:
    return any(one.code is channel.code for one in service.open_channels(today))


def _offer(channel: Channel, route: Route, charges: Sequence[Charge], around: Surroundings, *, is_shut: bool) -> Offer:
    closings = [_SHUT] if is_shut else []
    closings += _closings(channel, route, around)
    amounts = [charge.amount for charge in charges if charge.amount is not None]
    if len(amounts) < len(charges):
        return Offer(channel, route, tuple(closings))
    closings += _limits(route, sum(amounts))
    fees = tuple(_fees(route, charges, around.now))
    asked = sum(amounts) + sum(fee.added for fee in fees)
    rail = around.rails.get(route.method) if route.method is not None else None
    takes_coins = rail is not None and rail.gateway in CASH_GATEWAYS
    rounding = round_to_coins(asked) - asked if takes_coins else 0
    return Offer(channel, route, tuple(closings), fees, sum(amounts), rounding)


def _closings(channel: Channel, route: Route, around: Surroundings) -> Iterator[Closing]:
    if route.method is not None:
        rail = around.rails.get(route.method)
        if rail is None:
            yield _NO_ACCOUNT
        elif rail.is_down:
            yield _DOWN
    if channel.hours is not None and not channel.hours.is_open(around.now, around.holidays):
        opens_at = channel.hours.next_opening(around.now, around.holidays)
        yield Closing(ClosedCode.HOURS, "It is closed at this hour.", "هذه الوسيلة مغلقة في هذا الوقت.", opens_at)


def _limits(route: Route, amount: int) -> Iterator[Closing]:
    if amount < route.minimum:
        least = format_amount(route.minimum)
        text = f"This way takes BHD {least} or more."
        yield Closing(ClosedCode.TOO_LITTLE, text, f"تقبل هذه الوسيلة {least} د.ب أو أكثر.")
    if route.maximum is not None and amount > route.maximum:
        most = format_amount(route.maximum)
        text = f"This way takes BHD {most} at most."
        yield Closing(ClosedCode.TOO_MUCH, text, f"تقبل هذه الوسيلة {most} د.ب على الأكثر.")


def _fees(route: Route, charges: Sequence[Charge], now: datetime) -> Iterator[Fee]:
    if route.method is None:
        return
    for charge in charges:
        yield fee_of(charge.service.fee_rule(route.method), charge.amount or 0, business_date(now))


_SHUT = Closing(
    ClosedCode.PHASE, "This way is shut in the service's phase.", "هذه الوسيلة موقوفة في مرحلة الخدمة الحالية."
)
_NO_ACCOUNT = Closing(
    ClosedCode.NO_ACCOUNT,
    "The agency has no account for this way yet.",
    "ليس لدى الجهة حساب لهذه الوسيلة بعد.",
)
_DOWN = Closing(
    ClosedCode.DOWN,
    "This way does not work just now. Use another, or try later.",
    "هذه الوسيلة معطلة حاليًا. استخدم وسيلة أخرى أو حاول لاحقًا.",
)
