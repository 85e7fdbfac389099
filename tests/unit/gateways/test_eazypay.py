"""EazyPay: its signatures, what is sent, and what its webhook and its answers may mean."""

import json
from datetime import timedelta
from typing import Any

import pytest

from mizan.adapters.gateways.eazypay import signing
from mizan.adapters.gateways.eazypay.acknowledgement import acknowledge, clear_track_id
from mizan.adapters.gateways.eazypay.gateway import EazyPayGateway
from mizan.application.ports import InitiationRefused, InitiationStarted, InquiryOutcome, InquiryResult
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import GatewayUnavailableError, InvalidCallbackError, OutcomeUnknownError
from tests.unit.gateways.accounts import MORNING, TRACK_ID
from tests.unit.gateways.card_rails import OLD_SECRET, REQUEST, SECRET, Line, delivery, eazypay_account

WEBHOOK = {"globalTransactionsId": "abc123", "invoiceId": TRACK_ID, "isPaid": True}
STAMP = str(int(MORNING.timestamp() * 1000))
PAID: dict[str, Any] = {
    "globalTransactionsId": "abc123",
    "invoiceId": TRACK_ID,
    "amount": "10.500",
    "currency": "BHD",
    "isPaid": True,
    "status": "PAID",
    "paidOn": "2026-11-25 09:05:00",
}


def webhook(*, secret: str = SECRET, stamp: str = STAMP, late: float = 0, **changes: Any) -> RawCallback:
    """A delivery that arrives `late` seconds after it was signed; `changes` are made after the signing."""
    signature = signing.sign(secret, stamp, "nonce-1", "abc123", "true")
    return delivery(
        json.dumps(WEBHOOK | changes).encode(),
        received_at=MORNING + timedelta(seconds=late),
        eazy_timestamp=stamp,
        eazy_nonce="nonce-1",
        eazy_signature=signature,
    )


def read(callback: RawCallback, **settings: str) -> tuple[str, bool]:
    notice = EazyPayGateway(Line()).read_callback(eazypay_account(**settings), callback)
    return notice.track_id, notice.is_authenticated


def answer(code: str = "1", **changes: Any) -> bytes:
    return json.dumps({"result": {"code": code}, "data": [PAID | changes]}).encode()


def inquire(line: Line, gateway_payment: str | None = "abc123", **settings: str) -> InquiryResult:
    return EazyPayGateway(line, now=lambda: MORNING).inquire(
        eazypay_account(**settings),
        track_id=TRACK_ID,
        amount=10_500,
        currency="BHD",
        captured_near=MORNING,
        gateway_payment=gateway_payment,
    )


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            ("1704067200000", "nonce-1", "abc123", "true"),
            "cb0b6c67452128dcaa54306cf466bcfc241c533928b703921e861e47523e6732",
        ),
        (
            ("1704067200000", "BHD", "10.500", "50002754"),
            "2852cd1d9fe98cc7d739c1e73b83a749aa1f8fd67685d7a054e0af4d7210b9ac",
        ),
    ],
    ids=["webhook", "creation"],
)
def test_signatures_are_the_vectors(parts: tuple[str, ...], expected: str) -> None:
    """Computed with another program."""
    assert signing.sign(SECRET, *parts) == expected
    assert signing.is_signed([SECRET], expected.upper(), *parts)
    assert not signing.is_signed([OLD_SECRET, ""], expected, *parts)


def test_an_invoice_is_created_as_the_wire_says() -> None:
    """Our track id is the invoice's; the amount in the hash is the amount in the body."""
    body = {"result": {"code": "1"}, "data": [{"globalTransactionsId": "abc123", "paymentUrl": "https://e.example/p"}]}
    line = Line(json.dumps(body).encode())

    started = EazyPayGateway(line, now=lambda: MORNING).initiate(eazypay_account(), REQUEST)

    assert started == InitiationStarted("abc123", "https://e.example/p")
    [(method, url, sent, headers)] = line.sent
    assert (method, url) == ("POST", "https://gateway.example/merchant/checkout/createInvoice")
    assert json.loads(sent) == {
        "appId": "50002754",
        "invoiceId": TRACK_ID,
        "currency": "BHD",
        "amount": "10.500",
        "paymentMethod": "CREDITCARD",
        "returnUrl": REQUEST.return_url,
        "webhookUrl": REQUEST.notification_url,
    }
    assert headers["Timestamp"] == STAMP
    assert headers["Secret-Hash"] == signing.sign(SECRET, STAMP, "BHD", "10.500", "50002754")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 500),
        (b"", 400),
        (b"[]", 200),
        (b"{}", 200),
        (b'{"result":{"code":"1"},"data":[]}', 200),
        (b'{"result":{"code":"1"},"data":[{"globalTransactionsId":"a","paymentUrl":"http://elsewhere.example"}]}', 200),
        (b'{"result":{"code":"1"},"data":[{"globalTransactionsId":"a","paymentUrl":"https://e.example",'
         b'"invoiceId":"9"}]}', 200),
    ],
)  # fmt: skip
def test_an_unreadable_first_answer_is_unknown(body: bytes, status: int) -> None:
    """Never declined, never sent again."""
    with pytest.raises(OutcomeUnknownError):
        EazyPayGateway(Line(body, status)).initiate(eazypay_account(), REQUEST)


