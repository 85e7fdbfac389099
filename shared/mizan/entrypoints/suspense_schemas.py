"""Suspense cases as JSON: what callers send, what they get, and the way from the domain."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from mizan.application.read_suspense import CaseView
from mizan.application.suggest_invoices import Suggestion, SuggestionReason
from mizan.domain.iban import masked_iban
from mizan.domain.incoming_credits import Remitter
from mizan.domain.invoices import InvoiceState
from mizan.domain.money import AMOUNT_MAX
from mizan.domain.refunds import Beneficiary
from mizan.domain.suspense import (
    SUSPENSE_STATES,
    ProposalKind,
    SuspenseCase,
    SuspenseEvent,
    SuspenseReason,
    SuspenseState,
)
from mizan.entrypoints.fields import Description, Iban, PersonName
from mizan.entrypoints.problem_texts import Text
from mizan.entrypoints.timeline import TimelineEntryModel, timeline_of
from mizan.entrypoints.timeline_labels import SUSPENSE_LABELS

REQUEST = ConfigDict(strict=True, extra="forbid", frozen=True)
ReferenceText = Annotated[str, StringConstraints(min_length=1, max_length=18)]
SeenAmount = Annotated[int, Field(strict=True, ge=0, le=AMOUNT_MAX)]
ASKABLE = (SuspenseEvent.PROPOSE_ALLOCATION, SuspenseEvent.PROPOSE_RETURN, SuspenseEvent.ALLOCATE, SuspenseEvent.DROP)

REASONS = {
    SuspenseReason.NO_REFERENCE: Text("No reference was given.", "لم يُذكر أي رقم مرجعي."),
    SuspenseReason.UNKNOWN_REFERENCE: Text(
        "No invoice has the reference that was given.", "لا توجد فاتورة بالرقم المرجعي المذكور."
    ),
    SuspenseReason.AMBIGUOUS: Text("Several invoices were named.", "ذُكرت أكثر من فاتورة."),
    SuspenseReason.ANOTHER_AGENCY: Text(
        "The invoice is another agency's than the account.", "الفاتورة تخص جهة غير صاحبة الحساب."
    ),
    SuspenseReason.WRONG_CURRENCY: Text("It came in another currency.", "ورد المبلغ بعملة أخرى."),
    SuspenseReason.WRONG_AMOUNT: Text("The invoice did not ask for this amount.", "لم تطلب الفاتورة هذا المبلغ."),
    SuspenseReason.NOT_PAYABLE: Text(
        "The invoice could not be paid when this was paid.", "لم تكن الفاتورة قابلة للدفع وقت الدفع."
    ),
}

SUGGESTIONS = {
    SuggestionReason.NAMED: Text("Its reference was given.", "ذُكر رقمها المرجعي."),
    SuggestionReason.ONE_DIGIT: Text("Its reference was given with one wrong digit.", "ذُكر رقمها بخطأ في رقم واحد."),
    SuggestionReason.TRANSPOSED: Text(
        "Its reference was given with two digits swapped.", "ذُكر رقمها مع تبديل رقمين متجاورين."
    ),
    SuggestionReason.MISSING: Text("Its reference was given without one digit.", "ذُكر رقمها ناقصًا رقمًا واحدًا."),
    SuggestionReason.EXTRA: Text("Its reference was given with a digit too many.", "ذُكر رقمها بزيادة رقم واحد."),
    SuggestionReason.REMITTER: Text(
        "The same account paid this payer's bills before.", "سبق أن دُفعت فواتير هذا الدافع من الحساب نفسه."
    ),
    SuggestionReason.AMOUNT: Text(
        "Of the invoices suggested, only this one asks for this amount.",
        "هي الوحيدة بين الفواتير المقترحة التي تطلب هذا المبلغ.",
    ),
}


class AllocateRequest(BaseModel):
    """Which invoice the money is for. Amounts in fils."""

    model_config = REQUEST

    reference: ReferenceText = Field(description="The invoice's, 18 digits.", examples=["482019374650192753"])
    seen_left: SeenAmount = Field(
        description="What you saw as `left` of the case. Where that is no longer so: 412 with `current`.",
        examples=[12500],
    )


class ReturnBeneficiaryModel(BaseModel):
    """Who gets the money, where it is not the account that it came from. Personal data: sealed, masked where shown."""

    model_config = REQUEST

    name: PersonName = Field(examples=["Fatima Ahmed"])
    iban: Iban = Field(examples=["BH67BMAG00001299123456"])


class ReturnRequest(BaseModel):
    """Money that goes back to whoever sent it. Amounts in fils."""

    model_config = REQUEST

    seen_left: SeenAmount = Field(description="What you saw as `left` of the case.", examples=[12500])
    reason: Description = Field(examples=["Meant for another bank account"])
    beneficiary: ReturnBeneficiaryModel | None = Field(
        None, description="Left out: the account that it came from, where the bank told which."
    )


class RemitterModel(BaseModel):
    """Who sent it, enough to recognise, too little to learn."""

    name: str = Field(examples=["M••• A•••"])
    iban: str = Field(examples=["BH57**************7890"])


class SuspenseReasonModel(BaseModel):
    """A stable code, and what it means."""

    code: str = Field(examples=["no_reference"])
    text: str
    text_ar: str


class SuspenseSuggestionModel(BaseModel):
    """An invoice that the money may be for. Nothing is matched by it: a person decides."""

    reference: str
    agency: str
    service: str
    state: InvoiceState
    amount_due: int | None = Field(description="Now, in fils; null where nothing can be paid.")
    payer: str = Field(description="Masked.", examples=["M••• A•••"])
    reasons: list[SuspenseReasonModel]


class SuspenseProposalModel(BaseModel):
    """What was proposed."""

    kind: ProposalKind
    target: str = Field(description="The invoice's reference, or the refund's id.")
    maker: str


class SuspenseCaseModel(BaseModel):
    """Money that fits no invoice. Amounts in minor units of `currency` (fils); instants in UTC."""

    case_id: str = Field(examples=["sus_482019374650192753004211"])
    payment_id: str = Field(description="The attempt that holds the money.")
    reference: str = Field(description="That attempt's; no invoice's where the money named none.")
    agency: str
    gateway: str
    state: SuspenseState
    reason: SuspenseReasonModel
    amount: int
    currency: str
    paid_at: datetime = Field(description="When it was paid, by the rail's own time.")
    created_at: datetime
    updated_at: datetime
    age_days: int = Field(description="Since it came into suspense.")
    remitter: RemitterModel | None
    remittance: str | None = Field(description="What the payer wrote to the bank.")
    proposal: SuspenseProposalModel | None
    checker: str | None
    allocated_to: str | None = Field(description="The attempt that the money became.")
    possible: list[str] = Field(description="What may be asked for now.")
    timeline: list[TimelineEntryModel]


class SuspenseDetailModel(SuspenseCaseModel):
    """One case, with what is left and what it may be for."""

    left: int = Field(description="What of it is free: what a proposal states as `seen_left`.")
    reserved: int = Field(description="Promised to a refund.")
    suggestions: list[SuspenseSuggestionModel]


class SuspenseListModel(BaseModel):
    """One page, oldest first; `cursor` continues it and is null at the end. A page may be short."""

    items: list[SuspenseCaseModel]
    cursor: str | None


def case_model(case: SuspenseCase, now: datetime) -> SuspenseCaseModel:
    return SuspenseCaseModel(**_case_fields(case, now))


def detail_model(view: CaseView, now: datetime) -> SuspenseDetailModel:
    return SuspenseDetailModel(
        **_case_fields(view.case, now),
        left=view.left,
        reserved=view.reserved,
        suggestions=[_suggestion(one) for one in view.suggestions],
    )


def beneficiary_of(request: ReturnRequest) -> Beneficiary | None:
    who = request.beneficiary
    return Beneficiary(who.name, iban=who.iban) if who else None


def _case_fields(case: SuspenseCase, now: datetime) -> dict[str, object]:
    proposal = case.proposal
    possible = SUSPENSE_STATES.possible(case.state)
    return {
        "case_id": case.case_id,
        "payment_id": case.payment_id,
        "reference": case.reference,
        "agency": case.agency,
        "gateway": case.gateway,
        "state": case.state,
        "reason": _reason(case.reason, REASONS[case.reason]),
        "amount": case.amount,
        "currency": case.currency,
        "paid_at": case.paid_at,
        "created_at": case.created_at,
        "updated_at": case.updated_at,
        "age_days": max(0, (now - case.created_at).days),
        "remitter": _remitter(case.remitter),
        "remittance": case.remittance or None,
        "proposal": SuspenseProposalModel(kind=proposal.kind, target=proposal.target, maker=proposal.maker)
        if proposal
        else None,
        "checker": case.checker,
        "allocated_to": case.allocated_to,
        "possible": [str(event) for event in ASKABLE if event in possible],
        "timeline": timeline_of(case.history, SUSPENSE_LABELS),
    }


def _suggestion(one: Suggestion) -> SuspenseSuggestionModel:
    invoice = one.invoice
    return SuspenseSuggestionModel(
        reference=invoice.reference,
        agency=invoice.agency,
        service=invoice.service,
        state=invoice.state,
        amount_due=one.amount_due,
        payer=invoice.customer.masked_name,
        reasons=[_reason(reason, SUGGESTIONS[reason]) for reason in one.reasons],
    )


def _reason(code: str, text: Text) -> SuspenseReasonModel:
    return SuspenseReasonModel(code=str(code), text=text.en, text_ar=text.ar)


def _remitter(remitter: Remitter) -> RemitterModel | None:
    if not remitter.name and not remitter.iban:
        return None
    name = " ".join(f"{word[0]}•••" for word in remitter.name.split())
    return RemitterModel(name=name, iban=masked_iban(remitter.iban))
