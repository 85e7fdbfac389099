"""What a machine or an agent's clerk may show the payer where a bill cannot be paid there."""

from mizan.application.ports_agencies import Bilingual
from mizan.application.ports_billers import BillRefusal

_NOT_HERE = Bilingual(
    "This machine takes no payments just now. Please pay another way.",
    "هذا الجهاز لا يستقبل المدفوعات حاليًا. يرجى الدفع بطريقة أخرى.",
)

REFUSAL_TEXTS = {
    BillRefusal.UNKNOWN: Bilingual(
        "No bill has this number. Please check it.", "لا توجد فاتورة بهذا الرقم. يرجى التحقق منه."
    ),
    BillRefusal.PAID: Bilingual("This bill is paid.", "هذه الفاتورة مدفوعة."),
    BillRefusal.EXPIRED: Bilingual("This bill has expired.", "انتهت صلاحية هذه الفاتورة."),
    BillRefusal.NOT_PAYABLE: Bilingual("This bill cannot be paid now.", "لا يمكن دفع هذه الفاتورة حاليًا."),
    BillRefusal.NOT_OFFERED: Bilingual("This bill cannot be paid here.", "لا يمكن دفع هذه الفاتورة هنا."),
    BillRefusal.IN_PROGRESS: Bilingual(
        "A payment of this bill is being found out. Please wait before you pay again.",
        "جارٍ التحقق من عملية دفع لهذه الفاتورة. يرجى الانتظار قبل الدفع مرة أخرى.",
    ),
    BillRefusal.BAD_AMOUNT: Bilingual("This amount cannot be taken for it.", "لا يمكن قبول هذا المبلغ لهذه الفاتورة."),
    BillRefusal.OPERATOR_SUSPENDED: _NOT_HERE,
    BillRefusal.OPERATOR_CAP: _NOT_HERE,
    BillRefusal.TOO_MANY_MISSES: Bilingual(
        "Too many unknown numbers. Please try again in a minute.", "أرقام غير معروفة كثيرة. يرجى المحاولة بعد دقيقة."
    ),
}
