"""BenefitPay: the vectors of its signature, the app's parameters, the answers to check-status, and its callbacks."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mizan.adapters.gateways.benefitpay.acknowledgement import acknowledge, clear_track_id
from mizan.adapters.gateways.benefitpay.callbacks import read_callback
from mizan.adapters.gateways.benefitpay.gateway import BenefitPayGateway
from mizan.adapters.gateways.benefitpay.signing import sign_bytes, sign_fields, text_to_sign
from mizan.application.ports import (
    CallbackNotice,
    InitiationStarted,
    InquiryOutcome,
    InquiryResult,
    PaymentGateway,
)
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import GatewayUnavailableError, InvalidCallbackError, OutcomeUnknownError
from tests.unit.gateways.online_rails import NOON, REQUEST, TRACK_ID, Line, account, delivery, wallet_account

PAID: dict[str, Any] = {
    "meta": {"status": "SUCCESS"},
    "response": {
        "status": "success",
        "amount": "2.5",
        "currency": "BHD",
        "reference_number": TRACK_ID,
        "authorization_code": "654321",
        "date": "2026-11-25 12:10:00",
    },
}
CALLBACK = {"reference_number": TRACK_ID, "merchant_id": "200", "app_id": "100", "status": "success"}


def _paid(**changes: object) -> dict[str, Any]:
    return PAID | {"response": PAID["response"] | changes}


def _failed(code: object) -> dict[str, Any]:
    return {"meta": {"status": "FAILED"}, "response": {"code": code, "message": "no"}}


def _inquire(answer: object, status: int = 200, wallet: MerchantAccount | None = None) -> InquiryResult:
    gateway: PaymentGateway = BenefitPayGateway(Line(answer, status))
    return gateway.inquire(
        wallet or wallet_account(), track_id=TRACK_ID, amount=2_500, currency="BHD", captured_near=NOON
    )


def _reason(body: bytes, *, is_truncated: bool = False, **headers: str) -> str:
    with pytest.raises(InvalidCallbackError) as caught:
        read_callback(wallet_account(), delivery(body, is_truncated=is_truncated, **headers))
    return caught.value.reason


def _signed(fields: dict[str, Any], under: str = "callback-secret") -> tuple[bytes, str]:
    body = json.dumps(fields).encode()
    return body, sign_bytes(under, body)


@pytest.mark.parametrize(
    ("fields", "signature"),
    [
        (
            {
                "transactionCurrency": "BHD",
                "appId": "100",
                "merchantId": "200",
                "referenceNumber": "GOV0001",
                "transactionAmount": "2.500",
            },
            "fRKRS+ydLtAXt5U16YAgH8nEDt42QMr2WUe+8GNHFVo=",
        ),
        ({"reference_id": "GOV0001", "merchant_id": "200"}, "LcrggD3C+4A1OsRsFNOZzmed3XCoUAPMwmznGC5VIQM="),
    ],
)
def test_the_signature_is_the_published_one(fields: dict[str, str], signature: str) -> None:
    """The vectors of the wire's description, secret `secret`."""
    assert sign_fields("secret", fields) == signature


def test_pairs_are_sorted_joined_by_commas_and_three_names_are_left_out() -> None:
    """`lang`, `hashedString` and `secure_hash` are not signed."""
    fields = {"b": "2", "a": "1", "lang": "ar", "hashedString": "x", "secure_hash": "y"}

    assert text_to_sign(fields) == 'a="1",b="2"'


def test_an_attempt_opens_the_app_by_parameters_that_anyone_may_check() -> None:
    """Nothing is sent. The page's query holds what the app takes, signed, three decimals; the way back beside it."""
    line = Line({})

    started = BenefitPayGateway(line).initiate(wallet_account(), REQUEST)

    assert isinstance(started, InitiationStarted)
    assert line.sent == []
    query = {name: values[0] for name, values in parse_qs(urlsplit(started.redirect_url).query).items()}
    back, given = query.pop("returnUrl"), query.pop("secure_hash")
    assert started.redirect_url.startswith("https://wallet.example/checkout?")
    assert back == "https://api.example/pay/1/payments/2"
    assert query == {
        "appId": "100",
        "hideMobileQR": "0",
        "merchantId": "200",
        "qr_timeout": "150000",
        "referenceNumber": TRACK_ID,
        "showResult": "1",
        "transactionAmount": "2.500",
        "transactionCurrency": "BHD",
    }
    assert given == sign_fields("secret", query)
    assert "Maryam" not in started.redirect_url


