"""An IBAN is refused here, at the desk, and not by a bank days later."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.domain.iban import compact_iban, is_iban, masked_iban

BAHRAINI = ("BH67BMAG00001299123456", "BH57NBOB00001234567890")
FOREIGN = ("GB82WEST12345698765432", "DE89370400440532013000", "NO9386011117947")
TEXTS = st.text(st.sampled_from("BHGD0123456789MAGxz *é٣ \n"), max_size=40)


@pytest.mark.parametrize("iban", BAHRAINI + FOREIGN)
def test_known_ibans_are_taken(iban: str) -> None:
    """Two Bahraini vectors, and foreign examples of the standard, the shortest country's among them."""
    assert is_iban(iban)


@pytest.mark.parametrize("iban", BAHRAINI)
def test_every_single_wrong_digit_is_caught(iban: str) -> None:
    """Whatever the place: what MOD 97-10 is for."""
    slips = [
        iban[:place] + digit + iban[place + 1 :]
        for place, right in enumerate(iban)
        for digit in "0123456789"
        if right.isdecimal() and digit != right
    ]

    assert len(slips) > 100
    assert [slip for slip in slips if is_iban(slip)] == []


@pytest.mark.parametrize("iban", BAHRAINI)
def test_two_neighbours_in_the_wrong_order_are_caught(iban: str) -> None:
    """The other slip of hands."""
    swaps = [
        iban[:place] + iban[place + 1] + iban[place] + iban[place + 2 :]
        for place in range(len(iban) - 1)
        if iban[place] != iban[place + 1]
    ]

    assert [swap for swap in swaps if is_iban(swap)] == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BH",
        "BH67BMAG0000129912345",
        "BH67BMAG000012991234560",
        "bh67BMAG00001299123456",
        "BH67 BMAG 0000 1299 1234 56",
        "BH67BMAG00001299123456\n",
        "BH٦٧BMAG00001299123456",
        "BH67BMA000001299123456",
        "GB82WEST1234569876543é",
    ],
)
def test_another_shape_is_refused(text: str) -> None:
    """Length, capitals, spaces, digits of other scripts, a bank of three letters."""
    assert not is_iban(text)


@pytest.mark.parametrize("digits", ["00", "01", "99"])
def test_check_digits_that_are_never_issued_are_refused(digits: str) -> None:
    """Each is congruent to one that is issued: taken, one account would have two numbers."""
    bodies = [f"BH{digits}BMAG{number:014d}" for number in range(97)]  # every remainder is among them

    assert [body for body in bodies if is_iban(body)] == []


@given(TEXTS)
def test_no_text_breaks_the_check(text: str) -> None:
    """It says yes or no; what it takes has the shape."""
    taken = is_iban(text)

    assert not taken or (text.isascii() and text.isalnum() and text == text.upper())


def test_the_printed_form_becomes_the_electronic_one() -> None:
    """Groups of four, as on a card, in any case."""
    assert compact_iban(" bh67 BMAG 0000 1299 1234 56\n") == BAHRAINI[0]


def test_a_masked_iban_tells_country_and_the_last_four() -> None:
    """Enough for a clerk to recognise it, not enough to pay to."""
    assert masked_iban(BAHRAINI[0]) == "BH67**************3456"
    assert masked_iban("BH671234567") == "*" * 11
    assert masked_iban("") == ""
