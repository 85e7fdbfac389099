"""A dispute: a payer's bank takes a capture back, unless the agency shows that the money was due."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from mizan.domain.headroom import Portion
from mizan.domain.history import Entry, History
from mizan.domain.states import StateMachine


class DisputeState(StrEnum):
    NOTIFIED = "notified"
    EVIDENCE = "evidence"
    REPRESENTED = "represented"
    WON = "won"
    LOST = "lost"


class DisputeEvent(StrEnum):
    NOTIFY = "notify"
    ADD_EVIDENCE = "add_evidence"
    REPRESENT = "represent"
    ACCEPT = "accept"
    WIN = "win"
    LOSE = "lose"


def _edges() -> dict[tuple[DisputeState, DisputeEvent], DisputeState]:
    state, event = DisputeState, DisputeEvent
    edges = {
        (state.NOTIFIED, event.ADD_EVIDENCE): state.EVIDENCE,
        (state.EVIDENCE, event.ADD_EVIDENCE): state.EVIDENCE,
        (state.EVIDENCE, event.REPRESENT): state.REPRESENTED,
        (state.NOTIFIED, event.ACCEPT): state.LOST,
        (state.EVIDENCE, event.ACCEPT): state.LOST,
    }
    for undecided in (state.NOTIFIED, state.EVIDENCE, state.REPRESENTED):
        edges[undecided, event.WIN] = state.WON
        edges[undecided, event.LOSE] = state.LOST
    return edges


DISPUTE_STATES: StateMachine[DisputeState, DisputeEvent] = StateMachine("dispute", DisputeState.NOTIFIED, _edges())


@dataclass(frozen=True, slots=True)
class Dispute:
    """`amount` fils of a payment, held (reserved) by its bank's word: `case_number` is the bank's own, `reason` its
    code.

    `evidence` are the notes of the agency's people, oldest first; documents stay with the agency.
    """

    dispute_id: str
    payment_id: str
    payment_reference: str
    agency: str
    portions: tuple[Portion, ...]
    currency: str
    state: DisputeState
    case_number: str
    reason: str
    maker: str
    created_at: datetime
    updated_at: datetime
    respond_by: datetime
    identity: str
    fingerprint: str
    correlation_id: str
    evidence: tuple[str, ...] = ()
    history: History = ()

    @property
    def amount(self) -> int:
        return sum(portion.amount for portion in self.portions)

    @property
    def sequence(self) -> int:
        return len(self.history)


def changed(
    dispute: Dispute, event: DisputeEvent, at: datetime, *, actor: str | None = None, **changes: Any
) -> Dispute:
    """The dispute after `event`, with its entry in the history. Raises IllegalTransitionError."""
    return replace(
        dispute,
        state=DISPUTE_STATES.next_state(dispute.state, event),
        updated_at=at,
        history=(*dispute.history, Entry(event, at, dispute.amount, actor)),
        **changes,
    )
