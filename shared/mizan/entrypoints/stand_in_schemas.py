"""Services given while nothing could be paid, as JSON."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from mizan.application.read_stand_ins import StandInFigures
from mizan.domain.stand_ins import Outcome, StandIn
from mizan.entrypoints.fields import Description


class StandInRequest(BaseModel):
    """Why the service is given now."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    reason: Description = Field(
        description="Kept on the invoice. Nothing about the payer.",
        examples=["All rails down; the licence ends today."],
    )


class StandInModel(BaseModel):
    """A service that was given though nothing could be paid."""

    reference: str
    agency: str
    service: str
    at: datetime = Field(description="When it was given (UTC).")
    grace_until: datetime = Field(
        description="Until then (UTC) it does not fall due, cost more, lose its discount or expire."
    )
    actor: str = Field(description="Which key or person decided it.")
    reason: str
    amount: int = Field(description="What was owed then, in fils.")
    outstanding: int = Field(description="What is still owed of the invoice, in fils.")
    outcome: Outcome = Field(description="`closed`: cancelled, replaced, expired or written off unpaid.")


class StandInCountModel(BaseModel):
    """Those with one outcome."""

    outcome: Outcome
    count: int
    amount: int = Field(description="In fils: what was owed when the service was given; for `owed` what is owed now.")


class StandInListModel(BaseModel):
    """The figures of some days, and the first of what they count."""

    date_from: date
    date_to: date
    served: int = Field(description="How many services were given so.")
    outcomes: list[StandInCountModel]
    items: list[StandInModel] = Field(description="Oldest first; ask for fewer days where they are more.")


def stand_in_model(found: StandIn) -> StandInModel:
    return StandInModel(
        reference=found.reference,
        agency=found.agency,
        service=found.service,
        at=found.at,
        grace_until=found.until,
        actor=found.actor,
        reason=found.reason,
        amount=found.amount,
        outstanding=found.outstanding,
        outcome=found.outcome,
    )


def figures_model(figures: StandInFigures, first: date, last: date) -> StandInListModel:
    return StandInListModel(
        date_from=first,
        date_to=last,
        served=sum(figures.counts.values()),
        outcomes=[
            StandInCountModel(outcome=outcome, count=count, amount=figures.amounts[outcome])
            for outcome, count in figures.counts.items()
        ],
        items=[stand_in_model(found) for found in figures.items],
    )
