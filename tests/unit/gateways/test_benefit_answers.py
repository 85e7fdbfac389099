"""How BENEFIT's answers are read: amounts, results, the two forms of the first answer, dates without a year."""

import json
from datetime import UTC, datetime

import pytest

from mizan.adapters.gateways.benefit import trandata
from mizan.adapters.gateways.benefit.answers import (
    open_object,
    read_initiation,
    read_inquiry,
)
from mizan.adapters.gateways.issuer_codes import DECLINED_TEXT
from mizan.adapters.gateways.reading import UnreadableError
from mizan.adapters.gateways.tranportal import codes
from mizan.adapters.gateways.tranportal.capture_date import captured_at
from mizan.adapters.gateways.tranportal.envelope import TranportalRefusedError, read_object
from mizan.application.ports import InitiationRefused, InitiationStarted, InquiryOutcome, InquiryResult
from mizan.domain.payments import Capture
from tests.unit.gateways.accounts import FOREIGN_KEY, KEY, MORNING, RETIRED_KEY, TRACK_ID, account

EXAMPLE = (
    '[{"paymentId":"100201935166676976","result":"CAPTURED","ref":"935110000001","transId":"201935166561122",'
    '"date":"1217","trackId":"1003383844","amt":"70.0","authRespCode":"00","authCode":"000000"}]'
)
"""The example of the rails' facts, byte for byte."""
DECEMBER = datetime(2019, 12, 17, 9, 30, tzinfo=UTC)


def _answer(fields: dict[str, object], key: str = KEY) -> bytes:
    return json.dumps([{"status": "1", "trandata": trandata.close(key, json.dumps([fields]))}]).encode()


def _fields(**changes: object) -> dict[str, object]:
    example: dict[str, object] = json.loads(EXAMPLE)[0]
    return example | changes


def _inquiry(body: bytes) -> InquiryResult:
    return read_inquiry(body, account(), track_id=TRACK_ID, currency="BHD", captured_near=DECEMBER)


def test_the_documented_example_is_a_capture_of_seventy_dinars() -> None:
    """ "70.0" lost its trailing zeros on the way: it is 70,000 fils."""
    result = _inquiry(_answer(_fields()))

    assert result == InquiryResult(
        InquiryOutcome.CAPTURED,
        "1003383844",
        capture=Capture(
            amount=70_000,
            currency="BHD",
            transaction="201935166561122",
            gateway_payment="100201935166676976",
            rrn="935110000001",
            auth_code="000000",
            captured_at=DECEMBER,
        ),
    )


@pytest.mark.parametrize(
    ("amt", "fils"),
    [("10.500", 10_500), ("10.5", 10_500), ("0.001", 1), ("70", 70_000), (70.0, 70_000), (1.5000, 1_500)],
)
def test_amounts_are_read_digit_by_digit(amt: object, fils: int) -> None:
    """Texts and bare JSON numbers alike, never through a float."""
    result = _inquiry(_answer(_fields(amt=amt)))

    assert result.capture is not None
    assert result.capture.amount == fils


@pytest.mark.parametrize("amt", ["10.5001", "-1.000", "1e3", "1,000", "", "NaN", None, "١.٠٠٠"])
def test_an_unreadable_amount_is_no_capture(amt: object) -> None:
    """More than three decimals, a sign, an exponent: the answer is unreadable, not rounded."""
    with pytest.raises(UnreadableError):
        _inquiry(_answer(_fields(amt=amt)))


