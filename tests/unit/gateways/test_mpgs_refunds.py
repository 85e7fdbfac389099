"""Refunds and voids of MPGS: one PUT per id of ours, and what its answer leaves open."""

import json
from typing import Any

import pytest

from mizan.adapters.gateways.mpgs.refunds import MpgsRefunds
from mizan.adapters.gateways.registry import GATEWAYS
from mizan.application.ports_refunds import RefundOutcome, RefundRequest, RefundResult
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError
from mizan.domain.payments import Capture
from tests.unit.gateways.accounts import TRACK_ID
from tests.unit.gateways.credit_card_rail import NOON, REFUND_TRACK, Line, card_account, refund_view

CAPTURE = Capture(10_500, "BHD", f"{TRACK_ID}/1", TRACK_ID, "632909000001", "123456", NOON)
REQUEST = RefundRequest(REFUND_TRACK, 4_000, "BHD", CAPTURE, TRACK_ID)
URL = f"https://gateway.example/api/rest/version/100/merchant/TESTMOIC/order/{TRACK_ID}/transaction/{REFUND_TRACK}"
NOT_FOUND = b'{"result":"ERROR","error":{"cause":"INVALID_REQUEST","explanation":"Unable to find transaction"}}'


def refund(line: Line) -> RefundResult:
    return MpgsRefunds(line).refund(card_account(), REQUEST)


def inquire(line: Line, original: str = TRACK_ID) -> RefundResult:
    return MpgsRefunds(line).inquire_refund(
        card_account(), track_id=REFUND_TRACK, amount=4_000, currency="BHD", original_track_id=original
    )


def answer(**changes: Any) -> bytes:
    return json.dumps(refund_view() | changes).encode()


def test_a_refund_is_a_put_under_our_own_id() -> None:
    """The same address again is the same refund."""
    line = Line(answer(), 201)

    result = refund(line)

    assert [(method, url, json.loads(body)) for method, url, body, _ in line.sent] == [
        ("PUT", URL, {"apiOperation": "REFUND", "transaction": {"amount": "4.000", "currency": "BHD"}})
    ]
    assert result == RefundResult(
        RefundOutcome.COMPLETED, REFUND_TRACK, f"{TRACK_ID}/{REFUND_TRACK}", rrn="632909000002"
    )


def test_a_refund_is_asked_about_at_the_same_address() -> None:
    """Under the order that it belongs to."""
    line = Line(answer())

    result = inquire(line)

    assert [(method, url) for method, url, _, _ in line.sent] == [("GET", URL)]
    assert result.outcome is RefundOutcome.COMPLETED


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("PENDING", RefundOutcome.PENDING),
        ("UNKNOWN", RefundOutcome.UNKNOWN),
        ("success", RefundOutcome.UNKNOWN),
        ("", RefundOutcome.UNKNOWN),
    ],
)
def test_a_result_that_is_no_verdict_leaves_the_refund_open(result: str, expected: RefundOutcome) -> None:
    """Asked again later, under the same id."""
    assert refund(Line(answer(result=result))).outcome is expected


def test_a_declined_refund_says_why() -> None:
    """The gateway's code, in two languages."""
    found = refund(Line(answer(result="FAILURE", response={"gatewayCode": "DECLINED"})))

    assert found.outcome is RefundOutcome.FAILED
    assert found.decline is not None
    assert found.decline.code == "DECLINED"
    assert found.decline.text_ar


@pytest.mark.parametrize("change", [{"amount": 4.001}, {"amount": 40}, {"currency": "KWD"}])
def test_a_refund_of_another_amount_is_for_people(change: dict[str, Any]) -> None:
    """Neither completed nor failed."""
    body = json.dumps(refund_view(**change)).encode()

    assert refund(Line(body)).outcome is RefundOutcome.UNKNOWN


def test_a_refused_refund_has_failed_and_an_unknown_one_is_not_found() -> None:
    """The same error, to a PUT and to a GET."""
    refused, unknown = refund(Line(NOT_FOUND, 400)), inquire(Line(NOT_FOUND, 400))

    assert refused.outcome is RefundOutcome.FAILED
    assert unknown == RefundResult(RefundOutcome.NOT_FOUND, REFUND_TRACK)


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (answer(), 401, GatewayUnavailableError),
        (answer(), 500, OutcomeUnknownError),
        (answer(), 503, OutcomeUnknownError),
        (b"", 200, OutcomeUnknownError),
        (b'{"result":"ERROR","error":{"cause":"SERVER_BUSY"}}', 400, OutcomeUnknownError),
        (answer(order={"id": "999999999999999999999999"}), 200, OutcomeUnknownError),
        (json.dumps(refund_view(type="PAYMENT")).encode(), 200, OutcomeUnknownError),
        (json.dumps(refund_view(amount=-4)).encode(), 200, OutcomeUnknownError),
    ],
)
def test_whatever_is_no_answer_to_this_refund_is_unknown(body: bytes, status: int, error: type[Exception]) -> None:
    """Found out by inquiry, never sent again under another id."""
    with pytest.raises(error):
        refund(Line(body, status))


def test_an_inquiry_of_a_gateway_that_is_away_may_be_repeated() -> None:
    """503 to a question is only "not now"."""
    with pytest.raises(GatewayUnavailableError):
        inquire(Line(answer(), 503))


def test_a_refund_without_its_order_is_not_asked_about() -> None:
    """There would be no address to ask at."""
    line = Line(answer())

    with pytest.raises(GatewayUnavailableError):
        inquire(line, original="")

    assert line.sent == []


def test_a_void_names_the_transaction_that_it_takes_back() -> None:
    """Under an id of ours too."""
    line = Line(json.dumps(refund_view(type="VOID_PAYMENT")).encode(), 201)

    result = MpgsRefunds(line).void(card_account(), track_id=REFUND_TRACK, original=CAPTURE, original_track_id=TRACK_ID)

    [(method, url, body, _)] = line.sent
    assert (method, url) == ("PUT", URL)
    assert json.loads(body) == {"apiOperation": "VOID", "transaction": {"targetTransactionId": "1"}}
    assert result.outcome is RefundOutcome.COMPLETED


def test_the_registry_knows_that_mpgs_refunds() -> None:
    """An ability of its own."""
    assert isinstance(GATEWAYS.refunds_of("mpgs"), MpgsRefunds)
