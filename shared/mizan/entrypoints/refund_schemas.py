"""Refunds as JSON: what callers send, what they get, and the way between these and the domain."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from mizan.application.refund_rules import RequestRefund
from mizan.domain.history import History
from mizan.domain.money import AMOUNT_MAX
from mizan.domain.payments import Disposition
from mizan.domain.refunds import (
    REFUND_STATES,
    WORKER_PREFIX,
    Beneficiary,
    Refund,
    RefundDestination,
    RefundEvent,
    RefundState,
)
from mizan.entrypoints.fields import Amount, CashCode, Description, Iban, Identifier, PersonName
from mizan.entrypoints.invoice_schemas import fingerprint
from mizan.entrypoints.payment_schemas import DeclineModel
from mizan.entrypoints.timeline import TimelineEntryModel, timeline_of
from mizan.entrypoints.timeline_labels import REFUND_LABELS

REQUEST = ConfigDict(strict=True, extra="forbid", frozen=True)
ReferenceText = Annotated[str, StringConstraints(max_length=18)]
SeenAmount = Annotated[int, Field(strict=True, ge=0, le=AMOUNT_MAX)]
ASKABLE = (RefundEvent.APPROVE, RefundEvent.REJECT, RefundEvent.WITHDRAW)


class BeneficiaryModel(BaseModel):
    """Who gets the money. Personal data: kept sealed, masked wherever it is shown."""

    model_config = REQUEST

    name: PersonName = Field(description="As the bank or the identity document has it.", examples=["Fatima Ahmed"])
    iban: Iban | None = Field(None, description="For `iban`.", examples=["BH67BMAG00001299123456"])
    identifier: Identifier | None = Field(
        None, description="For `cash_code`: whom it is bound to, `cpr:…` or `passport:…`.", examples=["cpr:900112345"]
    )


class CreateRefundRequest(BaseModel):
    """What goes back, and where to. Amounts in fils."""

    model_config = REQUEST

    seen_refundable: SeenAmount = Field(
        description="What you saw as left of it (`lines[].shares[].left` of the payment). Where that is no longer so: "
        "412 with `current`.",
        examples=[12500],
    )
    amount: Amount | None = Field(None, description="All that is left where it is left out.", examples=[5000])
    reference: ReferenceText | None = Field(None, description="Which invoice's money; needed where it paid several.")
    disposition: Disposition = Field(Disposition.ALLOCATED, strict=False, description="Of which of its money.")
    destination: RefundDestination = Field(
        strict=False, description="Back to the card or account that paid, to an IBAN, or in cash against a code."
    )
    beneficiary: BeneficiaryModel | None = Field(None, description="Not with `instrument`.")
    reason: Description = Field(examples=["Paid for the wrong branch"])


class RedeemCodeRequest(BaseModel):
    """The code, and what the payer's own document says."""

    model_config = REQUEST

    code: CashCode = Field(examples=["4820193746501927"])
    identifier: Identifier = Field(description="As read off the document.", examples=["cpr:900112345"])


class MaskedBeneficiaryModel(BaseModel):
    """Enough to recognise, too little to learn."""

    name: str = Field(examples=["F••• A•••"])
    iban: str | None = Field(examples=["BH67**************3456"])
    identifier: str | None = Field(examples=["cpr:••••••345"])


class RefundModel(BaseModel):
    """One refund. Amounts in fils; instants in UTC."""

    refund_id: str = Field(examples=["rfd_482019374650192753904211"])
    payment_id: str
    reference: str = Field(description="The invoice's.")
    state: RefundState
    amount: int
    currency: str
    disposition: Disposition
    destination: RefundDestination
    beneficiary: MaskedBeneficiaryModel | None
    reason: str
    maker: str = Field(description="Who asked: a person, or `key:…`.")
    checker: str | None = Field(description="Who decided: a person, or the rule for small amounts.")
    cash_code: str | None = Field(description="Only while it can be redeemed, and only to who may ask for refunds.")
    expires_at: datetime | None = Field(description="Until when the code can be redeemed.")
    sent_at: datetime | None
    transaction: str | None = Field(description="The rail's own id of it.")
    decline: DeclineModel | None = Field(description="Why it was not carried out.")
    created_at: datetime
    updated_at: datetime
    timeline: list[TimelineEntryModel] = Field(description="What happened to it, oldest first.")
    possible: list[str] = Field(description="What may be asked for now.", examples=[["approve", "reject", "withdraw"]])
    follow_url: str = Field(description="Where its payer follows it.")


class RefundListModel(BaseModel):
    """Every refund of one payment, oldest first."""

    items: list[RefundModel]


class CashOutModel(BaseModel):
    """What to hand out. Amounts in fils."""

    refund_id: str
    state: RefundState
    amount: int
    currency: str
    transaction: str = Field(description="What settlement with you names it by.")
    redeemed_at: datetime


def refund_command(
    payment_id: str, request: CreateRefundRequest, *, idempotency_key: str, correlation_id: str
) -> RequestRefund:
    who = request.beneficiary
    return RequestRefund(
        payment_id=payment_id,
        seen_refundable=request.seen_refundable,
        reason=request.reason,
        fingerprint=fingerprint(request),
        idempotency_key=idempotency_key,
        correlation_id=correlation_id,
        amount=request.amount,
        reference=request.reference,
        disposition=request.disposition,
        destination=request.destination,
        beneficiary=Beneficiary(who.name, who.iban, who.identifier) if who else None,
    )


def refund_model(refund: Refund, public_url: str, *, cash_code: str | None = None) -> RefundModel:
    """`public_url` is the API's stable address, without a trailing slash; `cash_code` where the caller may see it."""
    decline = refund.decline
    possible = REFUND_STATES.possible(refund.state)
    return RefundModel(
        refund_id=refund.refund_id,
        payment_id=refund.payment_id,
        reference=refund.portion.reference,
        state=refund.state,
        amount=refund.amount,
        currency=refund.currency,
        disposition=refund.portion.disposition,
        destination=refund.destination,
        beneficiary=_masked(refund.beneficiary),
        reason=refund.reason,
        maker=refund.maker,
        checker=refund.checker,
        cash_code=cash_code,
        expires_at=refund.expires_at,
        sent_at=refund.sent_at,
        transaction=refund.transaction,
        decline=DeclineModel(code=decline.code, text=decline.text, text_ar=decline.text_ar) if decline else None,
        created_at=refund.created_at,
        updated_at=refund.updated_at,
        timeline=timeline_of(_without_workers(refund.history), REFUND_LABELS),
        possible=[str(event) for event in ASKABLE if event in possible],
        follow_url=f"{public_url}/pay/{refund.payment_reference}/refunds/{refund.refund_id}",
    )


def cash_out_model(refund: Refund) -> CashOutModel:
    return CashOutModel(
        refund_id=refund.refund_id,
        state=refund.state,
        amount=refund.amount,
        currency=refund.currency,
        transaction=refund.transaction or "",
        redeemed_at=refund.updated_at,
    )


def _without_workers(history: History) -> History:
    """Which of its workers sent it is the platform's own matter."""
    return tuple(
        replace(entry, actor=None) if (entry.actor or "").startswith(WORKER_PREFIX) else entry for entry in history
    )


def _masked(who: Beneficiary | None) -> MaskedBeneficiaryModel | None:
    if who is None:
        return None
    return MaskedBeneficiaryModel(name=who.masked_name, iban=who.masked_iban, identifier=who.masked_identifier)
