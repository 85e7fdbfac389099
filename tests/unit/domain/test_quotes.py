"""What to pay now: discounts, charges, parts and legs, each at its edge."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.domain.calendar import end_of_day
from mizan.domain.errors import IllegalTransitionError, InvalidInputError
from mizan.domain.invoices import InvoiceState
from mizan.domain.quotes import quote_of
from mizan.domain.terms import EarlyDiscount, LateCharge, Leg, PartialRule, Plan
from tests.fakes.clock import NOON
from tests.fakes.samples import an_invoice
from tests.fakes.terms_samples import DISCOUNT, DUE, HALVES, LATE, MONTHLY, PARTIAL, with_terms

TICK = timedelta(microseconds=1)
PARTLY = {"state": InvoiceState.PARTIALLY_PAID, "outstanding": 10_000}


def refusal(**asked: Any) -> tuple[str, str]:
    """Field and code of what is refused."""
    invoice, now = asked.pop("invoice"), asked.pop("now", NOON)
    with pytest.raises(InvalidInputError) as caught:
        quote_of(invoice, now, **asked)
    (wrong,) = caught.value.fields
    return wrong.field, wrong.code


def test_without_terms_all_that_is_outstanding_is_asked_for_until_the_end_of_the_day() -> None:
    """BHD 12.500 until midnight in Bahrain; whose money it will be is said too."""
    quote = quote_of(an_invoice(), NOON)

    assert (quote.amount, quote.discharge, quote.plan, quote.leg) == (12_500, 12_500, None, None)
    assert quote.valid_until == datetime(2026, 3, 1, 21, 0, tzinfo=UTC)
    assert (quote.reference, quote.agency, quote.service) == (an_invoice().reference, "moic", "cr-registration")


# -- early and late ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "amount"),
    [(end_of_day(DISCOUNT.until) - TICK, 11_500), (end_of_day(DISCOUNT.until), 12_500)],
    ids=["last instant", "too late"],
)
def test_the_early_discount_holds_to_the_end_of_its_bahrain_day(now: datetime, amount: int) -> None:
    """BHD 1.000 less for everything at once; the money discharges the whole face amount all the same."""
    quote = quote_of(with_terms(discount=DISCOUNT), now)

    assert (quote.amount, quote.discharge) == (amount, 12_500)


def test_a_part_forfeits_the_discount() -> None:
    """It is for who pays everything at once: neither a part nor the rest after one is reduced."""
    invoice = with_terms(discount=DISCOUNT, partial=PartialRule())

    assert quote_of(invoice, NOON, amount=2_500).discharge == 2_500
    assert quote_of(replace(invoice, **PARTLY), NOON).amount == 10_000  # type: ignore[arg-type]  # names and types are the table's above


def test_the_discounted_amount_asked_for_by_name_is_the_whole() -> None:
    """Asking for 11.500 where that is what is due is no part payment, and needs no partial rule."""
    quote = quote_of(with_terms(discount=DISCOUNT), NOON, amount=11_500)

    assert (quote.amount, quote.discharge) == (11_500, 12_500)


@pytest.mark.parametrize(
    ("now", "amount"),
    [(end_of_day(date(2026, 3, 19)) - TICK, 12_500), (end_of_day(date(2026, 3, 19)), 13_000)],
    ids=["the day before ends", "the day begins"],
)
def test_the_late_charge_is_asked_for_from_the_start_of_its_bahrain_day(now: datetime, amount: int) -> None:
    """BHD 0.500 more, which discharge nothing of the face amount."""
    invoice = with_terms(late=LATE, changes={"state": InvoiceState.OVERDUE})

    quote = quote_of(invoice, now)

    assert (quote.amount, quote.discharge) == (amount, 12_500)


def test_a_contested_demand_is_not_charged_for_being_late() -> None:
    """While the agency looks at the payer's objection, time costs nothing."""
    invoice = with_terms(late=LATE, changes={"state": InvoiceState.CONTESTED})

    assert quote_of(invoice, end_of_day(date(2026, 4, 1))).amount == 12_500


def test_the_late_charge_comes_once_with_the_last_part() -> None:
    """A part on the way carries none; the rest carries it whole."""
    invoice = with_terms(late=LATE, partial=PARTIAL, changes={"state": InvoiceState.OVERDUE})
    late = end_of_day(LATE.starts_on)

    assert quote_of(invoice, late, amount=2_500).amount == 2_500
    assert quote_of(replace(invoice, outstanding=10_000), late).amount == 10_500


# -- parts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "code"),
    [(999, "below_minimum"), (6_001, "above_maximum"), (12_501, "amount_above_due"), (0, "below_minimum")],
)
def test_a_part_outside_its_bounds_is_refused_by_name(amount: int, code: str) -> None:
    """Between BHD 1.000 and 6.000, and never more than is due."""
    assert refusal(invoice=with_terms(partial=PARTIAL), amount=amount) == ("amount", code)


