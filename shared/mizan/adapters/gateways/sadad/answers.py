"""How SADAD's answers are read. The answer to a bill's creation was read in a vendor's text [R]; that to a status call
is from memory [m], in the same style.
"""

from datetime import datetime
from typing import Any

from mizan.adapters.gateways.addresses import is_secure_url
from mizan.adapters.gateways.reading import (
    UnreadableError,
    local_instant,
    read_money,
    read_object,
    text_of,
    track_id_of,
    word_of,
)
from mizan.adapters.gateways.sadad import codes
from mizan.application.ports import (
    InitiationRefused,
    InitiationResult,
    InitiationStarted,
    InquiryOutcome,
    InquiryResult,
)
from mizan.domain.accounts import MerchantAccount
from mizan.domain.payments import Capture


class StatusRefusedError(ValueError):
    """SADAD answered a status call with an error of its own."""


def read_creation(body: bytes) -> InitiationResult:
    """Raises UnreadableError on anything that is neither a bill nor a plain refusal."""
    fields = read_object(body)
    code = word_of(fields, "error-code")
    if not code:
        raise UnreadableError("error-code")
    if code != codes.NO_ERROR:
        return InitiationRefused(codes.refusal_of(code))
    reference, url = word_of(fields, "transaction-reference"), text_of(fields, "payment-url")
    if not reference or not is_secure_url(url):
        raise UnreadableError("transaction-reference or payment-url")
    return InitiationStarted(gateway_payment=reference, redirect_url=url)


def read_status(
    body: bytes, account: MerchantAccount, *, track_id: str, currency: str, captured_near: datetime
) -> InquiryResult:
    """Raises UnreadableError, or StatusRefusedError with SADAD's code."""
    fields = read_object(body)
    code = word_of(fields, "error-code")
    if code == codes.NOT_FOUND_ERROR:
        return InquiryResult(InquiryOutcome.NOT_FOUND, track_id)
    if not code:
        raise UnreadableError("error-code")
    if code != codes.NO_ERROR:
        raise StatusRefusedError(code)
    found = track_id_of(fields, "external-reference")
    outcome = codes.outcome_of(word_of(fields, "status"), account.settings)
    if outcome is InquiryOutcome.CAPTURED:
        return InquiryResult(outcome, found, capture=_capture(fields, currency, captured_near))
    if outcome is InquiryOutcome.DECLINED:
        return InquiryResult(outcome, found, decline=codes.DECLINED)
    return InquiryResult(outcome, found)


def _capture(fields: dict[str, Any], currency: str, captured_near: datetime) -> Capture:
    """`payment-date` is when the payer paid, which may be days before anybody tells us."""
    transaction = word_of(fields, "transaction-reference")
    if not transaction:
        raise UnreadableError("transaction-reference")
    amount, paid_in = read_money(text_of(fields, "amount"), text_of(fields, "currency"), currency)
    return Capture(
        amount=amount,
        currency=paid_in,
        transaction=transaction,
        gateway_payment=transaction,
        rrn=word_of(fields, "receipt-number"),
        auth_code="",
        captured_at=local_instant(text_of(fields, "payment-date"), captured_near),
    )