def test_a_plain_refusal_is_a_result() -> None:
    """Another result code than 1: no invoice was made."""
    refused = EazyPayGateway(Line(b'{"result":{"code":"-4","description":"x"},"data":[]}')).initiate(
        eazypay_account(), REQUEST
    )

    assert isinstance(refused, InitiationRefused)
    assert refused.decline.code == "-4"


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_a_signed_webhook_names_the_attempt(secret: str) -> None:
    """By the active secret, or one that was retired."""
    assert read(webhook(secret=secret)) == (TRACK_ID, True)


@pytest.mark.parametrize(("late", "is_authenticated"), [(299, True), (301, False), (-301, False), (7 * 86_400, False)])
def test_a_replay_leads_to_an_inquiry_and_nothing_else(late: float, is_authenticated: bool) -> None:
    """Older than the window, or from the future: it still names the attempt, as anybody could."""
    assert read(webhook(late=late)) == (TRACK_ID, is_authenticated)


def test_the_window_is_configuration() -> None:
    """In seconds."""
    assert read(webhook(late=400), webhook_window_seconds="500") == (TRACK_ID, True)
    assert read(webhook(late=400), webhook_window_seconds="never") == (TRACK_ID, False)


@pytest.mark.parametrize("stamp", ["soon", "-1", "1e3", "9" * 15, "٣" * 13])
def test_a_time_that_cannot_be_read_is_not_fresh(stamp: str) -> None:
    """Signed all the same: an inquiry."""
    assert read(webhook(stamp=stamp)) == (TRACK_ID, False)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"isPaid": False}, "bad_signature"),
        ({"globalTransactionsId": "abc124"}, "bad_signature"),
        ({"globalTransactionsId": 5}, "bad_signature"),
        ({"isPaid": None}, "missing_field"),
        ({"invoiceId": "INV-1"}, "missing_field"),
        ({"invoiceId": None}, "missing_field"),
        ({"globalTransactionsId": "\ud800"}, "unreadable"),
    ],
)
def test_a_webhook_that_was_changed_is_refused(changes: dict[str, Any], reason: str) -> None:
    """Every signed value, and the one that says whose it is."""
    with pytest.raises(InvalidCallbackError) as refused:
        read(webhook(**changes))

    assert refused.value.reason == reason


def test_a_webhook_without_its_headers_is_refused() -> None:
    """Nobody signed it."""
    with pytest.raises(InvalidCallbackError):
        read(delivery(json.dumps(WEBHOOK).encode()))


def test_an_inquiry_asks_by_eazypays_id_or_by_ours() -> None:
    """By ours where the first answer was lost."""
    line = Line(answer())

    inquire(line)
    result = inquire(line, gateway_payment=None)

    asked = [json.loads(body) for _, _, body, _ in line.sent]
    assert asked == [
        {"appId": "50002754", "globalTransactionsId": "abc123"},
        {"appId": "50002754", "invoiceId": TRACK_ID},
    ]
    assert line.sent[0][3]["Secret-Hash"] == signing.sign(SECRET, STAMP, "50002754")
    assert result.capture is not None
    assert (result.capture.amount, result.capture.currency, result.capture.transaction) == (10_500, "BHD", "abc123")


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, InquiryOutcome.CAPTURED),
        ({"isPaid": False}, InquiryOutcome.UNKNOWN),
        ({"status": ""}, InquiryOutcome.UNKNOWN),
        ({"status": "SETTLED"}, InquiryOutcome.UNKNOWN),
        ({"isPaid": False, "status": "PENDING"}, InquiryOutcome.PENDING),
        ({"isPaid": True, "status": "PENDING"}, InquiryOutcome.UNKNOWN),
        ({"isPaid": False, "status": "failed"}, InquiryOutcome.DECLINED),
        ({"isPaid": False, "status": "CANCELED"}, InquiryOutcome.CANCELLED),
        ({"isPaid": False, "status": "EXPIRED"}, InquiryOutcome.CANCELLED),
        ({"isPaid": False, "status": "VOIDED"}, InquiryOutcome.VOIDED),
    ],
)
def test_a_payment_is_what_two_fields_agree_on(changes: dict[str, Any], outcome: InquiryOutcome) -> None:
    """A word alone is not paid, nor is `isPaid` alone."""
    assert inquire(Line(answer(**changes))).outcome is outcome


def test_not_found_is_the_code_that_the_account_names() -> None:
    """No public text says which it is: without the setting it stays unknown."""
    body = b'{"result":{"code":"-10"},"data":[]}'

    assert inquire(Line(body), not_found_code="-10") == InquiryResult(InquiryOutcome.NOT_FOUND, TRACK_ID)
    with pytest.raises(OutcomeUnknownError):
        inquire(Line(body))


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 503, GatewayUnavailableError),
        (b"", 500, OutcomeUnknownError),
        (b"{", 200, OutcomeUnknownError),
        (answer(amount=None), 200, OutcomeUnknownError),
        (answer(amount="-1"), 200, OutcomeUnknownError),
        (answer(currency="dinar"), 200, OutcomeUnknownError),
        (answer(invoiceId="x"), 200, OutcomeUnknownError),
    ],
)
def test_no_readable_answer_is_no_outcome(body: bytes, status: int, error: type[Exception]) -> None:
    """Asked again later."""
    with pytest.raises(error):
        inquire(Line(body, status))


def test_a_webhook_is_acknowledged_and_read_without_a_key() -> None:
    """An empty object; the clear invoice id leads the log, unproven."""
    assert acknowledge("https://api.example/pay") == b"{}"
    assert clear_track_id(json.dumps(WEBHOOK).encode()) == TRACK_ID
    assert [clear_track_id(body) for body in (b"", b"[]", b"{}", b'{"invoiceId":5}', b"[" * 100_000)] == [None] * 5
