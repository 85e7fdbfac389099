"""A captured and acknowledged payment that is taken back all the same: an inquiry says VOIDED from then on.

The money line is REVERSAL. (VOID is the gateway's own, for a missing acknowledgement.)
"""

from __future__ import annotations

from datetime import datetime

from .errors import ControlError
from .records import Movement
from .refunds import refunds_of
from .store import Session
from .transactions import Event, State, Transaction

REVERSAL_TIMER = "reversal"


def reverse(session: Session, payment_id: str, at: datetime) -> Transaction:
    """Take the whole capture back. Raises ControlError: 404 unknown, 409 not captured, or partly refunded already."""
    transaction = session.transaction(payment_id)
    if transaction is None:
        raise ControlError(404, "unknown_payment", "no such payment")
    if transaction.state is not State.CAPTURED:
        raise ControlError(409, "not_captured", f"the payment is {transaction.state}")
    if any(refund.counts for refund in refunds_of(session, payment_id)):
        raise ControlError(409, "partly_refunded", "a payment with refunds is not reversed")
    reversed_one = transaction.after(Event.REVERSED, at)
    session.put_transaction(reversed_one)
    session.add_movement(Movement.of("REVERSAL", reversed_one, at))
    return reversed_one


def reverse_when_due(session: Session, payment_id: str, at: datetime) -> None:
    """A script's own reversal: what cannot be reversed any more is left as it is."""
    try:
        reverse(session, payment_id, at)
    except ControlError:
        return
