"""Every sentence of the payer's pages, in both languages, by what it is for."""

from mizan.application.ports_agencies import Bilingual
from mizan.entrypoints.pages.refund_texts import REFUND_TEXTS

TEXTS = REFUND_TEXTS | {
    "brand": Bilingual("Mizan", "ميزان"),
    "strapline": Bilingual("Government payments", "المدفوعات الحكومية"),
    "switch": Bilingual("العربية", "English"),
    "footer": Bilingual(
        "Card details are typed on the bank's page only, never here.",
        "تُكتب بيانات البطاقة في صفحة البنك فقط، وليس هنا أبدًا.",
    ),
    # The page to type a reference
    "find_title": Bilingual("Pay a government bill", "دفع فاتورة حكومية"),
    "find_label": Bilingual("Payment reference", "رقم الدفع"),
    "find_hint": Bilingual("18 digits, on your bill or in the message.", "18 رقمًا، تجده في الفاتورة أو في الرسالة."),
    "find_button": Bilingual("Show the bill", "عرض الفاتورة"),
    "not_found_title": Bilingual("Check the number", "تحقّق من الرقم"),
    "not_found": Bilingual(
        "No bill was found with this number. Check all 18 digits and try again.",
        "لم نجد فاتورة بهذا الرقم. تحقّق من الأرقام الثمانية عشر كلها وحاول مرة أخرى.",
    ),
    # The bill
    "bill_title": Bilingual("Your bill", "فاتورتك"),
    "amount": Bilingual("Amount", "المبلغ"),
    "due": Bilingual("Due date", "تاريخ الاستحقاق"),
    "overdue": Bilingual("overdue", "متأخرة"),
    "billed_to": Bilingual("Billed to", "باسم"),
    "reference": Bilingual("Payment reference", "رقم الدفع"),
    "service": Bilingual("Service", "الخدمة"),
    "agency": Bilingual("Agency", "الجهة"),
    "paid_title": Bilingual("This bill is paid", "هذه الفاتورة مدفوعة"),
    "paid": Bilingual("Nothing more is due. Thank you.", "لا يوجد مبلغ مستحق. شكرًا لك."),
    "cancelled_bill_title": Bilingual("This bill was cancelled", "أُلغيت هذه الفاتورة"),
    "cancelled_bill": Bilingual(
        "Do not pay it. Ask the agency if you expected it to be open.",
        "لا تدفعها. اسأل الجهة إن كنت تتوقع أنها قائمة.",
    ),
    "held_bill_title": Bilingual("This bill cannot be paid just now", "لا يمكن دفع هذه الفاتورة حاليًا"),
    "held_bill": Bilingual(
        "The agency has stopped taking money for it. Ask the agency; do not pay it another way.",
        "أوقفت الجهة استلام المبالغ لهذه الفاتورة. اسأل الجهة ولا تدفعها بطريقة أخرى.",
    ),
    "expired_bill_title": Bilingual("This bill has expired", "انتهت صلاحية هذه الفاتورة"),
    "expired_bill": Bilingual(
        "It can no longer be paid. Ask the agency for a new one if you still need the service.",
        "لم يعد دفعها ممكنًا. اطلب من الجهة فاتورة جديدة إن كنت ما زلت تحتاج الخدمة.",
    ),
    "written_off_bill_title": Bilingual("Nothing is asked for this bill any more", "لم تعد هذه الفاتورة مطلوبة"),
    "written_off_bill": Bilingual(
        "The agency has written it off. Do not pay it.", "شطبت الجهة هذه الفاتورة. لا تدفعها."
    ),
    "contested_bill": Bilingual(
        "This bill is contested: it costs no more meanwhile. You may still pay it.",
        "هذه الفاتورة معترض عليها، ولا يزيد مبلغها في هذه الأثناء. ويمكنك دفعها مع ذلك.",
    ),
    "replaced_bill": Bilingual(
        "This bill replaces {reference}, which was wrong. Pay this one only.",
        "تحل هذه الفاتورة محل {reference} التي كانت خاطئة. ادفع هذه فقط.",
    ),
    "outstanding": Bilingual("Still owed", "المتبقي"),
    "discount": Bilingual("Early discount", "خصم الدفع المبكر"),
    "discount_until": Bilingual("{} less until the end of {}", "أقل بمقدار {} حتى نهاية {}"),
    "late": Bilingual("Late charge", "رسم التأخير"),
    "late_from": Bilingual("{} more from {} on", "يضاف {} ابتداءً من {}"),
    "how_much": Bilingual("How much do you want to pay?", "كم تريد أن تدفع؟"),
    "pay_all_hint": Bilingual("Everything at once", "المبلغ كاملًا"),
    "instalment_hint": Bilingual(
        "Instalment {number} of {count}, due {due}", "القسط {number} من {count}، يستحق في {due}"
    ),
    "part": Bilingual("Another amount", "مبلغ آخر"),
    "part_label": Bilingual("Amount in dinars, for example 5.500", "المبلغ بالدينار، مثلًا 5.500"),
    "part_least": Bilingual("{least} or more", "{least} أو أكثر"),
    "part_between": Bilingual("From {least} to {most}", "من {least} إلى {most}"),
    "go_on": Bilingual("Continue to the bank's page", "المتابعة إلى صفحة البنك"),
    "method_down": Bilingual(
        "This way to pay is down just now. Nothing was charged. Try again in a minute, or pay another way.",
        "طريقة الدفع هذه متوقفة حاليًا. لم يُخصم أي مبلغ. حاول بعد دقيقة أو ادفع بطريقة أخرى.",
    ),
    "wrong_amount": Bilingual(
        "This amount cannot be paid here. Check the amount and try again.",
        "لا يمكن دفع هذا المبلغ هنا. تحقّق من المبلغ وحاول مرة أخرى.",
    ),
    # A basket
    "basket_title": Bilingual("Your bills", "فواتيرك"),
    "basket_lines": Bilingual("{count} bills, paid at once", "عدد الفواتير {count} تُدفع معًا"),
    "basket_paid_title": Bilingual("These bills are paid", "هذه الفواتير مدفوعة"),
    "basket_paid": Bilingual("Nothing more is due. Thank you.", "لا يوجد مبلغ مستحق. شكرًا لك."),
    "basket_stopped_title": Bilingual(
        "These bills cannot be paid together any more", "لم يعد دفع هذه الفواتير معًا ممكنًا"
    ),
    "basket_stopped": Bilingual(
        "One of them was paid or stopped meanwhile. Pay the others one by one, by their own references.",
        "دُفعت إحداها أو أُوقفت في هذه الأثناء. ادفع الفواتير الأخرى كلًّا برقمها.",
    ),
    "tag_paid": Bilingual("paid", "مدفوعة"),
    "tag_stopped": Bilingual("not payable", "لا يمكن دفعها"),
    "open_attempt": Bilingual(
        "A payment for this bill was started on {time} (Bahrain time) and its result is not known yet. "
        "If you finished paying, wait a few minutes: paying again may charge you twice.",
        "بدأت عملية دفع لهذه الفاتورة في {time} (بتوقيت البحرين) ولم تُعرف نتيجتها بعد. "
        "إذا أتممت الدفع فانتظر بضع دقائق، فقد يؤدي الدفع مرة أخرى إلى خصم المبلغ مرتين.",
    ),
    "choose": Bilingual("How do you want to pay?", "كيف تريد أن تدفع؟"),
    "debit_card": Bilingual("Debit card", "بطاقة الخصم"),
    "debit_card_hint": Bilingual(
        "Card of a bank in Bahrain, with its PIN. You continue on the bank's page.",
        "بطاقة من بنك في البحرين مع رقمها السري. تكمل في صفحة البنك.",
    ),
    "pay": Bilingual("Pay {amount}", "ادفع {amount}"),
    "transfer_iban": Bilingual("To account (IBAN)", "إلى الحساب (IBAN)"),
    "transfer_reference": Bilingual("Reference to write", "المرجع الذي تكتبه"),
    "transfer_to": Bilingual("Account holder", "صاحب الحساب"),
    "payer_title": Bilingual("Are you paying for somebody else?", "هل تدفع عن غيرك؟"),
    "payer_hint": Bilingual(
        "Then the receipt says who paid. Leave it empty if the bill is yours.",
        "عندها يذكر الإيصال من دفع. اتركه فارغًا إن كانت الفاتورة لك.",
    ),
    "payer_name": Bilingual("Name of who pays", "اسم الدافع"),
    "payer_kind": Bilingual("Kind of number, if you give one", "نوع الرقم، إن ذكرته"),
    "payer_none": Bilingual("No number", "بلا رقم"),
    "payer_cpr": Bilingual("Personal number (CPR)", "الرقم الشخصي"),
    "payer_cr": Bilingual("CR number of a company", "رقم السجل التجاري"),
    "payer_passport": Bilingual("Passport", "جواز السفر"),
    "payer_number": Bilingual("Number", "الرقم"),
    "wrong_payer": Bilingual(
        "Check the name and the number of who pays, or leave them empty.",
        "تحقّق من اسم الدافع ورقمه، أو اتركهما فارغين.",
    ),
    "fee_none": Bilingual("No fee for you.", "لا رسوم عليك."),
    "fee_added": Bilingual(
        "A fee of {fee} with VAT is added: {total} in all.", "يُضاف رسم قدره {fee} شاملًا الضريبة: المجموع {total}."
    ),
    "closed_way": Bilingual("not open now", "غير متاحة الآن"),
    "opens_at": Bilingual("It opens on {time} (Bahrain time).", "تُفتح في {time} (بتوقيت البحرين)."),
    "none_open": Bilingual(
        "Nothing can be started on this page just now. The other ways below may be open.",
        "لا يمكن بدء الدفع من هذه الصفحة الآن. قد تكون الطرق الأخرى أدناه متاحة.",
    ),
    "qr": Bilingual("Scan to pay", "امسح الرمز للدفع"),
    "qr_hint": Bilingual(
        "For apps that read EMVCo merchant codes. It asks for what is due now; a fee may come on top in the app.",
        "للتطبيقات التي تقرأ رموز EMVCo للتجار. يطلب الرمز المستحق الآن، وقد يضيف التطبيق رسمًا.",
    ),
    "qr_label": Bilingual(
        "QR code with the amount and the payment reference", "رمز استجابة سريعة فيه المبلغ ورقم الدفع"
    ),
    "qr_save": Bilingual("Save the code as an image", "حفظ الرمز كصورة"),
    "no_card": Bilingual("No card? Other ways to pay", "ليست لديك بطاقة؟ طرق أخرى للدفع"),
    "needs_smartphone": Bilingual("needs a smartphone", "يلزم هاتف ذكي"),
    "no_card_general": Bilingual(
        "You do not need a bank card. Ask the agency how else this bill can be paid, and give the payment reference.",
        "لا تلزمك بطاقة بنكية. اسأل الجهة عن الطرق الأخرى لدفع هذه الفاتورة وأعطها رقم الدفع.",
    ),
    # What became of an attempt
    "waiting_title": Bilingual("Confirming your payment", "جارٍ تأكيد الدفع"),
    "waiting": Bilingual(
        "We are asking the bank. This page refreshes by itself; please do not pay again.",
        "نسأل البنك الآن. تتحدّث هذه الصفحة تلقائيًا، فلا تدفع مرة أخرى.",
    ),
    "unknown_title": Bilingual("The result is not known yet", "لم تُعرف النتيجة بعد"),
    "unknown": Bilingual(
        "The bank has not given a clear answer. Nothing is lost: we keep asking. Please do not pay again.",
        "لم يعطِ البنك جوابًا واضحًا. لا يضيع شيء: نواصل السؤال حتى نعرف. من فضلك لا تدفع مرة أخرى.",
    ),
    "waited_long": Bilingual(
        "This takes longer than usual. You may close this page and come back to its address later.",
        "يستغرق الأمر أطول من المعتاد. يمكنك إغلاق الصفحة والعودة إلى عنوانها لاحقًا.",
    ),
    "look_again": Bilingual("Look again", "تحقّق مرة أخرى"),
    "to_card_page": Bilingual("Not paid yet? Continue on the bank's page", "لم تدفع بعد؟ أكمل في صفحة البنك"),
    "to_wallet_page": Bilingual("Not paid yet? Open BenefitPay again", "لم تدفع بعد؟ افتح بنفت بي مرة أخرى"),
    "to_cash_bill": Bilingual("Not paid yet? Show the number for the kiosk", "لم تدفع بعد؟ اعرض رقم الدفع لدى الكشك"),
    "succeeded_title": Bilingual("Payment received", "تم استلام الدفع"),
    "succeeded": Bilingual(
        "The bill is paid. Keep this page or note the bank's reference.",
        "دُفعت الفاتورة. احتفظ بهذه الصفحة أو سجّل مرجع البنك.",
    ),
    "received_title": Bilingual("Payment received", "تم استلام الدفع"),
    "received": Bilingual(
        "It was counted, and something is still owed. Keep this page or note the bank's reference.",
        "احتُسب المبلغ وما زال هناك متبقٍّ. احتفظ بهذه الصفحة أو سجّل مرجع البنك.",
    ),
    "overpaid_title": Bilingual(
        "Payment received, but the bill was already paid", "تم استلام الدفع، لكن الفاتورة كانت مدفوعة"
    ),
    "overpaid": Bilingual(
        "This amount is recorded as an overpayment and is yours. Ask the agency, with the bank's reference below.",
        "سُجّل هذا المبلغ على أنه مدفوع بالزيادة وهو حق لك. راجع الجهة ومعك مرجع البنك أدناه.",
    ),
    "suspended_title": Bilingual("Payment received and being checked", "تم استلام الدفع وهو قيد التدقيق"),
    "suspended": Bilingual(
        "The money arrived but could not be matched to the bill by itself. Finance is looking at it; nothing is lost.",
        "وصل المبلغ لكن لم تتم مطابقته مع الفاتورة تلقائيًا. الإدارة المالية تنظر فيه ولا يضيع شيء.",
    ),
    "declined_title": Bilingual("The payment was declined", "رُفض الدفع"),
    "declined": Bilingual("The bill is not paid by this attempt.", "لم تُدفع الفاتورة بهذه المحاولة."),
    "cancelled_title": Bilingual("You cancelled the payment", "ألغيت عملية الدفع"),
    "cancelled": Bilingual("Nothing was charged.", "لم يُخصم أي مبلغ."),
    "expired_title": Bilingual("The time to pay ran out", "انتهى وقت الدفع"),
    "expired": Bilingual(
        "The bank reports no charge. Should it find one later, it will be shown here and counted for this bill.",
        "أفاد البنك بعدم خصم أي مبلغ. وإذا ظهر خصم لاحقًا فسيُعرض هنا ويُحتسب لهذه الفاتورة.",
    ),
    "voided_title": Bilingual("The payment was reversed", "عُكست عملية الدفع"),
    "voided": Bilingual(
        "The bank took the payment back; the amount returns to your account by the bank's rules.",
        "ألغى البنك العملية، ويعود المبلغ إلى حسابك وفق إجراءات البنك.",
    ),
    "charged_back_title": Bilingual("The bank took this payment back", "استرجع البنك هذه الدفعة"),
    "charged_back": Bilingual("What was paid for with it is owed again.", "أصبح ما دُفع بها مستحقًا من جديد."),
    "try_again": Bilingual("Go back to the bill", "العودة إلى الفاتورة"),
    "receipt": Bilingual("Receipt summary", "ملخص الإيصال"),
    "paid_by": Bilingual("Paid by", "دفعها"),
    "surcharge": Bilingual("Of it fee and rounding", "منه رسم وتقريب"),
    "rrn": Bilingual("Bank's reference (RRN)", "مرجع البنك (RRN)"),
    "captured_at": Bilingual("Paid on (Bahrain time)", "وقت الدفع (بتوقيت البحرين)"),
    # What went wrong
    "no_card_payment_title": Bilingual(
        "This bill cannot be paid by card here", "لا يمكن دفع هذه الفاتورة بالبطاقة هنا"
    ),
    "no_card_payment": Bilingual(
        "The agency takes no card payments on this page now. The other ways below are open.",
        "لا تقبل الجهة الدفع بالبطاقة في هذه الصفحة حاليًا. الطرق الأخرى أدناه متاحة.",
    ),
    "form_stale": Bilingual(
        "Please choose how to pay and press the button again.", "من فضلك اختر طريقة الدفع واضغط الزر مرة أخرى."
    ),
    "trouble_title": Bilingual("Something went wrong on our side", "حدث خطأ لدينا"),
    "trouble": Bilingual(
        "Please try again in a minute. If you had already paid at the bank, do not pay again: we will find it.",
        "من فضلك حاول بعد دقيقة. إذا كنت قد دفعت لدى البنك فلا تدفع مرة أخرى، فسنجد العملية.",
    ),
    "trouble_number": Bilingual("Number for the help desk", "رقم لمكتب المساعدة"),
}
