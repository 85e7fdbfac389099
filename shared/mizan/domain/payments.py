"""A payment attempt: one try to pay one invoice, or a basket of them, through one gateway.

An unknown outcome is found out, never guessed; what became of every captured fils is written on the attempt itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from mizan.domain.calendar import business_date, end_of_day
from mizan.domain.fees import Fee, FeeBearer
from mizan.domain.history import Entry, History
from mizan.domain.invoices import Customer
from mizan.domain.states import StateMachine


class PaymentMethod(StrEnum):
    """How the payer pays. `gcc_debit_card`: a debit card of a neighbouring country's network; `sadad`: a form online,
    cash at a kiosk.
    """

    DEBIT_CARD = "debit_card"
    CREDIT_CARD = "credit_card"
    GCC_DEBIT_CARD = "gcc_debit_card"
    WALLET = "wallet"
    SADAD = "sadad"
    BANK_APP = "bank_app"
    KIOSK = "kiosk"
    CASH_AGENT = "cash_agent"
    BANK_TRANSFER = "bank_transfer"
    VOUCHER = "voucher"


NOTICE_FIRST = frozenset(
    {PaymentMethod.BANK_APP, PaymentMethod.KIOSK, PaymentMethod.CASH_AGENT, PaymentMethod.BANK_TRANSFER}
)
"""Methods whose money has moved before we hear of it: nobody starts an attempt, nobody can be asked about one."""


class PaymentState(StrEnum):
    CREATED = "created"
    PENDING = "pending"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    VOIDED = "voided"
    REVERSED = "reversed"
    DISPUTED = "disputed"
    CHARGED_BACK = "charged_back"


class PaymentEvent(StrEnum):
    START = "start"
    REROUTE = "reroute"
    LOSE = "lose"
    CAPTURE = "capture"
    DECLINE = "decline"
    CANCEL = "cancel"
    EXPIRE = "expire"
    VOID = "void"
    REVERSE = "reverse"
    CONFIRM = "confirm"
    RESERVE = "reserve"
    RESTORE = "restore"
    REFUND = "refund"
    CREDIT = "credit"
    DORMANT = "dormant"
    DISPUTE = "dispute"
    WIN_DISPUTE = "win_dispute"
    LOSE_DISPUTE = "lose_dispute"


def _edges() -> dict[tuple[PaymentState, PaymentEvent], PaymentState]:
    state, event = PaymentState, PaymentEvent
    outcomes = {
        event.CAPTURE: state.SUCCEEDED,
        event.DECLINE: state.DECLINED,
        event.CANCEL: state.CANCELLED,
        event.EXPIRE: state.EXPIRED,
        event.VOID: state.VOIDED,
    }
    edges = {
        (state.CREATED, event.START): state.PENDING,
        (state.CREATED, event.REROUTE): state.CREATED,  # only where nothing can have happened at the gateway
        (state.CREATED, event.LOSE): state.UNKNOWN,
        (state.PENDING, event.LOSE): state.UNKNOWN,
    }
    for undecided in (state.CREATED, state.PENDING, state.UNKNOWN):
        edges |= {(undecided, outcome): target for outcome, target in outcomes.items()}
    for failed in (state.DECLINED, state.CANCELLED, state.EXPIRED):
        edges[failed, event.CAPTURE] = state.SUCCEEDED  # late truth: the money is real whatever we thought before
        edges[failed, event.VOID] = state.VOIDED
    edges |= {
        (state.SUCCEEDED, event.CONFIRM): state.SUCCEEDED,
        (state.SUCCEEDED, event.VOID): state.VOIDED,
        (state.SUCCEEDED, event.REVERSE): state.REVERSED,
        (state.SUCCEEDED, event.DISPUTE): state.DISPUTED,
        (state.CHARGED_BACK, event.DISPUTE): state.DISPUTED,  # another case about the rest
        (state.DISPUTED, event.WIN_DISPUTE): state.SUCCEEDED,
        (state.DISPUTED, event.LOSE_DISPUTE): state.CHARGED_BACK,
    }
    for settled in (state.SUCCEEDED, state.DISPUTED, state.CHARGED_BACK):  # what was promised before still moves
        edges[settled, event.RESTORE] = settled
        edges[settled, event.REFUND] = settled
    for free in (state.SUCCEEDED, state.CHARGED_BACK):  # what is left can be promised, but not while a dispute is on
        for movement in (event.RESERVE, event.CREDIT, event.DORMANT):
            edges[free, movement] = free
    return edges


PAYMENT_STATES: StateMachine[PaymentState, PaymentEvent] = StateMachine("payment", PaymentState.CREATED, _edges())

UNDECIDED_STATES = frozenset({PaymentState.CREATED, PaymentState.PENDING, PaymentState.UNKNOWN})
"""States that the sweep keeps asking the gateway about."""

CAPTURED_STATES = frozenset({PaymentState.SUCCEEDED, PaymentState.DISPUTED, PaymentState.CHARGED_BACK})
"""States of an attempt whose money came, and was not taken back whole by the rail."""

ATTEMPT_LIFETIME = timedelta(minutes=30)
"""How long a payer may take on the gateway's page before the attempt may expire."""

