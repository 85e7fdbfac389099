"""MPGS against the running sandbox: every promise of the port, over HTTP."""

import json
import urllib.request
from collections.abc import Iterator

import pytest

from mizan.application.ports import InitiationRefused, InquiryOutcome, InquiryResult
from mizan.application.ports_refunds import RefundOutcome, RefundRequest, RefundResult
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError
from tests.contract.gateways.credit_cards import CreditCards, new_track_id, refund_of
from tests.contract.gateways.world import Merchant, Sandbox, merchant


@pytest.fixture
def listener() -> Iterator[Merchant]:
    with merchant() as listening:
        yield listening


@pytest.fixture
def rail(sandbox: Sandbox, listener: Merchant) -> CreditCards:
    return CreditCards(sandbox, listener.url)


def inquire_refund(rail: CreditCards, request: RefundRequest) -> RefundResult:
    return rail.refunds.inquire_refund(
        rail.account,
        track_id=request.track_id,
        amount=request.amount,
        currency="BHD",
        original_track_id=request.original_track_id,
    )


@pytest.mark.parametrize("amount", [5, 1_000, 10_500, 70_000, 1_234_567])
def test_an_approved_card_is_captured_and_confirmed_to_the_fils(
    rail: CreditCards, listener: Merchant, amount: int
) -> None:
    """Session, card, webhook, inquiry; whatever trailing zeros a JSON number loses."""
    request = rail.request(amount)
    started = rail.start(request)

    paid = rail.pay(started)
    result = rail.inquire(request)

    assert paid["deliveries"] == [{"notice": "own", "attempt": 1, "http_status": 200}]
    [(_, body)] = listener.wait_for(1)
    assert json.loads(body)["order"]["id"] == request.track_id
    assert (result.outcome, result.track_id) == (InquiryOutcome.CAPTURED, request.track_id)
    assert result.capture is not None
    assert (result.capture.amount, result.capture.currency) == (amount, "BHD")
    assert result.capture.transaction == f"{request.track_id}/1"
    assert len(result.capture.rrn) == 12


def test_the_page_is_where_the_payer_is_sent(rail: CreditCards) -> None:
    """A page that a browser and a test can pay on; it loads nothing from elsewhere."""
    started = rail.start(rail.request())

    with urllib.request.urlopen(started.redirect_url, timeout=10) as page:  # noqa: S310  # loopback
        text, policy = page.read().decode(), page.headers["Content-Security-Policy"]

    assert "BHD 10.500" in text
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    ("expiry", "expected"),
    [
        ("08/28", InquiryOutcome.PENDING),
        ("05/37", InquiryOutcome.UNKNOWN),
        ("09/50", InquiryOutcome.PENDING),
        ("10/50", InquiryOutcome.PENDING),
        ("01/51", InquiryOutcome.UNKNOWN),
        ("02/51", InquiryOutcome.UNKNOWN),
        ("04/51", InquiryOutcome.PENDING),
        ("05/51", InquiryOutcome.UNKNOWN),
    ],
)
def test_what_is_not_captured_is_never_paid(rail: CreditCards, expiry: str, expected: InquiryOutcome) -> None:
    """Pending, unknown, disputed, charged back, authorised, or a status from next year."""
    result = rail.paid(expiry)

    assert (result.outcome, result.capture) == (expected, None)


@pytest.mark.parametrize(
    ("expiry", "code"),
    [
        ("05/39", "DECLINED"),
        ("04/27", "EXPIRED_CARD"),
        ("01/37", "ACQUIRER_SYSTEM_ERROR"),
        ("01/50", "INSUFFICIENT_FUNDS"),
        ("08/50", "AUTHENTICATION_FAILED"),
    ],
)
def test_a_declined_card_says_why_in_two_languages(rail: CreditCards, expiry: str, code: str) -> None:
    """The gateway's code, and a text for the payer."""
    result = rail.paid(expiry)

    assert result.outcome is InquiryOutcome.DECLINED
    assert result.decline is not None
    assert result.decline.code == code
    assert result.decline.text != result.decline.text_ar


