"""The signed JSON of kiosks and agents: what opens, what it says, and what is refused with which word."""

import hashlib
import hmac
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mizan.adapters.gateways.kiosk.biller import KioskBiller
from mizan.application.ports_agencies import Bilingual
from mizan.application.ports_billers import (
    BillerOperation,
    BillRefusal,
    BillStatus,
    BillView,
    NoticeKind,
    NoticeVerdict,
    WireAnswer,
)
from mizan.domain.errors import InvalidCallbackError
from tests.unit.billers.switches import (
    MORNING,
    NONCE,
    REFERENCE,
    RETIRED_SECRET,
    SECRET,
    cash_notice,
    kiosk_account,
    kiosk_request,
)

NOTICE, INQUIRY, REVERSAL = BillerOperation.NOTICE, BillerOperation.INQUIRY, BillerOperation.REVERSAL
BILLER = KioskBiller()
ASKED = {"reference": REFERENCE, "terminal": "K-1"}
TAKEN_BACK = {
    "transaction": "K1-0001",
    "reference": REFERENCE,
    "terminal": "K-1",
    "amount": 12_500,
    "currency": "BHD",
    "reversed_at": "2026-03-01T09:04:00+03:00",
}


def opened(answer: WireAnswer, word: str) -> dict[str, Any]:
    """The answer's document, whose signature is bound to the request's nonce."""
    text = "\n".join(["answer", word, NONCE, hashlib.sha256(answer.body).hexdigest()])
    assert answer.headers["Mizan-Signature"] == hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    document: dict[str, Any] = json.loads(answer.body)
    return document


def reason_of(document: Any, operation: BillerOperation = NOTICE, **options: Any) -> str:
    read = BILLER.read_inquiry if operation in (INQUIRY, BillerOperation.VALIDATION) else BILLER.read_notices
    with pytest.raises(InvalidCallbackError) as caught:
        read(kiosk_account(), kiosk_request(document, operation, **options))
    return caught.value.reason


@pytest.mark.parametrize("secret", [SECRET, RETIRED_SECRET])
def test_an_inquiry_opens_with_the_active_secret_and_with_a_retired_one(secret: str) -> None:
    """Machines are rotated one by one."""
    inquiry = BILLER.read_inquiry(kiosk_account(), kiosk_request(ASKED, secret=secret))

    assert (inquiry.reference, inquiry.amount) == (REFERENCE, None)


def test_what_stayed_in_the_machine_is_what_was_paid() -> None:
    """20.000 in, 7.500 out; the instant in UTC; cash is final at once."""
    told = BILLER.read_notices(kiosk_account(), kiosk_request(cash_notice(), NOTICE))

    (notice,) = told.notices
    assert (notice.kind, notice.transaction, notice.amount) == (NoticeKind.SETTLED, "K1-0001", 12_500)
    assert (notice.paid_at, notice.rrn) == (datetime(2026, 3, 1, 5, 58, tzinfo=UTC), "K-1")


