"""Any bytes from Tap's side end in a notice, a result, or the declared error.

MIZAN_FUZZ_COUNT says how many messages each test makes (300).
"""

import json
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from mizan.adapters.gateways.reading import read_object
from mizan.adapters.gateways.tap import signing
from mizan.adapters.gateways.tap.acknowledgement import clear_track_id
from mizan.adapters.gateways.tap.gateway import TapGateway
from mizan.application.ports import InitiationRefused, InitiationStarted, InquiryOutcome
from mizan.domain.errors import InvalidCallbackError, OutcomeUnknownError
from tests.fuzz.mutations import mutated
from tests.unit.gateways.accounts import MORNING, TRACK_ID
from tests.unit.gateways.card_rails import REQUEST, Line, delivery, tap_account
from tests.unit.gateways.test_tap import CHARGE, GOLDEN, charge, hashed

COUNT = int(os.environ.get("MIZAN_FUZZ_COUNT", "300"))
GENUINE = charge()


@settings(max_examples=COUNT, deadline=None)
@given(
    body=st.one_of(st.binary(max_size=300), mutated(GENUINE)),
    hashstring=st.one_of(st.just(hashed(GENUINE)), st.just(GOLDEN), st.text(max_size=70)),
)
def test_a_delivery_is_a_notice_of_what_was_hashed_or_is_refused(*, body: bytes, hashstring: str) -> None:
    """What the hash does not cover may be anything: it names an attempt to ask about, and nothing more."""
    clear_track_id(body)

    try:
        notice = TapGateway(Line()).read_callback(tap_account(), delivery(body, hashstring=hashstring))
    except InvalidCallbackError:
        return

    assert signing.hashed_text(read_object(body)) == signing.hashed_text(read_object(GENUINE))
    assert notice.track_id.isdecimal()


@settings(max_examples=COUNT, deadline=None)
@given(
    body=st.one_of(st.binary(max_size=300), mutated(GENUINE), mutated(json.dumps({"charges": [CHARGE]}).encode())),
    charge_id=st.sampled_from(["chg_1", None]),
)
def test_an_answer_is_a_result_or_unknown(*, body: bytes, charge_id: str | None) -> None:
    """A charge or a list of them; a capture has a whole amount, positive or zero."""
    try:
        result = TapGateway(Line(body)).inquire(
            tap_account(),
            track_id=TRACK_ID,
            amount=10_500,
            currency="BHD",
            captured_near=MORNING,
            gateway_payment=charge_id,
        )
    except OutcomeUnknownError:
        return

    assert (result.capture is not None) == (result.outcome is InquiryOutcome.CAPTURED)
    assert result.capture is None or result.capture.amount >= 0


@settings(max_examples=COUNT, deadline=None)
@given(body=st.one_of(st.binary(max_size=300), mutated(charge(status="INITIATED"))), status=st.sampled_from([200, 400]))
def test_a_first_answer_is_a_page_a_refusal_or_unknown(*, body: bytes, status: int) -> None:
    """A page is https alone."""
    try:
        result = TapGateway(Line(body, status)).initiate(tap_account(), REQUEST)
    except OutcomeUnknownError:
        return

    is_page = isinstance(result, InitiationStarted) and result.redirect_url.startswith("https://")
    assert is_page or isinstance(result, InitiationRefused)
