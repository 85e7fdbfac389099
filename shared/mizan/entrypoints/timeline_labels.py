"""What happened to a payment, a refund or a dispute, in words for people, by the event's stable name."""

from mizan.entrypoints.problem_texts import Text

PAYMENT_LABELS = {
    "create": Text("Payment begun", "بدأت عملية الدفع"),
    "start": Text("Sent to the gateway", "أُرسلت إلى البوابة"),
    "reroute": Text("The rail was down; sent another way", "كانت القناة متوقفة فأُرسلت عبر غيرها"),
    "lose": Text("No clear answer yet", "لا جواب واضح بعد"),
    "capture": Text("Money received", "استُلم المبلغ"),
    "decline": Text("Declined", "رُفضت"),
    "cancel": Text("Cancelled by the payer", "ألغاها الدافع"),
    "expire": Text("Ran out of time", "انتهت مهلتها"),
    "void": Text("Taken back by the gateway", "ألغتها البوابة"),
    "reverse": Text("Reversed by the gateway", "عكستها البوابة"),
    "confirm": Text("Confirmed by the gateway", "أكدتها البوابة"),
    "reserve": Text("Refund asked for", "طُلب استرداد"),
    "restore": Text("Refund not carried out; the amount is free again", "لم يُنفذ الاسترداد وعاد المبلغ متاحًا"),
    "refund": Text("Refunded", "رُد المبلغ"),
    "credit": Text("Credited to a bill", "قُيّد المبلغ لفاتورة"),
    "dormant": Text("Unclaimed overpayment set aside", "حُفظت زيادة لم يطالب بها أحد"),
    "dispute": Text("Disputed by the payer's bank", "اعترض عليها بنك الدافع"),
    "win_dispute": Text("Dispute decided for the agency", "حُسم الاعتراض لصالح الجهة"),
    "lose_dispute": Text("Dispute lost; the bank took the money back", "حُسم الاعتراض واسترد البنك المبلغ"),
}

REFUND_LABELS = {
    "request": Text("Asked for", "قُدّم الطلب"),
    "approve": Text("Approved", "اعتُمد"),
    "reject": Text("Rejected", "رُفض"),
    "withdraw": Text("Withdrawn", "سُحب الطلب"),
    "send": Text("Sent", "أُرسل"),
    "lose": Text("No clear answer yet; we keep asking", "لا جواب واضح بعد ونواصل السؤال"),
    "offer_code": Text("Cash-out code ready", "رمز الصرف جاهز"),
    "complete": Text("Paid back", "رُد المبلغ"),
    "fail": Text("Not carried out", "لم يُنفذ"),
    "expire": Text("Cash-out code expired", "انتهت صلاحية رمز الصرف"),
}

DISPUTE_LABELS = {
    "notify": Text("The bank gave notice", "أبلغ البنك بالاعتراض"),
    "add_evidence": Text("Evidence added", "أُضيف دليل"),
    "represent": Text("The agency stands by the charge", "تمسكت الجهة بالمبلغ"),
    "accept": Text("Accepted by the agency", "قبلته الجهة"),
    "win": Text("Decided for the agency", "حُسم لصالح الجهة"),
    "lose": Text("Decided for the payer", "حُسم لصالح الدافع"),
}

SUSPENSE_LABELS = {
    "receive": Text("Money received that fits no invoice", "استُلم مبلغ لا يوافق أي فاتورة"),
    "propose_allocation": Text("Proposed for an invoice", "اقتُرح قيده لفاتورة"),
    "propose_return": Text("Proposed to go back", "اقتُرح رده إلى مرسله"),
    "drop": Text("Proposal dropped", "أُسقط الاقتراح"),
    "allocate": Text("Allocated to the invoice", "قُيّد للفاتورة"),
    "return": Text("Paid back to its sender", "رُدّ إلى مرسله"),
    "take_back": Text("Taken back by the bank", "استرده البنك"),
}
