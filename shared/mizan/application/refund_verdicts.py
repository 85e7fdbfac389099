"""Why a refund failed where no rail said so, for the payer in both languages."""

from mizan.domain.payments import Decline

GONE = Decline(
    "payment_gone",
    "The payment itself was taken back by the gateway: there is nothing to refund.",
    "استردت البوابة عملية الدفع نفسها: لا يوجد ما يُعاد.",
)
NO_RAIL = Decline(
    "no_rail",
    "The gateway of this payment gives nothing back. The money is kept; another destination may be requested.",
    "لا تتيح بوابة هذه الدفعة رد المبالغ. المبلغ محفوظ، ويمكن طلب رده إلى وجهة أخرى.",
)
NEVER_ARRIVED = Decline(
    "never_arrived",
    "The refund never reached the rail. Nothing was sent back; it may be requested again.",
    "لم يصل طلب الاسترداد إلى القناة. لم يُرد أي مبلغ، ويمكن تقديم طلب جديد.",
)
UNAVAILABLE = Decline(
    "rail_unavailable",
    "The rail could not be reached. Nothing was sent back; it may be requested again.",
    "تعذر الوصول إلى القناة. لم يُرد أي مبلغ، ويمكن تقديم طلب جديد.",
)
EXPIRED = Decline(
    "code_expired",
    "The cash-out code was not used in time. The money is kept; a refund may be requested again.",
    "لم يُستخدم رمز الصرف في موعده. المبلغ محفوظ، ويمكن تقديم طلب استرداد جديد.",
)
