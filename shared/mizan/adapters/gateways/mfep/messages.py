"""What MFEP's requests say, in the biller port's words.

Only `MsgBody` is signed: what decides anything is read from there, and of the header only what must not contradict.
Times without a zone are Bahrain's.
"""

import re
from datetime import UTC, datetime

from mizan.adapters.gateways.mfep.codes import (
    BAD_SCHEMA,
    KIND_OF_STATUS,
    REVERSED,
    UNKNOWN_CURRENCY,
    UNREADABLE_AMOUNT,
)
from mizan.adapters.gateways.mfep.signature import verify
from mizan.adapters.gateways.mfep.xml import BODY_TAG, Element, Message, read, required, text_at
from mizan.adapters.gateways.reading import is_believable
from mizan.application.ports_billers import (
    BillerOperation,
    BillInquiry,
    NoticeKind,
    NoticeMessage,
    PaymentNotice,
    WireRequest,
)
from mizan.domain.accounts import MerchantAccount
from mizan.domain.calendar import BAHRAIN
from mizan.domain.errors import InvalidCallbackError
from mizan.domain.money import CURRENCY_EXPONENTS, parse_amount

GUID = "guid"
"""The query value that names a message, kept among its headers."""

PARTNER_KEY, RETIRED_PARTNER_KEY = "partner_key", "retired_partner_key"
"""Names among an account's secrets: the switch's public keys, PEM."""

SENDER_CODE = "sender_code"
"""The setting that holds the switch's own code."""

PULL, NOTIFICATION, ACKNOWLEDGEMENT, VALIDATION = "BILPULRQ", "BLRPMTNTFRQ", "PMTACKRQ", "BILRPREPADVALRQ"
TYPES_OF_OPERATION = {
    BillerOperation.INQUIRY: (PULL,),
    BillerOperation.VALIDATION: (VALIDATION,),
    BillerOperation.NOTICE: (NOTIFICATION, ACKNOWLEDGEMENT),
}
TRANSACTION_COUNT_MAX = 100

_GUID = re.compile(r"[0-9A-Za-z{}_-]{1,64}")
_TRANSACTION = re.compile(r"[0-9A-Za-z_.:/-]{1,64}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)


def open_message(account: MerchantAccount, request: WireRequest) -> tuple[Message, str]:
    """The message and its type, signed by the account's switch. Raises InvalidCallbackError."""
    message = read(request.body)
    header = message.root.find("MsgHeader")
    if header is None or message.root.find(BODY_TAG) is None or not _GUID.fullmatch(request.headers.get(GUID, "")):
        raise InvalidCallbackError(BAD_SCHEMA)
    named = account.secrets.named
    keys = [named[name] for name in (PARTNER_KEY, RETIRED_PARTNER_KEY) if name in named]
    verify(keys, message.signed_texts, required(message.root, "MsgFooter/Security/Signature"))
    kind = required(header, "TrsInf/ReqTyp")
    sender, receiver = required(header, "TrsInf/SdrCode"), required(header, "TrsInf/RcvCode")
    is_theirs = sender == account.settings.get(SENDER_CODE, sender) and receiver == account.terminal_id
    if not is_theirs or kind not in TYPES_OF_OPERATION.get(request.operation, ()):
        raise InvalidCallbackError(BAD_SCHEMA)
    return message, kind


def read_inquiry(account: MerchantAccount, request: WireRequest) -> BillInquiry:
    """BILPULRQ and BILRPREPADVALRQ. Raises InvalidCallbackError."""
    message, kind = open_message(account, request)
    body = message.root.find(BODY_TAG)
    if kind == PULL:
        asked, amount = body, None
    else:
        asked = body.find("BillingInfo")
        if asked is None:
            raise InvalidCallbackError(BAD_SCHEMA)
        amount = _amount(required(asked, "DueAmt"), account)
    return BillInquiry(
        reference=_reference(asked),
        message_id=request.headers[GUID],
        amount=amount,
        echo={"type": kind, "service_type": _service_type(asked)},
    )


def read_notices(account: MerchantAccount, request: WireRequest) -> NoticeMessage:
    """BLRPMTNTFRQ and PMTACKRQ. Raises InvalidCallbackError, also where one transaction of several cannot be read: a
    message is kept whole or refused whole.
    """
    message, kind = open_message(account, request)
    transactions = message.root.findall(f"{BODY_TAG}/Transactions/TrxInf")
    if not 1 <= len(transactions) <= TRANSACTION_COUNT_MAX:
        raise InvalidCallbackError(BAD_SCHEMA)
    notices = tuple(_notice(account, one, request.received_at) for one in transactions)
    if len({notice.transaction for notice in notices}) != len(notices):
        raise InvalidCallbackError(BAD_SCHEMA)
    return NoticeMessage(request.headers[GUID], notices, {"type": kind})


def _notice(account: MerchantAccount, transaction: Element, received_at: datetime) -> PaymentNotice:
    number = required(transaction, "JOEBPPSTrx")
    if not _TRANSACTION.fullmatch(number):
        raise InvalidCallbackError(BAD_SCHEMA)
    kind = KIND_OF_STATUS.get(required(transaction, "PmtStatus"))
    if kind is None:
        raise InvalidCallbackError(BAD_SCHEMA)
    if text_at(transaction, "Result/ErrorCode") == REVERSED.code:
        kind = NoticeKind.REVERSED
    paid_at = required(transaction, "ProcessDate")
    if not is_believable(_instant(paid_at), received_at):
        raise InvalidCallbackError(BAD_SCHEMA)
    return PaymentNotice(
        kind=kind,
        transaction=number,
        reference=_reference(transaction),
        amount=_amount(required(transaction, "PaidAmt"), account, text_at(transaction, "Currency")),
        currency=_currency(account),
        paid_at=_instant(paid_at),
        rrn=text_at(transaction, "BankTrxID")[:64],
        echo={"process_date": paid_at, "settled_on": text_at(transaction, "STMTDate")[:32]},
    )


def _reference(element: Element) -> str:
    """The payment reference is the billing number; a bill number beside it says the same or nothing."""
    billing = required(element, "AcctInfo/BillingNo")
    bill = text_at(element, "AcctInfo/BillNo")
    return billing[:64] if bill in ("", billing) else ""


def _service_type(element: Element) -> str:
    return (text_at(element, "ServiceType") or text_at(element, "ServiceTypeDetails/ServiceType"))[:64]


def _currency(account: MerchantAccount) -> str:
    return account.settings.get("currency", "BHD")


def _amount(text: str, account: MerchantAccount, currency: str = "") -> int:
    """In the account's currency: money in another is refused, so that the bank gives it back."""
    ours = _currency(account)
    if currency not in ("", ours) or ours not in CURRENCY_EXPONENTS:
        raise InvalidCallbackError(UNKNOWN_CURRENCY)
    try:
        amount = parse_amount(text, ours)
    except ValueError:
        raise InvalidCallbackError(UNREADABLE_AMOUNT) from None
    if amount <= 0:
        raise InvalidCallbackError(UNREADABLE_AMOUNT)
    return amount


def _instant(text: str) -> datetime:
    if not _INSTANT.fullmatch(text):
        raise InvalidCallbackError(BAD_SCHEMA)
    head, point, tail = text.partition(".")
    zone = tail.lstrip("0123456789")
    text = head + point + tail[: len(tail) - len(zone)][:6] + zone if point else text
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=BAHRAIN)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidCallbackError(BAD_SCHEMA) from None
