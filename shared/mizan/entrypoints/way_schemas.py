"""Ways to pay, by what the payer has, as JSON."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from mizan.application.offer_ways import Journey, ServiceWays
from mizan.domain.fees import FeeBearer
from mizan.domain.journeys import ClosedCode, Closing, Offer, PayerProfile
from mizan.domain.payments import PaymentMethod
from mizan.domain.routes import OpeningHours
from mizan.domain.services import ChannelCode
from mizan.entrypoints.profile_texts import PROFILES

Fils = Annotated[int, Field(description="In fils.")]


class HoursModel(BaseModel):
    """By the clock in Bahrain."""

    opens: str = Field(examples=["07:30"])
    closes: str = Field(examples=["14:00"])
    working_days_only: bool = Field(description="Shut on Fridays, Saturdays and public holidays.")


class FeeModel(BaseModel):
    """What paying this way costs, disclosed before paying. Amounts in fils."""

    bearer: FeeBearer = Field(description="Who bears it: only a payer's is added to what the payer is asked for.")
    amount: Fils
    vat: int = Field(description="VAT on it, in fils, apart.")
    total: Fils


class ClosingModel(BaseModel):
    """Why a way is closed."""

    code: ClosedCode
    text: str
    text_ar: str
    opens_at: datetime | None = Field(description="When it opens again by the clock alone (UTC).")


class WayModel(BaseModel):
    """One way to pay: open where nothing is in `closed_because`."""

    channel: ChannelCode
    method: PaymentMethod | None = Field(description="What a payment names; null: the agency takes it at its counter.")
    name: str
    name_ar: str
    is_open: bool
    closed_because: list[ClosingModel]
    needs_card: bool = Field(description="Whether the payer needs a card that a bank issued.")
    needs_smartphone: bool
    needs_bank_account: bool
    minimum: Fils
    maximum: int | None = Field(description="In fils; null: no bound.")
    hours: HoursModel | None = Field(description="When it takes money; null: always.")
    fee: FeeModel | None = Field(description="Null where no amount was asked about, or the agency takes it itself.")
    payer_pays: int | None = Field(description="All that the payer is asked for, in fils: fee and cash rounding too.")
    steps: list[str] = Field(description="What the payer does, in order.")
    steps_ar: list[str]


class ProfileModel(BaseModel):
    """What one kind of payer can choose from."""

    profile: PayerProfile
    name: str
    name_ar: str
    can_pay: bool = Field(description="Whether anything is open for them now.")
    ways: list[WayModel] = Field(description="Theirs: the open ones first, of these those that need no card.")


class WaysModel(BaseModel):
    """How a service can be paid now."""

    service: str = Field(examples=["cr-registration"])
    amount: int | None = Field(description="In fils, as asked.")
    currency: str
    at: datetime = Field(description="The instant that the answer is for (UTC).")
    phase: int = Field(ge=0, le=3)
    lacks_plain_way: bool = Field(
        description="Flagged: nobody without a bank's card and a smartphone can pay this, even at another hour."
    )
    profiles: list[ProfileModel]


def ways_model(found: ServiceWays) -> WaysModel:
    return WaysModel(
        service=found.service.code,
        amount=found.amount,
        currency="BHD",
        at=found.at,
        phase=int(found.phase),
        lacks_plain_way=found.lacks_plain_way,
        profiles=[_profile_model(journey) for journey in found.journeys],
    )


def _profile_model(journey: Journey) -> ProfileModel:
    names = PROFILES[journey.profile]
    return ProfileModel(
        profile=journey.profile,
        name=names.en,
        name_ar=names.ar,
        can_pay=any(offer.is_open for offer in journey.offers),
        ways=[_way_model(offer) for offer in journey.offers],
    )


def _way_model(offer: Offer) -> WayModel:
    route, channel = offer.route, offer.channel
    return WayModel(
        channel=channel.code,
        method=route.method,
        name=route.name,
        name_ar=route.name_ar,
        is_open=offer.is_open,
        closed_because=[_closing_model(closing) for closing in offer.closings],
        needs_card=route.needs_card,
        needs_smartphone=route.needs_smartphone,
        needs_bank_account=route.needs_account,
        minimum=route.minimum,
        maximum=route.maximum,
        hours=_hours_model(channel.hours) if channel.hours else None,
        fee=_fee_model(offer),
        payer_pays=offer.payer_pays,
        steps=list(offer.steps),
        steps_ar=list(offer.steps_ar),
    )


def _closing_model(closing: Closing) -> ClosingModel:
    return ClosingModel(code=closing.code, text=closing.text, text_ar=closing.text_ar, opens_at=closing.opens_at)


def _hours_model(hours: OpeningHours) -> HoursModel:
    return HoursModel(
        opens=f"{hours.opens:%H:%M}", closes=f"{hours.closes:%H:%M}", working_days_only=hours.is_working_days
    )


def _fee_model(offer: Offer) -> FeeModel | None:
    if not offer.fees:
        return None
    (fee,) = offer.fees  # one service, one fee
    return FeeModel(bearer=fee.bearer, amount=fee.amount, vat=fee.vat, total=fee.total)
