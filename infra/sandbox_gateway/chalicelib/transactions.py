"""One payment at the gateway: what is known of it and the only ways it can change.

The machine is the table `TRANSITIONS`; `advance` is its one guard. `result` on the wire comes from `RESULTS`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    INITIATED = "initiated"
    CAPTURED = "captured"
    NOT_CAPTURED = "not_captured"
    CANCELED = "canceled"
    DENIED_BY_RISK = "denied_by_risk"
    HOST_TIMEOUT = "host_timeout"
    VOIDED = "voided"
    ERRED = "erred"


class Event(StrEnum):
    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED_BY_PAYER = "cancelled_by_payer"
    RISK_DENIED = "risk_denied"
    HOST_SILENT = "host_silent"
    ACKNOWLEDGEMENT_MISSING = "acknowledgement_missing"
    REVERSED = "reversed"
    PAGE_FAILED = "page_failed"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.INITIATED, Event.APPROVED): State.CAPTURED,
    (State.INITIATED, Event.DECLINED): State.NOT_CAPTURED,
    (State.INITIATED, Event.CANCELLED_BY_PAYER): State.CANCELED,
    (State.INITIATED, Event.RISK_DENIED): State.DENIED_BY_RISK,
    (State.INITIATED, Event.HOST_SILENT): State.HOST_TIMEOUT,
    (State.INITIATED, Event.PAGE_FAILED): State.ERRED,
    (State.HOST_TIMEOUT, Event.APPROVED): State.CAPTURED,
    (State.HOST_TIMEOUT, Event.DECLINED): State.NOT_CAPTURED,
    (State.CAPTURED, Event.ACKNOWLEDGEMENT_MISSING): State.VOIDED,
    (State.CAPTURED, Event.REVERSED): State.VOIDED,
}

RESULTS: dict[State, str] = {
    State.CAPTURED: "CAPTURED",
    State.NOT_CAPTURED: "NOT CAPTURED",
    State.CANCELED: "CANCELED",
    State.DENIED_BY_RISK: "DENIED BY RISK",
    State.HOST_TIMEOUT: "HOST TIMEOUT",
    State.VOIDED: "VOIDED",
}
"""The wire's words. A payment with no word here has no transaction yet: an inquiry answers "not found"."""


class IllegalTransitionError(Exception):
    """The event cannot happen to a payment in this state."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event} cannot happen to a payment that is {state}")
        self.state = state
        self.event = event


def advance(state: State, event: Event) -> State:
    """The state after `event`. Raises IllegalTransitionError when the table has no such edge."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransitionError(state, event) from None


@dataclass(frozen=True, slots=True)
class Transaction:
    """A payment; amounts in fils, times aware UTC. `captured_fils` is what the card was really charged, in `currency`.

    `return_url` is where the payer goes, for a wire that is told so at the start.
    """

    payment_id: str
    terminal_id: str
    track_id: str
    amount_fils: int
    response_url: str
    error_url: str
    udf: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    state: State = State.INITIATED
    captured_fils: int | None = None
    tran_id: str = ""
    rrn: str = ""
    auth_code: str = ""
    auth_resp_code: str = ""
    masked_card: str = ""
    resolved_at: datetime | None = None
    redirect_url: str = ""
    return_trandata: str = ""
    return_url: str = ""
    currency: str = "BHD"
    history: tuple[tuple[str, str], ...] = field(default=())

    def after(self, event: Event, at: datetime, **facts: Any) -> Transaction:
        """The payment after `event`, with the new facts; the history keeps (time, event)."""
        history = (*self.history, (at.isoformat(), str(event)))
        return replace(self, state=advance(self.state, event), history=history, **facts)

    def to_document(self) -> dict[str, Any]:
        """A JSON-ready form; `from_document` reads it back."""
        document = asdict(self)
        for name in ("created_at", "expires_at", "resolved_at"):
            document[name] = document[name].isoformat() if document[name] else None
        return document

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Transaction:
        values = dict(document)
        for name in ("created_at", "expires_at", "resolved_at"):
            values[name] = datetime.fromisoformat(values[name]) if values[name] else None
        values["state"] = State(values["state"])
        values["udf"] = tuple(values["udf"])
        values["history"] = tuple((at, event) for at, event in values["history"])
        return cls(**values)
