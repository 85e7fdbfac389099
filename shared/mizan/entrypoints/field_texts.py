"""What is wrong with a field, by stable code, in English and Arabic."""

from mizan.entrypoints.problem_texts import Text

FIELDS = {
    # shape
    "missing": Text("This field is required.", "هذا الحقل مطلوب."),
    "unknown_field": Text("There is no such field.", "لا يوجد حقل بهذا الاسم."),
    "unknown_parameter": Text("There is no such query parameter.", "لا توجد معلمة استعلام بهذا الاسم."),
    "not_an_object": Text("A JSON object is expected.", "المطلوب كائن JSON."),
    "not_a_list": Text("A list is expected.", "المطلوب قائمة."),
    "not_text": Text("Text is expected.", "المطلوب نص."),
    "not_an_integer": Text("A whole number is expected.", "المطلوب عدد صحيح."),
    "not_a_boolean": Text("true or false is expected.", "المطلوب true أو false."),
    "unknown_value": Text("This value is not one of the known ones.", "هذه القيمة ليست من القيم المعروفة."),
    "not_accepted": Text("This value is not accepted.", "هذه القيمة غير مقبولة."),
    # size
    "empty": Text("This text is empty.", "هذا النص فارغ."),
    "too_short": Text("This text is too short.", "هذا النص أقصر من المسموح."),
    "too_long": Text("This text is too long.", "هذا النص أطول من المسموح."),
    "too_few": Text("Too few entries.", "عدد العناصر أقل من المسموح."),
    "too_many": Text("Too many entries.", "عدد العناصر أكثر من المسموح."),
    "too_small": Text("This number is too small.", "هذا العدد أصغر من المسموح."),
    "too_large": Text("This number is too large.", "هذا العدد أكبر من المسموح."),
    # money
    "amount_not_positive": Text("An amount is more than 0 fils.", "يجب أن يكون المبلغ أكبر من صفر فلس."),
    "amount_too_large": Text("This amount is too large.", "هذا المبلغ أكبر من المسموح."),
    "total_too_large": Text("The lines add up to too much.", "مجموع البنود أكبر من المسموح."),
    # formats
    "bad_format": Text("This value has the wrong form.", "صيغة هذه القيمة غير صحيحة."),
    "bad_date": Text("A date as yyyy-mm-dd is expected.", "المطلوب تاريخ بصيغة yyyy-mm-dd."),
    "date_too_early": Text("This date is too early.", "هذا التاريخ أقدم من المسموح."),
    "date_too_late": Text("This date is too late.", "هذا التاريخ أبعد من المسموح."),
    "bad_cpr": Text(
        "A CPR number is nine digits, the third and fourth a month.",
        "الرقم الشخصي تسعة أرقام، والرقمان الثالث والرابع شهر الميلاد.",
    ),
    "bad_cr": Text(
        "A CR number is up to seven digits, with a branch after a hyphen where there is one.",
        "رقم السجل التجاري سبعة أرقام على الأكثر، ويليه رقم الفرع بعد شرطة إن وُجد.",
    ),
    "bad_passport": Text(
        "A passport number is 5 to 20 Latin letters and digits.", "رقم الجواز من 5 إلى 20 حرفًا لاتينيًا ورقمًا."
    ),
    "bad_phone": Text("A phone number is + and 7 to 15 digits (E.164).", "رقم الهاتف علامة + تليها 7 إلى 15 رقمًا."),
    "bad_email": Text("This is not an e-mail address.", "هذا ليس عنوان بريد إلكتروني."),
    "bad_iban": Text("This is not a valid IBAN.", "رقم الحساب المصرفي الدولي (IBAN) غير صحيح."),
    "unsafe_characters": Text(
        "Control, text-direction and invisible characters are not accepted.",
        "محارف التحكم واتجاه النص والمحارف غير المرئية غير مقبولة.",
    ),
    "not_visible_ascii": Text(
        "Only visible ASCII characters, without spaces, are accepted.",
        "تُقبل محارف ASCII المرئية فقط وبدون مسافات.",
    ),
    "bad_cursor": Text("This cursor is not one of ours.", "مؤشر الصفحة هذا غير صالح."),
    # what the use cases find
    "unknown_service": Text("This agency has no such service.", "لا توجد خدمة بهذا الرمز لدى الجهة."),
    "unknown_channel": Text("There is no such channel.", "لا توجد قناة دفع بهذا الاسم."),
    "number_or_key_required": Text(
        "Send invoice_number or an Idempotency-Key.", "أرسل invoice_number أو Idempotency-Key."
    ),
    "method_not_available": Text(
        "The agency does not take this payment method.", "طريقة الدفع هذه غير متاحة لدى الجهة."
    ),
    "method_starts_elsewhere": Text(
        "Nothing is started here for this method: the payer gives the reference there, and we hear of it.",
        "لا تبدأ هذه الطريقة من هنا: يقدّم الدافع رقم الدفع هناك ويصلنا الإشعار.",
    ),
    "unsupported_currency": Text("Only BHD is taken.", "تُقبل العملة BHD فقط."),
    "no_coins_for_it": Text("This is too little to pay in cash.", "هذا المبلغ أقل من أن يُدفع نقدًا."),
    "voucher_alone": Text(
        "A voucher's code comes with the method `voucher` alone.",
        "رمز القسيمة يُرسل مع طريقة voucher فقط.",
    ),
    "voucher_too_small": Text(
        "The voucher is less than what is due, and parts are not taken.",
        "قيمة القسيمة أقل من المستحق والدفع الجزئي غير مسموح.",
    ),
    "voucher_pays_what_is_due": Text(
        "A voucher pays what is due, or an amount; no plan and no quote.",
        "تسدد القسيمة المستحق أو مبلغًا محددًا، لا خطة ولا عرض سعر.",
    ),
    "too_late_to_cancel": Text(
        "It is too late to take this voucher back here; ask the treasury.",
        "فات وقت إلغاء هذه القسيمة هنا؛ راجع الخزانة.",
    ),
    "above_holding_cap": Text(
        "The holder would have more in vouchers than the rules allow.", "سيتجاوز حامل القسائم الحد المسموح به نظامًا."
    ),
    # terms of an invoice
    "discount_too_large": Text(
        "A discount is less than the invoice's amount.", "يجب أن يكون الخصم أقل من مبلغ الفاتورة."
    ),
    "date_after_due": Text("This date is after the due date.", "هذا التاريخ بعد تاريخ الاستحقاق."),
    "date_not_after_due": Text("This date is not after the due date.", "هذا التاريخ ليس بعد تاريخ الاستحقاق."),
    "date_before_due": Text("This date is before the due date.", "هذا التاريخ قبل تاريخ الاستحقاق."),
    "date_within_plan": Text(
        "This date comes before the last instalment of a plan is due.",
        "هذا التاريخ يسبق استحقاق القسط الأخير في إحدى الخطط.",
    ),
    "maximum_below_minimum": Text("The maximum is below the minimum.", "الحد الأعلى أقل من الحد الأدنى."),
    "duplicate": Text("This value stands here already.", "هذه القيمة مكررة."),
    "legs_not_the_amount": Text(
        "The instalments do not add up to the invoice's amount.", "مجموع الأقساط لا يساوي مبلغ الفاتورة."
    ),
    "legs_not_in_order": Text(
        "Each instalment is due after the one before it.", "يجب أن يستحق كل قسط بعد القسط الذي قبله."
    ),
    "no_partial_payment": Text(
        "Paying in parts of the payer's choice is not allowed here.", "الدفع الجزئي غير مسموح به هنا."
    ),
    # what is paid
    "unknown_plan": Text("The invoice has no such plan.", "لا توجد خطة بهذا الرمز في الفاتورة."),
    "plan_excluded": Text("Another way of paying this invoice was begun.", "بدأ سداد هذه الفاتورة بطريقة أخرى."),
    "not_the_leg": Text("This is not the instalment's amount.", "هذا ليس مبلغ القسط."),
    "amount_above_due": Text("This is more than what is due.", "هذا المبلغ أكبر من المستحق."),
    "below_minimum": Text("This is below the least amount at a time.", "هذا المبلغ أقل من الحد الأدنى للدفعة."),
    "above_maximum": Text("This is above the most at a time.", "هذا المبلغ أكبر من الحد الأعلى للدفعة."),
    "basket_paid_whole": Text("A basket is paid as a whole.", "تُدفع السلة كاملة."),
    "unknown_quote": Text("There is no such quote of this invoice.", "لا يوجد عرض سعر بهذا الرقم لهذه الفاتورة."),
    "quote_expired": Text("This quote no longer holds.", "انتهت صلاحية عرض السعر هذا."),
    "quote_overtaken": Text(
        "The invoice changed after this quote; ask for a new one.", "تغيّرت الفاتورة بعد عرض السعر هذا؛ اطلب عرضًا جديدًا."
    ),
    "quote_says_it_all": Text(
        "A quote says the plan and the amount; leave them out.", "عرض السعر يحدد الخطة والمبلغ؛ لا ترسلهما معه."
    ),
    "unknown_reference": Text("No invoice has this reference.", "لا توجد فاتورة بهذا الرقم."),
    "not_payable": Text("This invoice cannot be paid now.", "لا يمكن دفع هذه الفاتورة الآن."),
    "nothing_changes": Text("Name at least one thing that changes.", "اذكر شيئًا واحدًا على الأقل ليتغير."),
    # money that goes back
    "above_refundable": Text("This is more than what is left of it.", "هذا المبلغ أكبر من المتبقي."),
    "nothing_refundable": Text("Nothing of it is left to go back.", "لا يوجد مبلغ متبقٍّ يمكن رده."),
    "finance_only": Text("Only finance may move money in suspense.", "نقل المبالغ المعلقة للمالية فقط."),
    "not_with_instrument": Text(
        "A refund to the instrument names no beneficiary.", "لا يُذكر مستفيد عند الرد إلى وسيلة الدفع."
    ),
    "name_mismatch": Text("The bank holds this account under another name.", "الحساب مسجل لدى البنك باسم آخر."),
    "instrument_only": Text(
        "Money in this currency goes back over its own rail only.", "يُرد المبلغ بهذه العملة عبر قناته الأصلية فقط."
    ),
    "bad_identifier": Text(
        "cpr: and nine digits, or passport: and its number, is expected.",
        "المطلوب cpr: مع تسعة أرقام، أو passport: مع رقم الجواز.",
    ),
    "not_of_the_payment": Text("The payment does not pay this invoice.", "لا تخص عملية الدفع هذه الفاتورة."),
    "not_final": Text("The payment is not confirmed yet.", "لم تُؤكد عملية الدفع بعد."),
    "other_currency": Text("The money is of another currency.", "المبلغ بعملة أخرى."),
    "takes_no_money": Text(
        "The invoice took no such money when it was paid.", "لم تكن الفاتورة تقبل هذا المبلغ وقت دفعه."
    ),
    "decide_the_refund": Text(
        "The money is on its way back: approve, reject or withdraw the refund.",
        "المبلغ قيد الرد: اعتمد طلب الاسترداد أو ارفضه أو اسحبه.",
    ),
    "another_agency": Text("The invoice is another agency's.", "الفاتورة تخص جهة أخرى."),
    # questions
    "one_of_them": Text("Name exactly one of these.", "اذكر واحدًا فقط من هذه."),
    "not_together": Text(
        "This cannot be combined with the other filters.", "لا يمكن الجمع بين هذا وعوامل البحث الأخرى."
    ),
    "bad_payer": Text(
        "A payer is cpr:, cr: or passport: and the number.", "يُكتب الدافع بصيغة cpr: أو cr: أو passport: ثم الرقم."
    ),
    "range_too_long": Text("At most 366 days at once.", "366 يومًا على الأكثر في المرة الواحدة."),
    "date_before_start": Text("This date is before the first one.", "هذا التاريخ قبل التاريخ الأول."),
    "refund_not_supported": Text(
        "This payment cannot be refunded the way it was paid. Choose another destination.",
        "لا يمكن رد هذه الدفعة بالطريقة التي دُفعت بها. اختر وجهة أخرى.",
    ),
    "unknown_account": Text("The operator has no such account.", "لا يوجد حساب بهذا الرقم لدى المشغّل."),
    "date_in_future": Text("This instant has not come yet.", "هذا الوقت لم يحن بعد."),
    "unknown_event": Text("There is no such event type.", "لا يوجد نوع حدث بهذا الاسم."),
    "no_events": Text("Name at least one event type.", "اذكر نوع حدث واحدًا على الأقل."),
    "url_malformed": Text("This is not a usable address.", "هذا العنوان غير صالح للاستخدام."),
    "url_not_https": Text("The address starts with https://.", "يجب أن يبدأ العنوان بـ https://."),
    "url_not_public": Text("The address is not a public one.", "هذا العنوان ليس عنوانًا عامًا."),
    "url_unresolvable": Text("The address has no such host.", "تعذّر العثور على مضيف هذا العنوان."),
    # rows and files of invoice batches
    "duplicate_number": Text(
        "Another row of the file has this number; other_line says which.",
        "يتكرر هذا الرقم في سطر آخر من الملف يحدده other_line.",
    ),
    "idempotency_conflict": Text(
        "An invoice with this number exists with other content.", "توجد فاتورة بهذا الرقم بمحتوى مختلف."
    ),
    "malformed_json": Text("This line is not one JSON object.", "هذا السطر ليس كائن JSON واحدًا سليمًا."),
    "row_too_large": Text("This line is longer than 256 KiB.", "هذا السطر أطول من 256 كيبيبايت."),
    "bad_quotes": Text("Quotes do not match in this line.", "علامات الاقتباس غير متطابقة في هذا السطر."),
    "too_few_cells": Text("This line has fewer cells than the heading.", "عدد خلايا هذا السطر أقل من العناوين."),
    "too_many_cells": Text("This line has more cells than the heading.", "عدد خلايا هذا السطر أكثر من العناوين."),
    "not_utf8": Text("The file is not in UTF-8.", "الملف ليس بترميز UTF-8."),
    "hash_differs": Text(
        "The file has another SHA-256 than was stated.", "بصمة SHA-256 للملف تختلف عن البصمة المعلنة."
    ),
    "size_differs": Text("The file has another size than was stated.", "حجم الملف يختلف عن الحجم المعلن."),
    "upload_missing": Text("No file was uploaded.", "لم يُرفع أي ملف."),
    "upload_changed": Text("The file was replaced while it was read.", "استُبدل الملف أثناء قراءته."),
    "empty_file": Text("The file is empty.", "الملف فارغ."),
    "no_rows": Text("The file holds no rows.", "لا يحتوي الملف على أي سطور بيانات."),
    "too_many_rows": Text("The file holds more than 200,000 rows.", "يحتوي الملف على أكثر من 200,000 سطر."),
    "bad_heading": Text("The heading is not readable as CSV.", "تعذّرت قراءة سطر العناوين بصيغة CSV."),
    "unknown_column": Text("There is no such column.", "لا يوجد عمود بهذا الاسم."),
    "repeated_column": Text("This column stands twice.", "هذا العمود مكرر."),
    "missing_column": Text("This column is missing.", "هذا العمود ناقص."),
    "gave_up": Text(
        "Working on the file failed too often; start the batch again.",
        "تكرر تعذّر العمل على الملف؛ ابدأ الدفعة من جديد.",
    ),
}

LIMIT = Text(" Limit: {limit}.", " الحد: {limit}.")


def message_of(code: str, limit: object = None) -> Text:
    """The message of a code, with its limit where there is one. A code that is not listed gets the general one."""
    text = FIELDS.get(code, FIELDS["not_accepted"])
    if limit is None:
        return text
    suffix = LIMIT.filled(limit=limit)
    return Text(text.en + suffix.en, text.ar + suffix.ar)
