"""Kiosks and cash agents: inquiry, notice after the fact, reversal.

POST …/inquiries    {reference, terminal} → the bill, or {"result": "refused", "reason"}
POST …/validations  {reference, terminal, amount} → the same, for just this amount
POST …/notices      {transaction, reference, terminal, tendered, change, currency, paid_at} → {"result": "kept"}
POST …/reversals    {transaction, reference, terminal, amount, currency, reversed_at} → {"result": "kept"}
Amounts are whole fils; `tendered` is what went into the machine and `change` what came back out of it: what stays
is what was paid, whatever was due. Instants carry their zone.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mizan.adapters.gateways.kiosk.texts import REFUSAL_TEXTS
from mizan.adapters.gateways.kiosk.wire import (
    BAD_AMOUNT,
    BAD_SCHEMA,
    BAD_SIGNATURE,
    CONTENT_TYPE,
    STALE,
    fils,
    instant,
    open_request,
    signed_answer,
    text,
)
from mizan.application.ports_billers import (
    BillerOperation,
    BillInquiry,
    BillRefusal,
    BillView,
    NoticeKind,
    NoticeMessage,
    NoticeVerdict,
    PaymentNotice,
    WireAnswer,
    WireRequest,
)
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import InvalidCallbackError
from mizan.domain.money import AMOUNT_MAX

TRANSACTION, REFERENCE, TERMINAL = r"[0-9A-Za-z_.:-]{1,64}", r"[\x20-\x7e]{0,64}", r"[0-9A-Za-z_.:-]{1,32}"
CURRENCY = r"BHD"
MEMBERS = {
    BillerOperation.INQUIRY: {"reference", "terminal"},
    BillerOperation.VALIDATION: {"reference", "terminal", "amount"},
    BillerOperation.NOTICE: {"transaction", "reference", "terminal", "tendered", "change", "currency", "paid_at"},
    BillerOperation.REVERSAL: {"transaction", "reference", "terminal", "amount", "currency", "reversed_at"},
}
STATUS_OF_REASON = {BAD_SIGNATURE: 401, STALE: 401, BAD_SCHEMA: 400, BAD_AMOUNT: 400}
NOBODY = b'{"result":"refused","reason":"bad_signature"}'


class KioskBiller:
    """Implements `BillerProtocol`."""

    name = "kiosk"

    def read_inquiry(self, account: MerchantAccount, request: WireRequest) -> BillInquiry:
        body = _body(account, request)
        is_validation = request.operation is BillerOperation.VALIDATION
        return BillInquiry(
            reference=text(body, "reference", REFERENCE),
            message_id="",
            amount=fils(body, "amount", least=1, most=AMOUNT_MAX) if is_validation else None,
        )

    def answer_inquiry(
        self, account: MerchantAccount, request: WireRequest, inquiry: BillInquiry, bill: BillView | BillRefusal
    ) -> WireAnswer:
        if isinstance(bill, BillRefusal):
            message = REFUSAL_TEXTS[bill]
            refused = {"result": "refused", "reason": str(bill), "message": message.en, "message_ar": message.ar}
            return signed_answer(account, request, 200, refused)
        days = {"issued_on": bill.issued_on.isoformat(), "due_on": bill.due_on.isoformat()}
        return signed_answer(account, request, 200, {"result": "ok"} | asdict(bill) | days)

    def read_notices(self, account: MerchantAccount, request: WireRequest) -> NoticeMessage:
        body = _body(account, request)
        is_reversal = request.operation is BillerOperation.REVERSAL
        notice = PaymentNotice(
            kind=NoticeKind.REVERSED if is_reversal else NoticeKind.SETTLED,
            transaction=text(body, "transaction", TRANSACTION),
            reference=text(body, "reference", REFERENCE),
            amount=fils(body, "amount", least=1, most=AMOUNT_MAX) if is_reversal else _kept(body),
            currency=text(body, "currency", CURRENCY),
            paid_at=instant(body, "reversed_at" if is_reversal else "paid_at", request.received_at),
            rrn=text(body, "terminal", TERMINAL),
        )
        return NoticeMessage("", (notice,))

    def acknowledge(
        self,
        account: MerchantAccount,
        request: WireRequest,
        message: NoticeMessage,
        verdicts: Mapping[str, NoticeVerdict],
    ) -> WireAnswer:
        (notice,) = message.notices
        document = {"result": str(verdicts[notice.transaction]), "transaction": notice.transaction}
        return signed_answer(account, request, 200, document)

    def refuse(self, account: MerchantAccount | None, request: WireRequest, reason: str) -> WireAnswer:
        if account is None:
            return WireAnswer(STATUS_OF_REASON[BAD_SIGNATURE], CONTENT_TYPE, NOBODY)
        status = STATUS_OF_REASON.get(reason, 400)
        return signed_answer(account, request, status, {"result": "refused", "reason": reason})


def _body(account: MerchantAccount, request: WireRequest) -> dict[str, Any]:
    body = open_request(account, request)
    if body.keys() != MEMBERS[request.operation]:
        raise InvalidCallbackError(BAD_SCHEMA)
    text(body, "terminal", TERMINAL)
    return body


def _kept(body: dict[str, Any]) -> int:
    """What stayed in the machine, in fils."""
    tendered = fils(body, "tendered", least=1, most=AMOUNT_MAX)
    return tendered - fils(body, "change", least=0, most=tendered - 1)
