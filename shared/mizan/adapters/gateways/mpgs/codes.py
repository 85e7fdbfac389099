"""MPGS's words in ours: order statuses, results, gateway codes [R]. What is not here is unknown, and never paid."""

from mizan.application.ports import InquiryOutcome
from mizan.domain.payments import Decline

SUCCESS, PENDING, FAILURE, UNKNOWN, ERROR = "SUCCESS", "PENDING", "FAILURE", "UNKNOWN", "ERROR"
"""`result`, of an answer and of each transaction."""

_MONEY_HERE = (InquiryOutcome.CAPTURED, SUCCESS)
_NOT_YET = (InquiryOutcome.PENDING, SUCCESS)
_FOR_PEOPLE = (InquiryOutcome.UNKNOWN, SUCCESS)

OUTCOMES = {
    "CAPTURED": _MONEY_HERE,
    "PARTIALLY_CAPTURED": _MONEY_HERE,
    "AUTHORIZED": _NOT_YET,
    "AUTHENTICATED": _NOT_YET,
    "AUTHENTICATION_INITIATED": _NOT_YET,
    "AUTHENTICATION_NOT_NEEDED": _NOT_YET,
    "FUNDING": _NOT_YET,
    "INITIATED": _NOT_YET,
    "AUTHENTICATION_UNSUCCESSFUL": (InquiryOutcome.DECLINED, FAILURE),
    "FAILED": (InquiryOutcome.DECLINED, FAILURE),
    "CANCELLED": (InquiryOutcome.VOIDED, SUCCESS),
    "REFUNDED": _FOR_PEOPLE,
    "PARTIALLY_REFUNDED": _FOR_PEOPLE,
    "REFUND_REQUESTED": _FOR_PEOPLE,
    "EXCESSIVELY_REFUNDED": _FOR_PEOPLE,
    "CHARGEBACK_PROCESSED": _FOR_PEOPLE,
    "DISPUTED": _FOR_PEOPLE,
    "DISBURSED": _FOR_PEOPLE,
    "VERIFIED": _FOR_PEOPLE,
}
"""Order status → our word, and the `result` that has to stand beside it; any other pair contradicts itself.

CANCELLED: the first transaction was voided [m]. What was refunded, disputed or charged back says nothing of whether the
invoice may be called paid: what is booked stays booked, and what is not is looked at by people
(`answers.is_refunded_by_us` is the one exception).
"""

REFUNDED_STATUSES = frozenset({"REFUNDED", "PARTIALLY_REFUNDED", "REFUND_REQUESTED"})

RESULT_OUTCOMES = {PENDING: InquiryOutcome.PENDING, UNKNOWN: InquiryOutcome.UNKNOWN}
"""A `result` that leaves the order open, whatever its status says. REVERSED and the like are not ours to read."""

AWAY_CAUSES = frozenset({"SERVER_BUSY", "SERVER_FAILED"})
REFUSED_CAUSES = frozenset({"INVALID_REQUEST", "REQUEST_REJECTED"})
"""`error.cause`: refused before anything was done [m]."""

UNSTATED_CODE = "unstated"
SETUP_CODE = "setup"

_CONTACT_BANK = ("Please contact your bank.", "يرجى الاتصال بالبنك الذي تتعامل معه.")
_LATER = (
    "The bank cannot be reached now. Please try again later.",
    "يتعذر الوصول إلى البنك حاليًا. يرجى المحاولة لاحقًا.",
)
_SECURITY = (
    "The payment was refused for security reasons. Please contact your bank.",
    "رُفضت عملية الدفع لأسباب أمنية. يرجى الاتصال بالبنك الذي تتعامل معه.",
)
_NOT_CONFIRMED = (
    "The bank could not confirm that it was you. Please try again.",
    "لم يتمكن البنك من التحقق من هويتك. يرجى المحاولة مرة أخرى.",
)
DECLINED_TEXT = ("The bank declined the payment.", "رفض البنك عملية الدفع.")

DECLINE_TEXTS = {
    "DECLINED": DECLINED_TEXT,
    "DECLINED_DO_NOT_CONTACT": DECLINED_TEXT,
    "REFERRED": _CONTACT_BANK,
    "EXPIRED_CARD": ("The card has expired.", "انتهت صلاحية البطاقة."),
    "INSUFFICIENT_FUNDS": ("There is not enough money on the card.", "الرصيد المتاح على البطاقة غير كافٍ."),
    "INVALID_CSC": ("The card's security code is wrong.", "رمز أمان البطاقة غير صحيح."),
    "DECLINED_CSC": ("The card's security code is wrong.", "رمز أمان البطاقة غير صحيح."),
    "BLOCKED": _SECURITY,
    "AUTHENTICATION_FAILED": _NOT_CONFIRMED,
    "ACQUIRER_SYSTEM_ERROR": _LATER,
    "TIMED_OUT": _LATER,
    "CANCELLED": ("The payment was given up.", "تم إلغاء عملية الدفع."),
}
"""`response.gatewayCode` [m]: text for the payer in English and Arabic."""

REFUSED_TEXT = (
    "The gateway did not start the payment. Nothing was charged.",
    "لم تبدأ البوابة عملية الدفع. لم يُخصم أي مبلغ.",
)
REFUND_DECLINED_TEXT = ("The bank declined the refund.", "رفض البنك رد المبلغ.")
REFUND_REFUSED_TEXT = (
    "The gateway did not take the refund. Nothing went back.",
    "لم تقبل البوابة رد المبلغ. لم يُرد أي مبلغ.",
)


def outcome_of(status: str, result: str) -> InquiryOutcome:
    """Our word for an order; UNKNOWN for any other status, and for a result that contradicts it."""
    if result in RESULT_OUTCOMES:
        return RESULT_OUTCOMES[result]
    outcome, expected = OUTCOMES.get(status, (InquiryOutcome.UNKNOWN, SUCCESS))
    return outcome if result == expected else InquiryOutcome.UNKNOWN


def decline_of(gateway_code: str) -> Decline:
    """Why the bank, or the check of who holds the card, said no."""
    return Decline(gateway_code or UNSTATED_CODE, *DECLINE_TEXTS.get(gateway_code, DECLINED_TEXT))


def refusal_of(cause: str) -> Decline:
    """Why the gateway would not begin."""
    return Decline(cause or UNSTATED_CODE, *REFUSED_TEXT)
