"""The family's words in ours: results, issuers' response codes and gateway errors [R]. What is not here is unknown."""

from mizan.adapters.gateways.issuer_codes import APPROVED, DECLINED_TEXT, ISSUER_TEXTS, REFUSED_TEXT
from mizan.application.ports import InquiryOutcome
from mizan.domain.payments import Decline

OUTCOMES = {
    "CAPTURED": InquiryOutcome.CAPTURED,
    "NOT CAPTURED": InquiryOutcome.DECLINED,
    "DENIED BY RISK": InquiryOutcome.DECLINED,
    "CANCELED": InquiryOutcome.CANCELLED,
    "VOIDED": InquiryOutcome.VOIDED,
    "HOST TIMEOUT": InquiryOutcome.PENDING,
}
"""`result`, compared in upper case. CAPTURED counts only with authRespCode 00."""

NOT_FOUND_ERROR = "IPAY0100263"
UNSTATED_CODE = "unstated"

DECLINE_TEXTS = ISSUER_TEXTS | {
    "DENIED BY RISK": (
        "The payment was refused for security reasons. Please contact your bank.",
        "رُفضت عملية الدفع لأسباب أمنية. يرجى الاتصال بالبنك الذي تتعامل معه.",
    ),
}
"""Issuers' answers and the gateway's own risk check: text for the payer in English and Arabic."""

_SETUP = (
    "The payment service is not available for this invoice now. Nothing was charged.",
    "خدمة الدفع غير متاحة لهذه الفاتورة حاليًا. لم يُخصم أي مبلغ.",
)
_AMOUNT = (
    "The gateway does not take this amount. Nothing was charged.",
    "لا تقبل البوابة هذا المبلغ. لم يُخصم أي مبلغ.",
)

ERROR_TEXTS = {
    "IPAY0100005": _SETUP,
    "IPAY0100006": _SETUP,
    "IPAY0100008": _SETUP,
    "IPAY0100013": _SETUP,
    "IPAY0100015": _SETUP,
    "IPAY0100022": _AMOUNT,
    "IPAY0100025": _AMOUNT,
    "IPAY0100036": _SETUP,
    "IPAY0100124": _SETUP,
}
"""Refusals of the gateway itself, before any card is asked for."""


def outcome_of(result: str, response_code: str) -> InquiryOutcome:
    """Our word for `result`; UNKNOWN for any other text, and for a result that its response code contradicts."""
    outcome = OUTCOMES.get(result.strip().upper(), InquiryOutcome.UNKNOWN)
    is_approved = response_code == APPROVED
    contradicts = (outcome is InquiryOutcome.CAPTURED and not is_approved) or (
        outcome is InquiryOutcome.DECLINED and is_approved
    )
    return InquiryOutcome.UNKNOWN if contradicts else outcome


def decline_of(result: str, response_code: str) -> Decline:
    """Why the issuer, or the gateway's risk check, said no."""
    word = result.strip().upper()
    code = word if word in DECLINE_TEXTS else response_code or UNSTATED_CODE
    return Decline(code, *DECLINE_TEXTS.get(code, DECLINED_TEXT))


def refusal_of(error: str) -> Decline:
    """Why the gateway would not start."""
    return Decline(error, *ERROR_TEXTS.get(error, REFUSED_TEXT))
