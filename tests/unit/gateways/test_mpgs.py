"""MPGS on the wire (rails 2): what is sent, how every answer is read, and who may wake us."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from mizan.adapters.gateways.mpgs import answers, codes
from mizan.adapters.gateways.mpgs.gateway import MpgsGateway
from mizan.adapters.gateways.reading import UnreadableError
from mizan.adapters.gateways.registry import GATEWAYS
from mizan.application.ports import (
    InitiationRefused,
    InitiationRequest,
    InitiationResult,
    InitiationStarted,
    InquiryOutcome,
    InquiryResult,
)
from mizan.domain.accounts import AccountSecrets
from mizan.domain.errors import GatewayUnavailableError, InvalidCallbackError, OutcomeUnknownError
from tests.unit.gateways.accounts import TRACK_ID
from tests.unit.gateways.credit_card_rail import (
    NOON,
    ORDER,
    PAYMENT,
    RETIRED,
    SECRET,
    Line,
    card_account,
    order_text,
    refund_view,
    webhook,
)

REQUEST = InitiationRequest(
    TRACK_ID,
    130_000,
    "BHD",
    "https://pay.example/callbacks/mpgs/token",
    "https://pay.example/callbacks/mpgs/token/error",
    return_url="https://pay.example/pay/482019374650192753/payments/pay_1",
    reference="482019374650192753",
)
SESSION = json.dumps(
    {"result": "SUCCESS", "session": {"id": "SESSION0002123456789"}, "successIndicator": "abcdef"}
).encode()
NOT_FOUND = json.dumps(
    {"result": "ERROR", "error": {"cause": "INVALID_REQUEST", "explanation": "Unable to find order 1"}}
).encode()


def initiate(line: Line, **settings: str) -> InitiationResult:
    return MpgsGateway(line).initiate(card_account(**settings), REQUEST)


def inquire(body: bytes, status: int = 200) -> InquiryResult:
    return MpgsGateway(Line(body, status)).inquire(
        card_account(), track_id=TRACK_ID, amount=10_500, currency="BHD", captured_near=NOON
    )


# -- a session --------------------------------------------------------------------------------------------------------


def test_a_checkout_is_asked_for_as_documented() -> None:
    """PURCHASE, three decimals, both references fresh, Basic auth of `merchant.<mid>`."""
    line = Line(SESSION, 201)

    started = initiate(line)

    [(method, url, body, headers)] = line.sent
    assert (method, url) == ("POST", "https://gateway.example/api/rest/version/100/merchant/TESTMOIC/session")
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"merchant.TESTMOIC:api-password"
    assert json.loads(body) == {
        "apiOperation": "INITIATE_CHECKOUT",
        "checkoutMode": "WEBSITE",
        "interaction": {
            "operation": "PURCHASE",
            "merchant": {"name": "TESTMOIC", "url": REQUEST.return_url},
            "returnUrl": REQUEST.return_url,
        },
        "order": {
            "id": TRACK_ID,
            "reference": TRACK_ID,
            "currency": "BHD",
            "amount": "130.000",
            "description": "482019374650192753",
        },
        "transaction": {"reference": TRACK_ID},
    }
    assert started == InitiationStarted(
        "SESSION0002123456789", "https://gateway.example/checkout/pay/SESSION0002123456789?checkoutVersion=1.0.0"
    )


def test_the_page_and_the_webhooks_address_are_configuration() -> None:
    """Neither was verified, so both can be set per account."""
    line = Line(SESSION)

    started = initiate(
        line, checkout_path="https://bridge.example/{session}", notify_per_order="true", api_version="78"
    )

    assert isinstance(started, InitiationStarted)
    assert started.redirect_url == "https://bridge.example/SESSION0002123456789"
    assert "/version/78/" in line.sent[0][1]
    assert json.loads(line.sent[0][2])["order"]["notificationUrl"] == REQUEST.notification_url


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 200),
        (b"<html>", 200),
        (b"{}", 200),
        (b'{"result":"SUCCESS"}', 200),
        (b'{"result":"FAILURE","session":{"id":"SESSION0002"}}', 200),
        (b'{"result":"SUCCESS","session":{"id":"../evil"}}', 200),
        (b'{"result":"ERROR","error":{"cause":"SERVER_BUSY"}}', 400),
        (b'{"result":"ERROR"}', 400),
        (SESSION, 302),
        (SESSION, 500),
        (SESSION, 503),
    ],
)
def test_anything_but_a_session_or_a_refusal_is_unknown(body: bytes, status: int) -> None:
    """Never declined, never sent again."""
    with pytest.raises(OutcomeUnknownError):
        initiate(Line(body, status))


def test_a_refusal_keeps_the_gateways_cause() -> None:
    """The request was at fault, and no session was made."""
    refused = initiate(Line(b'{"result":"ERROR","error":{"cause":"INVALID_REQUEST","explanation":"x"}}', 400))

    assert isinstance(refused, InitiationRefused)
    assert refused.decline.code == "INVALID_REQUEST"


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_mean_that_nothing_happened(status: int) -> None:
    """Our account's fault, and no verdict on the payment."""
    with pytest.raises(GatewayUnavailableError):
        initiate(Line(SESSION, status))


