"""What happens by itself after a while: stored timers, done when due by whoever looks next, or by the tick.

Each is done at its own instant, not at the moment of looking: a settlement file is the same whenever it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from .payouts import PAYOUT_TIMER
from .payouts import finish_when_due as finish_payout
from .refunds import REFUND_TIMER
from .refunds import finish_when_due as finish_refund
from .reversing import REVERSAL_TIMER, reverse_when_due
from .store import Session

TIMERS: dict[str, Callable[[Session, str, datetime], None]] = {
    REFUND_TIMER: finish_refund,
    REVERSAL_TIMER: reverse_when_due,
    PAYOUT_TIMER: finish_payout,
}


def mature(session: Session, now: datetime) -> None:
    """Do everything that is due, oldest first."""
    while (timer := session.take_timer(now)) is not None:
        due_at, kind, subject = timer
        TIMERS[kind](session, subject, due_at)
