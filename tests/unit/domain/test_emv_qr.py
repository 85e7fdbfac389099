"""What a QR code says, read back by a parser that knows the standard and not the code."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.domain.emv_qr import QrMerchant, checksum, fitting, merchant_qr
from mizan.domain.money import AMOUNT_MAX, format_amount
from tests.emv import crc16, parse

MERCHANT = QrMerchant("bh.gov.npa", "3186", "GOV OF BAHRAIN", "MANAMA", "9399")
SAMPLE = (
    "00020101021226220010bh.gov.npa01043186520493995303048540612.5005802BH5914GOV OF BAHRAIN6006MANAMA"
    "62320107INV00010517RF8820260000123456304C010"
)


def texts(length_max: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=length_max)


def test_the_sample_is_built_character_by_character() -> None:
    """The vector of rails.md 6, computed independently."""
    assert merchant_qr(MERCHANT, amount=12_500, bill="INV0001", label="RF882026000012345") == SAMPLE


def test_the_checksum_has_the_published_check_value() -> None:
    """CRC-16/CCITT-FALSE of "123456789" is 29B1."""
    assert checksum("123456789") == crc16("123456789") == "29B1"


MERCHANTS = st.builds(QrMerchant, texts(32), texts(35), texts(25), texts(15), st.from_regex(r"\A[0-9]{4}\Z"))


@given(merchant=MERCHANTS, amount=st.integers(1, AMOUNT_MAX), bill=texts(25), label=texts(25))
def test_every_field_is_read_back_as_it_was_given(merchant: QrMerchant, amount: int, bill: str, label: str) -> None:
    """Whatever fits survives, however it looks like tags and lengths itself; the whole is within EMVCo's 512."""
    payload = merchant_qr(merchant, amount=amount, bill=bill, label=label)

    assert parse(payload) == {
        "00": "01",
        "01": "12",
        "26.00": merchant.gui,
        "26.01": merchant.account,
        "52": merchant.category,
        "53": "048",
        "54": format_amount(amount),
        "58": "BH",
        "59": merchant.name,
        "60": merchant.city,
        "62.01": bill,
        "62.05": label,
        "63": payload[-4:],
    }
    assert len(payload) <= 512


@given(at=st.integers(0, len(SAMPLE) - 1), other=st.characters(min_codepoint=32, max_codepoint=126))
def test_one_changed_character_is_noticed(at: int, other: str) -> None:
    """A CRC finds every error of up to 16 bits in a row."""
    changed = SAMPLE[:at] + other + SAMPLE[at + 1 :]
    if changed != SAMPLE:
        with pytest.raises(ValueError, match="check sum"):
            parse(changed)


@pytest.mark.parametrize(
    "wrong",
    [
        {"gui": ""},
        {"gui": "x" * 33},
        {"name": "x" * 26},
        {"name": "هيئة"},
        {"city": "x" * 16},
        {"city": "a\nb"},
        {"account": ""},
        {"category": "939"},
        {"category": "٩٣٩٩"},
    ],
)
def test_a_merchant_that_a_code_cannot_carry_is_refused(wrong: dict[str, str]) -> None:
    """Lengths of EMVCo's fields; its common character set is ASCII."""
    with pytest.raises(ValueError, match=r"ASCII|four digits"):
        replace(MERCHANT, **wrong)


@pytest.mark.parametrize(
    "wrong", [{"amount": 0}, {"amount": -1}, {"bill": ""}, {"bill": "1" * 26}, {"label": "1" * 26}, {"label": "ر"}]
)
def test_a_demand_that_a_code_cannot_carry_is_refused(wrong: dict[str, object]) -> None:
    """A code for nothing would let the payer choose an amount."""
    given_well: dict[str, object] = {"amount": 1, "bill": "1", "label": "1"}

    with pytest.raises(ValueError, match=r"positive amount|ASCII"):
        merchant_qr(MERCHANT, **(given_well | wrong))  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("Commerce and Industry Authority (sample)", "Commerce and Industry Aut"),
        ("Ministry of   Works – Roads", "Ministry of Works Roads"),
        ("هيئة التجارة", ""),
        ("Twenty-four letters here x", "Twenty-four letters here"),
    ],
)
def test_a_name_is_cut_to_what_fits(text: str, fits: str) -> None:
    """Letters outside ASCII are left out; nothing is left hanging at the end."""
    assert fitting(text, 25) == fits
