"""The family's tables hold every word, code and error of the facts (rails 1); any other is unknown or kept as it is."""

import pytest

from mizan.adapters.gateways.benefit import refund_codes
from mizan.adapters.gateways.issuer_codes import DECLINED_TEXT
from mizan.adapters.gateways.tranportal import codes
from mizan.application.ports import InquiryOutcome

RESULTS = {"CAPTURED", "NOT CAPTURED", "CANCELED", "DENIED BY RISK", "HOST TIMEOUT", "VOIDED"}
RESPONSE_CODES = ("05", "14", "33", "36", "38", "51", "54", "55", "61", "62", "65", "75", "76", "78", "91")
STARTING_ERRORS = ("0100005", "0100006", "0100008", "0100013", "0100015", "0100022", "0100025", "0100036", "0100124")
REFUND_ERRORS = {"IPAY0300024", "IPAY0100263", "IPAY0100022", "IPAY0100025"}


def test_every_result_word_has_its_outcome() -> None:
    """Six words; success is one of them, and only with 00."""
    assert set(codes.OUTCOMES) == RESULTS
    assert codes.outcome_of("captured", "00") is InquiryOutcome.CAPTURED
    assert codes.outcome_of("CAPTURED", "51") is InquiryOutcome.UNKNOWN
    assert codes.outcome_of("CANCELLED", "") is InquiryOutcome.UNKNOWN  # two Ls are another gateway's spelling


@pytest.mark.parametrize("code", RESPONSE_CODES)
def test_every_response_code_has_a_reason_for_the_payer(code: str) -> None:
    """Of its own, in both languages."""
    decline = codes.decline_of("NOT CAPTURED", code)

    assert decline.code == code
    assert (decline.text, decline.text_ar) != DECLINED_TEXT
    assert decline.text != decline.text_ar


@pytest.mark.parametrize("number", STARTING_ERRORS)
def test_every_error_before_the_page_says_that_nothing_was_charged(number: str) -> None:
    """Ours to put right, or the amount's."""
    refusal = codes.refusal_of(f"IPAY{number}")

    assert refusal.code == f"IPAY{number}"
    assert "Nothing was charged." in refusal.text


def test_errors_of_a_refund_are_a_verdict_or_none() -> None:
    """IPAY0100124 is neither: the track id may have been seen before."""
    assert set(refund_codes.REFUSAL_TEXTS) == REFUND_ERRORS
    assert frozenset({"IPAY0100124"}) & (refund_codes.SETUP_ERRORS | REFUND_ERRORS) == frozenset()