@pytest.mark.parametrize(
    ("result", "code", "outcome"),
    [
        ("captured", "00", InquiryOutcome.CAPTURED),
        ("CAPTURED", "05", InquiryOutcome.UNKNOWN),
        ("CAPTURED", "", InquiryOutcome.UNKNOWN),
        ("NOT CAPTURED", "51", InquiryOutcome.DECLINED),
        ("NOT CAPTURED", "00", InquiryOutcome.UNKNOWN),
        ("Denied by Risk", "", InquiryOutcome.DECLINED),
        ("CANCELED", "", InquiryOutcome.CANCELLED),
        ("CANCELLED", "", InquiryOutcome.UNKNOWN),
        ("HOST TIMEOUT", "", InquiryOutcome.PENDING),
        ("VOIDED", "00", InquiryOutcome.VOIDED),
        ("SUCCESS", "00", InquiryOutcome.UNKNOWN),
        ("", "00", InquiryOutcome.UNKNOWN),
    ],
)
def test_a_result_is_ours_only_through_the_table(result: str, code: str, outcome: InquiryOutcome) -> None:
    """Case-insensitive; CAPTURED needs 00 as well; what is not in the table, or contradicts itself, is unknown."""
    read = _inquiry(_answer(_fields(result=result, authRespCode=code)))

    assert read.outcome is outcome
    assert (read.capture is not None) == (outcome is InquiryOutcome.CAPTURED)
    assert (read.decline is not None) == (outcome is InquiryOutcome.DECLINED)


@pytest.mark.parametrize("code", [code for code in codes.DECLINE_TEXTS if code.isdigit()])
def test_each_issuer_code_has_a_text_in_both_languages(code: str) -> None:
    """The payer is told why, in English and in Arabic."""
    decline = codes.decline_of("NOT CAPTURED", code)

    assert decline.code == code
    assert decline.text.isascii()
    assert any("؀" <= character <= "ۿ" for character in decline.text_ar)


def test_an_issuer_code_outside_the_table_is_kept_with_a_general_text() -> None:
    """It is a decline all the same; the code lets staff look it up."""
    decline = codes.decline_of("NOT CAPTURED", "99")

    assert (decline.code, (decline.text, decline.text_ar)) == ("99", DECLINED_TEXT)


def test_an_inquiry_that_finds_nothing_says_so() -> None:
    """IPAY0100263 is an answer, about the track id that was asked for."""
    body = b'[{"status":"2","error":"IPAY0100263","errorText":"IPAY0100263-Transaction not found."}]'

    assert _inquiry(body) == InquiryResult(InquiryOutcome.NOT_FOUND, TRACK_ID)


def test_an_inquiry_that_is_refused_says_nothing_about_the_payment() -> None:
    """A wrong password is not "not found"."""
    with pytest.raises(TranportalRefusedError) as caught:
        _inquiry(b'[{"status":"2","error":"IPAY0100015"}]')

    assert caught.value.code == "IPAY0100015"


def test_an_answer_closed_with_a_retired_key_still_opens() -> None:
    """Both ends do not rotate in the same instant."""
    assert _inquiry(_answer(_fields(), RETIRED_KEY)).outcome is InquiryOutcome.CAPTURED


def test_an_answer_closed_with_a_foreign_key_does_not_open() -> None:
    """Nothing is read from what another key closed."""
    with pytest.raises(UnreadableError):
        _inquiry(_answer(_fields(), FOREIGN_KEY))


def test_a_capture_without_a_readable_date_is_still_a_capture() -> None:
    """Captured money is never left out of the books for want of a date."""
    result = _inquiry(_answer(_fields(date="")))

    assert result.capture is not None
    assert result.capture.captured_at == DECEMBER


@pytest.mark.parametrize("missing", ["transId", "paymentId", "trackId"])
def test_a_capture_without_its_identity_is_unreadable(missing: str) -> None:
    """Effects are keyed by these: without them the answer cannot be used, and the inquiry is repeated."""
    with pytest.raises(UnreadableError):
        _inquiry(_answer(_fields(**{missing: ""})))


@pytest.mark.parametrize(
    "result",
    [
        "https://www.benefit-gateway.bh/payment/paymentpage.htm?PaymentID=100201935166676976",
        "https://www.benefit-gateway.bh/payment/paymentpage.htm?paymentid=100201935166676976",
    ],
)
def test_the_live_first_answer_is_the_whole_address(result: str) -> None:
    """The URL form is tried before the colon, which the scheme holds as well."""
    started = read_initiation(json.dumps([{"status": "1", "result": result}]).encode())

    assert started == InitiationStarted("100201935166676976", result)


