"""A suspense case: captured money that fits no invoice, and what people decide about it.

The money itself is an attempt's suspended share, whoever's attempt that is: of a card payment whose amount was wrong,
or of a transfer that named no invoice, which is an attempt under a reference of its own. The case is what finance works
on. One person proposes where it belongs, another confirms.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from mizan.domain.history import Entry, History
from mizan.domain.incoming_credits import NOBODY, Remitter
from mizan.domain.payments import Disposition, Payment
from mizan.domain.references import track_id
from mizan.domain.states import StateMachine

CASE_SEQUENCE_MAX = 100
"""Entries that a case's history may have before nothing more is proposed."""


class SuspenseState(StrEnum):
    OPEN = "open"
    PROPOSED = "proposed"
    ALLOCATED = "allocated"
    RETURNED = "returned"
    TAKEN_BACK = "taken_back"


class SuspenseEvent(StrEnum):
    RECEIVE = "receive"
    PROPOSE_ALLOCATION = "propose_allocation"
    PROPOSE_RETURN = "propose_return"
    DROP = "drop"
    ALLOCATE = "allocate"
    RETURN = "return"
    TAKE_BACK = "take_back"


SUSPENSE_STATES: StateMachine[SuspenseState, SuspenseEvent] = StateMachine(
    "suspense case",
    SuspenseState.OPEN,
    {
        (SuspenseState.OPEN, SuspenseEvent.PROPOSE_ALLOCATION): SuspenseState.PROPOSED,
        (SuspenseState.OPEN, SuspenseEvent.PROPOSE_RETURN): SuspenseState.PROPOSED,
        (SuspenseState.OPEN, SuspenseEvent.TAKE_BACK): SuspenseState.TAKEN_BACK,
        (SuspenseState.PROPOSED, SuspenseEvent.DROP): SuspenseState.OPEN,
        (SuspenseState.PROPOSED, SuspenseEvent.ALLOCATE): SuspenseState.ALLOCATED,
        (SuspenseState.PROPOSED, SuspenseEvent.RETURN): SuspenseState.RETURNED,
        (SuspenseState.PROPOSED, SuspenseEvent.TAKE_BACK): SuspenseState.TAKEN_BACK,
        (SuspenseState.ALLOCATED, SuspenseEvent.TAKE_BACK): SuspenseState.TAKEN_BACK,
        (SuspenseState.RETURNED, SuspenseEvent.TAKE_BACK): SuspenseState.TAKEN_BACK,
    },
)


class SuspenseReason(StrEnum):
    """Why the money fits nothing."""

    NO_REFERENCE = "no_reference"
    UNKNOWN_REFERENCE = "unknown_reference"
    AMBIGUOUS = "ambiguous"
    ANOTHER_AGENCY = "another_agency"
    WRONG_CURRENCY = "wrong_currency"
    WRONG_AMOUNT = "wrong_amount"
    NOT_PAYABLE = "not_payable"


class ProposalKind(StrEnum):
    ALLOCATE = "allocate"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What `maker` proposes: `target` is the invoice's reference for an allocation, the refund's id for a return."""

    kind: ProposalKind
    target: str
    maker: str


@dataclass(frozen=True, slots=True)
class SuspenseCase:
    """`amount` in minor units of `currency` (fils for BHD): what came into suspense with this attempt. `remitter` and
    `remittance` are what the bank told, where one did: personal data, sealed at rest.
    """

    case_id: str
    payment_id: str
    reference: str
    agency: str
    gateway: str
    amount: int
    currency: str
    reason: SuspenseReason
    state: SuspenseState
    paid_at: datetime
    created_at: datetime
    updated_at: datetime
    remitter: Remitter = NOBODY
    remittance: str = ""
    proposal: Proposal | None = None
    checker: str | None = None
    allocated_to: str | None = None
    """The attempt that the money became, on the invoice it belonged to."""
    history: History = ()

    @property
    def sequence(self) -> int:
        return len(self.history)


def case_id_of(payment_id: str) -> str:
    """A case is named after the attempt whose money it is: `sus_` and its 24 digits."""
    return f"sus_{track_id(payment_id)}"


def payment_id_of(case_id: str) -> str:
    return f"pay_{case_id.removeprefix('sus_')}"


def opened_case(
    payment: Payment,
    reason: SuspenseReason,
    now: datetime,
    *,
    remitter: Remitter | None = None,
    remittance: str = "",
) -> SuspenseCase:
    """The case of an attempt that was just captured, of what of it is suspended."""
    amount, capture = payment.amount_of(Disposition.SUSPENDED), payment.capture
    line = next(line for line in payment.lines if line.share(Disposition.SUSPENDED))
    return SuspenseCase(
        case_id=case_id_of(payment.payment_id),
        payment_id=payment.payment_id,
        reference=line.reference,
        agency=line.agency,
        gateway=payment.gateway,
        amount=amount,
        currency=capture.currency if capture else payment.currency,
        reason=reason,
        state=SUSPENSE_STATES.initial,
        paid_at=capture.captured_at if capture else now,
        created_at=now,
        updated_at=now,
        remitter=remitter or NOBODY,
        remittance=remittance,
        history=(Entry(SuspenseEvent.RECEIVE, now, amount),),
    )


def changed(
    case: SuspenseCase, event: SuspenseEvent, at: datetime, *, actor: str | None = None, **changes: Any
) -> SuspenseCase:
    """The case after `event`, with its entry in the history. Raises IllegalTransitionError."""
    return replace(
        case,
        state=SUSPENSE_STATES.next_state(case.state, event),
        updated_at=at,
        history=(*case.history, Entry(event, at, case.amount, actor)),
        **changes,
    )
