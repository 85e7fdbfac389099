"""Any bytes from MPGS's side end in a notice, a result, or the declared error.

MIZAN_FUZZ_COUNT says how many messages each test makes (300).
"""

import json
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from mizan.adapters.gateways.mpgs.gateway import MpgsGateway
from mizan.adapters.gateways.mpgs.refunds import MpgsRefunds
from mizan.application.ports import InitiationRefused, InitiationRequest, InitiationStarted, InquiryOutcome
from mizan.application.ports_refunds import RefundOutcome
from mizan.domain.errors import GatewayUnavailableError, InvalidCallbackError, OutcomeUnknownError
from tests.fuzz.mutations import mutated
from tests.unit.gateways.accounts import TRACK_ID
from tests.unit.gateways.credit_card_rail import (
    NOON,
    PAYMENT,
    REFUND_TRACK,
    SECRET,
    Line,
    card_account,
    order_text,
    refund_view,
    webhook,
)

COUNT = int(os.environ.get("MIZAN_FUZZ_COUNT", "300"))
STATUSES = st.sampled_from([200, 201, 400, 404])
SESSION = json.dumps({"result": "SUCCESS", "session": {"id": "SESSION0002123456789"}}).encode()
REQUEST = InitiationRequest(TRACK_ID, 10_500, "BHD", "https://a.example/n", "https://a.example/e", "https://a.example/")


def messages(genuine: bytes) -> st.SearchStrategy[bytes]:
    return st.one_of(st.binary(max_size=300), mutated(genuine))


@settings(max_examples=COUNT, deadline=None)
@given(body=messages(json.dumps(PAYMENT).encode()), secret=st.one_of(st.just(SECRET), st.text(max_size=30)))
def test_a_delivery_is_a_notice_or_is_refused(body: bytes, secret: str) -> None:
    """Only who knows the secret is heard at all."""
    try:
        notice = MpgsGateway().read_callback(card_account(), webhook(body, secret))
    except InvalidCallbackError:
        return

    assert secret == SECRET
    assert notice.track_id.isdecimal()


@settings(max_examples=COUNT, deadline=None)
@given(body=messages(order_text()), status=STATUSES)
def test_an_order_is_a_result_or_unknown(body: bytes, status: int) -> None:
    """A capture has a whole amount that is not negative; nothing else is raised."""
    try:
        result = MpgsGateway(Line(body, status)).inquire(
            card_account(), track_id=TRACK_ID, amount=10_500, currency="BHD", captured_near=NOON
        )
    except (OutcomeUnknownError, GatewayUnavailableError):
        return

    assert (result.capture is not None) == (result.outcome is InquiryOutcome.CAPTURED)
    assert result.capture is None or (type(result.capture.amount) is int and result.capture.amount >= 0)


@settings(max_examples=COUNT, deadline=None)
@given(body=messages(SESSION), status=STATUSES)
def test_a_first_answer_is_a_page_a_refusal_or_unknown(body: bytes, status: int) -> None:
    """A page is never anywhere but at the gateway."""
    try:
        result = MpgsGateway(Line(body, status)).initiate(card_account(), REQUEST)
    except OutcomeUnknownError:
        return

    assert isinstance(result, InitiationRefused | InitiationStarted)
    if isinstance(result, InitiationStarted):
        assert result.redirect_url.startswith("https://gateway.example/checkout/pay/")


@settings(max_examples=COUNT, deadline=None)
@given(body=messages(json.dumps(refund_view()).encode()), status=STATUSES)
def test_a_refunds_answer_is_a_result_or_unknown(body: bytes, status: int) -> None:
    """A decline exactly when it failed: the result itself insists on it."""
    try:
        result = MpgsRefunds(Line(body, status)).inquire_refund(
            card_account(), track_id=REFUND_TRACK, amount=4_000, currency="BHD", original_track_id=TRACK_ID
        )
    except (OutcomeUnknownError, GatewayUnavailableError):
        return

    assert (result.decline is not None) == (result.outcome is RefundOutcome.FAILED)
