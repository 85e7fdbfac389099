"""A fee is whole fils, rounded half up, bounded before its VAT, and never touches a payer who does not bear it."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.domain.fees import NO_FEE, VAT_RATES, Fee, FeeBearer, FeeRule, fee_of, vat_rate_on
from mizan.domain.money import AMOUNT_MAX

PAYER, AGENCY, TREASURY = FeeBearer.PAYER, FeeBearer.AGENCY, FeeBearer.TREASURY
DAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("rule", "amount", "fee", "vat"),
    [
        (FeeRule(PAYER, flat=200), 50_500, 200, 20),
        (FeeRule(PAYER, basis_points=150), 50_500, 758, 76),  # 757.5 and 75.8: both up
        (FeeRule(PAYER, basis_points=150), 50_499, 757, 76),  # 757.485 down, 75.7 up
        (FeeRule(PAYER, flat=100, basis_points=100), 12_345, 223, 22),  # 100 + 123.45, 22.3 down
        (FeeRule(PAYER, flat=5), 1, 5, 1),  # half a fils of VAT counts as one
        (FeeRule(PAYER, flat=4), 1, 4, 0),
        (FeeRule(PAYER, basis_points=150, minimum=100), 1_000, 100, 10),
        (FeeRule(PAYER, basis_points=150, maximum=2_000), 1_000_000, 2_000, 200),
        (FeeRule(PAYER, flat=300, maximum=0), 1_000, 0, 0),
        (NO_FEE, AMOUNT_MAX, 0, 0),
        (FeeRule(PAYER, basis_points=10_000), AMOUNT_MAX, 999_999_999_999, 100_000_000_000),
    ],
)
def test_the_fee_and_its_vat_are_these_fils(rule: FeeRule, amount: int, fee: int, vat: int) -> None:
    """Worked by hand; VAT at 10 % of the rounded fee."""
    assert fee_of(rule, amount, DAY) == Fee(fee, vat, rule.bearer)


@pytest.mark.parametrize(
    ("day", "vat"),
    [
        (date(2018, 12, 31), 0),
        (date(2019, 1, 1), 50),
        (date(2021, 12, 31), 50),
        (date(2022, 1, 1), 100),
        (date.max, 100),
    ],
)
def test_vat_is_that_of_the_day(day: date, vat: int) -> None:
    """5 % from 2019-01-01, 10 % from 2022-01-01 (rails.md 8): the first day already has the new rate."""
    assert fee_of(FeeRule(TREASURY, flat=1_000), 10_000, day).vat == vat


def test_the_rates_stand_in_order_of_their_days() -> None:
    """The last line that began is the one that holds."""
    assert list(VAT_RATES) == sorted(VAT_RATES)
    assert vat_rate_on(VAT_RATES[0][0] - timedelta(days=1)) == 0


@pytest.mark.parametrize(("bearer", "added"), [(PAYER, 220), (AGENCY, 0), (TREASURY, 0)])
def test_only_a_fee_that_the_payer_bears_is_added_to_what_the_payer_is_asked_for(bearer: FeeBearer, added: int) -> None:
    """The fee exists all the same: somebody owes 200 fils and 20 of VAT."""
    fee = fee_of(FeeRule(bearer, flat=200), 10_000, DAY)

    assert (fee.total, fee.added) == (220, added)


@given(
    flat=st.integers(0, 100_000),
    basis_points=st.integers(0, 10_000),
    minimum=st.integers(0, 10_000),
    span=st.none() | st.integers(0, 1_000_000),
    amount=st.integers(1, AMOUNT_MAX),
)
def test_the_fee_is_the_exact_one_rounded_half_up_within_its_bounds(
    flat: int, basis_points: int, minimum: int, span: int | None, amount: int
) -> None:
    """Against exact fractions: never more than half a fils away, and never below it where exactly half."""
    maximum = None if span is None else minimum + span
    rule = FeeRule(PAYER, flat, basis_points, minimum, maximum)

    fee = fee_of(rule, amount, DAY)

    exact = max(flat + Fraction(amount * basis_points, 10_000), Fraction(minimum))
    exact = exact if maximum is None else min(exact, Fraction(maximum))
    assert Fraction(-1, 2) < fee.amount - exact <= Fraction(1, 2)
    assert Fraction(-1, 2) < fee.vat - Fraction(fee.amount, 10) <= Fraction(1, 2)


@given(amount=st.integers(1, AMOUNT_MAX - 1), basis_points=st.integers(0, 10_000))
def test_paying_more_never_costs_less(amount: int, basis_points: int) -> None:
    """Rounding keeps the order."""
    rule = FeeRule(PAYER, basis_points=basis_points)

    assert fee_of(rule, amount, DAY).total <= fee_of(rule, amount + 1, DAY).total


@pytest.mark.parametrize(
    "wrong",
    [
        {"flat": -1},
        {"basis_points": -1},
        {"basis_points": 10_001},
        {"minimum": -1},
        {"minimum": 2, "maximum": 1},
        {"maximum": -1},
    ],
)
def test_a_rule_that_cannot_be_is_refused(wrong: dict[str, int]) -> None:
    """A negative fee would pay the payer."""
    with pytest.raises(ValueError, match="a fee"):
        FeeRule(PAYER, **wrong)


@pytest.mark.parametrize("amount", [0, -1])
def test_there_is_no_fee_of_nothing(amount: int) -> None:
    """Asking for it is a mistake of the caller, not a free payment."""
    with pytest.raises(ValueError, match="positive"):
        fee_of(NO_FEE, amount, DAY)
