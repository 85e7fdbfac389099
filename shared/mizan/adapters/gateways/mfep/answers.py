"""What MFEP is answered: header with the GUID's echo and a Result, body, signature over the body.

The header's result is 0 whenever the message could be read; what became of the bill or the transaction is said
beside it (rails.md 4).
"""

from collections.abc import Mapping
from datetime import datetime

from mizan.adapters.gateways.mfep.codes import (
    BILL_STATUS,
    OK,
    RESULT_OF_REFUSAL,
    RESULT_OF_VERDICT,
    Result,
)
from mizan.adapters.gateways.mfep.messages import ACKNOWLEDGEMENT, GUID, SENDER_CODE
from mizan.adapters.gateways.mfep.signature import sign
from mizan.adapters.gateways.mfep.xml import BODY_TAG, Node, written
from mizan.application.ports_billers import (
    BillerOperation,
    BillInquiry,
    BillRefusal,
    BillStatus,
    BillView,
    NoticeMessage,
    NoticeVerdict,
    PaymentNotice,
    WireAnswer,
    WireRequest,
)
from mizan.domain.accounts import MerchantAccount
from mizan.domain.calendar import BAHRAIN
from mizan.domain.money import format_amount

CONTENT_TYPE = "application/xml; charset=utf-8"
SIGNING_KEY = "signing_key"
"""Name among an account's secrets: the biller's own private key, PEM."""

ANSWER_TYPE = {
    BillerOperation.INQUIRY: "BILPULRS",
    BillerOperation.VALIDATION: "BILRPREPADVALRS",
    BillerOperation.NOTICE: "BLRPMTNTFRS",
}
ACKNOWLEDGED = "PMTACKRS"

Fields = list[tuple[str, Node]]


def answer_bill(
    account: MerchantAccount, request: WireRequest, inquiry: BillInquiry, bill: BillView | BillRefusal
) -> WireAnswer:
    """BILPULRS."""
    records: Fields = [("RecCount", "1"), ("BillsRec", [("BillRec", _bill_record(account, inquiry, bill))])]
    return _signed(account, request, ANSWER_TYPE[BillerOperation.INQUIRY], OK, records)


def answer_validation(
    account: MerchantAccount, request: WireRequest, inquiry: BillInquiry, bill: BillView | BillRefusal
) -> WireAnswer:
    """BILRPREPADVALRS: whether just this amount may be taken."""
    result = RESULT_OF_REFUSAL[bill] if isinstance(bill, BillRefusal) else OK
    amount = format_amount(inquiry.amount or 0)
    answer: Fields = [
        ("AcctInfo", _account_info(inquiry)),
        ("ServiceType", inquiry.echo["service_type"]),
        ("DueAmt", amount if result is OK else format_amount(0)),
        ("Currency", account.settings.get("currency", "BHD")),
        ("ValidationCode", inquiry.message_id if result is OK else ""),
        ("Result", _result(result)),
    ]
    return _signed(account, request, ANSWER_TYPE[BillerOperation.VALIDATION], OK, [("BillingInfo", answer)])


def answer_notices(
    account: MerchantAccount,
    request: WireRequest,
    message: NoticeMessage,
    verdicts: Mapping[str, NoticeVerdict],
) -> WireAnswer:
    """BLRPMTNTFRS and PMTACKRS: a result for each transaction; for a GUID that was another message's, in the header."""
    kind = ACKNOWLEDGED if message.echo.get("type") == ACKNOWLEDGEMENT else ANSWER_TYPE[BillerOperation.NOTICE]
    is_reused = NoticeVerdict.SAME_MESSAGE_ID in verdicts.values()
    header = RESULT_OF_VERDICT[NoticeVerdict.SAME_MESSAGE_ID] if is_reused else OK
    transactions: Fields = [
        ("TrxInf", _transaction(notice, RESULT_OF_VERDICT[verdicts[notice.transaction]])) for notice in message.notices
    ]
    return _signed(account, request, kind, header, [("Transactions", transactions)])


