"""What EazyPay answers: `result {code, description}` and `data [{…}]`. Names of fields [weak]: configuration."""

from datetime import datetime
from typing import Any

from mizan.adapters.gateways.addresses import is_secure_url
from mizan.adapters.gateways.issuer_codes import DECLINED_TEXT, ISSUER_TEXTS, REFUSED_TEXT
from mizan.adapters.gateways.reading import (
    UnreadableError,
    local_instant,
    object_of,
    read_money,
    read_object,
    text_of,
    track_id_of,
    word_of,
)
from mizan.application.ports import (
    InitiationRefused,
    InitiationResult,
    InitiationStarted,
    InquiryOutcome,
    InquiryResult,
)
from mizan.domain.accounts import MerchantAccount
from mizan.domain.payments import Capture, Decline

OK_CODE = "1"
OUTCOMES = {
    "PAID": InquiryOutcome.CAPTURED,
    "PENDING": InquiryOutcome.PENDING,
    "FAILED": InquiryOutcome.DECLINED,
    "CANCELLED": InquiryOutcome.CANCELLED,
    "CANCELED": InquiryOutcome.CANCELLED,
    "EXPIRED": InquiryOutcome.CANCELLED,
    "VOIDED": InquiryOutcome.VOIDED,
}
"""`status`, compared in upper case [weak]; EXPIRED and VOIDED [m]. PAID counts only with `isPaid`."""

UNSTATED_CODE = "unstated"


def read_creation(body: bytes, *, track_id: str) -> InitiationResult:
    """Raises UnreadableError on anything that is neither a page nor a plain refusal."""
    document = read_object(body)
    code = word_of(object_of(document, "result"), "code")
    if not code:
        raise UnreadableError("result")
    if code != OK_CODE:
        return InitiationRefused(Decline(code, *REFUSED_TEXT))
    first = _first(document)
    found, url = word_of(first, "globalTransactionsId"), text_of(first, "paymentUrl")
    if not found or not is_secure_url(url) or text_of(first, "invoiceId") not in ("", track_id):
        raise UnreadableError("data")
    return InitiationStarted(gateway_payment=found, redirect_url=url)


def read_query(
    body: bytes, account: MerchantAccount, *, track_id: str, currency: str, captured_near: datetime
) -> InquiryResult:
    """Raises UnreadableError. A refusal is "not found" only by the code that the account's settings name for it."""
    document = read_object(body)
    code = word_of(object_of(document, "result"), "code")
    if code and code == account.settings.get("not_found_code"):
        return InquiryResult(InquiryOutcome.NOT_FOUND, track_id)
    if code != OK_CODE:
        raise UnreadableError("result")
    first = _first(document)
    found = track_id_of(first, account.settings.get("invoice_field", "invoiceId"))
    outcome = _outcome(first)
    if outcome is InquiryOutcome.CAPTURED:
        return InquiryResult(outcome, found, capture=_capture(first, account, currency, captured_near))
    if outcome is InquiryOutcome.DECLINED:
        reason = word_of(first, "errorCode") or UNSTATED_CODE
        return InquiryResult(outcome, found, decline=Decline(reason, *ISSUER_TEXTS.get(reason, DECLINED_TEXT)))
    return InquiryResult(outcome, found)


def _outcome(fields: dict[str, Any]) -> InquiryOutcome:
    """UNKNOWN for any other word, and where `isPaid` and `status` contradict each other."""
    outcome = OUTCOMES.get(word_of(fields, "status").upper(), InquiryOutcome.UNKNOWN)
    is_paid = fields.get("isPaid") is True or text_of(fields, "isPaid").lower() == "true"
    contradicts = is_paid != (outcome is InquiryOutcome.CAPTURED) and outcome is not InquiryOutcome.VOIDED
    return InquiryOutcome.UNKNOWN if contradicts else outcome


def _capture(fields: dict[str, Any], account: MerchantAccount, currency: str, near: datetime) -> Capture:
    transaction = word_of(fields, "globalTransactionsId")
    if not transaction:
        raise UnreadableError("globalTransactionsId")
    amount, found = read_money(
        text_of(fields, account.settings.get("amount_field", "amount")), text_of(fields, "currency"), currency
    )
    return Capture(
        amount=amount,
        currency=found,
        transaction=transaction,
        gateway_payment=transaction,
        rrn=word_of(fields, "rrn"),
        auth_code=word_of(fields, "authCode"),
        captured_at=local_instant(text_of(fields, "paidOn"), near),
    )


def _first(document: dict[str, Any]) -> dict[str, Any]:
    data = document.get("data")
    first = data[0] if isinstance(data, list) and len(data) == 1 else data
    if not isinstance(first, dict):
        raise UnreadableError("data")
    return first