def test_a_second_card_after_a_declined_one_is_captured(rail: CreditCards) -> None:
    """One order, two tries: the money of the second is found under the same id."""
    request = rail.request()
    started = rail.start(request)
    rail.pay(started, "05/39")
    assert rail.inquire(request).outcome is InquiryOutcome.DECLINED

    rail.pay(started)
    capture = rail.inquire(request).capture

    assert capture is not None
    assert (capture.amount, capture.transaction) == (10_500, f"{request.track_id}/2")


@pytest.mark.parametrize(
    ("expiry", "amount", "currency"),
    [("05/50", 11_500, "BHD"), ("06/50", 10_500, "KWD"), ("07/50", 9_500, "BHD")],
)
def test_another_amount_or_currency_is_told_as_it_is(
    rail: CreditCards, expiry: str, amount: int, currency: str
) -> None:
    """Too much, other money, a part: facts for whoever compares."""
    result = rail.paid(expiry)

    assert result.capture is not None
    assert (result.capture.amount, result.capture.currency) == (amount, currency)


def test_an_order_without_a_card_is_not_found(rail: CreditCards) -> None:
    """Before the payer did anything, and one that nobody began."""
    begun, never = rail.request(), rail.request()
    rail.start(begun)

    assert rail.inquire(begun) == InquiryResult(InquiryOutcome.NOT_FOUND, begun.track_id)
    assert rail.inquire(never) == InquiryResult(InquiryOutcome.NOT_FOUND, never.track_id)


@pytest.mark.parametrize("drop", [True, False])
@pytest.mark.parametrize("outcome", ["timeout", "timeout_then_success"])
def test_a_lost_first_answer_is_unknown_until_an_inquiry(rail: CreditCards, outcome: str, *, drop: bool) -> None:
    """504 or a dropped line: only asking by our own id can tell."""
    rail.script(outcome, hang_seconds=0, drop_connection=drop)
    request = rail.request()

    with pytest.raises(OutcomeUnknownError):
        rail.gateway.initiate(rail.account, request)

    found = rail.inquire(request).outcome
    assert found is (InquiryOutcome.CAPTURED if outcome == "timeout_then_success" else InquiryOutcome.NOT_FOUND)


def test_a_refusal_before_the_page_is_a_result(rail: CreditCards) -> None:
    """Nothing was and will be charged; the gateway's cause is kept."""
    rail.script("refuse")

    refused = rail.gateway.initiate(rail.account, rail.request())

    assert isinstance(refused, InitiationRefused)
    assert refused.decline.code == "REQUEST_REJECTED"


def test_a_charge_whose_inquiries_time_out_is_found_in_the_end(rail: CreditCards) -> None:
    """Two inquiries without an answer say nothing; the third tells of the money."""
    request = rail.request()
    rail.pay(rail.start(request), "11/50")

    for _ in range(2):
        with pytest.raises(OutcomeUnknownError):
            rail.inquire(request)

    assert rail.inquire(request).outcome is InquiryOutcome.CAPTURED


def test_an_inquiry_that_finds_the_gateway_away_can_be_repeated(rail: CreditCards) -> None:
    """Unavailable, then the truth."""
    request, _ = rail.captured()
    rail.script("inquiry_unavailable", times=1)

    with pytest.raises(GatewayUnavailableError):
        rail.inquire(request)

    assert rail.inquire(request).outcome is InquiryOutcome.CAPTURED


def test_another_merchants_password_opens_nothing(rail: CreditCards) -> None:
    """401 is our account's fault: nothing was done, and nothing is concluded of the order."""
    request, _ = rail.captured()
    stranger = rail.with_password("another-password")

    with pytest.raises(GatewayUnavailableError):
        rail.inquire_as(stranger, request)
    with pytest.raises(GatewayUnavailableError):
        rail.gateway.initiate(stranger, rail.request())


def test_both_references_go_with_a_session_or_nobody_answers(sandbox: Sandbox, listener: Merchant) -> None:
    """What the adapter sends is taken by a strict merchant; without a reference the same merchant is silent."""
    rail = CreditCards(sandbox, listener.url, is_strict=True)
    rail.start(rail.request())
    bare: dict[str, object] = {
        "apiOperation": "INITIATE_CHECKOUT",
        "interaction": {"operation": "PURCHASE", "returnUrl": "http://127.0.0.1/back"},
        "order": {"id": new_track_id(), "currency": "BHD", "amount": "1.500"},
    }

    with pytest.raises(OutcomeUnknownError, match="504"):
        _post_session(rail, bare)


