"""MFEP spoken as the biller: what the port asks, over the messages of this package."""

from collections.abc import Mapping

from mizan.adapters.gateways.mfep import answers, messages
from mizan.adapters.gateways.mfep.codes import INTERNAL, RESULT_OF_REASON
from mizan.application.ports_billers import (
    BillerOperation,
    BillInquiry,
    BillRefusal,
    BillView,
    NoticeMessage,
    NoticeVerdict,
    WireAnswer,
    WireRequest,
)
from mizan.domain.accounts import MerchantAccount


class MfepBiller:
    """Implements `BillerProtocol`."""

    name = "mfep"

    def read_inquiry(self, account: MerchantAccount, request: WireRequest) -> BillInquiry:
        return messages.read_inquiry(account, request)

    def answer_inquiry(
        self, account: MerchantAccount, request: WireRequest, inquiry: BillInquiry, bill: BillView | BillRefusal
    ) -> WireAnswer:
        is_pull = request.operation is BillerOperation.INQUIRY
        write = answers.answer_bill if is_pull else answers.answer_validation
        return write(account, request, inquiry, bill)

    def read_notices(self, account: MerchantAccount, request: WireRequest) -> NoticeMessage:
        return messages.read_notices(account, request)

    def acknowledge(
        self,
        account: MerchantAccount,
        request: WireRequest,
        message: NoticeMessage,
        verdicts: Mapping[str, NoticeVerdict],
    ) -> WireAnswer:
        return answers.answer_notices(account, request, message, verdicts)

    def refuse(self, account: MerchantAccount | None, request: WireRequest, reason: str) -> WireAnswer:
        return answers.refusal(account, request, RESULT_OF_REASON.get(reason, INTERNAL))