def test_the_documented_first_answer_splits_at_the_first_colon() -> None:
    """`<paymentId>:<url>` as the manual has it; the page is addressed with the payment's id."""
    body = b'[{"status":"1","result":"100201935166676976:https://gw.example/payment/paymentpage.htm"}]'

    started = read_initiation(body)

    page = "https://gw.example/payment/paymentpage.htm?PaymentID=100201935166676976"
    assert started == InitiationStarted("100201935166676976", page)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>504</html>",
        b"[]",
        b"[{}]",
        b'[{"status":"1"}]',
        b'[{"status":"1","result":"http://gw.example/p?PaymentID=1"}]',
        b'[{"status":"1","result":"https://gw.example/p"}]',
        b'[{"status":"1","result":"1:javascript:alert(1)"}]',
        b'[{"status":"1","result":"https://[gw/p?PaymentID=1"}]',
        b'[{"status":"2"}]',
        b'[{"status":"3","result":"https://gw.example/p?PaymentID=1"}]',
        b"[" * 50_000,
        b"\xff\xfe",
    ],
)
def test_a_first_answer_that_is_no_page_is_unreadable(body: bytes) -> None:
    """Neither success nor failure: the caller treats it as an unknown outcome. Plain http is refused."""
    with pytest.raises(UnreadableError):
        read_initiation(body)


def test_a_first_answer_with_an_error_is_a_refusal_in_two_languages() -> None:
    """`status:"2"`: nothing was and will be charged; the code is kept."""
    refused = read_initiation(b'[{"status":"2","error":"IPAY0100008","errorText":"IPAY0100008-Terminal not enabled."}]')

    assert isinstance(refused, InitiationRefused)
    assert refused.decline.code == "IPAY0100008"
    assert "Nothing was charged" in refused.decline.text
    assert "لم يُخصم" in refused.decline.text_ar


def test_the_code_is_found_in_the_text_when_its_field_is_absent() -> None:
    """`errorText` starts with the code."""
    refused = read_initiation(b'[{"status":"2","errorText":"IPAY0100025-Invalid amount."}]')

    assert isinstance(refused, InitiationRefused)
    assert refused.decline.code == "IPAY0100025"


@pytest.mark.parametrize(
    ("month_day", "near", "expected"),
    [
        ("1125", MORNING, MORNING),
        ("1231", datetime(2027, 1, 1, 6, 0, tzinfo=UTC), datetime(2026, 12, 31, 20, 59, 59, 999999, tzinfo=UTC)),
        ("0101", datetime(2026, 12, 31, 20, 50, tzinfo=UTC), datetime(2026, 12, 31, 21, 0, tzinfo=UTC)),
        ("1126", datetime(2026, 11, 25, 20, 59, tzinfo=UTC), datetime(2026, 11, 25, 21, 0, tzinfo=UTC)),
        ("1125", datetime(2026, 11, 24, 21, 30, tzinfo=UTC), datetime(2026, 11, 24, 21, 30, tzinfo=UTC)),
        ("0229", datetime(2027, 3, 1, 6, 0, tzinfo=UTC), datetime(2027, 3, 1, 6, 0, tzinfo=UTC)),
        ("1332", MORNING, MORNING),
        ("١١٢٥", MORNING, MORNING),
    ],
)
def test_a_date_without_a_year_means_the_closest_one(month_day: str, near: datetime, expected: datetime) -> None:
    """The Bahrain day nearest to the attempt, around New Year too; an impossible day leaves the attempt's instant."""
    assert captured_at(month_day, near) == expected


def test_only_a_key_whose_plaintext_parses_counts_as_open() -> None:
    """A wrong key passes the padding check once in about 256: the next key is tried when the text is no object."""
    sealed = trandata.close(KEY, "not json")

    with pytest.raises(UnreadableError, match="unreadable"):
        open_object((FOREIGN_KEY, KEY), sealed)


def test_an_object_keeps_only_its_texts() -> None:
    """Nested values and nulls are nothing that the wire format has."""
    assert read_object('[{"a":"1","b":2.50,"c":null,"d":{"e":"f"}}]') == {"a": "1", "b": "2.50"}
