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
    "bad_phone": Text("A phone number is + and 7 to 15 digits (E.164).", "رقم الهاتف علامة + تليها 7 إلى 15 رقمًا."),
    "bad_email": Text("This is not an e-mail address.", "هذا ليس عنوان بريد إلكتروني."),
    "bad_iban": Text("This is not a valid IBAN.", "رقم الحساب المصرفي الدولي (IBAN) غير صحيح."),
    "unsafe_characters": Text(
        "Control and text-direction characters are not accepted.", "محارف التحكم واتجاه النص غير مقبولة."
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
    "refund_not_supported": Text(
        "This payment cannot be refunded the way it was paid. Choose another destination.",
        "لا يمكن رد هذه الدفعة بالطريقة التي دُفعت بها. اختر وجهة أخرى.",
    ),
    "unknown_event": Text("There is no such event type.", "لا يوجد نوع حدث بهذا الاسم."),
    "no_events": Text("Name at least one event type.", "اذكر نوع حدث واحدًا على الأقل."),
    "url_malformed": Text("This is not a usable address.", "هذا العنوان غير صالح للاستخدام."),
    "url_not_https": Text("The address starts with https://.", "يجب أن يبدأ العنوان بـ https://."),
    "url_not_public": Text("The address is not a public one.", "هذا العنوان ليس عنوانًا عامًا."),
    "url_unresolvable": Text("The address has no such host.", "تعذّر العثور على مضيف هذا العنوان."),
}

LIMIT = Text(" Limit: {limit}.", " الحد: {limit}.")


def message_of(code: str, limit: object = None) -> Text:
    """The message of a code, with its limit where there is one. A code that is not listed gets the general one."""
    text = FIELDS.get(code, FIELDS["not_accepted"])
    if limit is None:
        return text
    suffix = LIMIT.filled(limit=limit)
    return Text(text.en + suffix.en, text.ar + suffix.ar)