def test_what_the_gateway_would_not_take_is_not_sent() -> None:
    """An order id that is no track id, or a currency that we do not know."""
    line = Line(SESSION)
    for request in (replace(REQUEST, track_id="x"), replace(REQUEST, currency="KWD")):
        with pytest.raises(GatewayUnavailableError):
            MpgsGateway(line).initiate(card_account(), request)

    assert line.sent == []


# -- an order ---------------------------------------------------------------------------------------------------------


def test_a_captured_order_is_read_whole() -> None:
    """Amount in fils from a JSON number, the join keys of settlement, the instant in UTC."""
    result = inquire(order_text())

    assert (result.outcome, result.track_id) == (InquiryOutcome.CAPTURED, TRACK_ID)
    assert result.capture is not None
    assert (result.capture.amount, result.capture.currency) == (10_500, "BHD")
    assert (result.capture.transaction, result.capture.gateway_payment) == (f"{TRACK_ID}/1", TRACK_ID)
    assert (result.capture.rrn, result.capture.auth_code) == ("632909000001", "123456")
    assert result.capture.captured_at.isoformat() == "2026-11-25T09:01:02.345000+00:00"


STATUSES = {
    "CAPTURED": InquiryOutcome.CAPTURED,
    "PARTIALLY_CAPTURED": InquiryOutcome.CAPTURED,
    "AUTHENTICATED": InquiryOutcome.PENDING,
    "AUTHENTICATION_INITIATED": InquiryOutcome.PENDING,
    "AUTHENTICATION_NOT_NEEDED": InquiryOutcome.PENDING,
    "AUTHORIZED": InquiryOutcome.PENDING,
    "FUNDING": InquiryOutcome.PENDING,
    "INITIATED": InquiryOutcome.PENDING,
    "CANCELLED": InquiryOutcome.VOIDED,
    "REFUNDED": InquiryOutcome.UNKNOWN,
    "PARTIALLY_REFUNDED": InquiryOutcome.UNKNOWN,
    "EXCESSIVELY_REFUNDED": InquiryOutcome.UNKNOWN,
    "REFUND_REQUESTED": InquiryOutcome.UNKNOWN,
    "CHARGEBACK_PROCESSED": InquiryOutcome.UNKNOWN,
    "DISPUTED": InquiryOutcome.UNKNOWN,
    "DISBURSED": InquiryOutcome.UNKNOWN,
    "VERIFIED": InquiryOutcome.UNKNOWN,
    "FAILED": InquiryOutcome.UNKNOWN,
    "AUTHENTICATION_UNSUCCESSFUL": InquiryOutcome.UNKNOWN,
    "captured": InquiryOutcome.UNKNOWN,
    "CAPTURED ": InquiryOutcome.UNKNOWN,
    "SETTLED": InquiryOutcome.UNKNOWN,
    "": InquiryOutcome.UNKNOWN,
}
"""Every status of the facts beside `result: SUCCESS`, and some that nobody documented."""


def test_the_table_holds_every_documented_status() -> None:
    """Nineteen of them."""
    assert set(codes.OUTCOMES) == set(STATUSES) - {"captured", "CAPTURED ", "SETTLED", ""}


