"""Take what a rail tells of money that moved: one durable write, then the protocol's answer. Booked later.

Everything behind may be down: nothing is read but the account whose address was called. What is answered with an
error is not booked; what is answered with success is kept, and is booked whatever happens.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from mizan.application.ports import AccountDirectory, CallbackLog, Clock
from mizan.application.ports_billers import (
    BillerOperation,
    BillerProtocol,
    BillerRegistry,
    NoticeClaims,
    NoticeKind,
    NoticeMessage,
    NoticeVerdict,
    PaymentNotice,
    WireAnswer,
    WireRequest,
)
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import BODY_BYTES_MAX, RawCallback
from mizan.domain.errors import InvalidCallbackError

CHANNELS = {BillerOperation.NOTICE: "notice", BillerOperation.REVERSAL: "reversal"}
"""How a kept delivery says what was called."""

OPERATIONS = {channel: operation for operation, channel in CHANNELS.items()}

TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class TakenNotice:
    """The answer, and for the log: how many payments the message told of, and why it was refused, where it was."""

    answer: WireAnswer
    count: int = 0
    reason: str = ""


class NoticeDesk:
    def __init__(
        self,
        *,
        callbacks: CallbackLog,
        accounts: AccountDirectory,
        billers: BillerRegistry,
        claims: NoticeClaims,
        clock: Clock,
    ) -> None:
        self._callbacks, self._accounts, self._billers = callbacks, accounts, billers
        self._claims, self._clock = claims, clock

    def take(
        self,
        protocol: str,
        token: str,
        operation: BillerOperation,
        *,
        body: bytes,
        headers: Mapping[str, str],
        content_type: str,
        correlation_id: str,
    ) -> TakenNotice:
        """Raises NotFoundError on a protocol that there is not, and what the store raises: without the write there
        is no answer, and the rail sends it again.
        """
        biller = self._billers.get(protocol)
        now = self._clock.now()
        self._callbacks.record(
            RawCallback(
                gateway=protocol,
                account_token=token,
                channel=CHANNELS[operation],
                body=body[:BODY_BYTES_MAX],
                content_type=content_type[:200],
                received_at=now,
                correlation_id=correlation_id,
                is_truncated=len(body) > BODY_BYTES_MAX,
                headers=headers,
            )
        )
        request = WireRequest(operation, body, now, headers)
        account = self._accounts.by_token(token)
        if account is None or account.gateway != protocol:
            return TakenNotice(biller.refuse(None, request, "unknown_account"), reason="unknown_account")
        return self._answered(biller, account, request)

    def _answered(self, biller: BillerProtocol, account: MerchantAccount, request: WireRequest) -> TakenNotice:
        if len(request.body) > BODY_BYTES_MAX:
            return TakenNotice(biller.refuse(account, request, TOO_LARGE), reason=TOO_LARGE)
        try:
            message = biller.read_notices(account, request)
        except InvalidCallbackError as error:
            return TakenNotice(biller.refuse(account, request, error.reason), reason=error.reason)
        verdicts = judge(account, message, self._claims)
        return TakenNotice(biller.acknowledge(account, request, message, verdicts), len(message.notices))


def judge(account: MerchantAccount, message: NoticeMessage, claims: NoticeClaims) -> dict[str, NoticeVerdict]:
    """The verdict on each transaction, by its id. The same whenever it is asked: now, when the rail sends the message
    again because our answer was lost, and when the message is booked.
    """
    if message.message_id:
        digest = _digest([_told(notice) for notice in message.notices])
        if claims.take(account.token, f"message\x1f{message.message_id}", digest) != digest:
            return dict.fromkeys((notice.transaction for notice in message.notices), NoticeVerdict.SAME_MESSAGE_ID)
    return {notice.transaction: _verdict(account, notice, claims) for notice in message.notices}


def _verdict(account: MerchantAccount, notice: PaymentNotice, claims: NoticeClaims) -> NoticeVerdict:
    """A transaction is one payment: told again in whatever state it must be the same money on the same bill."""
    digest = _digest([notice.reference, str(notice.amount), notice.currency])
    holder = claims.take(account.token, f"transaction\x1f{notice.transaction}", digest)
    return NoticeVerdict.KEPT if holder == digest else NoticeVerdict.SAME_TRANSACTION


def _told(notice: PaymentNotice) -> str:
    """All that a notice says: a message that is sent again may have another time in its header."""
    parts = [notice.kind, notice.transaction, notice.reference, str(notice.amount), notice.currency]
    return "\x1f".join([*parts, notice.paid_at.isoformat(), notice.rrn])


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def is_final(notice: PaymentNotice) -> bool:
    """Whether the rail will not take it back without a word."""
    return notice.kind is NoticeKind.SETTLED
