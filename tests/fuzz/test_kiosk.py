"""Any bytes at a kiosk's addresses end in a message or in the declared error. MIZAN_FUZZ_COUNT says how many are
tried.
"""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mizan.adapters.gateways.kiosk.biller import KioskBiller
from mizan.adapters.gateways.kiosk.vouchers import KioskVouchers
from mizan.application.ports_billers import BillerOperation, WireRequest
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import InvalidCallbackError
from tests.unit.billers.switches import cash_notice, kiosk_account, kiosk_request

COUNT = int(os.environ.get("MIZAN_FUZZ_COUNT", "300"))
MANY = settings(max_examples=COUNT, deadline=None, suppress_health_check=list(HealthCheck))
BILLER = KioskBiller()
VOUCHERS = KioskVouchers()
READERS: Mapping[BillerOperation, Callable[[MerchantAccount, WireRequest], object]] = {
    BillerOperation.INQUIRY: BILLER.read_inquiry,
    BillerOperation.VALIDATION: BILLER.read_inquiry,
    BillerOperation.NOTICE: BILLER.read_notices,
    BillerOperation.REVERSAL: BILLER.read_notices,
    BillerOperation.VOUCHER: lambda account, request: VOUCHERS.read_sale(account, request, "corr"),
    BillerOperation.VOUCHER_CANCELLATION: VOUCHERS.read_cancellation,
}
GOOD = kiosk_request(cash_notice(), BillerOperation.NOTICE)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def read(request: WireRequest) -> bool:
    """Whether it was read; never another exception than the declared one."""
    try:
        READERS[request.operation](kiosk_account(), request)
    except InvalidCallbackError:
        return False
    return True


@MANY
@given(st.binary(max_size=2_000), st.sampled_from(BillerOperation))
def test_any_signed_bytes_are_read_or_refused(content: bytes, operation: BillerOperation) -> None:
    """An operator's own software may send nonsense under a good signature."""
    read(kiosk_request(content, operation))


@MANY
@given(st.sampled_from(sorted(cash_notice())), JSON)
def test_any_value_of_a_member_is_read_or_refused(name: str, value: Any) -> None:
    """Each member takes its own kind of value alone."""
    read(kiosk_request(json.dumps(cash_notice(**{name: value})).encode("utf-8"), BillerOperation.NOTICE))


@MANY
@given(st.integers(0, len(GOOD.body) - 1), st.binary(max_size=8), st.integers(0, 8), st.text(max_size=70))
def test_a_mutated_message_is_refused_unless_it_is_the_same(at: int, inserted: bytes, removed: int, word: str) -> None:
    """Whatever is changed, its signature is another message's."""
    body = GOOD.body[:at] + inserted + GOOD.body[at + removed :]
    headers = {**GOOD.headers, "mizan-nonce": word}

    assert read(WireRequest(GOOD.operation, body, GOOD.received_at, GOOD.headers)) == (body == GOOD.body)
    assert read(WireRequest(GOOD.operation, GOOD.body, GOOD.received_at, headers)) == (
        word == GOOD.headers["mizan-nonce"]
    )
