"""Every text a payer sees on the wallet's and the operator's pages, English and Arabic."""

from __future__ import annotations

from . import online

ENGLISH = {
    "dir": "ltr",
    "other": "العربية",
    "banner": "Sandbox: no real wallet, no real cash, no real money.",
    "wallet_title": "Pay with the wallet",
    "sadad_title": "Pay in cash",
    "merchant": "To",
    "amount": "Amount",
    "currency": "BHD",
    "number": "Number for the kiosk",
    "reference": "Reference",
    "payer": "Your number",
    "payer_hint": "8 digits. The last two say what happens; see the table below.",
    "bad_payer": "The number must have 8 digits.",
    "pay": "Pay",
    "cancel": "Cancel the payment",
    "code": "What the app's QR says",
    "till": "To be paid today.",
    "going": "You are being sent back to the merchant.",
    "continue": "Continue",
    "over": "This payment is closed. You may close this page.",
    "expired": "This bill has expired. Nothing was paid.",
    "unknown": "There is no such payment, or its parameters are not the merchant's.",
    "ends": "Number ends with",
    "happens": "What happens",
}

ARABIC = {
    "dir": "rtl",
    "other": "English",
    "banner": "بيئة تجريبية: لا محفظة حقيقية ولا نقد حقيقي ولا أموال حقيقية.",
    "wallet_title": "الدفع بالمحفظة",
    "sadad_title": "الدفع نقدًا",
    "merchant": "إلى",
    "amount": "المبلغ",
    "currency": "د.ب.",
    "number": "رقم الدفع لدى الكشك",
    "reference": "المرجع",
    "payer": "رقمك",
    "payer_hint": "8 أرقام. يحدد آخر رقمين ما يحدث؛ انظر الجدول أدناه.",
    "bad_payer": "يجب أن يتكون الرقم من 8 أرقام.",
    "pay": "ادفع",
    "cancel": "إلغاء الدفع",
    "code": "محتوى رمز الاستجابة السريعة للتطبيق",
    "till": "يُدفع اليوم.",
    "going": "تجري إعادتك إلى موقع التاجر.",
    "continue": "متابعة",
    "over": "أُغلقت عملية الدفع هذه. يمكنك إغلاق الصفحة.",
    "expired": "انتهت صلاحية هذه الفاتورة. لم يُدفع أي مبلغ.",
    "unknown": "لا توجد عملية دفع كهذه، أو أن بياناتها ليست من التاجر.",
    "ends": "ينتهي الرقم بـ",
    "happens": "ما يحدث",
}

LANGUAGES = {"en": ENGLISH, "ar": ARABIC}

MAGIC_TEXTS = {
    "00": ("Paid", "مدفوعة"),
    "01": ("The payer gives up", "يتراجع الدافع"),
    "02": ("Paid; the first two status calls time out", "مدفوعة؛ لا رد على أول استعلامين"),
    "03": ("Stays undecided", "تبقى غير محسومة"),
    "04": ("Paid; no callback comes", "مدفوعة دون إشعار"),
    "05": ("Paid; the callback comes three times", "مدفوعة؛ يصل الإشعار ثلاث مرات"),
    "06": ("Paid one dinar more", "مدفوعة بزيادة دينار"),
    "07": ("Paid in another currency", "مدفوعة بعملة أخرى"),
    "08": ("Not paid; a callback claims it under a foreign secret", "غير مدفوعة؛ إشعار بمفتاح غريب"),
    "09": ("Not paid; a callback claims it under the right secret", "غير مدفوعة؛ إشعار بالمفتاح الصحيح"),
    "10": ("Paid; a stale failure comes after the success", "مدفوعة؛ يصل إخفاق قديم بعد النجاح"),
    "11": ("Paid three days ago, told only now", "دُفعت قبل ثلاثة أيام وأُبلغ عنها الآن"),
    "12": (
        "Paid, and taken back after 5 seconds (cash bill only)",
        "مدفوعة ثم تُسترد بعد 5 ثوانٍ (الفاتورة النقدية فقط)",
    ),
    "14": ("Declined: no such wallet", "مرفوضة: لا توجد محفظة"),
    "51": ("Declined: not enough money", "مرفوضة: الرصيد غير كافٍ"),
    "55": ("Declined: wrong PIN", "مرفوضة: رقم سري خاطئ"),
    "61": ("Declined: above the limit", "مرفوضة: تجاوز الحد"),
    "65": ("Declined: used too often", "مرفوضة: استخدام متكرر"),
    "91": ("Declined: the bank is away", "مرفوضة: البنك غير متاح"),
}

if set(MAGIC_TEXTS) != set(online.MAGIC):
    raise RuntimeError("every magic value has its text")
