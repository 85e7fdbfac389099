"""The one question a counter asks: may I take this payment this way today, and if not, how else can it be paid?"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mizan.domain.errors import InvalidInputError
from mizan.domain.services import CashExemption, Channel, ChannelCode, Phase, Service


class PhaseReasonCode(StrEnum):
    """Why a channel may or may not be used; stable, for machines."""

    CASH_ALLOWED = "cash_allowed"
    CASH_EXEMPT = "cash_exempt"
    CASH_STOPPED = "cash_stopped"
    CHANNEL_OPEN = "channel_open"
    CHANNEL_CLOSED = "channel_closed"
    CHANNEL_NOT_OFFERED = "channel_not_offered"


@dataclass(frozen=True, slots=True)
class PhaseReason:
    """Why, for machines and for people."""

    code: PhaseReasonCode
    text: str
    text_ar: str


@dataclass(frozen=True, slots=True)
class PhaseDecision:
    """May `channel` be used for `service` on the business date `on`?

    `since` is the day from which the deciding rule holds (cash stopped, exemption granted); None where nothing ever
    changed. `channels` are all that are open on that day; at least one of them needs no card.
    """

    service: str
    channel: ChannelCode
    on: date
    allowed: bool
    phase: Phase
    since: date | None
    reason: PhaseReason
    channels: tuple[Channel, ...]


def check_phase(service: Service, channel: str, on: date) -> PhaseDecision:
    """Decide whether `channel` may be used for `service` on the business date `on`.

    Raises InvalidInputError naming `channel` where the platform knows no such channel. A known one that this service
    does not offer is an answer (not allowed), not an error.
    """
    code = parse_channel_code(channel)
    allowed, since, reason = _judge(service, code, on)
    return PhaseDecision(
        service=service.code,
        channel=code,
        on=on,
        allowed=allowed,
        phase=service.phases.phase_on(on),
        since=since,
        reason=reason,
        channels=service.open_channels(on),
    )


def parse_channel_code(text: str) -> ChannelCode:
    try:
        return ChannelCode(text)
    except ValueError:
        raise InvalidInputError.of("channel", "unknown_channel") from None


def _judge(service: Service, code: ChannelCode, on: date) -> tuple[bool, date | None, PhaseReason]:
    channel = service.channel(code)
    if channel is None:
        return False, None, _NOT_OFFERED
    is_cash = code is ChannelCode.COUNTER_CASH
    if channel.is_open_in(service.phases.phase_on(on)):
        return True, None, _cash_allowed(service.phases.cash_stopped_on) if is_cash else _OPEN
    exemption = service.exemption_on(on) if is_cash else None
    if exemption is not None:
        return True, exemption.starts_on, _cash_exempt(exemption)
    since = None if channel.closes_in_phase is None else service.phases.starts_on(channel.closes_in_phase)
    return False, since, _cash_stopped(since) if is_cash else _closed(since)


_NOT_OFFERED = PhaseReason(
    PhaseReasonCode.CHANNEL_NOT_OFFERED,
    "This service is not offered through this channel.",
    "هذه الخدمة غير متاحة عبر هذه القناة.",
)
_CASH_ALLOWED = PhaseReason(
    PhaseReasonCode.CASH_ALLOWED,
    "Cash is accepted at the counter.",
    "الدفع النقدي مقبول عند منصة الخدمة.",
)
_OPEN = PhaseReason(PhaseReasonCode.CHANNEL_OPEN, "This channel is open.", "هذه القناة متاحة.")


def _cash_allowed(stops_on: date | None) -> PhaseReason:
    if stops_on is None:
        return _CASH_ALLOWED
    return PhaseReason(
        PhaseReasonCode.CASH_ALLOWED,
        f"Cash is accepted at the counter. It stops on {stops_on}.",
        f"الدفع النقدي مقبول عند منصة الخدمة، ويتوقف في {stops_on}.",
    )


def _cash_exempt(exemption: CashExemption) -> PhaseReason:
    return PhaseReason(
        PhaseReasonCode.CASH_EXEMPT,
        f"Cash has stopped for this service; an exemption allows it: {exemption.text}",
        f"أُوقف الدفع النقدي لهذه الخدمة، ويسمح به استثناء: {exemption.text_ar}",
    )


def _cash_stopped(since: date | None) -> PhaseReason:
    return PhaseReason(
        PhaseReasonCode.CASH_STOPPED,
        f"Cash at the counter stopped for this service on {since}. Offer one of the open channels.",
        f"أُوقف الدفع النقدي لهذه الخدمة عند منصات الخدمة في {since}. اعرض إحدى القنوات المتاحة.",
    )


def _closed(since: date | None) -> PhaseReason:
    return PhaseReason(
        PhaseReasonCode.CHANNEL_CLOSED,
        f"This channel closed for this service on {since}. Offer one of the open channels.",
        f"أُغلقت هذه القناة لهذه الخدمة في {since}. اعرض إحدى القنوات المتاحة.",
    )
