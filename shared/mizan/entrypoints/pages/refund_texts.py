"""The sentences of the page that a payer follows a refund on, in both languages."""

from mizan.application.ports_agencies import Bilingual

REFUND_TEXTS = {
    "refund_requested_title": Bilingual("Your refund was asked for", "قُدّم طلب استرداد مبلغك"),
    "refund_requested": Bilingual(
        "Somebody at the agency or the treasury has to approve it. There is nothing that you need to do.",
        "بانتظار اعتماده من الجهة أو المالية. ليس عليك القيام بأي شيء.",
    ),
    "refund_approved_title": Bilingual("Your refund is approved", "اعتُمد استرداد مبلغك"),
    "refund_approved": Bilingual(
        "It is sent as soon as your payment is confirmed, usually within minutes.",
        "سيُرسل فور تأكيد دفعتك، وعادةً خلال دقائق.",
    ),
    "refund_rejected_title": Bilingual("The refund was not approved", "لم يُعتمد الاسترداد"),
    "refund_rejected": Bilingual(
        "Ask the agency why, with the refund number below. Another request can be made.",
        "اسأل الجهة عن السبب واذكر رقم الاسترداد أدناه. ويمكن تقديم طلب آخر.",
    ),
    "refund_withdrawn_title": Bilingual("The request was taken back", "سُحب طلب الاسترداد"),
    "refund_withdrawn": Bilingual(
        "The agency took it back before it was decided. Ask the agency if you did not expect this.",
        "سحبت الجهة الطلب قبل البت فيه. اسأل الجهة إن لم تكن تتوقع ذلك.",
    ),
    "refund_sending_title": Bilingual("Your refund is on its way", "مبلغك في الطريق إليك"),
    "refund_sending": Bilingual(
        "It was sent and is being carried out. This page shows when it is done.",
        "أُرسل المبلغ ويجري تنفيذه. ستبيّن هذه الصفحة اكتماله.",
    ),
    "refund_unknown_title": Bilingual("Your refund was sent, and we are finding out", "أُرسل مبلغك ونتحقق من وصوله"),
    "refund_unknown": Bilingual(
        "The bank has not given a clear answer yet. We keep asking; nothing is lost, and nothing is sent twice.",
        "لم يعطِ البنك جوابًا واضحًا بعد. نواصل السؤال، ولا يضيع شيء ولا يُرسل شيء مرتين.",
    ),
    "refund_redeemable_title": Bilingual("Your refund is ready in cash", "مبلغك جاهز نقدًا"),
    "refund_redeemable": Bilingual(
        "The agency gives you a code. Collect the cash with it, in person, before the date below.",
        "تسلّمك الجهة رمزًا. استلم به المبلغ نقدًا بنفسك قبل التاريخ أدناه.",
    ),
    "refund_completed_title": Bilingual("Your refund is paid", "رُد مبلغك"),
    "refund_completed": Bilingual(
        "A bank may take some working days to show it on your statement.",
        "قد يستغرق ظهوره في كشف حسابك بضعة أيام عمل لدى البنك.",
    ),
    "refund_failed_title": Bilingual("The refund was not carried out", "لم يُنفذ الاسترداد"),
    "refund_failed": Bilingual(
        "The money is kept for you. Ask the agency for another refund.",
        "المبلغ محفوظ لك. اطلب من الجهة استردادًا آخر.",
    ),
    "refund_amount": Bilingual("What goes back to you", "ما يُرد إليك"),
    "refund_to": Bilingual("Where to", "إلى أين"),
    "refund_to_instrument": Bilingual("The card or account that you paid with", "البطاقة أو الحساب الذي دفعت منه"),
    "refund_to_iban": Bilingual("A bank account", "حساب مصرفي"),
    "refund_to_cash_code": Bilingual("Cash, against a code", "نقدًا مقابل رمز"),
    "refund_number": Bilingual("Refund number", "رقم الاسترداد"),
    "collect_until": Bilingual("Collect before (Bahrain time)", "آخر موعد للاستلام (بتوقيت البحرين)"),
    "collect_title": Bilingual("How to collect the cash", "كيف تستلم المبلغ"),
    "collect_step_1": Bilingual(
        "Get the code from the agency. It is not shown here.", "خذ الرمز من الجهة، فهو لا يُعرض هنا."
    ),
    "collect_step_2": Bilingual(
        "Go to a payment kiosk or cash agent with the identity document that the refund is bound to.",
        "اذهب إلى جهاز دفع أو وكيل صرف ومعك وثيقة الهوية المرتبطة بالاسترداد.",
    ),
    "collect_step_3": Bilingual(
        "Give the code only there, and only when you are paid. It works once.",
        "أعطِ الرمز هناك فقط وعند الدفع لك فقط. يُستخدم الرمز مرة واحدة.",
    ),
    "timeline_title": Bilingual("What happened so far", "ما جرى حتى الآن"),
}
