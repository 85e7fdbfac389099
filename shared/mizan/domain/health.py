"""How a merchant account's rail is doing: when it counts as down, and what it takes to be trusted again. Pure.

Hysteresis: a rail goes down by its rate of failures over the last slots, and comes back by probes, after a cool-down
that doubles while they fail. Rates are in basis points.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from mizan.domain.states import StateMachine

WHOLE = 10_000
"""Basis points in one."""


class RailState(StrEnum):
    UP = "up"
    DOWN = "down"
    PROBING = "probing"


class RailEvent(StrEnum):
    TRIP = "trip"
    PASS = "pass"  # noqa: S105  # a probe passes
    FAIL = "fail"
    RECOVER = "recover"


def _edges() -> dict[tuple[RailState, RailEvent], RailState]:
    state, event = RailState, RailEvent
    edges = {(state.UP, event.TRIP): state.DOWN}
    for unwell in (state.DOWN, state.PROBING):
        edges |= {
            (unwell, event.PASS): state.PROBING,
            (unwell, event.FAIL): state.DOWN,
            (unwell, event.RECOVER): state.UP,
        }
    return edges


RAIL_STATES: StateMachine[RailState, RailEvent] = StateMachine("rail", RailState.UP, _edges())


@dataclass(frozen=True, slots=True)
class Tally:
    """Calls to a gateway: `answered` (a refusal is an answer), `unavailable` (it did nothing), `unknown` (no readable
    answer in time).
    """

    answered: int = 0
    unavailable: int = 0
    unknown: int = 0

    @property
    def calls(self) -> int:
        return self.answered + self.failed

    @property
    def failed(self) -> int:
        return self.unavailable + self.unknown

    @property
    def failure_rate(self) -> int:
        """Basis points, rounded down; 0 where nothing was called."""
        return self.failed * WHOLE // self.calls if self.calls else 0

    @property
    def unknown_rate(self) -> int:
        """The part of timeouts, in basis points."""
        return self.unknown * WHOLE // self.calls if self.calls else 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.answered + other.answered, self.unavailable + other.unavailable, self.unknown + other.unknown)


@dataclass(frozen=True, slots=True)
class RailPolicy:
    """When a rail is down (`failures_from` basis points of at least `calls_min` calls in `slot_count` slots), and when
    it is up again (`passes_needed` probes in a row, one per `probe_every`, after a cool-down that doubles to its most).
    """

    slot: timedelta = timedelta(seconds=10)
    slot_count: int = 12
    calls_min: int = 10
    failures_from: int = 5_000
    cool_down: timedelta = timedelta(seconds=60)
    cool_down_max: timedelta = timedelta(minutes=15)
    probe_every: timedelta = timedelta(seconds=10)
    passes_needed: int = 3

    def slot_of(self, at: datetime) -> datetime:
        """The start of the slot that `at` lies in (UTC)."""
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        return epoch + (at - epoch) // self.slot * self.slot

    def window_from(self, health: "RailHealth", now: datetime) -> datetime:
        """The start of the first slot that counts: of the last `slot_count`, those that began since the rail is up."""
        first = self.slot_of(now) - (self.slot_count - 1) * self.slot
        return max(first, health.since)


DEFAULT_POLICY = RailPolicy()

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
"""Since when a rail is up that was never anything else."""


@dataclass(frozen=True, slots=True)
class RailHealth:
    """One account's rail. `since` (UTC): its state's beginning. `trips`: failures in a row, by which the cool-down
    doubles; `passes`: probes that passed in a row. `cooled_at`: the end of the cool-down; `probe_from`: when the next
    call may be let through as a probe. `seen`: what was counted when it went down. `revision`: how writers notice each
    other.
    """

    account_id: str
    state: RailState = RAIL_STATES.initial
    since: datetime = LONG_AGO
    revision: int = 0
    trips: int = 0
    passes: int = 0
    cooled_at: datetime = LONG_AGO
    probe_from: datetime = LONG_AGO
    seen: Tally = Tally()

    @property
    def is_up(self) -> bool:
        return self.state is RailState.UP


@dataclass(frozen=True, slots=True)
class RailEntry:
    """One change of a rail's state, as the audit keeps it."""

    event: RailEvent
    state: RailState
    at: datetime
    seen: Tally


def judged(health: RailHealth, seen: Tally, now: datetime, policy: RailPolicy) -> RailHealth:
    """Down where too many of the calls failed; else as it was."""
    is_bad = seen.calls >= policy.calls_min and seen.failure_rate >= policy.failures_from
    if not (health.is_up and is_bad):
        return health
    trips = health.trips + 1 if now - health.since < policy.cool_down_max else 1  # it flaps: trusted later each time
    return _cooling(health, RailEvent.TRIP, now, policy, trips=trips, seen=seen)


def may_probe(health: RailHealth, now: datetime) -> bool:
    """Whether one call may be let through to a rail that is not up, to see."""
    return not health.is_up and now >= max(health.cooled_at, health.probe_from)


def claimed(health: RailHealth, now: datetime, policy: RailPolicy) -> RailHealth:
    """The rail with its next probe taken: who writes this may make it."""
    return replace(health, revision=health.revision + 1, probe_from=now + policy.probe_every)


def probed(health: RailHealth, *, is_answered: bool, now: datetime, policy: RailPolicy) -> RailHealth:
    """After a call to a rail that is not up. What was sent before its cool-down was over says nothing."""
    if health.is_up or now < health.cooled_at:
        return health
    if not is_answered:
        return _cooling(health, RailEvent.FAIL, now, policy, trips=health.trips + 1)
    passes = health.passes + 1
    event = RailEvent.RECOVER if passes >= policy.passes_needed else RailEvent.PASS
    return _changed(health, event, now, passes=0 if event is RailEvent.RECOVER else passes)


def cool_down(trips: int, policy: RailPolicy) -> timedelta:
    """Doubles with each failure in a row, up to the policy's most."""
    doublings: int = 1 << min(max(trips - 1, 0), 16)
    return min(policy.cool_down * doublings, policy.cool_down_max)


def _cooling(health: RailHealth, event: RailEvent, now: datetime, policy: RailPolicy, **changes: Any) -> RailHealth:
    cooled_at = now + cool_down(changes["trips"], policy)
    return _changed(health, event, now, passes=0, cooled_at=cooled_at, probe_from=cooled_at, **changes)


def _changed(health: RailHealth, event: RailEvent, now: datetime, **changes: Any) -> RailHealth:
    state = RAIL_STATES.next_state(health.state, event)
    since = health.since if state is health.state else now
    return replace(health, state=state, since=since, revision=health.revision + 1, **changes)
