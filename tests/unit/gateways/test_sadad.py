"""SADAD's online form: what a bill's creation tells of the payer, how answers are read, what a browser brings back."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from mizan.adapters.gateways.sadad.acknowledgement import acknowledge, clear_track_id
from mizan.adapters.gateways.sadad.gateway import SadadGateway
from mizan.application.ports import (
    CallbackNotice,
    InitiationRefused,
    InitiationStarted,
    InquiryOutcome,
    InquiryResult,
    PaymentGateway,
)
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import GatewayUnavailableError, InvalidCallbackError, OutcomeUnknownError
from tests.unit.gateways.online_rails import NOON, REQUEST, TRACK_ID, Line, account, delivery, sadad_account

BILL = {
    "transaction-reference": "000000000000017",
    "payment-url": "https://sadad.example/bill?number=17",
    "status": "pending",
    "error-code": 0,
    "error-message": "Success",
}
PAID: dict[str, Any] = {
    "transaction-reference": "000000000000017",
    "external-reference": TRACK_ID,
    "status": "paid",
    "amount": "2.500",
    "currency": "BHD",
    "payment-date": "2026-11-25 13:00:00",
    "receipt-number": "778899",
    "error-code": 0,
}


def _create(answer: object, status: int = 200, sadad: MerchantAccount | None = None) -> tuple[Any, Line]:
    line = Line(answer, status)
    gateway: PaymentGateway = SadadGateway(line, now=lambda: NOON)
    return gateway.initiate(sadad or sadad_account(), REQUEST), line


def _inquire(answer: object, status: int = 200, sadad: MerchantAccount | None = None) -> InquiryResult:
    return SadadGateway(Line(answer, status)).inquire(
        sadad or sadad_account(),
        track_id=TRACK_ID,
        amount=2_500,
        currency="BHD",
        captured_near=NOON,
        gateway_payment="000000000000017",
    )


def test_a_bill_is_asked_for_as_the_wire_says() -> None:
    """Bahrain's time, three decimals, our track id; the payer's browser comes back to the attempt's page."""
    started, line = _create(BILL)

    [(method, url, body, headers)] = line.sent
    assert started == InitiationStarted("000000000000017", "https://sadad.example/bill?number=17")
    assert (method, url, dict(headers)) == (
        "POST",
        "https://gateway.example/api/v2/web-ven-sdd/epayment/create/",
        {},
    )
    assert json.loads(body) == {
        "api-key": "api-key-1",
        "vendor-id": "vendor-1",
        "branch-id": "7",
        "terminal-id": "200",
        "customer-name": "Maryam Ali",
        "amount": "2.500",
        "date": "2026-11-25 12:00:00",
        "description": "Payment 482019374650192753",
        "external-reference": TRACK_ID,
        "email": "",
        "msisdn": "",
        "notification-mode": "300",
        "success-url": "https://api.example/pay/1/payments/2",
        "error-url": "https://api.example/pay/1/payments/2",
    }


@pytest.mark.parametrize(
    ("mode", "msisdn", "email"),
    [("100", "97333001122", ""), ("200", "", "maryam@example.org"), ("300", "", "")],
)
def test_only_what_the_way_of_notifying_needs_goes_out(mode: str, msisdn: str, email: str) -> None:
    """A phone number for SMS, an address for e-mail, neither for online."""
    _, line = _create(BILL, sadad=sadad_account(notification_mode=mode))

    sent = json.loads(line.sent[0][2])
    assert (sent["msisdn"], sent["email"]) == (msisdn, email)


def test_a_contact_prints_as_nothing() -> None:
    """What may be logged of a request names nobody."""
    assert "Maryam" not in repr(REQUEST)
    assert "33001122" not in repr(REQUEST)


@pytest.mark.parametrize("code", [102, "102", 101, 999])
def test_an_error_code_is_a_refusal_with_texts(code: object) -> None:
    """The operator said that it made no bill."""
    refused, _ = _create({"error-code": code, "error-message": "no"})

    assert isinstance(refused, InitiationRefused)
    assert (refused.decline.code, bool(refused.decline.text_ar)) == (str(code), True)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"", 200),
        ([], 200),
        ({}, 200),
        (BILL | {"payment-url": "http://sadad.example/bill"}, 200),
        (BILL | {"transaction-reference": ""}, 200),
        (BILL, 500),
        (BILL, 503),
    ],
)
def test_a_first_answer_that_cannot_be_read_is_unknown(answer: object, status: int) -> None:
    """The bill may be there."""
    with pytest.raises(OutcomeUnknownError):
        _create(answer, status)


def test_what_was_never_sent_is_unavailable() -> None:
    """An account that is not set up, a currency that SADAD does not take."""
    with pytest.raises(GatewayUnavailableError):
        _create(BILL, sadad=account("sadad", {}))
    with pytest.raises(GatewayUnavailableError):
        SadadGateway(Line(BILL)).initiate(sadad_account(), replace(REQUEST, currency="USD"))


