"""SADAD's words in ours. `error-code` 0 and 102 were read [R]; 103 and every word of `status` are from memory [m]: an
account's settings may say otherwise (`status.<word>`: a word of `InquiryOutcome`). What is in neither is unknown.
"""

from collections.abc import Mapping

from mizan.application.ports import InquiryOutcome
from mizan.domain.payments import Decline

NO_ERROR = "0"
MISSING_FIELD = "102"
NOT_FOUND_ERROR = "103"

OUTCOMES = {
    "paid": InquiryOutcome.CAPTURED,
    "pending": InquiryOutcome.PENDING,
    "unpaid": InquiryOutcome.PENDING,
    "expired": InquiryOutcome.NOT_FOUND,
    "cancelled": InquiryOutcome.CANCELLED,
    "failed": InquiryOutcome.DECLINED,
    "reversed": InquiryOutcome.REVERSED,
}
"""`status` in lower case. Of an expired bill no money is known: its attempt ends, and is asked about for days more."""

DECLINED = Decline("failed", "The payment was not taken. Nothing was paid.", "لم تُقبل عملية الدفع. لم يُدفع أي مبلغ.")

_SETUP = (
    "The payment service is not available for this invoice now. Nothing was charged.",
    "خدمة الدفع غير متاحة لهذه الفاتورة حاليًا. لم يُخصم أي مبلغ.",
)
REFUSAL_TEXTS = {MISSING_FIELD: _SETUP}
REFUSED_TEXT = (
    "The operator did not start the payment. Nothing was charged.",
    "لم يبدأ مشغل الدفع العملية. لم يُخصم أي مبلغ.",
)


def outcome_of(status: str, settings: Mapping[str, str]) -> InquiryOutcome:
    """Our word for `status`; UNKNOWN where nobody said what it means."""
    word = status.lower()
    told = settings.get(f"status.{word}", "")
    if told in {outcome.value for outcome in InquiryOutcome}:
        return InquiryOutcome(told)
    return OUTCOMES.get(word, InquiryOutcome.UNKNOWN)


def refusal_of(code: str) -> Decline:
    """Why the operator would not make the bill."""
    return Decline(code, *REFUSAL_TEXTS.get(code, REFUSED_TEXT))
