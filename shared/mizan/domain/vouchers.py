"""A voucher: money paid in as cash at a kiosk or an agent, against a code that pays one government bill later.

For payers with neither card nor phone. A code is used once; what is left after it is a new voucher under a new code.
What a person holds is capped by the prepaid rules of the Central Bank of Bahrain: BHD 2,500 for a natural person, BHD
10,000 for a company (rails.md 5).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from mizan.domain.history import Entry, History
from mizan.domain.states import StateMachine

LIFETIME = timedelta(days=365)
"""How long a code can be used. After it the money is set aside; it stays the holder's."""

AMOUNT_MIN = 100
"""Fils: the smallest voucher that is issued against cash. What is left of another may be less."""

HOLDING_MAX: Mapping[str, int] = {"cpr": 2_500_000, "passport": 2_500_000, "cr": 10_000_000}
"""Most that one holder may have in vouchers at once, in fils, by the kind of the holder's document."""


class VoucherState(StrEnum):
    ISSUED = "issued"
    SPENT = "spent"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class VoucherEvent(StrEnum):
    ISSUE = "issue"
    SPEND = "spend"
    CANCEL = "cancel"
    EXPIRE = "expire"


VOUCHER_STATES: StateMachine[VoucherState, VoucherEvent] = StateMachine(
    "voucher",
    VoucherState.ISSUED,
    {
        (VoucherState.ISSUED, VoucherEvent.SPEND): VoucherState.SPENT,
        (VoucherState.ISSUED, VoucherEvent.CANCEL): VoucherState.CANCELLED,
        (VoucherState.ISSUED, VoucherEvent.EXPIRE): VoucherState.EXPIRED,
    },
)


@dataclass(frozen=True, slots=True)
class Voucher:
    """`amount` in fils. `holder` is a keyed digest of the document it was issued to; `code_digest` of its code.

    `sold_by` and `account_id`: the gateway and the account that took the cash; `transaction` its own id of it. A
    voucher that is what another left carries that one's id as `parent`. `payment_id`: what it was spent on; `spent_by`:
    a digest of the request that did.
    """

    voucher_id: str
    amount: int
    currency: str
    state: VoucherState
    holder: str
    code_digest: str
    sold_by: str
    account_id: str
    transaction: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    correlation_id: str
    parent: str | None = None
    payment_id: str | None = None
    spent_by: str | None = None
    history: History = ()

    @property
    def sequence(self) -> int:
        return len(self.history)

    @property
    def next_step_at(self) -> datetime | None:
        """When it has to be set aside; None: nothing is left to do."""
        return self.expires_at if self.state is VoucherState.ISSUED else None

    def is_spendable(self, now: datetime) -> bool:
        return self.state is VoucherState.ISSUED and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Holding:
    """What one holder has in vouchers that were issued and not used, in fils. `sequence` counts its changes."""

    holder: str
    amount: int
    sequence: int
    state: str = "open"
    """Nothing ends it: kept because whatever changes in the books changes under a state and a sequence."""


def changed(
    voucher: Voucher, event: VoucherEvent, at: datetime, *, actor: str | None = None, **changes: Any
) -> Voucher:
    """The voucher after `event`, with its entry in the history. Raises IllegalTransitionError."""
    return replace(
        voucher,
        state=VOUCHER_STATES.next_state(voucher.state, event),
        updated_at=at,
        history=(*voucher.history, Entry(event, at, voucher.amount, actor)),
        **changes,
    )


def held(holding: Holding, movement: int) -> Holding:
    """The holding after `movement` fils came (or went, negative). Raises ValueError where less is there."""
    if holding.amount + movement < 0:
        raise ValueError("a holder has no less than nothing")
    return replace(holding, amount=holding.amount + movement, sequence=holding.sequence + 1)
