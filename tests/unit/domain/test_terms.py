"""Terms: each way in which they contradict each other or their invoice is named, and all of them at once."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from mizan.domain.errors import FieldError
from mizan.domain.money import AMOUNT_MAX
from mizan.domain.terms import NO_TERMS, EarlyDiscount, LateCharge, Leg, PartialRule, Plan, Terms, wrong_terms
from tests.fakes.terms_samples import DISCOUNT, DUE, HALVES, MONTHLY, PARTIAL

AMOUNT = 12_500
DAY = timedelta(days=1)
FIRST, SECOND = DUE, date(2026, 4, 15)


LAST_LEG = max(leg.due_date for plan in (MONTHLY, HALVES) for leg in plan.legs)


def plan_of(*legs: tuple[int, date], plan_id: str = "p") -> Plan:
    return Plan(plan_id, tuple(Leg(amount, day) for amount, day in legs))


FITTING: dict[str, dict[str, Any]] = {
    "no terms": {},
    "everything": {
        "discount": DISCOUNT,
        "late": LateCharge(500, LAST_LEG + DAY),
        "partial": PARTIAL,
        "plans": (MONTHLY, HALVES),
        "expires_on": LAST_LEG,
    },
    "a discount of all but a fils, on the due day": {"discount": EarlyDiscount(AMOUNT - 1, DUE)},
    "late from the day after": {"late": LateCharge(1, DUE + DAY)},
    "a part is the whole": {"partial": PartialRule(AMOUNT, AMOUNT)},
    "a part without a maximum": {"partial": PartialRule(AMOUNT)},
}


@pytest.mark.parametrize("terms", FITTING.values(), ids=FITTING.keys())
def test_terms_that_fit_have_nothing_wrong(terms: dict[str, Any]) -> None:
    """Each at its very edge."""
    assert wrong_terms(Terms(**terms), AMOUNT, DUE) == []


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"discount": EarlyDiscount(AMOUNT, DUE)}, "discount.amount", "discount_too_large"),
    ({"discount": EarlyDiscount(AMOUNT + 1, DUE)}, "discount.amount", "discount_too_large"),
    ({"discount": EarlyDiscount(1, DUE + DAY)}, "discount.until", "date_after_due"),
    ({"late": LateCharge(1, DUE)}, "late.starts_on", "date_not_after_due"),
    ({"late": LateCharge(1, DUE - DAY)}, "late.starts_on", "date_not_after_due"),
    ({"late": LateCharge(AMOUNT_MAX - AMOUNT + 1, DUE + DAY)}, "late.amount", "amount_too_large"),
    ({"expires_on": DUE - DAY}, "expires_on", "date_before_due"),
    ({"partial": PartialRule(AMOUNT + 1)}, "partial.minimum", "amount_too_large"),
    ({"partial": PartialRule(2, 1)}, "partial.maximum", "maximum_below_minimum"),
    ({"plans": (plan_of((6_000, FIRST), (6_499, SECOND)),)}, "plans.0.legs", "legs_not_the_amount"),
    ({"plans": (plan_of((6_000, FIRST), (6_501, SECOND)),)}, "plans.0.legs", "legs_not_the_amount"),
    ({"plans": (plan_of((6_000, SECOND), (6_500, FIRST)),)}, "plans.0.legs", "legs_not_in_order"),
    ({"plans": (plan_of((6_000, FIRST), (6_500, FIRST)),)}, "plans.0.legs", "legs_not_in_order"),
    ({"plans": (MONTHLY, MONTHLY)}, "plans.1.plan_id", "duplicate"),
]


@pytest.mark.parametrize(("terms", "field", "code"), WRONG)
def test_each_contradiction_is_named_with_its_field(terms: dict[str, Any], field: str, code: str) -> None:
    """And it alone."""
    assert wrong_terms(Terms(**terms), AMOUNT, DUE) == [FieldError(f"terms.{field}", code)]


def test_everything_that_is_wrong_is_named_at_once() -> None:
    """An agency corrects its request once, not field by field."""
    terms = Terms(
        discount=EarlyDiscount(AMOUNT, DUE + DAY),
        late=LateCharge(AMOUNT_MAX, DUE),
        partial=PartialRule(AMOUNT + 2, AMOUNT + 1),
        plans=(MONTHLY, plan_of((1, SECOND), (1, FIRST), plan_id="monthly")),
        expires_on=DUE - DAY,
    )

    named = {(error.field.removeprefix("terms."), error.code) for error in wrong_terms(terms, AMOUNT, DUE)}

    assert named == {
        ("discount.amount", "discount_too_large"),
        ("discount.until", "date_after_due"),
        ("late.starts_on", "date_not_after_due"),
        ("late.amount", "amount_too_large"),
        ("expires_on", "date_before_due"),
        ("partial.minimum", "amount_too_large"),
        ("partial.maximum", "maximum_below_minimum"),
        ("plans.1.plan_id", "duplicate"),
        ("plans.1.legs", "legs_not_the_amount"),
        ("plans.1.legs", "legs_not_in_order"),
    }


def test_a_plan_is_found_by_its_id() -> None:
    """None for what the agency did not offer."""
    terms = replace(NO_TERMS, plans=(MONTHLY, HALVES))

    assert (terms.plan("halves"), terms.plan("weekly"), NO_TERMS.plan("halves")) == (HALVES, None, None)
