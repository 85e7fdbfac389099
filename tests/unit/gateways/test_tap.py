"""Tap: its hashstring, what is sent, and what its webhook and its answers may mean."""

import json
from typing import Any

import pytest

from mizan.adapters.gateways.reading import read_object
from mizan.adapters.gateways.tap import signing
from mizan.adapters.gateways.tap.acknowledgement import acknowledge, clear_track_id
from mizan.adapters.gateways.tap.gateway import TapGateway
from mizan.application.ports import InitiationRefused, InitiationStarted, InquiryOutcome, InquiryResult
from mizan.domain.errors import GatewayUnavailableError, InvalidCallbackError, OutcomeUnknownError
from tests.unit.gateways.accounts import MORNING, TRACK_ID
from tests.unit.gateways.card_rails import OLD_SECRET, REQUEST, SECRET, Line, delivery, tap_account

GOLDEN = "ffa2fb11dd767d00182c284a7e1a2919e1c678091925157128a6d678e48c80ce"
CHARGE: dict[str, Any] = {
    "id": "chg_1",
    "amount": 10.5,
    "currency": "BHD",
    "status": "CAPTURED",
    "reference": {"transaction": TRACK_ID, "payment": "py"},
    "transaction": {"created": "1700", "url": "https://tap.example/pay"},
    "response": {"code": "000"},
}


def charge(**changes: Any) -> bytes:
    return json.dumps(CHARGE | changes).encode()


def hashed(body: bytes, secret: str = SECRET) -> str:
    return signing.sign(secret, signing.hashed_text(read_object(body)))


def read(body: bytes, hashstring: str) -> str:
    return TapGateway(Line()).read_callback(tap_account(), delivery(body, hashstring=hashstring)).track_id


def inquire(line: Line, gateway_payment: str | None = "chg_1") -> InquiryResult:
    return TapGateway(line).inquire(
        tap_account(),
        track_id=TRACK_ID,
        amount=10_500,
        currency="BHD",
        captured_near=MORNING,
        gateway_payment=gateway_payment,
    )


def test_the_hashstring_is_the_vector() -> None:
    """Computed with another program: three decimals for BHD, the missing gateway reference as empty."""
    text = signing.hashed_text(read_object(charge()))

    assert text == (
        "x_idchg_1x_amount10.500x_currencyBHDx_gateway_referencex_payment_referencepyx_statusCAPTUREDx_created1700"
    )
    assert signing.sign(SECRET, text) == GOLDEN


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [("10.5", "BHD", "10.500"), ("10", "KWD", "10.000"), ("10.5", "SAR", "10.50"), ("7", "USD", "7.00")],
)
def test_amounts_are_hashed_with_their_currencys_decimals(amount: str, currency: str, written: str) -> None:
    """Three for the dinars and the rial of Oman, two for the rest."""
    body = charge(currency=currency).replace(b"10.5", amount.encode())

    assert f"x_amount{written}x_currency{currency}" in signing.hashed_text(read_object(body))


def test_a_charge_is_made_as_the_wire_says() -> None:
    """The amount is a number of three decimals, never a float's; our track id is `reference.transaction`."""
    line = Line(charge(status="INITIATED"))

    started = TapGateway(line).initiate(tap_account(), REQUEST)

    assert started == InitiationStarted("chg_1", "https://tap.example/pay")
    [(method, url, body, headers)] = line.sent
    assert (method, url) == ("POST", "https://gateway.example/v2/charges/")
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert body.startswith(b'{"amount":10.500,')
    sent = json.loads(body)
    assert sent["reference"] == {"transaction": TRACK_ID, "order": REQUEST.reference}
    assert (sent["post"]["url"], sent["redirect"]["url"]) == (REQUEST.notification_url, REQUEST.return_url)
    assert (sent["source"]["id"], sent["save_card"], sent["merchant"]["id"]) == ("src_card", False, "merchant_1")


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 500, OutcomeUnknownError),
        (b"", 401, GatewayUnavailableError),
        (b"{}", 400, OutcomeUnknownError),
        (b"{}", 200, OutcomeUnknownError),
        (charge(), 200, OutcomeUnknownError),
        (charge(status="INITIATED", transaction={"url": "http://elsewhere.example"}), 200, OutcomeUnknownError),
        (charge(status="INITIATED", reference={"transaction": "9"}), 200, OutcomeUnknownError),
    ],
)
def test_an_unreadable_first_answer_is_no_result(body: bytes, status: int, error: type[Exception]) -> None:
    """A charge that claims to be captured before anybody paid is not believed either."""
    with pytest.raises(error):
        TapGateway(Line(body, status)).initiate(tap_account(), REQUEST)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"errors":[{"code":"1101","description":"x"}]}', 400, "1101"),
        (charge(status="DECLINED", response={"code": "401"}), 200, "401"),
    ],
)
def test_a_plain_refusal_is_a_result(body: bytes, status: int, code: str) -> None:
    """No charge was made, or it was declined at once."""
    refused = TapGateway(Line(body, status)).initiate(tap_account(), REQUEST)

    assert isinstance(refused, InitiationRefused)
    assert refused.decline.code == code


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_a_hashed_webhook_names_the_attempt(secret: str) -> None:
    """By the active key, or one that was retired; either hex case."""
    body = charge()

    assert read(body, hashed(body, secret).upper()) == TRACK_ID


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "chg_2"},
        {"amount": 10},
        {"currency": "KWD"},
        {"status": "DECLINED"},
        {"transaction": {"created": "1701"}},
        {"reference": {"transaction": TRACK_ID, "payment": "other"}},
        {"reference": {"transaction": TRACK_ID}},
    ],
)
def test_a_webhook_that_was_changed_is_refused(changes: dict[str, Any]) -> None:
    """Every hashed value."""
    with pytest.raises(InvalidCallbackError, match="bad_signature"):
        read(charge(**changes), hashed(charge()))


