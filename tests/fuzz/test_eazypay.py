"""Any bytes from EazyPay's side end in a notice, a result, or the declared error.

MIZAN_FUZZ_COUNT says how many messages each test makes (300).
"""

import json
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from mizan.adapters.gateways.eazypay import signing
from mizan.adapters.gateways.eazypay.acknowledgement import clear_track_id
from mizan.adapters.gateways.eazypay.gateway import EazyPayGateway
from mizan.application.ports import InitiationRefused, InitiationStarted, InquiryOutcome
from mizan.domain.errors import InvalidCallbackError, OutcomeUnknownError
from tests.fuzz.mutations import mutated
from tests.unit.gateways.accounts import MORNING, TRACK_ID
from tests.unit.gateways.card_rails import REQUEST, SECRET, Line, delivery, eazypay_account
from tests.unit.gateways.test_eazypay import STAMP, WEBHOOK, answer

COUNT = int(os.environ.get("MIZAN_FUZZ_COUNT", "300"))
GENUINE = json.dumps(WEBHOOK).encode()
SIGNATURE = signing.sign(SECRET, STAMP, "nonce-1", "abc123", "true")
CREATED = json.dumps(
    {"result": {"code": "1"}, "data": [{"globalTransactionsId": "abc123", "paymentUrl": "https://e.example/p"}]}
).encode()


@settings(max_examples=COUNT, deadline=None)
@given(
    body=st.one_of(st.binary(max_size=300), mutated(GENUINE)),
    stamp=st.one_of(st.just(STAMP), st.text(max_size=20)),
    nonce=st.one_of(st.just("nonce-1"), st.text(max_size=20)),
    signature=st.one_of(st.just(SIGNATURE), st.text(max_size=70)),
)
def test_a_delivery_is_a_notice_of_what_was_signed_or_is_refused(
    *, body: bytes, stamp: str, nonce: str, signature: str
) -> None:
    """What the signature does not cover may be anything: it names an attempt to ask about, and nothing more."""
    clear_track_id(body)

    try:
        notice = EazyPayGateway(Line()).read_callback(
            eazypay_account(), delivery(body, eazy_timestamp=stamp, eazy_nonce=nonce, eazy_signature=signature)
        )
    except InvalidCallbackError:
        return

    document = json.loads(body)
    signed = stamp + nonce + str(document["globalTransactionsId"]) + str(document["isPaid"]).lower()
    assert signed == f"{STAMP}nonce-1abc123true"
    assert notice.track_id.isdecimal()


@settings(max_examples=COUNT, deadline=None)
@given(body=st.one_of(st.binary(max_size=300), mutated(answer())))
def test_an_answer_is_a_result_or_unknown(body: bytes) -> None:
    """A capture has a whole amount, positive or zero; nothing else is raised."""
    try:
        result = EazyPayGateway(Line(body)).inquire(
            eazypay_account(),
            track_id=TRACK_ID,
            amount=10_500,
            currency="BHD",
            captured_near=MORNING,
            gateway_payment="abc123",
        )
    except OutcomeUnknownError:
        return

    assert (result.capture is not None) == (result.outcome is InquiryOutcome.CAPTURED)
    assert result.capture is None or result.capture.amount >= 0


@settings(max_examples=COUNT, deadline=None)
@given(body=st.one_of(st.binary(max_size=300), mutated(CREATED)))
def test_a_first_answer_is_a_page_a_refusal_or_unknown(body: bytes) -> None:
    """A page is https alone."""
    try:
        result = EazyPayGateway(Line(body)).initiate(eazypay_account(), REQUEST)
    except OutcomeUnknownError:
        return

    is_page = isinstance(result, InitiationStarted) and result.redirect_url.startswith("https://")
    assert is_page or isinstance(result, InitiationRefused)
