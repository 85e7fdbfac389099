"""How the answer to check-status is read: success by its own word alone, everything else by the table of codes."""

from datetime import datetime
from typing import Any

from mizan.adapters.gateways.benefitpay import codes
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
from mizan.application.ports import InquiryOutcome, InquiryResult
from mizan.domain.accounts import MerchantAccount
from mizan.domain.payments import Capture


def read_status(
    body: bytes, account: MerchantAccount, *, track_id: str, currency: str, captured_near: datetime
) -> InquiryResult:
    """A failure's answer names no reference: it is about the one that was asked. Raises UnreadableError."""
    document = read_object(body)
    response = object_of(document, "response")
    if text_of(response, "status") == codes.SUCCESS:
        return _captured(response, currency, captured_near)
    if text_of(object_of(document, "meta"), "status") != codes.FAILED:
        raise UnreadableError("status")
    code = word_of(response, "code")
    outcome = codes.outcome_of(code, account.settings)
    if outcome is InquiryOutcome.DECLINED:
        return InquiryResult(outcome, track_id, decline=codes.decline_of(code))
    return InquiryResult(outcome, track_id)


def _captured(response: dict[str, Any], currency: str, captured_near: datetime) -> InquiryResult:
    """The authorisation code is all that BenefitPay gives as its own number: with our reference it is one payment's."""
    found = track_id_of(response, "reference_number")
    code = word_of(response, "authorization_code")
    if not code:
        raise UnreadableError("authorization_code")
    amount, paid_in = read_money(text_of(response, "amount"), text_of(response, "currency"), currency)
    capture = Capture(
        amount=amount,
        currency=paid_in,
        transaction=f"{found}-{code}",
        gateway_payment=found,
        rrn="",
        auth_code=code,
        captured_at=local_instant(text_of(response, "date"), captured_near),
    )
    return InquiryResult(InquiryOutcome.CAPTURED, found, capture=capture)
