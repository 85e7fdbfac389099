"""Virtual IBANs and creditor references: computed from the payment reference, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.domain.iban import is_iban
from mizan.domain.references import check_digits
from mizan.domain.transfers import (
    creditor_reference,
    reference_of_creditor_reference,
    reference_of_virtual_iban,
    virtual_iban,
)

PREFIX = "MZNBV01"
REFERENCE = "482019374650192796"

references = st.integers(0, 10**16 - 1).map(lambda body: f"{body:016d}" + check_digits(f"{body:016d}"))


def test_the_virtual_iban_is_the_known_one() -> None:
    """BH, check digits by MOD 97-10, the bank and our range, and the reference's 16 digits in base 36."""
    assert virtual_iban(REFERENCE, PREFIX) == "BH74MZNBV011BGM6FQYASN"


def test_a_creditor_reference_is_the_known_one() -> None:
    """ISO 11649 over the 18 digits."""
    assert creditor_reference(REFERENCE) == "RF74482019374650192796"


@given(references)
def test_every_reference_has_a_virtual_iban_that_gives_it_back(reference: str) -> None:
    iban = virtual_iban(reference, PREFIX)

    assert is_iban(iban)
    assert reference_of_virtual_iban(iban, PREFIX) == reference


@given(references)
def test_every_reference_has_a_creditor_reference_that_gives_it_back(reference: str) -> None:
    written = creditor_reference(reference)

    assert len(written) == 22
    assert reference_of_creditor_reference(written) == reference


@given(references, st.integers(4, 21), st.integers(1, 25))
def test_one_wrong_character_of_a_virtual_iban_is_noticed(reference: str, position: int, step: int) -> None:
    """MOD 97-10 notices every digit that became another digit, and every letter that became another letter: money is
    never led to a neighbour's bill by one of these.
    """
    iban = virtual_iban(reference, PREFIX)
    alphabet = "0123456789" if iban[position].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    other = alphabet[(alphabet.index(iban[position]) + step) % len(alphabet)]
    wrong = iban[:position] + other + iban[position + 1 :]

    assert wrong == iban or reference_of_virtual_iban(wrong, PREFIX) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BH67BMAG00001299123456",
        "BH74MZNBV011BGM6FQYASO",
        "SA0380000000608010167519",
        "BH74MZNBV021BGM6FQYASN",
        "bh74mznbv011bgm6fqyasn",
    ],
)
def test_what_is_no_virtual_account_of_the_range_carries_no_reference(text: str) -> None:
    assert reference_of_virtual_iban(text, PREFIX) is None


def test_a_serial_beyond_sixteen_digits_carries_no_reference() -> None:
    """36^11 is more than 10^16: the rest of the range is never issued."""
    basic = PREFIX + "Z" * 11
    number = "".join(str(int(character, 36)) for character in f"{basic}BH00")
    iban = f"BH{98 - int(number) % 97:02d}{basic}"

    assert is_iban(iban)
    assert reference_of_virtual_iban(iban, PREFIX) is None


@pytest.mark.parametrize("text", ["", "RF00", "RF75482019374650192796", "RF882026000012345", "482019374650192796"])
def test_what_is_no_creditor_reference_of_ours_carries_none(text: str) -> None:
    assert reference_of_creditor_reference(text) is None


@pytest.mark.parametrize(
    ("reference", "prefix"), [("482019374650192797", PREFIX), ("", PREFIX), (REFERENCE, "MZN"), (REFERENCE, "MZNBV0!")]
)
def test_no_account_is_made_up_for_what_is_no_reference_or_no_range(reference: str, prefix: str) -> None:
    with pytest.raises(ValueError, match="needed"):
        virtual_iban(reference, prefix)