@pytest.mark.parametrize(
    "settings",
    [
        {"app_id": "100"},
        {"page_url": "https://wallet.example/checkout"},
        {"app_id": "100", "page_url": "http://wallet.example/checkout"},
        {"app_id": "100", "page_url": "https://wallet.example/checkout?x=1"},
    ],
)
def test_an_account_that_is_not_set_up_starts_nothing(settings: dict[str, str]) -> None:
    """Nothing can have happened: unavailable, never unknown."""
    with pytest.raises(GatewayUnavailableError):
        BenefitPayGateway(Line({})).initiate(account("benefitpay", settings), REQUEST)


def test_check_status_is_asked_as_the_wire_says() -> None:
    """POST, JSON, type KEYVAL, the app's id, the signature over the two values."""
    line = Line(PAID)

    BenefitPayGateway(line).inquire(
        wallet_account(), track_id=TRACK_ID, amount=2_500, currency="BHD", captured_near=NOON
    )

    [(method, url, body, headers)] = line.sent
    fields = {"merchant_id": "200", "reference_id": TRACK_ID}
    assert (method, url) == ("POST", "https://gateway.example/web/v1/merchant/transaction/check-status")
    assert json.loads(body) == fields
    assert headers == {
        "X-FOO-Signature": sign_fields("secret", fields),
        "X-FOO-Signature-Type": "KEYVAL",
        "X-CLIENT-ID": "100",
    }


@pytest.mark.parametrize("amount", ["2.5", "2.500", 2.5])
def test_success_is_a_capture_in_fils(amount: object) -> None:
    """Trailing zeros get lost, and a number is read digit by digit; the date is Bahrain's."""
    result = _inquire(_paid(amount=amount))

    assert (result.outcome, result.track_id) == (InquiryOutcome.CAPTURED, TRACK_ID)
    assert result.capture is not None
    assert (result.capture.amount, result.capture.currency) == (2_500, "BHD")
    assert (result.capture.auth_code, result.capture.rrn) == ("654321", "")
    assert result.capture.transaction == f"{TRACK_ID}-654321"
    assert result.capture.captured_at.isoformat() == "2026-11-25T09:10:00+00:00"


def test_another_amount_currency_or_reference_is_told_as_it_is() -> None:
    """Facts only: the resolver compares. A foreign currency's amount is in thousandths."""
    dollars = _inquire(_paid(amount="9.75", currency="USD"))
    other = _inquire(_paid(reference_number="999"))

    assert dollars.capture is not None
    assert (dollars.capture.amount, dollars.capture.currency) == (9_750, "USD")
    assert other.track_id == "999"


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("not_found", InquiryOutcome.NOT_FOUND),
        ("expired", InquiryOutcome.NOT_FOUND),
        ("pending", InquiryOutcome.PENDING),
        ("cancelled", InquiryOutcome.CANCELLED),
        ("51", InquiryOutcome.DECLINED),
        ("whatever", InquiryOutcome.UNKNOWN),
        ("", InquiryOutcome.UNKNOWN),
        (None, InquiryOutcome.UNKNOWN),
    ],
)
def test_a_failure_reads_through_the_table(code: object, outcome: InquiryOutcome) -> None:
    """A code that nobody explained is neither a success nor a failure."""
    assert _inquire(_failed(code)).outcome is outcome


