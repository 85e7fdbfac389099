"""What is owed and how it may be paid: all at once, in parts, or by one of several plans that exclude each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from mizan.domain.errors import FieldError
from mizan.domain.money import AMOUNT_MAX

PLAN_COUNT_MAX = 4
LEG_COUNT_MIN, LEG_COUNT_MAX = 2, 24


@dataclass(frozen=True, slots=True)
class EarlyDiscount:
    """`amount` fils less for who pays everything at once, up to the end of the Bahrain day `until`."""

    amount: int
    until: date


@dataclass(frozen=True, slots=True)
class LateCharge:
    """`amount` fils more for who pays the rest from the Bahrain day `starts_on` on; asked for once, with the last
    part.
    """

    amount: int
    starts_on: date


@dataclass(frozen=True, slots=True)
class PartialRule:
    """The payer may choose how much to pay: at least `minimum`, at most `maximum` fils at a time; the rest in any
    amount.
    """

    minimum: int = 1
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """One instalment, in fils, due at the end of the Bahrain day `due_date`."""

    amount: int
    due_date: date


@dataclass(frozen=True, slots=True)
class Plan:
    """Instalments in their order, together exactly the invoice's amount. Paying the first leg binds the payer to the
    plan.
    """

    plan_id: str
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """`expires_on`: the last Bahrain day on which money is taken at all; None: the demand never expires by itself."""

    discount: EarlyDiscount | None = None
    late: LateCharge | None = None
    partial: PartialRule | None = None
    plans: tuple[Plan, ...] = ()
    expires_on: date | None = None

    def plan(self, plan_id: str) -> Plan | None:
        return next((plan for plan in self.plans if plan.plan_id == plan_id), None)


NO_TERMS = Terms()
"""All at once, at any time, until it is paid."""


def wrong_terms(terms: Terms, amount: int, due_date: date) -> list[FieldError]:
    """Every way in which these terms contradict each other or an invoice of `amount` fils due on `due_date`."""
    return [*_wrong_adjustments(terms, amount, due_date), *_wrong_partial(terms, amount), *_wrong_plans(terms, amount)]


def _wrong_adjustments(terms: Terms, amount: int, due_date: date) -> Iterator[FieldError]:
    discount, late = terms.discount, terms.late
    if discount and discount.amount >= amount:
        yield FieldError("terms.discount.amount", "discount_too_large")
    if discount and discount.until > due_date:
        yield FieldError("terms.discount.until", "date_after_due")
    if late and late.starts_on <= due_date:
        yield FieldError("terms.late.starts_on", "date_not_after_due")
    if late and amount + late.amount > AMOUNT_MAX:
        yield FieldError("terms.late.amount", "amount_too_large")
    last_leg = max((leg.due_date for plan in terms.plans for leg in plan.legs), default=due_date)
    if late and due_date < late.starts_on <= last_leg:
        yield FieldError("terms.late.starts_on", "date_within_plan")  # who pays by the plan is never late
    if terms.expires_on and terms.expires_on < due_date:
        yield FieldError("terms.expires_on", "date_before_due")
    elif terms.expires_on and terms.expires_on < last_leg:
        yield FieldError("terms.expires_on", "date_within_plan")


def _wrong_partial(terms: Terms, amount: int) -> Iterator[FieldError]:
    partial = terms.partial
    if partial is None:
        return
    if partial.minimum > amount:
        yield FieldError("terms.partial.minimum", "amount_too_large")
    if partial.maximum is not None and partial.maximum < partial.minimum:
        yield FieldError("terms.partial.maximum", "maximum_below_minimum")


def _wrong_plans(terms: Terms, amount: int) -> Iterator[FieldError]:
    seen: set[str] = set()
    for position, plan in enumerate(terms.plans):
        where = f"terms.plans.{position}"
        if plan.plan_id in seen:
            yield FieldError(f"{where}.plan_id", "duplicate")
        seen.add(plan.plan_id)
        if sum(leg.amount for leg in plan.legs) != amount:
            yield FieldError(f"{where}.legs", "legs_not_the_amount")
        days = [leg.due_date for leg in plan.legs]
        if days != sorted(set(days)):
            yield FieldError(f"{where}.legs", "legs_not_in_order")