def test_a_paid_bill_is_a_capture_at_the_time_the_payer_paid() -> None:
    """In fils; three days before anybody told us is three days before."""
    result = _inquire(PAID)
    late = SadadGateway(Line(PAID | {"payment-date": "2026-11-24 23:00:00"})).inquire(
        sadad_account(), track_id=TRACK_ID, amount=2_500, currency="BHD", captured_near=NOON
    )

    assert result.capture is not None
    assert (result.outcome, result.track_id) == (InquiryOutcome.CAPTURED, TRACK_ID)
    assert (result.capture.amount, result.capture.currency, result.capture.rrn) == (2_500, "BHD", "778899")
    assert result.capture.transaction == "000000000000017"
    assert result.capture.captured_at.isoformat() == "2026-11-25T10:00:00+00:00"
    assert late.capture is not None
    assert late.capture.captured_at.isoformat() == "2026-11-24T20:00:00+00:00"


@pytest.mark.parametrize("date", ["", "yesterday", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "2031-01-01 00:00:00"])
def test_an_unbelievable_date_is_the_attempts_own(date: str) -> None:
    """Captured money is never left out of the books for want of a date."""
    result = _inquire(PAID | {"payment-date": date})

    assert result.capture is not None
    assert result.capture.captured_at == NOON


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("pending", InquiryOutcome.PENDING),
        ("UNPAID", InquiryOutcome.PENDING),
        ("expired", InquiryOutcome.NOT_FOUND),
        ("cancelled", InquiryOutcome.CANCELLED),
        ("failed", InquiryOutcome.DECLINED),
        ("reversed", InquiryOutcome.REVERSED),
        ("settling", InquiryOutcome.UNKNOWN),
        (7, InquiryOutcome.UNKNOWN),
    ],
)
def test_a_status_reads_through_the_table(status: object, outcome: InquiryOutcome) -> None:
    """A word that nobody explained is neither a success nor a failure."""
    result = _inquire(PAID | {"status": status})

    assert (result.outcome, result.capture) == (outcome, None)


def test_the_account_may_say_what_a_status_means() -> None:
    """The words are not verified: settings correct them."""
    told = sadad_account(**{"status.settled": "captured"})

    assert _inquire(PAID | {"status": "Settled"}, sadad=told).outcome is InquiryOutcome.CAPTURED


def test_an_unknown_bill_is_not_found_and_any_other_error_is_no_answer() -> None:
    """103 is about the bill; the rest is about us."""
    assert _inquire({"error-code": "103"}).outcome is InquiryOutcome.NOT_FOUND
    with pytest.raises(GatewayUnavailableError):
        _inquire({"error-code": 101})
    with pytest.raises(GatewayUnavailableError):
        _inquire(PAID, 503)


@pytest.mark.parametrize(
    "answer",
    [
        b"\xff",
        b"[" * 100_000,
        {"status": "paid"},
        PAID | {"external-reference": ""},
        PAID | {"transaction-reference": ""},
        PAID | {"amount": "2,500"},
        PAID | {"amount": None},
        PAID | {"currency": "B"},
    ],
)
def test_what_cannot_be_read_is_unknown(answer: object) -> None:
    """Never a success, never a failure."""
    with pytest.raises(OutcomeUnknownError):
        _inquire(answer)


def test_what_a_browser_brings_is_about_the_page_it_came_to_and_proves_nothing() -> None:
    """The form is unsigned: success or not, it only makes us ask, about the attempt whose page it is."""
    body = urlencode({"ResultCode": "0", "ResultMessage": "Success", "TransactionIdentifier": "17"}).encode()
    gateway = SadadGateway(Line({}))

    noted = gateway.read_callback(sadad_account(), delivery(body, mizan_track=TRACK_ID))
    own = gateway.read_callback(sadad_account(), delivery(f"TransactionIdentifier={TRACK_ID}".encode()))

    assert noted == own == CallbackNotice(TRACK_ID, is_authenticated=False)


@pytest.mark.parametrize(
    ("body", "is_truncated", "reason"),
    [
        (b"", False, "missing_field"),
        (b"TransactionIdentifier=x1", False, "missing_field"),
        (b"TransactionIdentifier=1&transactionidentifier=2", False, "unreadable"),
        (b"\xff", False, "unreadable"),
        (b"&".join(b"f%d=1" % number for number in range(100)), False, "unreadable"),
        (b"TransactionIdentifier=1", True, "too_large"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(body: bytes, reason: str, *, is_truncated: bool) -> None:
    """Nothing but the declared error."""
    with pytest.raises(InvalidCallbackError) as caught:
        SadadGateway(Line({})).read_callback(sadad_account(), delivery(body, is_truncated=is_truncated))

    assert caught.value.reason == reason


def test_the_acknowledgement_and_the_clear_identifier() -> None:
    """No answer is asked for; an identifier that is ours says whose page comes next."""
    assert acknowledge("https://x.example/pay") == b"OK"
    assert clear_track_id(f"TransactionIdentifier={TRACK_ID}".encode()) == TRACK_ID
    assert [clear_track_id(body) for body in (b"", b"\xff", b"TransactionIdentifier=a")] == [None] * 3