@pytest.mark.parametrize(("status", "expected"), STATUSES.items())
def test_every_status_with_a_success_reads_through_the_table(status: str, expected: InquiryOutcome) -> None:
    """An unknown status is never paid; neither is a failure that says SUCCESS."""
    result = inquire(order_text(status=status))

    assert result.outcome is expected
    assert (result.capture is not None) == (expected is InquiryOutcome.CAPTURED)


@pytest.mark.parametrize("status", ["FAILED", "AUTHENTICATION_UNSUCCESSFUL"])
def test_a_failed_order_is_a_decline_of_its_last_card(status: str) -> None:
    """Several cards may be tried under one order."""
    tried = [PAYMENT | {"response": {"gatewayCode": code}} for code in ("DECLINED", "INSUFFICIENT_FUNDS")]

    result = inquire(order_text(status=status, result="FAILURE", transaction=tried))

    assert result.outcome is InquiryOutcome.DECLINED
    assert result.decline is not None
    assert result.decline.code == "INSUFFICIENT_FUNDS"
    assert result.decline.text_ar


@pytest.mark.parametrize(
    ("result", "expected"),
    [("PENDING", InquiryOutcome.PENDING), ("UNKNOWN", InquiryOutcome.UNKNOWN), ("FAILURE", InquiryOutcome.UNKNOWN)],
)
def test_a_captured_order_whose_result_says_otherwise_is_not_paid(result: str, expected: InquiryOutcome) -> None:
    """Both words have to agree."""
    found = inquire(order_text(result=result))

    assert (found.outcome, found.capture) == (expected, None)


@pytest.mark.parametrize("status", ["REFUNDED", "PARTIALLY_REFUNDED", "REFUND_REQUESTED"])
def test_an_order_refunded_by_us_was_captured_and_by_others_is_for_people(status: str) -> None:
    """Ours go by 24 digits, and only what is booked is refunded; the gateway's desk numbers its own."""
    ours = inquire(order_text(status=status, transaction=[PAYMENT, refund_view()]))
    theirs = inquire(order_text(status=status, transaction=[PAYMENT, refund_view("2")]))
    both = inquire(order_text(status=status, transaction=[PAYMENT, refund_view(), refund_view("2")]))

    assert [found.outcome for found in (ours, theirs, both)] == [
        InquiryOutcome.CAPTURED,
        InquiryOutcome.UNKNOWN,
        InquiryOutcome.UNKNOWN,
    ]
    assert ours.capture is not None
    assert ours.capture.amount == 10_500


def test_a_partial_capture_is_told_as_it_is() -> None:
    """What was taken, not what was asked."""
    result = inquire(order_text(status="PARTIALLY_CAPTURED", totalCapturedAmount=9.999))

    assert result.capture is not None
    assert result.capture.amount == 9_999


def test_other_money_is_told_as_other_money() -> None:
    """For whoever compares; it is real all the same."""
    result = inquire(order_text(currency="KWD"))

    assert result.capture is not None
    assert (result.capture.amount, result.capture.currency) == (10_500, "KWD")


@pytest.mark.parametrize(
    ("text", "fils"),
    [("130", 130_000), ("130.0", 130_000), ("130.000", 130_000), ("1.3E+2", 130_000), ("0.005", 5), ("0", 0)],
)
def test_a_number_is_read_to_the_fils(text: str, fils: int) -> None:
    """However JSON may write it; by way of Decimal, never a float."""
    assert answers.read_fils(text, "BHD") == fils


@pytest.mark.parametrize(
    "text", ["", "-1", "-0", "1.2345", "NaN", "Infinity", "1E+99", "1E+999999999", "1E-999999999", "1,5", "9" * 40]
)
def test_what_is_no_amount_is_unreadable(text: str) -> None:
    """Negative, finer than a fils, beyond every bill, or a bomb."""
    with pytest.raises(UnreadableError):
        answers.read_fils(text, "BHD")


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "x"},
        {"id": None},
        {"totalCapturedAmount": None},
        {"totalCapturedAmount": -1},
        {"currency": ""},
        {"currency": "bd"},
        {"transaction": []},
        {"transaction": [PAYMENT | {"result": "FAILURE"}]},
        {"transaction": [refund_view()]},
    ],
)
def test_a_captured_order_that_is_not_whole_is_unknown(changes: dict[str, Any]) -> None:
    """Money is booked by its own transaction's numbers, or not yet."""
    with pytest.raises(OutcomeUnknownError):
        inquire(order_text(**changes))


