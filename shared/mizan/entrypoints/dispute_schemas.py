"""Disputes as JSON: what callers send, what they get, and the way from the domain."""

from datetime import date, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from mizan.application.open_dispute import OpenDispute
from mizan.domain.calendar import business_date, end_of_day
from mizan.domain.disputes import DISPUTE_STATES, Dispute, DisputeEvent, DisputeState
from mizan.domain.payments import Disposition
from mizan.entrypoints.fields import Amount, CaseNumber, Description, IsoDate
from mizan.entrypoints.invoice_schemas import fingerprint
from mizan.entrypoints.timeline import TimelineEntryModel, timeline_of
from mizan.entrypoints.timeline_labels import DISPUTE_LABELS

REQUEST = ConfigDict(strict=True, extra="forbid", frozen=True)
RESOLUTION = timedelta.resolution
"""An instant before a day's end is still that day's."""


class CreateDisputeRequest(BaseModel):
    """A bank's notice, as it came."""

    model_config = REQUEST

    case_number: CaseNumber = Field(
        description="The bank's own; it makes a repeat the same dispute.", examples=["C-77"]
    )
    reason: Description = Field(description="The bank's code or words.", examples=["10.4"])
    respond_by: IsoDate = Field(description="The last day to answer, in Bahrain.", examples=["2026-04-01"])
    amount: Amount | None = Field(None, description="In fils; all that is left where it is left out.")


class EvidenceRequest(BaseModel):
    """One note; documents stay with you."""

    model_config = REQUEST

    note: Description = Field(examples=["Signed receipt 4711"])


class DisputedPortionModel(BaseModel):
    """Which money is held."""

    reference: str = Field(description="The invoice's.")
    disposition: Disposition
    amount: int


class DisputeModel(BaseModel):
    """One dispute. Amounts in fils; instants in UTC."""

    dispute_id: str = Field(examples=["dsp_482019374650192753004211"])
    payment_id: str
    reference: str = Field(description="The paid invoice's, or the basket's.")
    state: DisputeState
    case_number: str
    reason: str
    amount: int
    currency: str
    portions: list[DisputedPortionModel]
    respond_by: date = Field(description="The last day to answer, in Bahrain.")
    evidence: list[str]
    created_at: datetime
    updated_at: datetime
    timeline: list[TimelineEntryModel] = Field(description="What happened to it, oldest first.")
    possible: list[str] = Field(description="What may be asked for now.", examples=[["add_evidence", "accept"]])


class DisputeListModel(BaseModel):
    """Every dispute of one payment, oldest first."""

    items: list[DisputeModel]


def dispute_command(payment_id: str, request: CreateDisputeRequest, *, correlation_id: str) -> OpenDispute:
    return OpenDispute(
        payment_id=payment_id,
        case_number=request.case_number,
        reason=request.reason,
        respond_by=end_of_day(request.respond_by),
        fingerprint=fingerprint(request),
        correlation_id=correlation_id,
        amount=request.amount,
    )


def dispute_model(dispute: Dispute) -> DisputeModel:
    return DisputeModel(
        dispute_id=dispute.dispute_id,
        payment_id=dispute.payment_id,
        reference=dispute.payment_reference,
        state=dispute.state,
        case_number=dispute.case_number,
        reason=dispute.reason,
        amount=dispute.amount,
        currency=dispute.currency,
        portions=[
            DisputedPortionModel(reference=one.reference, disposition=one.disposition, amount=one.amount)
            for one in dispute.portions
        ],
        respond_by=business_date(dispute.respond_by - RESOLUTION),
        evidence=list(dispute.evidence),
        created_at=dispute.created_at,
        updated_at=dispute.updated_at,
        timeline=timeline_of(dispute.history, DISPUTE_LABELS),
        possible=[str(event) for event in DisputeEvent if event in DISPUTE_STATES.possible(dispute.state)],
    )