CASH_BILLS = frozenset({PaymentMethod.SADAD})
"""Paid in cash against a bill of the rail's own: by the end of the day in Bahrain, and told of days later (rails 5)."""

LATE_WATCH = timedelta(days=7)
"""How long after its end a cash bill's attempt is asked about: a kiosk may have taken the money and not said so."""

EXPIRY_GRACE = timedelta(minutes=15)
"""How long after `expires_at` a gateway's "not found" is waited on before the attempt expires; "pending" never does."""

INQUIRY_DELAY_FIRST = timedelta(minutes=1)
INQUIRY_DELAY_MAX = timedelta(hours=1)


DORMANT_AFTER = timedelta(days=365)
"""How long an overpayment waits for its payer before it is set aside. It stays refundable."""


def attempt_end(method: PaymentMethod, began_at: datetime) -> datetime:
    """When an attempt that began at `began_at` (aware UTC) may expire: a cash bill at the end of the day in Bahrain."""
    soonest = began_at + ATTEMPT_LIFETIME
    return max(soonest, end_of_day(business_date(began_at))) if method in CASH_BILLS else soonest


def inquiry_delay(inquiry_count: int) -> timedelta:
    """Wait before inquiry number `inquiry_count` + 1: doubles from a minute up to an hour, then hourly for ever."""
    doublings: int = 1 << min(inquiry_count, 16)
    return min(INQUIRY_DELAY_FIRST * doublings, INQUIRY_DELAY_MAX)


class Disposition(StrEnum):
    """Where captured money went."""

    ALLOCATED = "allocated"
    OVERPAID = "overpaid"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Decline:
    """Why the gateway said no: its code, and the text for the payer in both languages."""

    code: str
    text: str
    text_ar: str


@dataclass(frozen=True, slots=True)
class Capture:
    """What the gateway says it took: `amount` in fils, `transaction` its own id, `rrn` the retrieval reference."""

    amount: int
    currency: str
    transaction: str
    gateway_payment: str
    rrn: str
    auth_code: str
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class Share:
    """`amount` fils of a capture that went one way. Of these `left` are free, `reserved` are promised to a refund or
    held by a dispute; the rest is gone. `is_dormant`: nobody asked for it within the rule's time; it is still the
    payer's.
    """

    disposition: Disposition
    amount: int
    left: int
    reserved: int = 0
    is_dormant: bool = False
    elsewhere: int = 0
    """What of the gone part left by another way than the rail that took it: the rail can still take it back."""

    @property
    def is_idle(self) -> bool:
        """An overpayment that nobody asked for so far, not even in part just now."""
        is_waiting = self.disposition is Disposition.OVERPAID and self.left > 0 and self.reserved == 0
        return is_waiting and not self.is_dormant


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """What the attempt pays on one invoice, as quoted when it began (`mizan.domain.quotes.Quote`), in fils.

    `discharged`: how much of the invoice's face amount its money has settled; `shares`: where the money went.
    """

    reference: str
    agency: str
    service: str
    amount: int
    discharge: int
    valid_until: datetime
    plan: str | None = None
    leg: int | None = None
    discharged: int = 0
    shares: tuple[Share, ...] = ()
    fee: Fee | None = None
    """What it costs to pay this line this way, as quoted; None where it costs nothing."""

    @property
    def fee_added(self) -> int:
        """What the payer is asked for beside `amount`, in fils."""
        return self.fee.added if self.fee else 0

    @property
    def left(self) -> int:
        """What of its money can still be refunded, credited or charged back, in fils."""
        return sum(share.left for share in self.shares)

    def share(self, disposition: Disposition) -> Share | None:
        return next((share for share in self.shares if share.disposition is disposition), None)