@pytest.mark.parametrize("amount", [1_000, 6_000])
def test_a_part_at_its_bounds_discharges_as_much_as_it_is(amount: int) -> None:
    """To the fils."""
    quote = quote_of(with_terms(partial=PARTIAL), NOON, amount=amount)

    assert (quote.amount, quote.discharge) == (amount, amount)


def test_the_rest_is_paid_in_any_amount_and_all_at_once_above_the_maximum() -> None:
    """The bounds are for a part; everything is always taken."""
    assert quote_of(with_terms(partial=PARTIAL), NOON).amount == 12_500
    assert quote_of(with_terms(partial=PARTIAL), NOON, amount=12_500).discharge == 12_500
    rest = with_terms(partial=PARTIAL, changes={"state": InvoiceState.PARTIALLY_PAID, "outstanding": 400})
    assert quote_of(rest, NOON, amount=400).discharge == 400


def test_without_a_rule_only_the_whole_is_taken() -> None:
    """422 on `amount`."""
    assert refusal(invoice=an_invoice(), amount=12_499) == ("amount", "no_partial_payment")


@given(
    outstanding=st.integers(1, 20_000),
    minimum=st.integers(1, 20_000),
    span=st.none() | st.integers(0, 20_000),
    amount=st.integers(1, 25_000),
)
def test_whatever_part_is_asked_for_the_answer_is_within_the_rule_or_a_refusal(
    outstanding: int, minimum: int, span: int | None, amount: int
) -> None:
    """A part discharges what it is and leaves something; anything else is refused or the whole."""
    rule = PartialRule(minimum, None if span is None else minimum + span)
    invoice = with_terms(
        partial=rule, changes={"amount": 20_000, "outstanding": outstanding, "state": InvoiceState.PARTIALLY_PAID}
    )
    is_part = minimum <= amount <= (rule.maximum or amount) and amount < outstanding

    if not (is_part or amount == outstanding):
        assert refusal(invoice=invoice, amount=amount)[0] == "amount"
        return
    quote = quote_of(invoice, NOON, amount=amount)
    assert (quote.amount, quote.discharge) == (amount, amount)


# -- plans ------------------------------------------------------------------------------------------------------------


def test_the_legs_of_a_plan_are_asked_for_in_their_order() -> None:
    """5.000, 4.000, 3.500; once bound the plan needs no naming."""
    invoice = with_terms(plans=(MONTHLY, HALVES))
    first = quote_of(invoice, NOON, plan="monthly")
    bound = replace(invoice, plan="monthly", legs_paid=(0,), outstanding=7_500, state=InvoiceState.PARTIALLY_PAID)
    last = replace(bound, legs_paid=(0, 1), outstanding=3_500)

    legs = [first, quote_of(bound, NOON), quote_of(bound, NOON, plan="monthly"), quote_of(last, NOON)]

    assert [(leg.amount, leg.discharge, leg.leg, leg.plan) for leg in legs] == [
        (5_000, 5_000, 0, "monthly"),
        (4_000, 4_000, 1, "monthly"),
        (4_000, 4_000, 1, "monthly"),
        (3_500, 3_500, 2, "monthly"),
    ]


def test_a_leg_that_was_given_back_is_asked_for_again_before_later_ones() -> None:
    """The first that is not paid, not the one after the last that is."""
    invoice = with_terms(
        plans=(MONTHLY,),
        changes={"plan": "monthly", "legs_paid": (1,), "outstanding": 8_500, "state": InvoiceState.PARTIALLY_PAID},
    )

    assert quote_of(invoice, NOON).leg == 0


def test_a_paid_leg_excludes_the_other_plans_and_a_paid_part_excludes_them_all() -> None:
    """422 on `plan`; and one that was never offered is unknown."""
    invoice = with_terms(plans=(MONTHLY, HALVES), partial=PARTIAL)
    bound = replace(invoice, plan="monthly", legs_paid=(0,), outstanding=7_500, state=InvoiceState.PARTIALLY_PAID)
    partly = replace(invoice, outstanding=7_500, state=InvoiceState.PARTIALLY_PAID)

    assert refusal(invoice=bound, plan="halves") == ("plan", "plan_excluded")
    assert refusal(invoice=partly, plan="monthly") == ("plan", "plan_excluded")
    assert refusal(invoice=invoice, plan="weekly") == ("plan", "unknown_plan")


@pytest.mark.parametrize("amount", [4_999, 5_001, 12_500])
def test_a_leg_is_paid_as_it_is(amount: int) -> None:
    """Neither in parts nor with more, whatever the partial rule says."""
    invoice = with_terms(plans=(MONTHLY,), partial=PartialRule())

    assert refusal(invoice=invoice, plan="monthly", amount=amount) == ("amount", "not_the_leg")
    assert quote_of(invoice, NOON, plan="monthly", amount=5_000).leg == 0


