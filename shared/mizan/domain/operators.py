"""A private operator runs kiosks or agents' counters under a licence. What its machines took is a receivable on it
until the money is banked: its *exposure*, which a cap bounds.

Over the cap, or suspended, it is shown no more bills. What it tells of is booked all the same: that money is real.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mizan.domain.history import Entry, History
from mizan.domain.states import StateMachine

BASIS_POINTS = 10_000


class OperatorState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class OperatorEvent(StrEnum):
    LICENSE = "license"
    SUSPEND = "suspend"
    RESUME = "resume"


OPERATOR_STATES: StateMachine[OperatorState, OperatorEvent] = StateMachine(
    "operator",
    OperatorState.ACTIVE,
    {
        (OperatorState.ACTIVE, OperatorEvent.SUSPEND): OperatorState.SUSPENDED,
        (OperatorState.SUSPENDED, OperatorEvent.RESUME): OperatorState.ACTIVE,
    },
)


@dataclass(frozen=True, slots=True)
class Operator:
    """`accounts` are the ids of the merchant accounts that it runs. `commission` in basis points of what it takes;
    `exposure_cap` in fils. `reason` is why it is suspended, in its last words.

    Raises ValueError on a commission or a cap that cannot be.
    """

    code: str
    name: str
    name_ar: str
    licence: str
    accounts: tuple[str, ...]
    commission: int
    exposure_cap: int
    state: OperatorState
    updated_at: datetime
    reason: str = ""
    history: History = ()

    def __post_init__(self) -> None:
        if not 0 <= self.commission <= BASIS_POINTS or self.exposure_cap < 0:
            raise ValueError("a commission is a part of what was taken, and no cap is negative")

    @property
    def sequence(self) -> int:
        return len(self.history)

    @property
    def is_suspended(self) -> bool:
        return self.state is OperatorState.SUSPENDED

    def has_room_for(self, amount: int, exposure: int) -> bool:
        """Whether it may take `amount` fils more while `exposure` fils are not banked."""
        return exposure + amount <= self.exposure_cap


def licensed(operator: Operator, at: datetime) -> Operator:
    """A new operator, with how its history begins."""
    return replace(operator, updated_at=at, history=(Entry(OperatorEvent.LICENSE, at, operator.exposure_cap),))


def changed(operator: Operator, event: OperatorEvent, at: datetime, *, actor: str, reason: str = "") -> Operator:
    """The operator after `event`, with who did it. Raises IllegalTransitionError."""
    return replace(
        operator,
        state=OPERATOR_STATES.next_state(operator.state, event),
        updated_at=at,
        reason=reason,
        history=(*operator.history, Entry(event, at, actor=actor)),
    )
