"""What people read when a request is refused, in English and Arabic, by slug and by kind of object."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages; `{name}` places are filled from the error (`filled`)."""

    en: str
    ar: str

    def filled(self, **values: object) -> "Text":
        return Text(self.en.format(**values), self.ar.format(**values))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its HTTP status and its texts. The slug, its key below, never changes."""

    status: int
    title: Text
    detail: Text


KINDS = {
    "malformed-request": Kind(
        400,
        Text("The request cannot be read", "تعذّرت قراءة الطلب"),
        Text(
            "The body is not one well-formed JSON object in UTF-8.", "نص الطلب ليس كائن JSON واحدًا سليمًا بترميز UTF-8."
        ),
    ),
    "unauthenticated": Kind(
        401,
        Text("Not authenticated", "لم يتم التحقق من الهوية"),
        Text(
            "Send a valid API key in X-Api-Key, or a key or personal token in Authorization.",
            "أرسل مفتاحًا صالحًا في X-Api-Key، أو مفتاحًا أو رمزًا شخصيًا صالحًا في Authorization.",
        ),
    ),
    "forbidden": Kind(
        403,
        Text("Not allowed", "غير مسموح"),
        Text("This key or person lacks the scope {scope}.", "لا يملك هذا المفتاح أو هذا الشخص الصلاحية {scope}."),
    ),
    "person-required": Kind(
        403,
        Text("A person has to do this", "هذا الإجراء يتطلب شخصًا"),
        Text(
            "A person has to do this, under a personal identity; an API key may not.",
            "يجب أن يقوم بهذا الإجراء شخص بهويته الشخصية، ولا يُقبل فيه مفتاح الواجهة.",
        ),
    ),
    "not-the-maker": Kind(
        403,
        Text("Only whoever asked may take it back", "لا يسحب الطلب إلا من قدّمه"),
        Text(
            "Only whoever asked for it may withdraw it; somebody else may reject it.",
            "لا يسحب الطلب إلا من قدّمه، ولغيره أن يرفضه.",
        ),
    ),
    "above-limit": Kind(
        403,
        Text("Above your limit", "يتجاوز حدك"),
        Text(
            "The amount is above what you may approve; `limit` is the most, in fils.",
            "المبلغ أعلى مما يحق لك اعتماده؛ وقيمة `limit` هي الحد الأعلى بالفلس.",
        ),
    ),
    "finance-only": Kind(
        403,
        Text("The treasury decides this", "القرار للمالية"),
        Text("Only the treasury's people may decide this.", "لا يقرر هذا إلا موظفو المالية العامة."),
    ),
    "not-found": Kind(404, Text("Not found", "غير موجود"), Text("There is no such {what}.", "{what}: لا يوجد.")),
    "conflict": Kind(
        409,
        Text("Conflict", "تعارض"),
        Text("The request contradicts what is stored.", "يتعارض الطلب مع البيانات المحفوظة."),
    ),
    "idempotency-conflict": Kind(
        409,
        Text("This request came before with another body", "سبق ورود هذا الطلب بمحتوى مختلف"),
        Text(
            "The Idempotency-Key, or your own number, is already bound to another body.",
            "مفتاح Idempotency-Key أو الرقم الخاص بكم مرتبط بمحتوى آخر.",
        ),
    ),
    "illegal-transition": Kind(
        409,
        Text("Not possible in this state", "غير ممكن في هذه الحالة"),
        Text(
            "{machine} is {current}: {event} is not possible.",
            "الحالة الحالية «{current}»، ولا يمكن تنفيذ «{event}».",
        ),
    ),
    "route-open": Kind(
        409,
        Text("Something can be paid", "توجد قناة دفع عاملة"),
        Text(
            "Only while every way to pay that the service offers is down; `available` names those that are open.",
            "لا يُتاح هذا إلا عند توقف جميع قنوات الدفع التي تتيحها الخدمة؛ وتذكر `available` القنوات العاملة.",
        ),
    ),
    "same-person": Kind(
        409,
        Text("Somebody else has to approve this", "يجب أن يعتمد هذا الإجراء شخص آخر"),
        Text(
            "Whoever made a request may not approve it.",
            "لا يجوز لمن قدّم الطلب أن يعتمده بنفسه.",
        ),
    ),
    "stale-view": Kind(
        412,
        Text("Something changed since you looked", "تغيّر شيء منذ اطلاعك"),
        Text(
            "The amount that you saw is no longer so; `current` is what is left now.",
            "المبلغ الذي رأيته لم يعد كما كان؛ وقيمة `current` هي المتبقي الآن.",
        ),
    ),
    "too-large": Kind(
        413,
        Text("Request too large", "الطلب كبير جدًا"),
        Text("The request body is too large.", "حجم الطلب أكبر من المسموح."),
    ),
    "unsupported-media-type": Kind(
        415,
        Text("Unsupported content type", "نوع المحتوى غير مدعوم"),
        Text("Send the body as application/json in UTF-8.", "أرسل المحتوى بصيغة application/json وبترميز UTF-8."),
    ),
    "invalid-input": Kind(
        422,
        Text("The request cannot be accepted", "تعذّر قبول الطلب"),
        Text("Some fields are wrong; `errors` names each one.", "بعض الحقول غير صحيحة؛ وتذكر errors كل حقل منها."),
    ),
    "internal": Kind(
        500,
        Text("Something went wrong", "حدث خطأ"),
        Text("The fault is ours. Nothing is lost; try again.", "الخلل من جانبنا. لم يُفقد شيء؛ حاول مجددًا."),
    ),
    "gateway-unavailable": Kind(
        502,
        Text("The payment gateway is away", "بوابة الدفع غير متاحة"),
        Text("Nothing was done there; the same request is safe.", "لم يُنفَّذ شيء لديها؛ ويمكن إعادة الطلب نفسه بأمان."),
    ),
    "outcome-unknown": Kind(
        502,
        Text("The payment gateway gave no clear answer", "لم تُعطِ بوابة الدفع جوابًا واضحًا"),
        Text(
            "Something may have been done there; read the payment before trying again.",
            "ربما نُفِّذ شيء لديها؛ اقرأ حالة الدفعة قبل المحاولة مجددًا.",
        ),
    ),
    "method-unavailable": Kind(
        503,
        Text("This way to pay is down just now", "طريقة الدفع هذه متوقفة حاليًا"),
        Text(
            "Nothing was charged. `available` names the methods that are open now; the same request is safe later.",
            "لم يُخصم أي مبلغ. تذكر `available` الطرق المتاحة الآن؛ ويمكن إعادة الطلب نفسه لاحقًا بأمان.",
        ),
    ),
    "busy": Kind(
        503,
        Text("Busy", "النظام مشغول"),
        Text(
            "Too many writers at once; the same request is safe in a moment.",
            "طلبات متزامنة كثيرة؛ أعد الطلب نفسه بعد لحظات.",
        ),
    ),
}
"""Slugs that are not here (file-quarantined, invalid-callback) never answer a call: they are internal faults there."""

THINGS = {
    "invoice": Text("There is no such invoice.", "لا توجد فاتورة بهذا الرقم."),
    "refund": Text("There is no such refund.", "لا توجد عملية استرداد بهذا الرقم."),
    "dispute": Text("There is no such dispute.", "لا يوجد اعتراض بهذا الرقم."),
    "suspense case": Text("There is no such suspense case.", "لا يوجد مبلغ معلق بهذا الرقم."),
    "transfer": Text("This invoice cannot be paid by bank transfer.", "لا يمكن دفع هذه الفاتورة بالتحويل المصرفي."),
    "cash-out": Text("There is no such cash-out code.", "لا يوجد رمز صرف بهذا الرقم."),
    "voucher": Text("There is no such voucher.", "لا توجد قسيمة بهذا الرمز."),
    "basket": Text("There is no such basket.", "لا توجد سلة بهذا الرقم."),
    "payment": Text("There is no such payment.", "لا توجد عملية دفع بهذا الرقم."),
    "service": Text("There is no such service.", "لا توجد خدمة بهذا الرمز."),
    "report": Text("There is no such report.", "لا يوجد تقرير بهذا الاسم."),
    "invoice-batch": Text("There is no such invoice batch.", "لا توجد دفعة فواتير بهذا الرقم."),
    "reconciliation": Text("No reconciliation of that date exists.", "لا توجد مطابقة لهذا التاريخ."),
    "webhook-endpoint": Text("There is no such webhook endpoint.", "لا يوجد عنوان إشعارات بهذا الرقم."),
    "event": Text("There is no such event.", "لا يوجد حدث بهذا الرقم."),
    "agency": Text("There is no such agency.", "لا توجد جهة بهذا الرمز."),
    "gateway": Text("There is no such gateway.", "لا توجد بوابة دفع بهذا الاسم."),
    "operator": Text("There is no such operator.", "لا يوجد مشغّل بهذا الرمز."),
    "route": Text("There is nothing at this address.", "لا يوجد شيء في هذا العنوان."),
}
"""Kinds of object that `NotFoundError.what` names; any other gets the route's text."""
