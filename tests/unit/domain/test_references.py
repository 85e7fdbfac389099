"""The payment reference: 18 digits whose last two catch what fingers and ears get wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.domain.references import (
    check_digits,
    derive_payment_id,
    derive_reference,
    is_reference,
    parse_payment_id,
    payment_id_of_track,
    track_id,
)
from tests.fakes.samples import a_reference

BODIES = st.integers(min_value=0, max_value=10**16 - 1).map(lambda number: f"{number:016d}")
KEY = b"k" * 32


def independent_check_digits(body: str) -> str:
    """ISO 7064 MOD 97-10 digit by digit, as by hand: no big number, none of the code under test."""
    remainder = 0
    for digit in body + "00":
        remainder = (remainder * 10 + int(digit)) % 97
    return f"{98 - remainder:02d}"


@pytest.mark.parametrize(
    ("body", "digits"),
    [("794", "44"), ("32142829123456987654321611", "82"), ("0" * 16, "98"), ("0" * 15 + "1", "95"), ("9" * 16, "12")],
)
def test_known_vectors_have_these_check_digits(body: str, digits: str) -> None:
    """794 → 44 is the standard's own example, the second the IBAN GB82 WEST 1234 5698 7654 32; the rest by hand."""
    assert check_digits(body) == digits


@given(BODIES)
def test_check_digits_agree_with_a_second_reckoning(body: str) -> None:
    """Computed digit by digit they are the same, and the whole is 1 modulo 97."""
    digits = check_digits(body)

    assert digits == independent_check_digits(body)
    assert int(body + digits) % 97 == 1
    assert is_reference(body + digits)


@given(BODIES)
def test_every_single_wrong_digit_is_caught(body: str) -> None:
    """All 162 ways of getting one digit of a reference wrong are refused."""
    reference = body + check_digits(body)

    slips = [
        reference[:place] + digit + reference[place + 1 :]
        for place in range(18)
        for digit in "0123456789"
        if digit != reference[place]
    ]

    assert len(slips) == 162
    assert not [slip for slip in slips if is_reference(slip)]


@given(BODIES)
def test_every_swap_of_two_neighbours_is_caught(body: str) -> None:
    """Transposing two adjacent different digits, the check digits included, is refused."""
    reference = body + check_digits(body)

    swaps = [
        reference[:place] + reference[place + 1] + reference[place] + reference[place + 2 :]
        for place in range(17)
        if reference[place] != reference[place + 1]
    ]

    assert not [swap for swap in swaps if is_reference(swap)]


@given(BODIES)
def test_a_reference_has_one_pair_of_check_digits(body: str) -> None:
    """00, 01 and 99 are congruent to 97, 98 and 02: only what we would issue is taken, so one bill has one number."""
    accepted = [pair for pair in range(100) if is_reference(f"{body}{pair:02d}")]

    assert accepted == [int(check_digits(body))]


@pytest.mark.parametrize(
    "text",
    ["", "1", a_reference()[:-1], a_reference() + "0", " " + a_reference()[1:], a_reference()[:-1] + "\n", "x" * 18],
)
def test_what_is_not_eighteen_digits_is_no_reference(text: str) -> None:
    """Refused before any look-up is spent on it."""
    assert not is_reference(text)


def test_other_peoples_digits_are_no_reference() -> None:
    """Arabic-Indic digits are read at the edge, not here: a stored key has one spelling."""
    assert not is_reference(a_reference().translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))


@given(st.text(max_size=40), st.integers(min_value=0, max_value=15))
def test_a_derived_reference_is_well_formed_and_the_same_every_time(identity: str, probe: int) -> None:
    """Creation is one conditional put because the same request always finds the same reference."""
    reference = derive_reference(KEY, identity, probe)

    assert is_reference(reference)
    assert derive_reference(KEY, identity, probe) == reference


def test_key_identity_and_probe_all_decide_the_reference() -> None:
    """Nobody without the key can guess one, and a probe moves on from a collision."""
    references = {
        derive_reference(KEY, "a", 0),
        derive_reference(b"other" * 7, "a", 0),
        derive_reference(KEY, "b", 0),
        derive_reference(KEY, "a", 1),
    }

    assert len(references) == 4


def test_a_payment_id_carries_its_reference_and_is_the_gateways_track_id() -> None:
    """`pay_` + reference + 6 digits; the gateway sees the 24 digits and gives them back."""
    reference = a_reference()
    payment_id = derive_payment_id(KEY, reference, "try-1", 0)

    assert parse_payment_id(payment_id) == reference
    assert track_id(payment_id) == payment_id[4:]
    assert len(track_id(payment_id)) == 24
    assert payment_id_of_track(track_id(payment_id)) == payment_id
    assert derive_payment_id(KEY, reference, "try-2", 0) != payment_id


@pytest.mark.parametrize("track", ["", "1" * 24, a_reference(), a_reference() + "00000x", "pay_" + a_reference()])
def test_a_track_id_that_cannot_be_ours_names_no_payment(track: str) -> None:
    """A forged or foreign track id costs no look-up."""
    assert payment_id_of_track(track) is None
