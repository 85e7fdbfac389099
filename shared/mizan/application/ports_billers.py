"""Bill presentment as the use cases see it: what a bank or a kiosk may ask, what it is told, and what it tells us.

A wire protocol reads its own messages into these words and writes its answers from them; nothing here knows of XML,
JSON or signatures. Money is told of after it moved: a notice is kept first, answered, and booked later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from mizan.application.ports_agencies import Bilingual
from mizan.domain.accounts import MerchantAccount


class BillerOperation(StrEnum):
    """What a biller is called for."""

    INQUIRY = "inquiry"
    VALIDATION = "validation"
    NOTICE = "notice"
    REVERSAL = "reversal"
    VOUCHER = "voucher"
    VOUCHER_CANCELLATION = "voucher_cancellation"


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A call as it came. `headers` by lower-case name, those that the protocol asked for; `query` likewise."""

    operation: BillerOperation
    body: bytes
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """What goes back, byte for byte."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class BillStatus(StrEnum):
    DUE = "due"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"


class BillRefusal(StrEnum):
    """Why a bill is not shown for payment. `UNKNOWN` says the same of wrong check digits, of another agency's bill,
    of a draft and of what does not exist.
    """

    UNKNOWN = "unknown"
    PAID = "paid"
    EXPIRED = "expired"
    NOT_PAYABLE = "not_payable"
    NOT_OFFERED = "not_offered"
    IN_PROGRESS = "in_progress"
    BAD_AMOUNT = "bad_amount"
    OPERATOR_SUSPENDED = "operator_suspended"
    OPERATOR_CAP = "operator_cap"
    TOO_MANY_MISSES = "too_many_misses"


@dataclass(frozen=True, slots=True)
class BillView:
    """All that a bank or a kiosk may show. Amounts in fils; days are Bahrain's.

    `amount` is what to take for the bill now: what is owed, the fees that the payer bears, rounded where coins pay.
    `minimum` and `maximum` (both `amount` where nothing else is allowed) bound what else may be taken.
    """

    reference: str
    status: BillStatus
    amount: int
    minimum: int
    maximum: int
    currency: str
    issued_on: date
    due_on: date
    agency: Bilingual
    service_code: str
    service: Bilingual
    payer: Bilingual
    allows_part: bool = False


@dataclass(frozen=True, slots=True)
class BillInquiry:
    """`amount` (fils) where the question is whether just this may be taken. `message_id` and `echo` are the protocol's
    own, for its answer.
    """

    reference: str
    message_id: str
    amount: int | None = None
    echo: Mapping[str, str] = field(default_factory=dict)


class NoticeKind(StrEnum):
    PAID = "paid"
    """The payer's money was taken; the rail may still take it back without a word."""
    SETTLED = "settled"
    """It is on its way to us for good."""
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """One payment that a rail tells of. `transaction` is the rail's own id; `amount` fils that the payer paid for the
    bill; `paid_at` UTC, the rail's own time. `echo` is what the protocol's answer repeats.
    """

    kind: NoticeKind
    transaction: str
    reference: str
    amount: int
    currency: str
    paid_at: datetime
    rrn: str = ""
    echo: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoticeMessage:
    """What one call told. `message_id` is the sender's own id of the message; empty where it gives none."""

    message_id: str
    notices: tuple[PaymentNotice, ...]
    echo: Mapping[str, str] = field(default_factory=dict)


class NoticeVerdict(StrEnum):
    """What a well-formed notice is answered with."""

    KEPT = "kept"
    SAME_MESSAGE_ID = "same_message_id"
    """The message's id was another message's: nothing of it counts, and the sender sends it again under its own."""
    SAME_TRANSACTION = "same_transaction"
    """The transaction's id was another payment's: that one of the message does not count."""


class BillerProtocol(Protocol):
    """One rail's wire protocol, spoken as the biller. Reading raises InvalidCallbackError, and nothing else, on
    whatever does not fit: its reason is one of the protocol's own table of refusals.
    """

    name: str

    def read_inquiry(self, account: MerchantAccount, request: WireRequest) -> BillInquiry: ...

    def answer_inquiry(
        self, account: MerchantAccount, request: WireRequest, inquiry: BillInquiry, bill: BillView | BillRefusal
    ) -> WireAnswer: ...

    def read_notices(self, account: MerchantAccount, request: WireRequest) -> NoticeMessage: ...

    def acknowledge(
        self,
        account: MerchantAccount,
        request: WireRequest,
        message: NoticeMessage,
        verdicts: Mapping[str, NoticeVerdict],
    ) -> WireAnswer:
        """`verdicts` by the rail's transaction id."""
        ...

    def refuse(self, account: MerchantAccount | None, request: WireRequest, reason: str) -> WireAnswer:
        """The answer to what does not open or does not fit; `account` None where nobody has this address: one
        answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class BillerManners:
    """What an entry point has to know of a protocol before it loads it. `operations`: the end of the address → what is
    asked there. `kept_headers`: headers that are part of a message, by lower-case name; `kept_query`: query values too,
    kept among the headers under the same name.
    """

    operations: Mapping[str, BillerOperation]
    kept_headers: tuple[str, ...] = ()
    kept_query: tuple[str, ...] = ()


class BillerRegistry(Protocol):
    def get(self, name: str) -> BillerProtocol:
        """Raises NotFoundError on a name that is not registered."""
        ...


class NoticeClaims(Protocol):
    """Names that one thing alone may hold, kept beside the raw deliveries: whoever came first."""

    def take(self, account_token: str, name: str, holder: str) -> str:
        """Who holds the name: `holder`, or whoever took it before. One conditional write."""
        ...


class MissCounter(Protocol):
    """How often an account asked for what does not exist, by minute."""

    def count(self, account_token: str, minute: datetime) -> int:
        """Eventually consistent."""
        ...

    def add(self, account_token: str, minute: datetime) -> None: ...