def _post_session(rail: CreditCards, body: dict[str, object]) -> None:
    from mizan.adapters.gateways.mpgs import answers, messages  # noqa: PLC0415  # only this test goes below the port
    from mizan.adapters.gateways.mpgs.exchange import ask  # noqa: PLC0415  # the same
    from mizan.adapters.gateways.transport import HttpTransport  # noqa: PLC0415  # the same

    url = f"{messages.merchant_url(rail.account)}/session"
    ask(HttpTransport(), rail.account, "POST", url, answers.open_answer, body=json.dumps(body).encode())


def test_a_void_that_follows_a_capture_is_told_as_voided(rail: CreditCards) -> None:
    """CANCELLED: the money was released, whoever did it."""
    request, capture = rail.captured()

    voided = rail.refunds.void(
        rail.account, track_id=new_track_id(), original=capture, original_track_id=request.track_id
    )

    assert voided.outcome is RefundOutcome.COMPLETED
    assert rail.inquire(request).outcome is InquiryOutcome.VOIDED


# -- refunds ----------------------------------------------------------------------------------------------------------


def test_a_refund_goes_back_in_parts_and_never_beyond(rail: CreditCards) -> None:
    """Two parts, then one fils too many; each is found again by its own id, to the fils."""
    request, capture = rail.captured(10_500)
    parts = [refund_of(request, capture, amount) for amount in (4_000, 6_500, 1)]

    results = [rail.refunds.refund(rail.account, part) for part in parts]

    assert [result.outcome for result in results] == [
        RefundOutcome.COMPLETED,
        RefundOutcome.COMPLETED,
        RefundOutcome.FAILED,
    ]
    assert [inquire_refund(rail, part).outcome for part in parts] == [
        RefundOutcome.COMPLETED,
        RefundOutcome.COMPLETED,
        RefundOutcome.NOT_FOUND,
    ]
    assert results[0].transaction == f"{request.track_id}/{parts[0].track_id}"


def test_an_order_that_we_refunded_was_captured_all_the_same(rail: CreditCards) -> None:
    """A refund under our own id never makes a booked payment look like another."""
    request, capture = rail.captured(10_500)

    rail.refunds.refund(rail.account, refund_of(request, capture, 4_000))
    after = rail.inquire(request)

    assert after.outcome is InquiryOutcome.CAPTURED
    assert after.capture is not None
    assert after.capture.amount == 10_500


def test_the_same_refund_twice_is_one_refund(rail: CreditCards) -> None:
    """PUT under one transaction id: the second is answered with the first."""
    request, capture = rail.captured(10_500)
    part = refund_of(request, capture, 4_000)

    first, second = (rail.refunds.refund(rail.account, part) for _ in range(2))

    assert first == second
    left = rail.refunds.refund(rail.account, refund_of(request, capture, 6_500))
    assert left.outcome is RefundOutcome.COMPLETED


@pytest.mark.parametrize(
    ("outcome", "found"),
    [("refund_timeout", RefundOutcome.NOT_FOUND), ("refund_timeout_then_success", RefundOutcome.COMPLETED)],
)
def test_a_refund_without_an_answer_is_found_out_by_inquiry(
    rail: CreditCards, outcome: str, found: RefundOutcome
) -> None:
    """Lost before or after the money went back."""
    request, capture = rail.captured()
    part = refund_of(request, capture, 1_500)
    rail.script(outcome)

    with pytest.raises(OutcomeUnknownError):
        rail.refunds.refund(rail.account, part)

    assert inquire_refund(rail, part).outcome is found


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [("refund_decline", RefundOutcome.FAILED), ("refund_processing", RefundOutcome.PENDING)],
)
def test_a_refund_that_the_bank_declines_or_ponders(rail: CreditCards, outcome: str, expected: RefundOutcome) -> None:
    """The inquiry says the same as the first answer."""
    request, capture = rail.captured()
    part = refund_of(request, capture, 1_500)
    rail.script(outcome)

    result = rail.refunds.refund(rail.account, part)

    assert result.outcome is expected
    assert inquire_refund(rail, part).outcome is expected
