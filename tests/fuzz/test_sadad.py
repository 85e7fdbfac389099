"""Any bytes from the operator's side, or a browser, end in a notice, a result, or the declared error.

MIZAN_FUZZ_COUNT says how many messages each test makes (300).
"""

import json
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from mizan.adapters.gateways.sadad.acknowledgement import clear_track_id
from mizan.adapters.gateways.sadad.gateway import SadadGateway
from mizan.application.ports import InitiationRefused, InitiationStarted, InquiryOutcome
from mizan.domain.errors import GatewayUnavailableError, InvalidCallbackError, OutcomeUnknownError
from tests.fuzz.mutations import mutated
from tests.unit.gateways.online_rails import NOON, REQUEST, TRACK_ID, Line, delivery, sadad_account
from tests.unit.gateways.test_sadad import BILL, PAID

COUNT = int(os.environ.get("MIZAN_FUZZ_COUNT", "300"))
FORM = f"ResultCode=0&ResultMessage=Success&TransactionIdentifier={TRACK_ID}".encode()


@settings(max_examples=COUNT, deadline=None)
@given(body=st.one_of(st.binary(max_size=300), mutated(FORM)))
def test_what_a_browser_brings_is_an_unproven_notice_or_is_refused(body: bytes) -> None:
    """It never authenticates anything."""
    clear_track_id(body)

    try:
        notice = SadadGateway(Line({})).read_callback(sadad_account(), delivery(body))
    except InvalidCallbackError:
        return

    assert (notice.track_id.isdecimal(), notice.is_authenticated) == (True, False)


@settings(max_examples=COUNT, deadline=None)
@given(body=st.one_of(st.binary(max_size=300), mutated(json.dumps(BILL).encode())))
def test_a_first_answer_is_a_page_a_refusal_or_unknown(body: bytes) -> None:
    """A page has a secure address."""
    try:
        result = SadadGateway(Line(body)).initiate(sadad_account(), REQUEST)
    except OutcomeUnknownError:
        return

    assert isinstance(result, InitiationRefused | InitiationStarted)
    assert not isinstance(result, InitiationStarted) or result.redirect_url.startswith("https://")


@settings(max_examples=COUNT, deadline=None)
@given(body=st.one_of(st.binary(max_size=300), mutated(json.dumps(PAID).encode())))
def test_a_status_answer_is_a_result_or_no_answer(body: bytes) -> None:
    """A capture has a whole, positive or zero amount; nothing else is raised."""
    try:
        result = SadadGateway(Line(body)).inquire(
            sadad_account(), track_id=TRACK_ID, amount=2_500, currency="BHD", captured_near=NOON
        )
    except (OutcomeUnknownError, GatewayUnavailableError):
        return

    assert (result.capture is not None) == (result.outcome is InquiryOutcome.CAPTURED)
    assert result.capture is None or (type(result.capture.amount) is int and result.capture.amount >= 0)