@dataclass(frozen=True, slots=True)
class Payment:
    """One attempt. `amount` in fils is what the payer was asked for: the lines, the fees that the payer bears, and
    `rounding` (fils, signed) where cash rounds to coins. `capture` is what the gateway took.

    `reference` is the invoice's, or the basket's where there are several lines; `agency` is then the account's ("*").
    `payer` is who pays where that is not whom the invoice bills.
    """

    payment_id: str
    reference: str
    agency: str
    service: str
    amount: int
    currency: str
    method: PaymentMethod
    gateway: str
    account_id: str
    account_token: str
    state: PaymentState
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    next_inquiry_at: datetime
    identity: str
    fingerprint: str
    correlation_id: str
    lines: tuple[PaymentLine, ...]
    inquiry_count: int = 0
    gateway_payment: str | None = None
    redirect_url: str | None = None
    decline: Decline | None = None
    capture: Capture | None = None
    is_final: bool = False
    """An inquiry after the acknowledgement has confirmed the capture: the gateway will not void it for want of one."""
    is_rechecked: bool = False
    """Somebody (a settlement file) contradicts what is stored: the gateway is to be asked once more, whatever the
    state.
    """
    history: History = ()
    rounding: int = 0
    payer: Customer | None = None

    @property
    def sequence(self) -> int:
        return len(self.history)

    @property
    def surcharge(self) -> int:
        """What of `amount` is for no invoice: fees that the payer bears, and cash rounding. Fils; may be negative."""
        return sum(line.fee_added for line in self.lines) + self.rounding

    @property
    def is_surcharged(self) -> bool:
        """Whether the capture took the surcharge too: it did where it was what was asked for, and what does not fit
        lies in suspense whole.
        """
        shared = sum(share.amount for share in self.shares)
        return self.capture is not None and shared + self.surcharge == self.capture.amount

    @property
    def fees_taken(self) -> tuple[tuple[PaymentLine, Fee], ...]:
        """The fees of the capture: the payer's where they came with it, others' where the line was paid with it."""
        if self.capture is None:
            return ()
        return tuple(
            (line, line.fee)
            for line in self.lines
            if line.fee is not None
            and (self.is_surcharged if line.fee.bearer is FeeBearer.PAYER else line.share(Disposition.ALLOCATED))
        )

    @property
    def shares(self) -> Iterator[Share]:
        return (share for line in self.lines for share in line.shares)

    @property
    def disposition(self) -> Disposition | None:
        """Where the money went, in one word: allocated where any of it was."""
        found = {share.disposition for share in self.shares}
        return next((one for one in Disposition if one in found), None)

    def amount_of(self, disposition: Disposition) -> int:
        """What was captured and went this way, in fils."""
        return sum(share.amount for share in self.shares if share.disposition is disposition)

    @property
    def refundable(self) -> int:
        """Captured money that neither reserved nor gone, in fils: one counter for refunds, credits and chargebacks."""
        return sum(line.left for line in self.lines)

    @property
    def is_idle(self) -> bool:
        """Whether it holds an overpayment that nobody asked for so far."""
        return any(share.is_idle for share in self.shares)

    @property
    def next_step_at(self) -> datetime | None:
        """When the platform has to do something about it by itself: ask, or set an idle overpayment aside. None:
        never.
        """
        if self.is_open:
            return self.next_inquiry_at
        is_waiting = self.is_idle and PAYMENT_STATES.allows(self.state, PaymentEvent.DORMANT)
        return self.capture.captured_at + DORMANT_AFTER if self.capture and is_waiting else None

    @property
    def is_open(self) -> bool:
        """Whether the platform still has to ask about it."""
        if self.method in NOTICE_FIRST:
            return False
        is_unconfirmed = self.state is PaymentState.SUCCEEDED and not self.is_final
        is_to_check = self.is_rechecked and self.state is not PaymentState.DISPUTED
        return self.state in UNDECIDED_STATES or is_unconfirmed or is_to_check or self.is_watched

    @property
    def is_watched(self) -> bool:
        """Whether money may still turn up for a cash bill that has expired."""
        is_watch_over = self.next_inquiry_at >= self.expires_at + LATE_WATCH
        return self.state is PaymentState.EXPIRED and self.method in CASH_BILLS and not is_watch_over


def changed(
    payment: Payment,
    event: PaymentEvent,
    at: datetime,
    *,
    amount: int | None = None,
    actor: str | None = None,
    note: str | None = None,
    **changes: Any,
) -> Payment:
    """The attempt after `event`, with its entry in the history. Raises IllegalTransitionError."""
    return replace(
        payment,
        state=PAYMENT_STATES.next_state(payment.state, event),
        updated_at=at,
        history=(*payment.history, Entry(event, at, amount, actor, note=note)),
        **changes,
    )
