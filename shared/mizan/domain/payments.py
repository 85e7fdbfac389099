"""A payment attempt: one try to pay one invoice through one gateway. An unknown outcome is found out, never guessed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mizan.domain.states import StateMachine


class PaymentMethod(StrEnum):
    DEBIT_CARD = "debit_card"


class PaymentState(StrEnum):
    CREATED = "created"
    PENDING = "pending"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    VOIDED = "voided"


class PaymentEvent(StrEnum):
    START = "start"
    LOSE = "lose"
    CAPTURE = "capture"
    DECLINE = "decline"
    CANCEL = "cancel"
    EXPIRE = "expire"
    VOID = "void"


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
        (state.CREATED, event.LOSE): state.UNKNOWN,
        (state.PENDING, event.LOSE): state.UNKNOWN,
    }
    for undecided in (state.CREATED, state.PENDING, state.UNKNOWN):
        edges |= {(undecided, outcome): target for outcome, target in outcomes.items()}
    for failed in (state.DECLINED, state.CANCELLED, state.EXPIRED):
        edges[failed, event.CAPTURE] = state.SUCCEEDED  # late truth: the money is real whatever we thought before
        edges[failed, event.VOID] = state.VOIDED
    return edges


PAYMENT_STATES: StateMachine[PaymentState, PaymentEvent] = StateMachine("payment", PaymentState.CREATED, _edges())

UNDECIDED_STATES = frozenset({PaymentState.CREATED, PaymentState.PENDING, PaymentState.UNKNOWN})
"""States that the sweep keeps asking the gateway about."""

ATTEMPT_LIFETIME = timedelta(minutes=30)
"""How long a payer may take on the gateway's page before the attempt may expire."""

EXPIRY_GRACE = timedelta(minutes=15)
"""How long after `expires_at` a gateway's "not found" is waited on before the attempt expires; "pending" never does."""

INQUIRY_DELAY_FIRST = timedelta(minutes=1)
INQUIRY_DELAY_MAX = timedelta(hours=1)


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
class Payment:
    """One attempt. `amount` in fils is what the payer was asked for; `capture` is what the gateway took."""

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
    inquiry_count: int = 0
    gateway_payment: str | None = None
    redirect_url: str | None = None
    decline: Decline | None = None
    capture: Capture | None = None
    disposition: Disposition | None = None
