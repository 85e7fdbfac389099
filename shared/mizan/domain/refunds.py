"""A refund: money that goes back to a payer. Its headroom is reserved when it is asked for; it is sent once, ever.

An unknown refund is found out by inquiry, never sent again under another id.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from mizan.domain.headroom import Portion
from mizan.domain.history import Entry, History
from mizan.domain.iban import masked_iban
from mizan.domain.payments import Decline
from mizan.domain.states import StateMachine


class RefundState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SENDING = "sending"
    UNKNOWN = "unknown"
    REDEEMABLE = "redeemable"
    COMPLETED = "completed"
    FAILED = "failed"


class RefundEvent(StrEnum):
    REQUEST = "request"
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    SEND = "send"
    LOSE = "lose"
    OFFER_CODE = "offer_code"
    COMPLETE = "complete"
    FAIL = "fail"
    EXPIRE = "expire"


REFUND_STATES: StateMachine[RefundState, RefundEvent] = StateMachine(
    "refund",
    RefundState.REQUESTED,
    {
        (RefundState.REQUESTED, RefundEvent.APPROVE): RefundState.APPROVED,
        (RefundState.REQUESTED, RefundEvent.REJECT): RefundState.REJECTED,
        (RefundState.REQUESTED, RefundEvent.WITHDRAW): RefundState.WITHDRAWN,
        (RefundState.APPROVED, RefundEvent.SEND): RefundState.SENDING,
        (RefundState.APPROVED, RefundEvent.OFFER_CODE): RefundState.REDEEMABLE,
        (RefundState.APPROVED, RefundEvent.FAIL): RefundState.FAILED,
        (RefundState.SENDING, RefundEvent.COMPLETE): RefundState.COMPLETED,
        (RefundState.SENDING, RefundEvent.FAIL): RefundState.FAILED,
        (RefundState.SENDING, RefundEvent.LOSE): RefundState.UNKNOWN,
        (RefundState.UNKNOWN, RefundEvent.COMPLETE): RefundState.COMPLETED,
        (RefundState.UNKNOWN, RefundEvent.FAIL): RefundState.FAILED,
        (RefundState.REDEEMABLE, RefundEvent.COMPLETE): RefundState.COMPLETED,
        (RefundState.REDEEMABLE, RefundEvent.EXPIRE): RefundState.FAILED,
    },
)

IN_TRANSIT_STATES = frozenset({RefundState.SENDING, RefundState.UNKNOWN})
"""The rail was asked, or may have been: the money is neither here nor there, and the sweep keeps asking."""

OPEN_STATES = IN_TRANSIT_STATES | {RefundState.APPROVED, RefundState.REDEEMABLE}
"""States in which the platform, not a person, has the next step."""

WORKER_PREFIX = "worker:"
"""How the actor of a sending begins: the platform, in the name of one of its workers."""

CODE_LIFETIME = timedelta(days=30)
"""How long a cash-out code can be redeemed; then its money is free to be refunded again."""

NOT_FOUND_GRACE = timedelta(minutes=30)
"""How long after it was sent a rail's "not found" is waited on before the refund counts as never arrived: failed."""


class RefundDestination(StrEnum):
    INSTRUMENT = "instrument"
    IBAN = "iban"
    CASH_CODE = "cash_code"


@dataclass(frozen=True, slots=True)
class Beneficiary:
    """Who gets the money where it does not go back to the instrument. Personal data: sealed at rest, masked in logs.

    `iban` for a transfer; `identifier` (`cpr:…`, `passport:…`) is what a cash-out code is bound to.
    """

    name: str
    iban: str | None = None
    identifier: str | None = None

    @property
    def masked_name(self) -> str:
        """As `Customer.masked_name`."""
        return " ".join(f"{word[0]}•••" for word in self.name.split())

    @property
    def masked_iban(self) -> str | None:
        return masked_iban(self.iban) if self.iban else None

    @property
    def masked_identifier(self) -> str | None:
        """Its kind and its last three characters."""
        if self.identifier is None:
            return None
        kind, _, number = self.identifier.partition(":")
        return f"{kind}:{'•' * (len(number) - 3)}{number[-3:]}"


@dataclass(frozen=True, slots=True)
class Refund:
    """`amount` fils of one portion of a payment. `track_id` (24 digits) is the rail's handle, made with the refund.

    `maker` asked for it, `checker` approved it: two people (`Caller.maker`). `code_digest` is all that is kept of a
    code.
    """

    refund_id: str
    payment_id: str
    payment_reference: str
    agency: str
    portion: Portion
    currency: str
    destination: RefundDestination
    state: RefundState
    reason: str
    maker: str
    created_at: datetime
    updated_at: datetime
    next_inquiry_at: datetime
    identity: str
    fingerprint: str
    correlation_id: str
    beneficiary: Beneficiary | None = None
    checker: str | None = None
    inquiry_count: int = 0
    sent_at: datetime | None = None
    expires_at: datetime | None = None
    code_digest: str | None = None
    transaction: str | None = None
    decline: Decline | None = None
    history: History = ()

    @property
    def amount(self) -> int:
        return self.portion.amount

    @property
    def sequence(self) -> int:
        return len(self.history)

    @property
    def next_step_at(self) -> datetime | None:
        """When the platform has to do something about it by itself; None: a person has the next step, or nobody."""
        return self.next_inquiry_at if self.state in OPEN_STATES else None

    @property
    def track_id(self) -> str:
        return self.refund_id.removeprefix("rfd_")


def changed(refund: Refund, event: RefundEvent, at: datetime, *, actor: str | None = None, **changes: Any) -> Refund:
    """The refund after `event`, with its entry in the history. Raises IllegalTransitionError."""
    return replace(
        refund,
        state=REFUND_STATES.next_state(refund.state, event),
        updated_at=at,
        history=(*refund.history, Entry(event, at, refund.amount, actor)),
        **changes,
    )
