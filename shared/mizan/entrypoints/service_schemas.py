"""Services, their ways to pay and the answer of the phase check, as JSON."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from mizan.application.read_services import ServiceStanding
from mizan.domain.errors import InvalidInputError
from mizan.domain.phase_check import PhaseDecision, PhaseReasonCode, parse_channel_code
from mizan.domain.services import CashExemption, Channel, ChannelCode, PhaseDates, Service

PHASES = "0 cash allowed, 1 cash stopped, 2 electronic invoices, 3 fully digital."


def _channel_code(text: object) -> ChannelCode:
    try:
        return parse_channel_code(str(text))
    except InvalidInputError as error:
        code = error.fields[0].code
        raise PydanticCustomError(code, code) from None


KnownChannel = Annotated[ChannelCode, BeforeValidator(_channel_code)]
"""One of the channels that the platform knows; else `unknown_channel`, beside whatever else is wrong."""


class ChannelModel(BaseModel):
    """A way to pay."""

    code: ChannelCode
    name: str = Field(examples=["Payment kiosk"])
    name_ar: str = Field(examples=["جهاز الدفع الذاتي"])
    needs_card: bool = Field(description="Whether the payer needs a card that a bank issued.")
    needs_smartphone: bool
    steps: list[str] = Field(description="What the payer does, in order.")
    steps_ar: list[str]


class PhaseReasonModel(BaseModel):
    """Why."""

    code: PhaseReasonCode
    text: str
    text_ar: str


class PhaseCheckModel(BaseModel):
    """Whether a channel may be used for a service on a day, and every channel that may."""

    service: str = Field(examples=["cr-registration"])
    channel: ChannelCode
    on: date = Field(description="The business date in Bahrain that the answer is for.")
    allowed: bool
    phase: int = Field(ge=0, le=3, description=PHASES)
    since: date | None = Field(description="First day of the rule that decides; null where nothing ever changed.")
    reason: PhaseReasonModel
    channels: list[ChannelModel] = Field(description="Open on that day; at least one needs no card.")


class PhaseDatesModel(BaseModel):
    """First day of each phase, as business dates in Bahrain; null: not planned."""

    cash_stopped_on: date | None
    electronic_invoices_on: date | None
    fully_digital_on: date | None


class CashExemptionModel(BaseModel):
    """Days on which cash stays allowed though the phase stops it."""

    starts_on: date
    ends_on: date | None = Field(description="The last such day; null: until revoked.")
    text: str
    text_ar: str


class ServiceSummaryModel(BaseModel):
    """A service and its phase today."""

    code: str = Field(examples=["cr-registration"])
    agency: str = Field(examples=["moic"])
    name: str = Field(examples=["Commercial registration"])
    name_ar: str = Field(examples=["القيد في السجل التجاري"])
    phase: int = Field(ge=0, le=3, description=f"Today in Bahrain: {PHASES}")
    phases: PhaseDatesModel
    allows_partial: bool = Field(description="Whether its invoices may let the payer choose how much to pay at a time.")
    lacks_plain_channel: bool = Field(
        description="Flagged: today nobody without a bank's card and a smartphone can pay it; the agency has to act."
    )


class ServiceModel(ServiceSummaryModel):
    """A service with the channels that are open today and its cash exemptions, past and future ones too."""

    channels: list[ChannelModel]
    exemptions: list[CashExemptionModel]


class ServiceListModel(BaseModel):
    """Every service, by code."""

    items: list[ServiceSummaryModel]


def phase_check_model(decision: PhaseDecision) -> PhaseCheckModel:
    reason = decision.reason
    return PhaseCheckModel(
        service=decision.service,
        channel=decision.channel,
        on=decision.on,
        allowed=decision.allowed,
        phase=int(decision.phase),
        since=decision.since,
        reason=PhaseReasonModel(code=reason.code, text=reason.text, text_ar=reason.text_ar),
        channels=[_channel_model(channel) for channel in decision.channels],
    )


def service_summary_model(standing: ServiceStanding) -> ServiceSummaryModel:
    service = standing.service
    return ServiceSummaryModel(
        code=service.code,
        agency=service.agency,
        name=service.name,
        name_ar=service.name_ar,
        phase=int(standing.phase),
        phases=_phase_dates_model(service.phases),
        allows_partial=service.allows_partial,
        lacks_plain_channel=service.lacks_plain_channel(standing.on),
    )


def service_model(standing: ServiceStanding) -> ServiceModel:
    service: Service = standing.service
    return ServiceModel(
        **dict(service_summary_model(standing)),
        channels=[_channel_model(channel) for channel in service.open_channels(standing.on)],
        exemptions=[_exemption_model(exemption) for exemption in service.exemptions],
    )


def _channel_model(channel: Channel) -> ChannelModel:
    return ChannelModel(
        code=channel.code,
        name=channel.name,
        name_ar=channel.name_ar,
        needs_card=channel.needs_card,
        needs_smartphone=channel.needs_smartphone,
        steps=list(channel.steps),
        steps_ar=list(channel.steps_ar),
    )


def _phase_dates_model(phases: PhaseDates) -> PhaseDatesModel:
    return PhaseDatesModel(
        cash_stopped_on=phases.cash_stopped_on,
        electronic_invoices_on=phases.electronic_invoices_on,
        fully_digital_on=phases.fully_digital_on,
    )


def _exemption_model(exemption: CashExemption) -> CashExemptionModel:
    return CashExemptionModel(
        starts_on=exemption.starts_on, ends_on=exemption.ends_on, text=exemption.text, text_ar=exemption.text_ar
    )
