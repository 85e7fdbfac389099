"""Any bytes at MFEP's addresses end in a message or in the declared error. MIZAN_FUZZ_COUNT says how many are tried."""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mizan.adapters.gateways.mfep.biller import MfepBiller
from mizan.adapters.gateways.mfep.signature import sign
from mizan.application.ports_billers import BillerOperation, NoticeKind
from mizan.domain.errors import InvalidCallbackError
from tests.unit.billers.switches import (
    bill_pull,
    key_pair,
    message,
    mfep_account,
    mfep_request,
    notification,
    transaction,
)

COUNT = int(os.environ.get("MIZAN_FUZZ_COUNT", "300"))
MANY = settings(max_examples=COUNT, deadline=None, suppress_health_check=list(HealthCheck))
BILLER = MfepBiller()
GOOD = message(notification(transaction(), transaction(JOEBPPSTrx="9002")), "BLRPMTNTFRQ").encode()
PULL, NOTIFICATION = message(bill_pull(), "BILPULRQ"), GOOD.decode()
OPERATIONS = (BillerOperation.INQUIRY, BillerOperation.VALIDATION, BillerOperation.NOTICE)


def is_read_or_refused(content: bytes) -> bool:
    """Whether anything was read; never another exception than the declared one."""
    was_read = False
    for operation in OPERATIONS:
        read = BILLER.read_notices if operation is BillerOperation.NOTICE else BILLER.read_inquiry
        try:
            read(mfep_account(), mfep_request(content, operation))
            was_read = True
        except InvalidCallbackError:
            continue
    return was_read


@MANY
@given(st.binary(max_size=2_000))
def test_any_bytes_are_refused(content: bytes) -> None:
    """Nobody signed them."""
    assert not is_read_or_refused(content)


@MANY
@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=8), st.integers(0, 8))
def test_a_mutated_message_says_what_was_signed_or_nothing(at: int, inserted: bytes, removed: int) -> None:
    """A change of the body breaks the signature; a change elsewhere changes no money."""
    content = GOOD[:at] + inserted + GOOD[at + removed :]
    try:
        told = BILLER.read_notices(mfep_account(), mfep_request(content, BillerOperation.NOTICE))
    except InvalidCallbackError:
        return
    assert [(one.transaction, one.amount, one.kind) for one in told.notices] == [
        ("9001", 12_500, NoticeKind.PAID),
        ("9002", 12_500, NoticeKind.PAID),
    ]


@MANY
@given(st.text(max_size=300))
def test_a_signed_body_of_any_text_is_read_or_refused(text: str) -> None:
    """The switch itself may send nonsense under a good signature."""
    for whole, body in (
        (PULL, f"<MsgBody>{text}</MsgBody>"),
        (NOTIFICATION, notification(transaction(ProcessDate=text, PaidAmt=text))),
    ):
        start = whole.index("<MsgBody>")
        signature = sign(key_pair("switch")[0], body)
        footer = f"<MsgFooter><Security><Signature>{signature}</Signature></Security></MsgFooter></MFEP>"
        is_read_or_refused((whole[:start] + body + footer).encode("utf-8", "surrogatepass"))
