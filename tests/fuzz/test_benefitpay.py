"""Any bytes from the wallet's side end in a notice, a result, or the declared error.

MIZAN_FUZZ_COUNT says how many messages each test makes (300).
"""

import json
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from mizan.adapters.gateways.benefitpay.acknowledgement import clear_track_id
from mizan.adapters.gateways.benefitpay.gateway import BenefitPayGateway
from mizan.adapters.gateways.benefitpay.signing import sign_bytes
from mizan.application.ports import InquiryOutcome
from mizan.domain.errors import InvalidCallbackError, OutcomeUnknownError
from tests.fuzz.mutations import mutated
from tests.unit.gateways.online_rails import NOON, TRACK_ID, Line, delivery, wallet_account
from tests.unit.gateways.test_benefitpay import CALLBACK, PAID

COUNT = int(os.environ.get("MIZAN_FUZZ_COUNT", "300"))
GENUINE = json.dumps(CALLBACK).encode()
SIGNATURE = sign_bytes("callback-secret", GENUINE)


@settings(max_examples=COUNT, deadline=None)
@given(body=st.one_of(st.binary(max_size=300), mutated(GENUINE)), is_signed=st.booleans())
def test_a_delivery_is_a_notice_of_its_own_bytes_or_is_refused(*, body: bytes, is_signed: bool) -> None:
    """Signed bytes may say anything; unsigned ones are believed only where they are the genuine ones."""
    signature = sign_bytes("callback-secret", body) if is_signed else SIGNATURE
    clear_track_id(body)

    try:
        notice = BenefitPayGateway().read_callback(wallet_account(), delivery(body, x_foo_signature=signature))
    except InvalidCallbackError:
        return

    assert notice.track_id.isdecimal()
    assert is_signed or body == GENUINE


@settings(max_examples=COUNT, deadline=None)
@given(body=st.one_of(st.binary(max_size=300), mutated(json.dumps(PAID).encode())))
def test_an_answer_is_a_result_or_unknown(body: bytes) -> None:
    """A capture has a whole, positive or zero amount; nothing else is raised."""
    try:
        result = BenefitPayGateway(Line(body)).inquire(
            wallet_account(), track_id=TRACK_ID, amount=2_500, currency="BHD", captured_near=NOON
        )
    except OutcomeUnknownError:
        return

    assert (result.capture is not None) == (result.outcome is InquiryOutcome.CAPTURED)
    assert result.capture is None or (type(result.capture.amount) is int and result.capture.amount >= 0)