def test_the_discount_is_not_for_plans_and_the_late_charge_comes_with_the_last_leg() -> None:
    """5.000 as agreed on the first, 3.500 and 0.500 late on the last."""
    invoice = with_terms(plans=(MONTHLY,), discount=DISCOUNT, late=LATE)
    late = end_of_day(LATE.starts_on)
    second = replace(invoice, plan="monthly", legs_paid=(0,), outstanding=7_500, state=InvoiceState.OVERDUE)
    last = replace(second, legs_paid=(0, 1), outstanding=3_500)

    assert quote_of(invoice, NOON, plan="monthly").amount == 5_000
    assert quote_of(second, late).amount == 4_000
    assert (quote_of(last, late).amount, quote_of(last, late).discharge) == (4_000, 3_500)


@given(st.lists(st.integers(1, 5_000), min_size=2, max_size=24))
def test_all_legs_together_discharge_the_invoice(amounts: list[int]) -> None:
    """One after the other until nothing is left, each once."""
    plan = Plan("p", tuple(Leg(amount, DUE + timedelta(days=30 * at)) for at, amount in enumerate(amounts)))
    invoice = with_terms(plans=(plan,), changes={"amount": sum(amounts), "outstanding": sum(amounts)})
    for _ in amounts:
        quote = quote_of(invoice, NOON, plan="p")
        invoice = replace(
            invoice,
            plan="p",
            legs_paid=(*invoice.legs_paid, quote.leg or 0),
            outstanding=invoice.outstanding - quote.discharge,
            state=InvoiceState.PARTIALLY_PAID,
        )

    assert invoice.outstanding == 0
    assert invoice.legs_paid == tuple(range(len(amounts)))


# -- how long ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "valid_until"),
    [
        (datetime(2026, 3, 1, 20, 30, tzinfo=UTC), datetime(2026, 3, 1, 21, 0, tzinfo=UTC)),
        (datetime(2026, 3, 1, 20, 30, 0, 1, tzinfo=UTC), datetime(2026, 3, 1, 21, 0, 0, 1, tzinfo=UTC)),
        (datetime(2026, 3, 1, 20, 59, 59, tzinfo=UTC), datetime(2026, 3, 1, 21, 29, 59, tzinfo=UTC)),
        (datetime(2026, 3, 1, 21, 0, tzinfo=UTC), datetime(2026, 3, 2, 21, 0, tzinfo=UTC)),
    ],
)
def test_a_quote_holds_to_the_end_of_the_day_and_for_half_an_hour_at_least(
    now: datetime, valid_until: datetime
) -> None:
    """Asked for just before midnight it still holds for as long as a payer may take on the card page."""
    assert quote_of(an_invoice(), now).valid_until == valid_until


def test_the_last_day_of_the_demand_cuts_every_quote_short() -> None:
    """At a quarter to midnight of the last day it holds for a quarter of an hour, not for half."""
    last = with_terms(expires_on=DUE)
    now = end_of_day(DUE) - timedelta(minutes=15)

    assert quote_of(last, now).valid_until == end_of_day(DUE)


# -- what cannot be paid ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", InvoiceState)
def test_only_a_demand_that_is_owed_is_quoted(state: InvoiceState) -> None:
    """Issued, paid in part, overdue or contested; the refusal says what is possible instead."""
    owed = {InvoiceState.ISSUED, InvoiceState.PARTIALLY_PAID, InvoiceState.OVERDUE, InvoiceState.CONTESTED}
    invoice = an_invoice(state=state)

    if state in owed:
        assert quote_of(invoice, NOON).amount == 12_500
        return
    with pytest.raises(IllegalTransitionError, match=f"invoice is {state}: pay is not possible"):
        quote_of(invoice, NOON)


@given(discount=st.integers(1, 12_499), charge=st.integers(1, 5_000), day=st.integers(-30, 60), hour=st.integers(0, 23))
def test_what_is_asked_for_is_face_amount_less_discount_or_plus_charge_and_positive(
    discount: int, charge: int, day: int, hour: int
) -> None:
    """Never both: a discount ends before a charge begins. The discharge is the face amount in each case."""
    invoice = with_terms(discount=EarlyDiscount(discount, DUE), late=LateCharge(charge, DUE + timedelta(days=1)))
    now = NOON.replace(hour=hour) + timedelta(days=day)
    is_early = now < end_of_day(DUE)

    quote = quote_of(invoice, now)

    assert quote.amount == (12_500 - discount if is_early else 12_500 + charge)
    assert quote.amount > 0
    assert quote.discharge == 12_500
