"""BENEFIT's words about a refund in ours; what is not here is unknown. Nothing of it was tried live."""

from mizan.adapters.gateways.issuer_codes import APPROVED
from mizan.adapters.gateways.tranportal import codes
from mizan.application.ports_refunds import RefundOutcome
from mizan.domain.payments import Decline

OUTCOMES = {
    "CAPTURED": RefundOutcome.COMPLETED,
    "PROCESSING": RefundOutcome.PENDING,
    "HOST TIMEOUT": RefundOutcome.PENDING,
    "NOT CAPTURED": RefundOutcome.FAILED,
    "DENIED BY RISK": RefundOutcome.FAILED,
}
"""`result`, compared in upper case; CAPTURED counts only with authRespCode 00. PROCESSING, an acquirer's approval by
hand, is a sister gateway's word [weak].
"""

_NOTHING_LEFT = (
    "More than was paid, or than is left of it, cannot be refunded.",
    "لا يمكن رد مبلغ أكبر من المدفوع أو من المتبقي منه.",
)
_NOT_FOUND = (
    "The gateway does not know the original payment as captured.",
    "لا تعرف البوابة عملية الدفع الأصلية كعملية محصّلة.",
)
_AMOUNT = (
    "The gateway does not take this amount. Nothing was refunded.",
    "لا تقبل البوابة هذا المبلغ. لم يُرد أي مبلغ.",
)

REFUSAL_TEXTS = {
    "IPAY0300024": _NOTHING_LEFT,
    codes.NOT_FOUND_ERROR: _NOT_FOUND,
    "IPAY0100022": _AMOUNT,
    "IPAY0100025": _AMOUNT,
}
"""Refusals that are the refund's own end: nothing went back, and sending it again would change nothing."""

SETUP_ERRORS = frozenset({"IPAY0100005", "IPAY0100006", "IPAY0100008", "IPAY0100013", "IPAY0100015", "IPAY0100036"})
"""The terminal, its key or our configuration was refused before the refund was looked at: nothing happened, and it is
no verdict on the refund. Any other error is unknown: IPAY0100124 may mean that the track id has been seen before.
"""

DECLINED_TEXT = ("The bank declined the refund.", "رفض البنك رد المبلغ.")

TOO_OLD = Decline(
    "refund_too_old",
    "The card network takes no refund so long after the payment. Choose another destination.",
    "لا تقبل شبكة البطاقات رد المبلغ بعد هذه المدة من الدفع. اختر وجهة أخرى.",
)
"""Ours: the gateway is not asked."""


def outcome_of(result: str, response_code: str) -> RefundOutcome:
    """Our word for `result`; UNKNOWN for any other text, and for a result that its response code contradicts."""
    outcome = OUTCOMES.get(result.strip().upper(), RefundOutcome.UNKNOWN)
    is_approved = response_code == APPROVED
    contradicts = (outcome is RefundOutcome.COMPLETED and not is_approved) or (
        outcome is RefundOutcome.FAILED and is_approved
    )
    return RefundOutcome.UNKNOWN if contradicts else outcome


def decline_of(result: str, response_code: str) -> Decline:
    """Why the issuer, or the gateway's risk check, gave nothing back."""
    word = result.strip().upper()
    code = word if word in codes.DECLINE_TEXTS else response_code or codes.UNSTATED_CODE
    return Decline(code, *DECLINED_TEXT)


def refusal_of(error: str) -> Decline | None:
    """Why the gateway would not refund; None where its error is no verdict on the refund."""
    text = REFUSAL_TEXTS.get(error)
    return Decline(error, *text) if text else None
