"""Any bytes from KNET's side end in a notice, a result, or the declared error.

MIZAN_FUZZ_COUNT says how many messages each test makes (300).
"""

import json
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from mizan.adapters.gateways.knet import trandata
from mizan.adapters.gateways.knet.gateway import KnetGateway
from mizan.adapters.gateways.tranportal.acknowledgement import clear_track_id
from mizan.application.ports import InquiryOutcome
from mizan.domain.errors import GatewayUnavailableError, InvalidCallbackError, OutcomeUnknownError
from tests.fuzz.mutations import mutated
from tests.unit.gateways.accounts import MORNING, TRACK_ID, delivery
from tests.unit.gateways.card_rails import KNET_KEY, Line, knet_account
from tests.unit.gateways.test_knet import ANSWER, sealed

COUNT = int(os.environ.get("MIZAN_FUZZ_COUNT", "300"))
PLAIN = "&".join(f"{name}={value}" for name, value in ANSWER.items()).encode()
FORM = f"trandata={sealed()}&trackid={TRACK_ID}".encode()


def _sealed_bytes(plain: bytes) -> str:
    """Sealed with the account's own key, whatever it says: what somebody who holds the key could send."""
    return trandata.close(KNET_KEY, plain.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode())


@settings(max_examples=COUNT, deadline=None)
@given(body=st.one_of(st.binary(max_size=300), mutated(FORM)))
def test_a_delivery_is_a_notice_or_is_refused(body: bytes) -> None:
    """Cut, spliced and flipped forms; without a signature a flipped block may still open, to nobody's profit."""
    clear_track_id(body)

    try:
        notice = KnetGateway(Line()).read_callback(knet_account(), delivery(body))
    except InvalidCallbackError:
        return

    assert notice.track_id.isdecimal()


@settings(max_examples=COUNT, deadline=None)
@given(plain=st.one_of(st.binary(max_size=200), mutated(PLAIN)), is_bare=st.booleans())
def test_an_answer_is_a_result_or_unknown(*, plain: bytes, is_bare: bool) -> None:
    """Inside the seal and around it."""
    outer = json.dumps([{"status": "1", "trandata": _sealed_bytes(plain)}]).encode()
    line = Line(plain if is_bare else outer)

    try:
        result = KnetGateway(line).inquire(
            knet_account(), track_id=TRACK_ID, amount=10_500, currency="BHD", captured_near=MORNING
        )
    except (GatewayUnavailableError, OutcomeUnknownError):
        return

    assert (result.capture is not None) == (result.outcome is InquiryOutcome.CAPTURED)
    assert result.capture is None or result.capture.amount >= 0
