"""A gateway that there is no call to: a payer orders a transfer at their own bank, and our bank's files tell of it."""

from datetime import datetime

from mizan.application.ports import (
    CallbackNotice,
    InitiationRefused,
    InitiationRequest,
    InitiationResult,
    InquiryOutcome,
    InquiryResult,
)
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import InvalidCallbackError
from mizan.domain.payments import Decline

AT_THE_BANK = Decline(
    "at_the_bank",
    "A bank transfer is ordered at your own bank, to the account shown for this bill.",
    "يُطلب التحويل المصرفي من بنكك إلى الحساب المبيّن لهذه الفاتورة.",
)


class BankTransferGateway:
    """Implements `PaymentGateway`; it gives no money back: that goes out as a payment to the payer's IBAN."""

    name = "bank_transfer"

    def initiate(self, account: MerchantAccount, request: InitiationRequest) -> InitiationResult:
        return InitiationRefused(AT_THE_BANK)

    def read_callback(self, account: MerchantAccount, callback: RawCallback) -> CallbackNotice:
        raise InvalidCallbackError("no_callbacks")

    def inquire(
        self,
        account: MerchantAccount,
        *,
        track_id: str,
        amount: int,
        currency: str,
        captured_near: datetime,
        gateway_payment: str | None = None,
    ) -> InquiryResult:
        """Nobody can be asked: what is booked stays booked until a file says otherwise."""
        return InquiryResult(InquiryOutcome.UNKNOWN, track_id)
