"""Book the kept notices of banks, kiosks and agents: judged as they were when they were answered, each once.

A message that was answered with an error is set aside with its reason; whatever was answered with success ends in the
books: on its invoice, as an overpayment, or in suspense where nothing of ours has its number.
"""

from mizan.application.book_notice import Notice, NoticeBook
from mizan.application.book_unmatched import UnmatchedMoney
from mizan.application.ports import AccountDirectory
from mizan.application.ports_billers import (
    BillerRegistry,
    NoticeClaims,
    NoticeKind,
    NoticeVerdict,
    PaymentNotice,
    WireRequest,
)
from mizan.application.take_notice import OPERATIONS, TOO_LARGE, is_final, judge
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import InvalidCallbackError
from mizan.domain.payments import Payment


class BillerNotices:
    def __init__(
        self,
        *,
        accounts: AccountDirectory,
        billers: BillerRegistry,
        claims: NoticeClaims,
        book: NoticeBook,
        unmatched: UnmatchedMoney,
    ) -> None:
        self._accounts, self._billers, self._claims = accounts, billers, claims
        self._book, self._unmatched = book, unmatched

    @staticmethod
    def reads(callback: RawCallback) -> bool:
        """Whether a kept delivery is a biller's."""
        return callback.channel in OPERATIONS

    def process(self, callback: RawCallback) -> Payment | None:
        """The last of its payments as it stands; None where a reversal was kept whose payment nobody told of yet.

        Raises InvalidCallbackError on what was answered with an error, BusyError (a retry is safe).
        """
        account = self._accounts.by_token(callback.account_token)
        if account is None or account.gateway != callback.gateway:
            raise InvalidCallbackError("unknown_account")
        if callback.is_truncated:
            raise InvalidCallbackError(TOO_LARGE)
        request = WireRequest(OPERATIONS[callback.channel], callback.body, callback.received_at, callback.headers)
        message = self._billers.get(account.gateway).read_notices(account, request)
        verdicts = judge(account, message, self._claims)
        payment = None
        for notice in message.notices:
            if verdicts[notice.transaction] is NoticeVerdict.KEPT:
                payment = self._booked(account, notice, callback.correlation_id)
        if refused := [verdict for verdict in verdicts.values() if verdict is not NoticeVerdict.KEPT]:
            raise InvalidCallbackError(str(refused[0]))
        return payment

    def _booked(self, account: MerchantAccount, told: PaymentNotice, correlation_id: str) -> Payment | None:
        notice = Notice(
            account=account,
            reference=told.reference,
            amount=told.amount,
            currency=told.currency,
            transaction=told.transaction,
            paid_at=told.paid_at,
            correlation_id=correlation_id,
            rrn=told.rrn,
            is_final=is_final(told),
        )
        if told.kind is NoticeKind.REVERSED:
            return self._book.reverse(notice)
        return self._book.book(notice) or self._unmatched.book(notice)
