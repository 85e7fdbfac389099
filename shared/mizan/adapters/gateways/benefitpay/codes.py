"""BenefitPay's words in ours. Its codes are not public: the table is this platform's stand-in [m], each account's
settings may say otherwise (`code.<code>`: a word of `InquiryOutcome`). What is in neither is unknown.
"""

from collections.abc import Mapping

from mizan.application.ports import InquiryOutcome
from mizan.domain.payments import Decline

SUCCESS = "success"
FAILED = "FAILED"

OUTCOMES = {
    "not_found": InquiryOutcome.NOT_FOUND,
    "pending": InquiryOutcome.PENDING,
    "cancelled": InquiryOutcome.CANCELLED,
    "expired": InquiryOutcome.NOT_FOUND,
}
"""`response.code` of a failure that is no decline. An expired QR took no money, and its attempt has its own end."""

DECLINE_TEXTS = {
    "14": ("There is no wallet under this number.", "لا توجد محفظة بهذا الرقم."),
    "51": ("There is not enough money in the account.", "الرصيد في الحساب غير كافٍ."),
    "55": ("The wallet's PIN is wrong.", "الرقم السري للمحفظة غير صحيح."),
    "61": ("The amount is above the wallet's limit.", "المبلغ يتجاوز حد المحفظة."),
    "65": ("The wallet was used too many times today.", "تم استخدام المحفظة مرات كثيرة اليوم."),
    "91": (
        "The bank cannot be reached now. Please try again later.",
        "يتعذر الوصول إلى البنك حاليًا. يرجى المحاولة لاحقًا.",
    ),
}
"""Texts for the payer in English and Arabic."""

DECLINED_TEXT = ("The wallet declined the payment.", "رفضت المحفظة عملية الدفع.")


def outcome_of(code: str, settings: Mapping[str, str]) -> InquiryOutcome:
    """Our word for the code of a failure; UNKNOWN where nobody said what it means."""
    told = settings.get(f"code.{code}", "")
    if told in {outcome.value for outcome in InquiryOutcome} - {InquiryOutcome.CAPTURED}:
        return InquiryOutcome(told)
    return InquiryOutcome.DECLINED if code in DECLINE_TEXTS else OUTCOMES.get(code, InquiryOutcome.UNKNOWN)


def decline_of(code: str) -> Decline:
    return Decline(code, *DECLINE_TEXTS.get(code, DECLINED_TEXT))
