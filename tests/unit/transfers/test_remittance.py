"""References in what payers write: found in any grouping and any digits, guessed at where one mistake was made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.domain.references import check_digits, is_reference
from mizan.domain.remittance import CANDIDATE_COUNT_MAX, Repair, references_in, repaired_in, virtual_ibans_in
from mizan.domain.transfers import creditor_reference, virtual_iban

REFERENCE = "482019374650192796"
OTHER = "1111222233334444" + check_digits("1111222233334444")


@pytest.mark.parametrize(
    "text",
    [
        REFERENCE,
        "4820 1937 4650 1927 96",
        "Bill 482019-374650-192796, thank you",
        "فاتورة رقم ٤٨٢٠١٩٣٧٤٦٥٠١٩٢٧٩٦",
        "٤٨٢٠ ١٩٣٧ ٤٦٥٠ ١٩٢٧ ٩٦",
        "۴۸۲۰۱۹۳۷۴۶۵۰۱۹۲۷۹۶",
        "RF74482019374650192796",
        "rf74 4820 1937 4650 1927 96",
        "REF/482019374650192796/2026",
        "paid\n482019374650\n192796",
        "tel 39001122 ref 482019374650192796",
    ],
)
def test_a_reference_is_found_however_it_is_written(text: str) -> None:
    assert references_in(text) == (REFERENCE,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "thank you",
        "482019374650192797",
        "9482019374650192796",
        "48201937465019279",
        "RF75482019374650192796",
        "BH57NBOB00001234567890",
    ],
)
def test_what_is_almost_a_reference_is_none(text: str) -> None:
    """A piece of a longer number is not one, and wrong check digits are wrong."""
    assert references_in(text) == ()


def test_several_references_are_all_found_once() -> None:
    text = f"{REFERENCE}, {OTHER} and again {REFERENCE}"

    assert references_in(text) == (REFERENCE, OTHER)


def test_a_virtual_iban_is_found_in_print() -> None:
    iban = virtual_iban(REFERENCE, "MZNBV01")
    printed = " ".join(iban[at : at + 4] for at in range(0, 22, 4))

    assert virtual_ibans_in(f"to {printed} please", "MZNBV01") == (REFERENCE,)
    assert virtual_ibans_in(f"to {printed} please", "MZNBV02") == ()


@pytest.mark.parametrize(
    ("wrong", "repair"),
    [
        ("482019374650192976", Repair.TRANSPOSED),
        ("482019374650182796", Repair.ONE_DIGIT),
        ("48201937465019276", Repair.MISSING),
        ("4820193746501922796", Repair.EXTRA),
    ],
)
def test_one_mistake_is_mended_with_the_reason(wrong: str, repair: Repair) -> None:
    found = {one.reference: one.repair for one in repaired_in(f"bill {wrong}")}

    assert found[REFERENCE] is repair


def test_what_is_right_is_not_repaired() -> None:
    assert repaired_in(REFERENCE) == ()


@given(st.text(max_size=120))
def test_any_text_gives_bounded_suggestions_that_are_references(text: str) -> None:
    found = repaired_in(text)

    assert len(found) <= CANDIDATE_COUNT_MAX
    assert all(is_reference(one.reference) for one in found)
    assert all(is_reference(one) for one in references_in(text))


@given(st.integers(0, 10**16 - 1))
def test_a_creditor_reference_in_free_text_leads_to_its_reference(body: int) -> None:
    reference = f"{body:016d}" + check_digits(f"{body:016d}")

    assert references_in(f"Invoice {creditor_reference(reference)} paid") == (reference,)
