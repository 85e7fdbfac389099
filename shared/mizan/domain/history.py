"""What happened to an object, in order: kept inside the object, so that a change and its trace are one write.

The position in the history is the object's *sequence*: 1, 2, 3 … without gaps. It is the number by which writers notice
each other, by which receivers of events put them in order, and what a payer's timeline shows.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened at `at` (UTC). `amount` in fils where money is meant; `actor` who did it, None: the
    platform. `balance`: what was still owed after it, in fils, where the event alone does not say (a part was paid).
    `note`: why, where it was said.
    """

    event: str
    at: datetime
    amount: int | None = None
    actor: str | None = None
    balance: int | None = None
    note: str | None = None


History = tuple[Entry, ...]
