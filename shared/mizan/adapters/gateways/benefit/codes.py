"""BENEFIT's words in ours: results, issuers' response codes and gateway errors [R]. What is not here is unknown."""

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

APPROVED_CODE = "00"
NOT_FOUND_ERROR = "IPAY0100263"
UNSTATED_CODE = "unstated"

_CONTACT_BANK = ("Please contact your bank.", "يرجى الاتصال بالبنك الذي تتعامل معه.")
_EXPIRED_CARD = ("The card has expired.", "انتهت صلاحية البطاقة.")
_RESTRICTED_CARD = ("The card is restricted.", "البطاقة مقيّدة.")
_PIN_TRIES = ("The PIN was entered wrongly too many times.", "تم إدخال الرقم السري بشكل خاطئ مرات كثيرة.")

DECLINE_TEXTS = {
    "05": _CONTACT_BANK,
    "14": ("The card number is not valid.", "رقم البطاقة غير صالح."),
    "33": _EXPIRED_CARD,
    "36": _RESTRICTED_CARD,
    "38": _PIN_TRIES,
    "51": ("There is not enough money in the account.", "الرصيد في الحساب غير كافٍ."),
    "54": _EXPIRED_CARD,
    "55": ("The PIN is wrong.", "الرقم السري غير صحيح."),
    "61": ("The amount is above the card's limit.", "المبلغ يتجاوز حد البطاقة."),
    "62": _RESTRICTED_CARD,
    "65": ("The card was used too many times today.", "تم استخدام البطاقة مرات كثيرة اليوم."),
    "75": _PIN_TRIES,
    "76": ("The card is not eligible for this payment.", "البطاقة غير مؤهلة لهذه العملية."),
    "78": _CONTACT_BANK,
    "91": (
        "The bank cannot be reached now. Please try again later.",
        "يتعذر الوصول إلى البنك حاليًا. يرجى المحاولة لاحقًا.",
    ),
    "DENIED BY RISK": (
        "The payment was refused for security reasons. Please contact your bank.",
        "رُفضت عملية الدفع لأسباب أمنية. يرجى الاتصال بالبنك الذي تتعامل معه.",
    ),
}
"""Issuers' answers: text for the payer in English and Arabic."""

DECLINED_TEXT = ("The bank declined the payment.", "رفض البنك عملية الدفع.")
"""For a response code that is not in the table: still a decline, its code kept."""

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

REFUSED_TEXT = (
    "The gateway did not start the payment. Nothing was charged.",
    "لم تبدأ البوابة عملية الدفع. لم يُخصم أي مبلغ.",
)


def outcome_of(result: str, response_code: str) -> InquiryOutcome:
    """Our word for `result`; UNKNOWN for any other text, and for a result that its response code contradicts."""
    outcome = OUTCOMES.get(result.strip().upper(), InquiryOutcome.UNKNOWN)
    is_approved = response_code == APPROVED_CODE
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
