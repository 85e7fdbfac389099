"""Money is whole fils: text goes in and out digit by digit, and what does not fit is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.domain.money import AMOUNT_MAX, format_amount, parse_amount


@given(st.integers(min_value=0, max_value=AMOUNT_MAX))
def test_every_amount_survives_being_written_and_read(amount: int) -> None:
    """parse(format(x)) = x for every amount that the platform takes."""
    assert parse_amount(format_amount(amount)) == amount


@given(st.integers(min_value=0, max_value=AMOUNT_MAX), st.integers(min_value=0, max_value=6))
def test_zeros_at_the_end_change_nothing(amount: int, zero_count: int) -> None:
    """BENEFIT sends "70.0" for 70.000: trailing zeros, few or many, are the same amount (rails.md 1)."""
    text = format_amount(amount)

    assert parse_amount(text + "0" * zero_count) == amount
    assert parse_amount(text.rstrip("0").rstrip(".") or "0") == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [("0", 0), ("0.001", 1), ("1", 1_000), ("70.0", 70_000), ("10.500", 10_500), ("012.5", 12_500), ("9.9990", 9_999)],
)
def test_decimal_text_becomes_exactly_these_fils(text: str, amount: int) -> None:
    """BHD has three decimals (ISO 4217)."""
    assert parse_amount(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-1",
        "+1",
        "1,000",
        "1e3",
        ".5",
        "5.",
        "1.0005",
        "1.2.3",
        " 1",
        "1 ",
        "1\n",
        "١٢",
        "1.٥",
        "NaN",
        "Infinity",
        "0x10",
        "1_000",
        "9999999999999",
    ],
)
def test_what_is_not_a_plain_decimal_is_refused(text: str) -> None:
    """No signs, separators, exponents, other digits or a fourth decimal: nothing is rounded or guessed."""
    with pytest.raises(ValueError, match="decimal"):
        parse_amount(text)


def test_a_currency_that_the_platform_does_not_take_is_refused() -> None:
    """Decimals come from a table; a currency outside it has none."""
    with pytest.raises(KeyError):
        parse_amount("1.00", "USD")
    with pytest.raises(KeyError):
        format_amount(100, "USD")


@pytest.mark.parametrize(("amount", "text"), [(0, "0.000"), (12_500, "12.500"), (-5, "-0.005"), (-12_500, "-12.500")])
def test_amounts_are_written_with_all_their_decimals(amount: int, text: str) -> None:
    """Three decimals, always; a negative balance keeps its sign below one dinar too."""
    assert format_amount(amount) == text
