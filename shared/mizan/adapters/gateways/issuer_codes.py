"""Why an issuer said no: the two-digit response codes that card networks hand on (rails 1, [R]), each with the text for
the payer in English and Arabic.
"""

APPROVED = "00"

_CONTACT_BANK = ("Please contact your bank.", "يرجى الاتصال بالبنك الذي تتعامل معه.")
_EXPIRED_CARD = ("The card has expired.", "انتهت صلاحية البطاقة.")
_RESTRICTED_CARD = ("The card is restricted.", "البطاقة مقيّدة.")
_PIN_TRIES = ("The PIN was entered wrongly too many times.", "تم إدخال الرقم السري بشكل خاطئ مرات كثيرة.")

ISSUER_TEXTS = {
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
}

DECLINED_TEXT = ("The bank declined the payment.", "رفض البنك عملية الدفع.")
"""For a response code that is not in the table: still a decline, its code kept."""

REFUSED_TEXT = (
    "The gateway did not start the payment. Nothing was charged.",
    "لم تبدأ البوابة عملية الدفع. لم يُخصم أي مبلغ.",
)
"""For a gateway that says no before any card is asked for."""