def refusal(account: MerchantAccount | None, request: WireRequest, result: Result) -> WireAnswer:
    """The answer to what does not open: an empty body. Signed where the account that was asked for exists."""
    kind = ANSWER_TYPE.get(request.operation, ANSWER_TYPE[BillerOperation.NOTICE])
    if account is None:
        return _answer(_envelope(None, request, kind, result, fields=[], signature=""))
    return _signed(account, request, kind, result, [])


def _bill_record(account: MerchantAccount, inquiry: BillInquiry, bill: BillView | BillRefusal) -> Node:
    if isinstance(bill, BillRefusal):
        status: Fields = [("BillStatus", BILL_STATUS[BillStatus.PAID])] if bill is BillRefusal.PAID else []
        due: Fields = [("DueAmount", format_amount(0)), ("Currency", account.settings.get("currency", "BHD"))]
        result = RESULT_OF_REFUSAL[bill]
        return [("Result", _result(result)), ("AcctInfo", _account_info(inquiry)), *status, *due]
    return [
        ("Result", _result(OK)),
        ("AcctInfo", _account_info(inquiry)),
        ("BillStatus", BILL_STATUS[bill.status]),
        ("DueAmount", format_amount(bill.amount, bill.currency)),
        ("Currency", bill.currency),
        ("IssueDate", bill.issued_on.isoformat()),
        ("DueDate", bill.due_on.isoformat()),
        ("ServiceType", inquiry.echo.get("service_type") or bill.service_code),
        ("PmtConst", _constraints(bill)),
        *_sub_payments(account, bill),
        ("AdditionalInfo", [("CustName", bill.payer.en), ("FreeText", f"{bill.service.en} / {bill.service.ar}")]),
    ]


def _constraints(bill: BillView) -> Node:
    return [
        ("AllowPart", "true" if bill.allows_part else "false"),
        ("Lower", format_amount(bill.minimum, bill.currency)),
        ("Upper", format_amount(bill.maximum, bill.currency)),
    ]


def _sub_payments(account: MerchantAccount, bill: BillView) -> Fields:
    """Where the money shall be settled to: one IBAN takes it all, where the account names one."""
    iban, bank = account.settings.get("settlement_iban"), account.settings.get("settlement_bank", "")
    if iban is None:
        return []
    amount = format_amount(bill.amount, bill.currency)
    return [("SubPmts", [("SubPmt", [("Amount", amount), ("SetBnkCode", bank), ("AcctNo", iban)])])]


def _transaction(notice: PaymentNotice, result: Result) -> Node:
    return [
        ("JOEBPPSTrx", notice.transaction),
        ("ProcessDate", notice.echo["process_date"]),
        ("STMTDate", notice.echo["settled_on"]),
        ("Result", _result(result)),
    ]


def _account_info(inquiry: BillInquiry) -> Node:
    return [("BillingNo", inquiry.reference), ("BillNo", inquiry.reference)]


def _result(result: Result) -> Node:
    return [("ErrorCode", result.code), ("ErrorDesc", result.text), ("Severity", result.severity)]


def _signed(account: MerchantAccount, request: WireRequest, kind: str, result: Result, fields: Fields) -> WireAnswer:
    signature = sign(account.secrets.named[SIGNING_KEY], written(BODY_TAG, fields))
    return _answer(_envelope(account, request, kind, result, fields=fields, signature=signature))


def _envelope(
    account: MerchantAccount | None,
    request: WireRequest,
    kind: str,
    result: Result,
    *,
    fields: Fields,
    signature: str,
) -> str:
    sender, receiver = (account.terminal_id, account.settings.get(SENDER_CODE, "")) if account else ("", "")
    header: Fields = [
        ("TmStp", _local(request.received_at)),
        ("GUID", request.headers.get(GUID, "")[:64]),
        ("TrsInf", [("SdrCode", sender), ("RcvCode", receiver), ("ResTyp", kind)]),
        ("Result", _result(result)),
    ]
    footer: Fields = [("Security", [("Signature", signature)])]
    return written("MFEP", [("MsgHeader", header), (BODY_TAG, fields), ("MsgFooter", footer)])


def _answer(xml: str) -> WireAnswer:
    return WireAnswer(200, CONTENT_TYPE, xml.encode())


def _local(instant: datetime) -> str:
    return f"{instant.astimezone(BAHRAIN):%Y-%m-%dT%H:%M:%S}"
