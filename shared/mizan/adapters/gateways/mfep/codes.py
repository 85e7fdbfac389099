"""MFEP's codes (rails.md 4): what an answer's `Result` says, as tables."""

from dataclasses import dataclass

from mizan.application.ports_billers import BillRefusal, BillStatus, NoticeKind, NoticeVerdict


@dataclass(frozen=True, slots=True)
class Result:
    """`ErrorCode`, `ErrorDesc` and `Severity` of an answer."""

    code: str
    text: str

    @property
    def severity(self) -> str:
        return "Info" if self.code == OK.code else "Error"


OK = Result("0", "Success")
SIGNATURE = Result("2", "Invalid signature")
DUPLICATE_GUID = Result("7", "Duplicate GUID")
SCHEMA = Result("101", "Message does not match the schema")
INTERNAL = Result("303", "Internal error")
INACTIVE = Result("313", "Biller or bill is not active")
SERVICE_TYPE = Result("322", "Invalid service type")
EXPIRED = Result("323", "Bill has expired")
ALREADY_PAID = Result("324", "Bill is already paid")
BAD_AMOUNT = Result("325", "Invalid amount")
OUT_OF_RANGE = Result("329", "Amount is out of range")
DUPLICATE_PAYMENT = Result("340", "Duplicate payment")
IN_PROGRESS = Result("342", "Payment in progress")
NOT_FOUND = Result("401", "Not found")
UNKNOWN_NUMBER = Result("408", "Invalid billing number")
NOTHING_DUE = Result("409", "No due bills")
REVERSED = Result("701", "Transaction reversed")

RESULT_OF_REFUSAL = {
    BillRefusal.UNKNOWN: UNKNOWN_NUMBER,
    BillRefusal.PAID: ALREADY_PAID,
    BillRefusal.EXPIRED: EXPIRED,
    BillRefusal.NOT_PAYABLE: NOTHING_DUE,
    BillRefusal.NOT_OFFERED: SERVICE_TYPE,
    BillRefusal.IN_PROGRESS: IN_PROGRESS,
    BillRefusal.BAD_AMOUNT: BAD_AMOUNT,
    BillRefusal.OPERATOR_SUSPENDED: INACTIVE,
    BillRefusal.OPERATOR_CAP: INACTIVE,
    BillRefusal.TOO_MANY_MISSES: INTERNAL,
}

RESULT_OF_VERDICT = {
    NoticeVerdict.KEPT: OK,
    NoticeVerdict.SAME_MESSAGE_ID: DUPLICATE_GUID,
    NoticeVerdict.SAME_TRANSACTION: DUPLICATE_PAYMENT,
}

BAD_SIGNATURE, BAD_SCHEMA, UNKNOWN_ACCOUNT, UNKNOWN_CURRENCY, UNREADABLE_AMOUNT = (
    "bad_signature",
    "bad_schema",
    "unknown_account",
    "unknown_currency",
    "unreadable_amount",
)
"""Reasons for which a message is refused whole; the first that applies."""

RESULT_OF_REASON = {
    BAD_SIGNATURE: SIGNATURE,
    BAD_SCHEMA: SCHEMA,
    UNKNOWN_ACCOUNT: SIGNATURE,
    UNKNOWN_CURRENCY: SCHEMA,
    UNREADABLE_AMOUNT: BAD_AMOUNT,
}

BILL_STATUS = {
    BillStatus.DUE: "BillNew",
    BillStatus.PARTLY_PAID: "BillPartiallyPaid",
    BillStatus.PAID: "BillPaid",
}

KIND_OF_STATUS = {"PmtNew": NoticeKind.PAID, "PmtSent": NoticeKind.PAID, "PmtComplt": NoticeKind.SETTLED}
"""PmtNew: the payer's account was debited. PmtSent: on its way to settlement. PmtComplt: settled, and final."""
