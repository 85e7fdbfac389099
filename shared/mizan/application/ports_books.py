"""The one way in which several things change together: one transaction, each thing as it was seen and as it becomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from mizan.domain.disputes import Dispute
from mizan.domain.invoices import Invoice
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.payments import Payment
from mizan.domain.refunds import Refund
from mizan.domain.suspense import SuspenseCase
from mizan.domain.vouchers import Holding, Voucher

Record: TypeAlias = Invoice | Payment | Refund | Dispute | SuspenseCase | Voucher | Holding


@dataclass(frozen=True, slots=True)
class Move:
    """`before` as last read, None where the thing is new; `after` as it shall be, the same where it is only to be so
    still.
    """

    before: Record | None
    after: Record


class CommitOutcome(StrEnum):
    """What the one transaction found. Anything but COMMITTED: nothing was written."""

    COMMITTED = "committed"
    CHANGED = "changed"
    """One of the things is no longer as seen, or is there already: read again and decide again."""
    CLAIMED = "claimed"
    """Somebody holds one of the claims already."""
    CONFLICT = "conflict"
    """Another transaction held an item, or the store was too busy: the same call may be made again."""


class Books(Protocol):
    def commit(
        self,
        moves: Sequence[Move],
        *,
        transaction: LedgerTransaction | None = None,
        claims: Mapping[str, str] | None = None,
    ) -> CommitOutcome:
        """All of it is written or none: each move under its state and sequence as seen, the journal entry once, each
        claim (a name that can be taken once → what it is taken for) by the first. Each thing appears once. Accounts
        whose balance is counted (`mizan.domain.ledger.counted_movements`) are counted with the journal entry.
        """
        ...

    def holder(self, claim: str) -> str | None:
        """What a claim was taken for. Strongly consistent."""
        ...