def test_a_reversal_names_the_transaction_that_it_takes_back() -> None:
    """With the amount, so that it cannot be another payment's."""
    told = BILLER.read_notices(kiosk_account(), kiosk_request(TAKEN_BACK, REVERSAL))

    (notice,) = told.notices
    assert (notice.kind, notice.transaction, notice.amount) == (NoticeKind.REVERSED, "K1-0001", 12_500)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"secret": "x" * 32}, "bad_signature"),
        ({"signed_as": "reversals"}, "bad_signature"),
        ({"received_at": MORNING + timedelta(days=7)}, "stale_timestamp"),
        ({"at": MORNING + timedelta(minutes=6)}, "stale_timestamp"),
    ],
)
def test_another_secret_another_operation_and_another_time_are_refused(options: dict[str, Any], reason: str) -> None:
    """A notice does not pass as a reversal, nor a week later."""
    assert reason_of(cash_notice(), **options) == reason


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "bad_schema"),
        (b"\xff", "bad_schema"),
        (b"[]", "bad_schema"),
        (b"[" * 50_000, "bad_schema"),
        (b'{"a":1,"a":2}', "bad_schema"),
        (b'{"tendered":1.5}', "bad_schema"),
        (b'{"tendered":NaN}', "bad_schema"),
        (cash_notice(extra=1), "bad_schema"),
        ({name: value for name, value in cash_notice().items() if name != "change"}, "bad_schema"),
        (cash_notice(transaction="a b"), "bad_schema"),
        (cash_notice(transaction="٣"), "bad_schema"),
        (cash_notice(currency="USD"), "bad_schema"),
        (cash_notice(paid_at="2026-03-01T08:58:00"), "bad_schema"),
        (cash_notice(paid_at="2026-02-30T08:58:00Z"), "bad_schema"),
        (cash_notice(paid_at="0001-01-01T00:00:00+14:00"), "bad_schema"),
        (cash_notice(terminal=7), "bad_schema"),
        (cash_notice(tendered="20000"), "unreadable_amount"),
        (cash_notice(tendered=True), "unreadable_amount"),
        (cash_notice(tendered=0), "unreadable_amount"),
        (cash_notice(change=20_000), "unreadable_amount"),
        (cash_notice(change=-1), "unreadable_amount"),
        (cash_notice(tendered=10**12), "unreadable_amount"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(document: Any, reason: str) -> None:
    """Signed all the same: an operator's software may be wrong."""
    assert reason_of(document) == reason


def test_a_bill_is_answered_in_whole_fils_signed_to_the_nonce() -> None:
    """The answer to one request is no answer to another."""
    request = kiosk_request(ASKED)
    bill = BillView(
        reference=REFERENCE,
        status=BillStatus.PARTLY_PAID,
        amount=12_505,
        minimum=12_505,
        maximum=12_505,
        currency="BHD",
        issued_on=date(2026, 11, 1),
        due_on=date(2026, 12, 1),
        agency=Bilingual("Commerce", "التجارة"),
        service_code="cr-registration",
        service=Bilingual("Commercial registration", "السجل التجاري"),
        payer=Bilingual("M••• A•••", "م••• ع•••"),
    )
    inquiry = BILLER.read_inquiry(kiosk_account(), request)

    document = opened(BILLER.answer_inquiry(kiosk_account(), request, inquiry, bill), "inquiries")

    assert (document["result"], document["amount"], document["currency"]) == ("ok", 12_505, "BHD")
    assert (document["due_on"], document["status"]) == ("2026-12-01", "partly_paid")
    assert document["payer"] == {"en": "M••• A•••", "ar": "م••• ع•••"}


@pytest.mark.parametrize("refusal", BillRefusal)
def test_every_refusal_has_a_text_for_the_payer_in_both_languages(refusal: BillRefusal) -> None:
    """A machine shows it as it is."""
    request = kiosk_request(ASKED)
    inquiry = BILLER.read_inquiry(kiosk_account(), request)

    document = opened(BILLER.answer_inquiry(kiosk_account(), request, inquiry, refusal), "inquiries")

    assert (document["result"], document["reason"]) == ("refused", str(refusal))
    assert document["message"]
    assert any("\u0600" <= letter <= "\u06ff" for letter in document["message_ar"])


def test_a_kept_notice_and_a_reused_number_are_answered_apart() -> None:
    """A reused transaction number is not booked, and the operator hears it."""
    request = kiosk_request(cash_notice(), NOTICE)
    told = BILLER.read_notices(kiosk_account(), request)
    words = [
        opened(BILLER.acknowledge(kiosk_account(), request, told, {"K1-0001": verdict}), "notices")["result"]
        for verdict in (NoticeVerdict.KEPT, NoticeVerdict.SAME_TRANSACTION)
    ]

    assert words == ["kept", "same_transaction"]


@pytest.mark.parametrize(
    ("reason", "status"),
    [("bad_signature", 401), ("stale_timestamp", 401), ("bad_schema", 400), ("unreadable_amount", 400),
     ("too_large", 400)],
)  # fmt: skip
def test_a_refusal_has_the_status_of_its_reason(reason: str, status: int) -> None:
    """401 for who is not known, 400 for what is not right; nobody's address is as a bad signature."""
    request = kiosk_request(cash_notice(), NOTICE)

    assert BILLER.refuse(kiosk_account(), request, reason).status == status
    assert BILLER.refuse(None, request, reason).status == 401
