"""Answer a bank's or a machine's question about a bill, in its own protocol. Nothing is stored but misses."""

from dataclasses import dataclass

from mizan.application.ports import AccountDirectory
from mizan.application.ports_billers import BillerRegistry, BillRefusal, WireAnswer, WireRequest
from mizan.application.present_bill import BillDesk
from mizan.domain.errors import InvalidCallbackError


@dataclass(frozen=True, slots=True)
class AnsweredInquiry:
    """`outcome` for the log: `shown`, or why not."""

    answer: WireAnswer
    outcome: str


class InquiryDesk:
    def __init__(self, *, accounts: AccountDirectory, billers: BillerRegistry, desk: BillDesk) -> None:
        self._accounts, self._billers, self._desk = accounts, billers, desk

    def answer(self, protocol: str, token: str, request: WireRequest) -> AnsweredInquiry:
        """Raises NotFoundError on a protocol that there is not."""
        biller = self._billers.get(protocol)
        account = self._accounts.by_token(token)
        if account is None or account.gateway != protocol:
            return AnsweredInquiry(biller.refuse(None, request, "unknown_account"), "unknown_account")
        try:
            inquiry = biller.read_inquiry(account, request)
        except InvalidCallbackError as error:
            return AnsweredInquiry(biller.refuse(account, request, error.reason), error.reason)
        bill = self._desk.present(account, inquiry)
        outcome = str(bill) if isinstance(bill, BillRefusal) else "shown"
        return AnsweredInquiry(biller.answer_inquiry(account, request, inquiry, bill), outcome)
