"""An invoice's terms as JSON, and the way between these and the domain."""

from pydantic import BaseModel, ConfigDict, Field

from mizan.domain.terms import (
    LEG_COUNT_MAX,
    LEG_COUNT_MIN,
    PLAN_COUNT_MAX,
    EarlyDiscount,
    LateCharge,
    Leg,
    PartialRule,
    Plan,
    Terms,
)
from mizan.entrypoints.fields import Amount, IsoDate, PlanId

REQUEST = ConfigDict(strict=True, extra="forbid", frozen=True)


class DiscountModel(BaseModel):
    """Less for who pays everything at once and early."""

    model_config = REQUEST

    amount: Amount = Field(description="Fils less.", examples=[500])
    until: IsoDate = Field(description="The last Bahrain day of it; not after the due date.", examples=["2026-12-15"])


class LateModel(BaseModel):
    """More for who pays the rest late; asked for once."""

    model_config = REQUEST

    amount: Amount = Field(description="Fils more.", examples=[1000])
    starts_on: IsoDate = Field(description="The first Bahrain day of it; after the due date.", examples=["2027-02-01"])


class PartialModel(BaseModel):
    """The payer chooses how much to pay at a time, where the service allows it."""

    model_config = REQUEST

    minimum: Amount = Field(1, description="Fils at a time at least; all of the rest may always be paid.")
    maximum: Amount | None = Field(None, description="Fils at a time at most, but for all of the rest.")


class LegModel(BaseModel):
    """One instalment."""

    model_config = REQUEST

    amount: Amount = Field(examples=[6250])
    due_date: IsoDate = Field(examples=["2026-12-31"])


class PlanModel(BaseModel):
    """Instalments that add up to the invoice's amount. Paying the first binds the payer to the plan."""

    model_config = REQUEST

    plan_id: PlanId = Field(examples=["two-parts"])
    legs: list[LegModel] = Field(min_length=LEG_COUNT_MIN, max_length=LEG_COUNT_MAX)


class TermsModel(BaseModel):
    """How the invoice may be paid; left out: all at once, at any time. Plans exclude each other and paying at once."""

    model_config = REQUEST

    discount: DiscountModel | None = None
    late: LateModel | None = None
    partial: PartialModel | None = None
    plans: list[PlanModel] = Field(default_factory=list, max_length=PLAN_COUNT_MAX)
    expires_on: IsoDate | None = Field(
        None, description="The last Bahrain day on which money is taken; left out: never expires by itself."
    )


def terms_of(model: TermsModel | None) -> Terms:
    if model is None:
        return Terms()
    discount, late, partial = model.discount, model.late, model.partial
    return Terms(
        discount=EarlyDiscount(discount.amount, discount.until) if discount else None,
        late=LateCharge(late.amount, late.starts_on) if late else None,
        partial=PartialRule(partial.minimum, partial.maximum) if partial else None,
        plans=tuple(_plan_of(plan) for plan in model.plans),
        expires_on=model.expires_on,
    )


def terms_model(terms: Terms) -> TermsModel:
    """Not checked again: what was stored under an older rule must stay readable."""
    discount, late, partial = terms.discount, terms.late, terms.partial
    return TermsModel.model_construct(
        discount=_discount_model(discount) if discount else None,
        late=_late_model(late) if late else None,
        partial=_partial_model(partial) if partial else None,
        plans=[_plan_model(plan) for plan in terms.plans],
        expires_on=terms.expires_on,
    )


def _plan_of(model: PlanModel) -> Plan:
    return Plan(model.plan_id, tuple(Leg(leg.amount, leg.due_date) for leg in model.legs))


def _discount_model(discount: EarlyDiscount) -> DiscountModel:
    return DiscountModel.model_construct(amount=discount.amount, until=discount.until)


def _late_model(late: LateCharge) -> LateModel:
    return LateModel.model_construct(amount=late.amount, starts_on=late.starts_on)


def _partial_model(rule: PartialRule) -> PartialModel:
    return PartialModel.model_construct(minimum=rule.minimum, maximum=rule.maximum)


def _plan_model(plan: Plan) -> PlanModel:
    legs = [LegModel.model_construct(amount=leg.amount, due_date=leg.due_date) for leg in plan.legs]
    return PlanModel.model_construct(plan_id=plan.plan_id, legs=legs)