@pytest.mark.parametrize(
    ("body", "hashstring"),
    [
        (charge(), ""),
        (charge(), "é"),
        (charge(), "\ud800"),
        (charge(reference={"transaction": "ord-1"}), GOLDEN),
        (charge(amount="ten"), GOLDEN),
        (charge(currency=""), GOLDEN),
        (charge(id="\ud800"), GOLDEN),
        (b"[]", GOLDEN),
        (b"{" * 50_000, GOLDEN),
    ],
)
def test_what_does_not_fit_is_refused(body: bytes, hashstring: str) -> None:
    """With the declared error."""
    with pytest.raises(InvalidCallbackError):
        read(body, hashstring)


def test_an_inquiry_asks_by_the_charges_id_or_by_our_reference() -> None:
    """By ours where the first answer was lost."""
    by_id, by_ours = Line(charge()), Line(json.dumps({"charges": [CHARGE]}).encode())

    found, again = inquire(by_id), inquire(by_ours, None)

    assert by_id.sent[0][:3] == ("GET", "https://gateway.example/v2/charges/chg_1", b"")
    assert json.loads(by_ours.sent[0][2])["reference"] == {"transaction": TRACK_ID}
    assert found == again
    assert found.capture is not None
    assert (found.capture.amount, found.capture.currency, found.capture.transaction) == (10_500, "BHD", "chg_1")
    assert found.capture.captured_at == MORNING  # 1970 lies too far from the attempt to be believed


@pytest.mark.parametrize(
    ("charges", "outcome"),
    [([], InquiryOutcome.NOT_FOUND), ([CHARGE | {"reference": {"transaction": "9"}}], InquiryOutcome.UNKNOWN)],
)
def test_a_list_without_ours_is_not_found_only_when_it_is_empty(charges: list[Any], outcome: InquiryOutcome) -> None:
    """Whether Tap looks by reference is not verified: a list of others proves nothing."""
    assert inquire(Line(json.dumps({"charges": charges}).encode()), None).outcome is outcome


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("CAPTURED", InquiryOutcome.CAPTURED),
        ("INITIATED", InquiryOutcome.PENDING),
        ("IN_PROGRESS", InquiryOutcome.PENDING),
        ("DECLINED", InquiryOutcome.DECLINED),
        ("FAILED", InquiryOutcome.DECLINED),
        ("RESTRICTED", InquiryOutcome.DECLINED),
        ("CANCELLED", InquiryOutcome.CANCELLED),
        ("ABANDONED", InquiryOutcome.CANCELLED),
        ("VOID", InquiryOutcome.VOIDED),
        ("TIMEDOUT", InquiryOutcome.UNKNOWN),
        ("UNKNOWN", InquiryOutcome.UNKNOWN),
        ("AUTHORIZED", InquiryOutcome.UNKNOWN),
        ("", InquiryOutcome.UNKNOWN),
    ],
)
def test_statuses_read_through_the_table(status: str, outcome: InquiryOutcome) -> None:
    """What is not in it is unknown: never success, never failure."""
    assert inquire(Line(charge(status=status))).outcome is outcome


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"acquirer": {"response": {"code": "51"}}}, "51"),
        ({"acquirer": None}, "000"),
        ({"response": {}}, "unstated"),
    ],
)
def test_a_decline_keeps_the_issuers_code_where_there_is_one(changes: dict[str, Any], code: str) -> None:
    """Else Tap's own."""
    decline = inquire(Line(charge(status="DECLINED", **changes))).decline

    assert decline is not None
    assert (decline.code, bool(decline.text), bool(decline.text_ar)) == (code, True, True)


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 503, GatewayUnavailableError),
        (b"", 401, GatewayUnavailableError),
        (b"", 404, OutcomeUnknownError),
        (b"{", 200, OutcomeUnknownError),
        (charge(amount=-1), 200, OutcomeUnknownError),
        (charge(amount=1e400), 200, OutcomeUnknownError),
        (charge(reference=[]), 200, OutcomeUnknownError),
    ],
)
def test_no_readable_answer_is_no_outcome(body: bytes, status: int, error: type[Exception]) -> None:
    """Asked again later."""
    with pytest.raises(error):
        inquire(Line(body, status))


def test_a_webhook_is_acknowledged_and_read_without_a_key() -> None:
    """An empty object; the clear reference leads the log, unproven."""
    assert acknowledge("https://api.example/pay") == b"{}"
    assert clear_track_id(charge()) == TRACK_ID
    assert [clear_track_id(body) for body in (b"", b"[]", b"{}", b'{"reference":5}', b"[" * 100_000)] == [None] * 5
