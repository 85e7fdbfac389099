"""A state machine is a table of edges. Terminal states are derived; the guard says what was possible instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from mizan.domain.errors import IllegalTransitionError

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)


@dataclass(frozen=True)
class StateMachine(Generic[State, Event]):
    """`edges` maps (state, event) to the state that follows. Nothing else is a transition."""

    name: str
    initial: State
    edges: Mapping[tuple[State, Event], State]

    def next_state(self, current: State, event: Event) -> State:
        """The state after `event`. Raises IllegalTransitionError with the events that are possible in `current`."""
        target = self.edges.get((current, event))
        if target is None:
            raise self.refusal(current, event)
        return target

    def refusal(self, current: State, event: Event) -> IllegalTransitionError:
        """The error of an event that is not possible in `current`."""
        return IllegalTransitionError(self.name, current, event, self.possible(current))

    def allows(self, current: State, event: Event) -> bool:
        return (current, event) in self.edges

    def possible(self, current: State) -> tuple[str, ...]:
        """Events that lead out of `current`, in table order."""
        return tuple(event for state, event in self.edges if state == current)

    def is_terminal(self, state: State) -> bool:
        return not self.possible(state)
