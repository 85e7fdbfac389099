"""One taxonomy of differences: every reason with its group, its meaning and what to do next, in both languages.

The whole enum stands here, bank and remittance reasons too, so that a reason never changes its name; `rules` uses those
that lie between the gateway and the platform.
"""

from dataclasses import dataclass
from enum import StrEnum


class ReasonGroup(StrEnum):
    PRESENCE = "presence"
    VALUE = "value"
    STATE = "state"
    IDENTITY = "identity"
    CONTROL = "control"


class Reason(StrEnum):
    AWAITING_GATEWAY = "AWAITING_GATEWAY"
    AWAITING_BANK = "AWAITING_BANK"
    MISSING_AT_GATEWAY = "MISSING_AT_GATEWAY"
    MISSING_IN_PLATFORM = "MISSING_IN_PLATFORM"
    MISSING_AT_BANK = "MISSING_AT_BANK"
    UNIDENTIFIED_CREDIT = "UNIDENTIFIED_CREDIT"
    AMOUNT_OVER = "AMOUNT_OVER"
    AMOUNT_UNDER = "AMOUNT_UNDER"
    FEE_MISMATCH = "FEE_MISMATCH"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    SPLIT_MISMATCH = "SPLIT_MISMATCH"
    STATUS_MISMATCH = "STATUS_MISMATCH"
    LATE = "LATE"
    REFUND_UNMATCHED = "REFUND_UNMATCHED"
    CHARGEBACK_UNMATCHED = "CHARGEBACK_UNMATCHED"
    DUPLICATE_AT_GATEWAY = "DUPLICATE_AT_GATEWAY"
    DUPLICATE_FILE = "DUPLICATE_FILE"
    REF_REPAIRED = "REF_REPAIRED"
    AMBIGUOUS = "AMBIGUOUS"
    FILE_TOTAL_MISMATCH = "FILE_TOTAL_MISMATCH"
    FILE_REFUSED = "FILE_REFUSED"
    STATEMENT_UNBALANCED = "STATEMENT_UNBALANCED"
    BATCH_TO_BANK_MISMATCH = "BATCH_TO_BANK_MISMATCH"
    REMITTANCE_SHORT = "REMITTANCE_SHORT"
    REMITTANCE_OVER = "REMITTANCE_OVER"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a reason means and what to do next, for finance."""

    group: ReasonGroup
    text: str
    text_ar: str
    next_action: str
    next_action_ar: str


EXPLANATIONS: dict[Reason, Explanation] = {
    Reason.AWAITING_GATEWAY: Explanation(
        ReasonGroup.PRESENCE,
        "Booked here; the gateway's settlement file is not due yet.",
        "مقيّدة لدينا ولم يحن بعد موعد ملف تسوية البوابة.",
        "Wait for the settlement file.",
        "انتظار ملف التسوية.",
    ),
    Reason.AWAITING_BANK: Explanation(
        ReasonGroup.PRESENCE,
        "Settled by the gateway; the bank's credit is not due yet.",
        "سوّته البوابة ولم يحن بعد موعد القيد لدى البنك.",
        "Wait for the bank statement.",
        "انتظار كشف الحساب البنكي.",
    ),
    Reason.MISSING_AT_GATEWAY: Explanation(
        ReasonGroup.PRESENCE,
        "Booked here, but absent from the gateway's settlement.",
        "مقيّدة لدينا وغير موجودة في تسوية البوابة.",
        "Ask the gateway to settle the transaction or to show that it was reversed.",
        "مطالبة البوابة بتسوية العملية أو إثبات عكسها.",
    ),
    Reason.MISSING_IN_PLATFORM: Explanation(
        ReasonGroup.PRESENCE,
        "Settled by the gateway, but unknown to the platform.",
        "سوّته البوابة ولا تعرفه المنصة.",
        "Find whose payment it is; until then hold it in suspense.",
        "تحديد صاحب الدفعة، وإبقاؤها في الحساب المعلّق حتى ذلك.",
    ),
    Reason.MISSING_AT_BANK: Explanation(
        ReasonGroup.PRESENCE,
        "Settled by the gateway, but the bank has no credit for it.",
        "سوّته البوابة ولا يوجد له قيد دائن لدى البنك.",
        "Ask the gateway for proof of the transfer.",
        "مطالبة البوابة بإثبات التحويل.",
    ),
    Reason.UNIDENTIFIED_CREDIT: Explanation(
        ReasonGroup.PRESENCE,
        "The bank has a credit that belongs to no settlement.",
        "يوجد لدى البنك قيد دائن لا يعود إلى أي تسوية.",
        "Identify the sender.",
        "تحديد المرسل.",
    ),
    Reason.AMOUNT_OVER: Explanation(
        ReasonGroup.VALUE,
        "The gateway settles more than the platform recorded.",
        "المبلغ المسوّى لدى البوابة أكبر من المسجّل في المنصة.",
        "Compare with the gateway's inquiry; refund or post what is over.",
        "المقارنة باستعلام البوابة ثم ردّ الزيادة أو قيدها.",
    ),
    Reason.AMOUNT_UNDER: Explanation(
        ReasonGroup.VALUE,
        "The gateway settles less than the platform recorded.",
        "المبلغ المسوّى لدى البوابة أقل من المسجّل في المنصة.",
        "Claim the difference from the gateway.",
        "مطالبة البوابة بالفرق.",
    ),
    Reason.FEE_MISMATCH: Explanation(
        ReasonGroup.VALUE,
        "The gateway's fee is not the agreed one.",
        "رسم البوابة ليس الرسم المتفق عليه.",
        "Claim the difference in fees.",
        "المطالبة بفرق الرسوم.",
    ),
    Reason.CURRENCY_MISMATCH: Explanation(
        ReasonGroup.VALUE,
        "The two sides name different currencies.",
        "عملة الطرفين مختلفة.",
        "Hold it and ask the gateway.",
        "إيقافها وسؤال البوابة.",
    ),
    Reason.SPLIT_MISMATCH: Explanation(
        ReasonGroup.VALUE,
        "The split between accounts is not the one asked for.",
        "توزيع المبلغ بين الحسابات ليس كما طُلب.",
        "Ask the gateway to correct the split.",
        "مطالبة البوابة بتصحيح التوزيع.",
    ),
    Reason.STATUS_MISMATCH: Explanation(
        ReasonGroup.STATE,
        "Both sides know the payment but not in the same state.",
        "الدفعة معروفة للطرفين ولكن بحالتين مختلفتين.",
        "Inquire at the gateway; its answer settles the payment or a case is opened.",
        "الاستعلام لدى البوابة، وبجوابها تُسوّى الدفعة أو تُفتح حالة.",
    ),
    Reason.LATE: Explanation(
        ReasonGroup.STATE,
        "Settled in this file; the platform recorded it on another business day.",
        "سُوّيت في هذا الملف وسجّلتها المنصة في يوم عمل آخر.",
        "None: shown so that both days explain each other.",
        "لا شيء: تظهر ليفسّر كل يوم الآخر.",
    ),
    Reason.REFUND_UNMATCHED: Explanation(
        ReasonGroup.STATE,
        "The gateway refunded something that the platform did not ask for.",
        "ردّت البوابة مبلغًا لم تطلبه المنصة.",
        "Find who asked for the refund.",
        "معرفة من طلب الرد.",
    ),
    Reason.CHARGEBACK_UNMATCHED: Explanation(
        ReasonGroup.STATE,
        "A chargeback that no dispute explains.",
        "استرداد قسري لا يفسّره أي نزاع.",
        "Open the dispute and gather evidence.",
        "فتح النزاع وجمع الأدلة.",
    ),
    Reason.DUPLICATE_AT_GATEWAY: Explanation(
        ReasonGroup.IDENTITY,
        "The gateway charged the same attempt more than once.",
        "خصمت البوابة المحاولة نفسها أكثر من مرة.",
        "Refund the second charge to the payer.",
        "ردّ الخصم الثاني إلى الدافع.",
    ),
    Reason.DUPLICATE_FILE: Explanation(
        ReasonGroup.IDENTITY,
        "The same file was delivered again; it was not read twice.",
        "وصل الملف نفسه مرة أخرى ولم يُقرأ مرتين.",
        "None, unless another file was meant.",
        "لا شيء، إلا إن كان المقصود ملفًا آخر.",
    ),
    Reason.REF_REPAIRED: Explanation(
        ReasonGroup.IDENTITY,
        "One reference disagrees; the payment was identified by the other.",
        "أحد المرجعين مختلف وعُرفت الدفعة بالمرجع الآخر.",
        "Confirm that the two are the same payment.",
        "تأكيد أنهما الدفعة نفسها.",
    ),
    Reason.AMBIGUOUS: Explanation(
        ReasonGroup.IDENTITY,
        "More than one counterpart is possible; none was chosen.",
        "يوجد أكثر من مقابل ممكن ولم يُختر أيٌّ منها.",
        "Decide which belong together.",
        "تحديد ما يعود بعضه إلى بعض.",
    ),
    Reason.FILE_TOTAL_MISMATCH: Explanation(
        ReasonGroup.CONTROL,
        "The file's trailer does not agree with its lines; the file was refused whole.",
        "سطر الختام لا يوافق سطور الملف، فرُفض الملف كاملًا.",
        "Ask the gateway for a correct file.",
        "طلب ملف صحيح من البوابة.",
    ),
    Reason.FILE_REFUSED: Explanation(
        ReasonGroup.CONTROL,
        "The file has lines that cannot be read; it was refused whole.",
        "في الملف سطور لا تُقرأ، فرُفض كاملًا.",
        "See the lines beside the quarantined file; ask the gateway for a correct one.",
        "مراجعة السطور المذكورة مع الملف المعزول وطلب ملف صحيح من البوابة.",
    ),
    Reason.STATEMENT_UNBALANCED: Explanation(
        ReasonGroup.CONTROL,
        "The bank statement's balances and movements do not tie.",
        "أرصدة كشف الحساب لا توافق حركاته.",
        "Ask the bank for a correct statement.",
        "طلب كشف صحيح من البنك.",
    ),
    Reason.BATCH_TO_BANK_MISMATCH: Explanation(
        ReasonGroup.CONTROL,
        "The gateway's batch and the bank's credit differ.",
        "دفعة البوابة تختلف عن القيد لدى البنك.",
        "Ask the gateway to explain the difference.",
        "مطالبة البوابة بتفسير الفرق.",
    ),
    Reason.REMITTANCE_SHORT: Explanation(
        ReasonGroup.CONTROL,
        "Less was remitted to the agency than the journal says.",
        "ما حُوّل إلى الجهة أقل مما في الدفتر.",
        "Remit the difference.",
        "تحويل الفرق.",
    ),
    Reason.REMITTANCE_OVER: Explanation(
        ReasonGroup.CONTROL,
        "More was remitted to the agency than the journal says.",
        "ما حُوّل إلى الجهة أكثر مما في الدفتر.",
        "Recover the difference by name.",
        "استرداد الفرق مع بيان سببه.",
    ),
}

AWAITING = frozenset({Reason.AWAITING_GATEWAY, Reason.AWAITING_BANK})
"""Inside the time that the other side has: shown, counted, and not yet a difference."""

MAY_RESOLVE_ITSELF = frozenset({Reason.MISSING_IN_PLATFORM, Reason.STATUS_MISMATCH, Reason.LATE})
"""What later knowledge of the platform (a sweep, an inquiry) may explain without a new file."""
