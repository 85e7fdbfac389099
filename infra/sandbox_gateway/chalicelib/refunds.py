"""Refunds at the gateway: what is known of one, and what its original still has to give.

PROCESSING is a refund that the acquirer looks at by hand; CAPTURED went back; NOT_CAPTURED did not (facts: rails 1).
Only a captured one is a movement of money.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from .records import Movement
from .store import Session
from .transactions import Transaction

KIND = "refund"
REFUND_TIMER = "refund"
DISPUTE_KIND = "dispute"


class RefundState(StrEnum):
    PROCESSING = "processing"
    CAPTURED = "captured"
    NOT_CAPTURED = "not_captured"


RESULTS = {
    RefundState.PROCESSING: "PROCESSING",
    RefundState.CAPTURED: "CAPTURED",
    RefundState.NOT_CAPTURED: "NOT CAPTURED",
}
"""The wire's words; PROCESSING as a sister gateway answers [weak]."""


@dataclass(frozen=True, slots=True)
class Refund:
    """`track_id`, `tran_id` and `rrn` are the refund's own; `payment_id` is the original's. Times aware UTC.

    `auth_resp_code` "00" or the reason of a refusal; `ends_with` is the code with which a PROCESSING one will end.
    """

    terminal_id: str
    track_id: str
    payment_id: str
    amount_fils: int
    tran_id: str
    rrn: str
    auth_code: str
    udf: tuple[str, ...]
    created_at: datetime
    state: RefundState
    auth_resp_code: str
    ends_with: str = ""
    resolved_at: datetime | None = None

    @property
    def name(self) -> str:
        return name_of(self.terminal_id, self.track_id)

    @property
    def counts(self) -> bool:
        """Whether its amount is gone from the original, or held for it."""
        return self.state is not RefundState.NOT_CAPTURED

    def ended(self, code: str, at: datetime) -> Refund:
        state = RefundState.CAPTURED if code == "00" else RefundState.NOT_CAPTURED
        return replace(self, state=state, auth_resp_code=code, resolved_at=at)

    def to_document(self) -> dict[str, Any]:
        document = asdict(self)
        for name in ("created_at", "resolved_at"):
            document[name] = document[name].isoformat() if document[name] else None
        return document

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Refund:
        values = dict(document)
        for name in ("created_at", "resolved_at"):
            values[name] = datetime.fromisoformat(values[name]) if values[name] else None
        return cls(**values | {"state": RefundState(values["state"]), "udf": tuple(values["udf"])})


def name_of(terminal_id: str, track_id: str) -> str:
    return f"{terminal_id}/{track_id}"


def find_refund(session: Session, terminal_id: str, track_id: str) -> Refund | None:
    document = session.thing(KIND, name_of(terminal_id, track_id))
    return Refund.from_document(document) if document else None


def refunds_of(session: Session, payment_id: str = "") -> list[Refund]:
    """Of one payment, or all; oldest first."""
    return [Refund.from_document(document) for document in session.things(KIND, payment_id)]


def refundable_fils(session: Session, original: Transaction) -> int:
    """What was captured, less what was refunded or is being refunded, less what was lost in disputes."""
    refunded: int = sum(refund.amount_fils for refund in refunds_of(session, original.payment_id) if refund.counts)
    disputes = session.things(DISPUTE_KIND, original.payment_id)
    lost: int = sum(dispute["amount_fils"] for dispute in disputes if dispute["state"] == "lost")
    return (original.captured_fils or 0) - refunded - lost


def store_refund(session: Session, refund: Refund, at: datetime) -> None:
    """Keep it as it is now; a captured one is money that moved at `at`."""
    session.put_thing(KIND, refund.name, refund.payment_id, refund.to_document())
    if refund.state is RefundState.CAPTURED:
        session.add_movement(
            Movement(
                action="REFUND",
                at=at,
                terminal_id=refund.terminal_id,
                track_id=refund.track_id,
                payment_id=refund.payment_id,
                tran_id=refund.tran_id,
                rrn=refund.rrn,
                auth_code=refund.auth_code,
                amount_fils=refund.amount_fils,
                fee_fils=0,
            )
        )


def finish_when_due(session: Session, name: str, at: datetime) -> None:
    """The acquirer decides about a refund that was PROCESSING."""
    document = session.thing(KIND, name)
    refund = Refund.from_document(document) if document else None
    if refund is not None and refund.state is RefundState.PROCESSING:
        store_refund(session, refund.ended(refund.ends_with, at), at)