@pytest.mark.parametrize("status", [400, 404])
def test_an_order_that_nobody_paid_on_is_not_found(status: int) -> None:
    """How MPGS says so is from memory: the words decide, whatever the HTTP status."""
    assert inquire(NOT_FOUND, status) == InquiryResult(InquiryOutcome.NOT_FOUND, TRACK_ID)


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (order_text(), 503, GatewayUnavailableError),
        (order_text(), 401, GatewayUnavailableError),
        (b'{"result":"ERROR","error":{"cause":"INVALID_REQUEST","explanation":"no"}}', 400, GatewayUnavailableError),
        (b'{"result":"ERROR","error":{"cause":"SERVER_FAILED"}}', 400, OutcomeUnknownError),
        (b'{"result":"ERROR"}', 200, OutcomeUnknownError),
        (order_text(), 504, OutcomeUnknownError),
        (b"", 200, OutcomeUnknownError),
        (b"[" * 100_000, 200, OutcomeUnknownError),
    ],
)
def test_an_inquiry_without_an_answer_concludes_nothing(body: bytes, status: int, error: type[Exception]) -> None:
    """An error of ours or of theirs is neither paid nor failed nor absent."""
    with pytest.raises(error):
        inquire(body, status)


# -- a webhook --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [SECRET, RETIRED])
def test_a_webhook_with_a_secret_of_ours_names_its_order(secret: str) -> None:
    """The active one, or one that was retired."""
    notice = MpgsGateway().read_callback(card_account(), webhook(secret=secret))

    assert (notice.track_id, notice.is_authenticated) == (TRACK_ID, True)


@pytest.mark.parametrize(
    ("body", "secret", "reason"),
    [
        (None, None, "unsigned"),
        (None, "", "unsigned"),
        (None, "another-secret", "bad_signature"),
        (None, "webhook-secret\u00e9", "bad_signature"),
        (None, "\ud800", "bad_signature"),
        (b"", SECRET, "unreadable"),
        (b"\xff\xfe", SECRET, "unreadable"),
        (b"[]", SECRET, "unreadable"),
        (b"{}", SECRET, "missing_field"),
        (b'{"order":{"id":"x"}}', SECRET, "missing_field"),
        (json.dumps(PAYMENT | {"merchant": "TESTOTHER"}).encode(), SECRET, "wrong_account"),
    ],
)
def test_a_webhook_that_does_not_fit_is_refused_with_its_reason(
    body: bytes | None, secret: str | None, reason: str
) -> None:
    """It wakes nobody."""
    with pytest.raises(InvalidCallbackError) as refused:
        MpgsGateway().read_callback(card_account(), webhook(body, secret))

    assert refused.value.reason == reason


def test_a_cut_webhook_is_refused() -> None:
    """Longer than what is kept."""
    with pytest.raises(InvalidCallbackError, match="too_large"):
        MpgsGateway().read_callback(card_account(), replace(webhook(), is_truncated=True))


def test_an_account_without_a_secret_believes_nobody() -> None:
    """No secret is no password of the empty kind."""
    bare = replace(card_account(), secrets=AccountSecrets(password="p", resource_key=""))

    for secret in ("", SECRET):
        with pytest.raises(InvalidCallbackError):
            MpgsGateway().read_callback(bare, webhook(secret=secret))


def test_a_delivery_is_acknowledged_before_anybody_reads_it() -> None:
    """200 is all that MPGS looks at; the headers that it is known by are kept with it."""
    manners = GATEWAYS.manners("mpgs")

    assert manners.acknowledge("https://pay.example/pay") == b"OK"
    assert manners.clear_track_id(json.dumps(ORDER).encode()) is None
    assert manners.kept_headers == ("x-notification-secret", "x-notification-attempt", "x-notification-id")