def test_the_account_may_say_what_a_code_means_but_never_that_it_is_money() -> None:
    """The table is not verified: settings correct it. A failure is no capture whatever they say."""
    told = wallet_account(**{"code.E7": "declined", "code.E8": "captured"})

    declined = _inquire(_failed("E7"), wallet=told)

    assert (declined.outcome, declined.decline and declined.decline.code) == (InquiryOutcome.DECLINED, "E7")
    assert _inquire(_failed("E8"), wallet=told).outcome is InquiryOutcome.UNKNOWN


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[" * 100_000,
        [],
        {},
        {"meta": {"status": "SUCCESS"}, "response": {}},
        {"meta": "x", "response": "y"},
        _paid(amount="-2.5"),
        _paid(amount="2.5005"),
        _paid(amount=None),
        _paid(reference_number="12x"),
        _paid(currency="dinar"),
        _paid(authorization_code=""),
    ],
)
def test_what_cannot_be_read_is_unknown(answer: object) -> None:
    """Never a success, never a failure."""
    with pytest.raises(OutcomeUnknownError):
        _inquire(answer)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (503, GatewayUnavailableError),
        (500, OutcomeUnknownError),
        (401, OutcomeUnknownError),
        (302, OutcomeUnknownError),
    ],
)
def test_any_other_status_leaves_it_open(status: int, error: type[Exception]) -> None:
    """Even with a body that says success."""
    with pytest.raises(error):
        _inquire(PAID, status)


@pytest.mark.parametrize("secret", ["callback-secret", "old-secret"])
@pytest.mark.parametrize("status", ["success", "failed", "nonsense"])
def test_a_signed_callback_names_its_attempt_and_settles_nothing(secret: str, status: str) -> None:
    """Under the secret, or the one that is being retired; whatever it claims."""
    body, signature = _signed(CALLBACK | {"status": status}, secret)

    notice = read_callback(wallet_account(), delivery(body, x_foo_signature=signature))

    assert notice == CallbackNotice(TRACK_ID, is_authenticated=True)


def test_a_callback_that_does_not_fit_is_refused_with_its_reason() -> None:
    """Signed by nobody, by another, over other bytes; of another merchant or app; without a reference."""
    body, signature = _signed(CALLBACK)
    spaced = json.dumps(CALLBACK, indent=1).encode()

    assert _reason(body) == "unsigned"
    assert _reason(body, x_foo_signature=sign_bytes("secret", body)) == "bad_signature"
    assert _reason(spaced, x_foo_signature=signature) == "bad_signature"
    assert _reason(body, x_foo_signature="ü") == "bad_signature"
    assert _reason(body, is_truncated=True, x_foo_signature=signature) == "too_large"
    for fields, reason in (
        (CALLBACK | {"merchant_id": "201"}, "wrong_account"),
        (CALLBACK | {"app_id": "101"}, "wrong_account"),
        (CALLBACK | {"reference_number": "12x"}, "missing_field"),
        ({}, "missing_field"),
    ):
        other, signed = _signed(fields)
        assert _reason(other, x_foo_signature=signed) == reason
    assert _reason(b"[]", x_foo_signature=sign_bytes("callback-secret", b"[]")) == "unreadable"


def test_an_account_without_a_callback_secret_believes_nobody() -> None:
    """An empty secret signs nothing."""
    body, signature = _signed(CALLBACK, "")
    bare = account("benefitpay", {"app_id": "100"})

    with pytest.raises(InvalidCallbackError) as caught:
        read_callback(bare, delivery(body, x_foo_signature=signature))

    assert caught.value.reason == "bad_signature"


def test_the_acknowledgement_is_exact_and_the_reference_is_read_without_a_key() -> None:
    """Byte for byte, whatever came."""
    assert acknowledge("https://x.example/pay") == b'{"response":{"statusCode":200,"message":"Success"}}'
    assert clear_track_id(json.dumps(CALLBACK).encode()) == TRACK_ID
    assert [clear_track_id(body) for body in (b"", b"\xff", b"[]", b'{"reference_number":"1x"}', b"[" * 99_999)] == [
        None
    ] * 5
