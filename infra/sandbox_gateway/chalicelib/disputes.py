"""A payer's bank disputes a captured payment: a notice, then lost (the money is charged back) or won (nothing moves).

The notice is what a bank would send by mail or file: here it waits in a list. A bank may dispute what was refunded.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from .errors import ControlError
from .records import Movement
from .refunds import DISPUTE_KIND as KIND
from .store import Session
from .transactions import State
from .world import new_rrn

RESPONSE_TIME = timedelta(days=30)
REASON_LENGTH_MAX = 200


class DisputeState(StrEnum):
    NOTIFIED = "notified"
    LOST = "lost"
    WON = "won"


@dataclass(frozen=True, slots=True)
class Dispute:
    """`track_id` and `tran_id` are the payment's, `rrn` the dispute's own; `amount_fils` at most what was captured."""

    dispute_id: str
    payment_id: str
    terminal_id: str
    track_id: str
    tran_id: str
    rrn: str
    amount_fils: int
    reason: str
    state: DisputeState
    notified_at: datetime
    respond_by: datetime
    decided_at: datetime | None = None

    def to_document(self) -> dict[str, Any]:
        document = asdict(self)
        for name in ("notified_at", "respond_by", "decided_at"):
            document[name] = document[name].isoformat() if document[name] else None
        return document

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Dispute:
        values = dict(document)
        for name in ("notified_at", "respond_by", "decided_at"):
            values[name] = datetime.fromisoformat(values[name]) if values[name] else None
        return cls(**values | {"state": DisputeState(values["state"])})


def notify(session: Session, payment_id: str, amount_fils: int | None, reason: str, now: datetime) -> Dispute:
    """A notice about a captured payment, over the whole of it when `amount_fils` is None.

    Raises ControlError: 404 unknown, 409 not captured, 422 more than is left to dispute.
    """
    transaction = session.transaction(payment_id)
    if transaction is None:
        raise ControlError(404, "unknown_payment", "no such payment")
    if transaction.state is not State.CAPTURED:
        raise ControlError(409, "not_captured", f"the payment is {transaction.state}")
    others = [Dispute.from_document(document) for document in session.things(KIND, payment_id)]
    left = (transaction.captured_fils or 0) - sum(d.amount_fils for d in others if d.state is not DisputeState.WON)
    wanted = left if amount_fils is None else amount_fils
    if not 0 < wanted <= left:
        raise ControlError(422, "bad_amount", f"more than nothing, and at most {left} fils")
    dispute = Dispute(
        dispute_id=f"dsp{now:%Y%j}{secrets.token_hex(5)}",
        payment_id=payment_id,
        terminal_id=transaction.terminal_id,
        track_id=transaction.track_id,
        tran_id=transaction.tran_id,
        rrn=session.unused("rrn", new_rrn, now),
        amount_fils=wanted,
        reason=reason,
        state=DisputeState.NOTIFIED,
        notified_at=now,
        respond_by=now + RESPONSE_TIME,
    )
    _store(session, dispute)
    return dispute


def decide(session: Session, dispute_id: str, state: DisputeState, now: datetime) -> Dispute:
    """Lost: a CHARGEBACK line. Won: nothing moves. Raises ControlError: 404 unknown, 409 decided already."""
    document = session.thing(KIND, dispute_id)
    if document is None:
        raise ControlError(404, "unknown_dispute", "no such dispute")
    dispute = Dispute.from_document(document)
    if dispute.state is not DisputeState.NOTIFIED:
        raise ControlError(409, "already_decided", f"the dispute is {dispute.state}")
    decided = replace(dispute, state=state, decided_at=now)
    _store(session, decided)
    if state is DisputeState.LOST:
        session.add_movement(_chargeback(decided, now))
    return decided


def disputes(session: Session) -> list[Dispute]:
    """Every notice, oldest first."""
    return [Dispute.from_document(document) for document in session.things(KIND)]


def _store(session: Session, dispute: Dispute) -> None:
    session.put_thing(KIND, dispute.dispute_id, dispute.payment_id, dispute.to_document())


def _chargeback(dispute: Dispute, at: datetime) -> Movement:
    return Movement(
        action="CHARGEBACK",
        at=at,
        terminal_id=dispute.terminal_id,
        track_id=dispute.track_id,
        payment_id=dispute.payment_id,
        tran_id=dispute.tran_id,
        rrn=dispute.rrn,
        auth_code="",
        amount_fils=dispute.amount_fils,
        fee_fils=0,
    )
