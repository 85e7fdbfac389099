"""The two sides of a match and what comes of it. Amounts in minor units (fils); instants aware UTC."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mizan.domain.ledger import LedgerTransaction
from mizan.domain.reconciliation.reasons import Reason
from mizan.domain.references import track_id


class Action(StrEnum):
    """What a line of a settlement file did."""

    PURCHASE = "PURCHASE"
    VOID = "VOID"
    """Taken back by the gateway itself: the acknowledgement was missing."""
    REVERSAL = "REVERSAL"
    """Taken back later."""
    REFUND = "REFUND"
    CHARGEBACK = "CHARGEBACK"


SIGN_OF_ACTION = {action: 1 if action is Action.PURCHASE else -1 for action in Action}

TAKING_BACK = frozenset({Action.VOID, Action.REVERSAL})
"""What undoes a whole purchase, under its numbers."""


@dataclass(frozen=True, slots=True)
class PlatformEntry:
    """A movement at the gateway as the journal has it: a capture, or (`amount` negative) money that went back.

    `track_id` is what the gateway knows the attempt by, 24 digits; `gateway_transaction` is the movement's own: a
    refund's, or the capture's where that was reversed or charged back.
    """

    transaction_id: str
    track_id: str
    gateway_transaction: str
    rrn: str
    amount: int
    currency: str
    agency: str
    service: str
    reference: str
    payment_id: str
    captured_at: datetime
    posting_day: date
    correlation_id: str

    @property
    def went_back(self) -> bool:
        return self.amount < 0

    @classmethod
    def of(cls, transaction: LedgerTransaction) -> "PlatformEntry":
        return cls(
            transaction_id=transaction.transaction_id,
            track_id=track_id(transaction.payment_id),
            gateway_transaction=transaction.gateway_transaction,
            rrn=transaction.rrn,
            amount=transaction.clearing_movement,
            currency=transaction.currency,
            agency=transaction.agency,
            service=transaction.service,
            reference=transaction.reference,
            payment_id=transaction.payment_id,
            captured_at=transaction.captured_at,
            posting_day=transaction.posting_day,
            correlation_id=transaction.correlation_id,
        )


@dataclass(frozen=True, slots=True)
class GatewayLine:
    """A DETAIL line of a settlement file; `line` counts from 1, the header included. `amount` is never negative."""

    line: int
    track_id: str
    gateway_payment: str
    tran_id: str
    rrn: str
    action: Action
    amount: int
    fee: int
    currency: str
    captured_at: datetime

    @property
    def signed_amount(self) -> int:
        """What the line adds to the day's net."""
        return SIGN_OF_ACTION[self.action] * self.amount


@dataclass(frozen=True, slots=True)
class KnownPayment:
    """What the platform knows about a line that the day's journal does not have; `amount` None: never captured;
    negative: a refund that it sent.
    """

    payment_id: str
    reference: str
    agency: str
    service: str
    state: str
    amount: int | None
    currency: str
    gateway_transaction: str
    correlation_id: str

    @property
    def is_captured(self) -> bool:
        return self.amount is not None

    @property
    def is_voided(self) -> bool:
        return self.state == "voided"

    @property
    def is_taken_back(self) -> bool:
        """Captured, and given back whole since: the journal has both, on whatever days."""
        return self.is_captured and self.state in ("voided", "reversed")


@dataclass(frozen=True, slots=True)
class Match:
    """Both sides agree: an entry and its line; or a purchase and its void, which no entry need know."""

    entry: PlatformEntry | None
    lines: tuple[GatewayLine, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One exception. `entry` and `lines` are the rows of the input that it accounts for; `known` only explains it."""

    reason: Reason
    entry: PlatformEntry | None = None
    lines: tuple[GatewayLine, ...] = ()
    known: KnownPayment | None = None

    @property
    def exception_id(self) -> str:
        """The same in every run of the day, whatever the reason becomes."""
        parts = [self.entry.transaction_id] if self.entry else []
        if self.lines and not parts:
            line = self.lines[0]
            parts = [line.track_id, line.tran_id, line.action, line.rrn]
        return f"exc_{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:16]}"

    @property
    def platform_amount(self) -> int | None:
        if self.entry is not None:
            return self.entry.amount
        return self.known.amount if self.known is not None else None

    @property
    def gateway_amount(self) -> int | None:
        return sum(line.signed_amount for line in self.lines) if self.lines else None

    @property
    def difference(self) -> int:
        """Gateway less platform, in fils."""
        return (self.gateway_amount or 0) - (self.platform_amount or 0)


@dataclass(frozen=True, slots=True)
class Classified:
    """Every row of the input once: in `matches` or in `differences`."""

    matches: tuple[Match, ...]
    differences: tuple[Difference, ...]
