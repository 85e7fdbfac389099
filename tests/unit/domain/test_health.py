"""When a rail is down and when it is trusted again: hysteresis over figures, nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.domain.health import (
    DEFAULT_POLICY,
    RAIL_STATES,
    RailEvent,
    RailHealth,
    RailState,
    Tally,
    claimed,
    cool_down,
    judged,
    may_probe,
    probed,
)
from tests.fakes.clock import NOON

POLICY = DEFAULT_POLICY
UP = RailHealth("acc-1")
SECOND = timedelta(seconds=1)


def down() -> RailHealth:
    return judged(UP, Tally(unavailable=10), NOON, POLICY)


def cooled() -> tuple[RailHealth, timedelta]:
    return down(), POLICY.cool_down


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (Tally(unavailable=9), RailState.UP),
        (Tally(unavailable=10), RailState.DOWN),
        (Tally(answered=6, unavailable=5), RailState.UP),
        (Tally(answered=5, unavailable=5), RailState.DOWN),
        (Tally(answered=5, unknown=5), RailState.DOWN),
        (Tally(answered=5, unavailable=2, unknown=3), RailState.DOWN),
        (Tally(answered=1_000, unavailable=999), RailState.UP),
        (Tally(), RailState.UP),
    ],
)
def test_a_rail_goes_down_by_rate_and_by_number(seen: Tally, state: RailState) -> None:
    """Half of at least ten calls; timeouts count like refused connections; nine failures alone are too few to judge."""
    assert judged(UP, seen, NOON, POLICY).state is state


def test_what_was_counted_is_kept_with_the_change() -> None:
    """The audit says by which figures: 40 % unavailable, 20 % unknown."""
    after = judged(UP, Tally(answered=4, unavailable=4, unknown=2), NOON, POLICY)

    assert (after.seen.calls, after.seen.failure_rate, after.seen.unknown_rate) == (10, 6_000, 2_000)
    assert (after.since, after.cooled_at, after.revision) == (NOON, NOON + POLICY.cool_down, 1)


def test_no_probe_before_the_cool_down_is_over_and_one_at_a_time_after() -> None:
    """A minute's rest; then one call, and the next only ten seconds later."""
    rail, wait = cooled()
    assert not may_probe(rail, NOON + wait - SECOND)
    assert may_probe(rail, NOON + wait)

    taken = claimed(rail, NOON + wait, POLICY)

    assert not may_probe(taken, NOON + wait + POLICY.probe_every - SECOND)
    assert may_probe(taken, NOON + wait + POLICY.probe_every)
    assert not may_probe(UP, NOON)


def test_three_probes_in_a_row_bring_it_back() -> None:
    """Down → probing → up; the window starts afresh, so that old failures do not count again."""
    rail, wait = cooled()
    states = []
    for _ in range(POLICY.passes_needed):
        rail = probed(rail, is_answered=True, now=NOON + wait, policy=POLICY)
        states.append(rail.state)

    assert states == [RailState.PROBING, RailState.PROBING, RailState.UP]
    assert POLICY.window_from(rail, NOON + wait + SECOND) == NOON + wait


def test_a_probe_that_fails_doubles_the_cool_down_and_forgets_the_passes() -> None:
    """Sixty seconds, two minutes, four, up to a quarter of an hour."""
    rail, wait = cooled()
    rail = probed(rail, is_answered=True, now=NOON + wait, policy=POLICY)

    rail = probed(rail, is_answered=False, now=NOON + wait, policy=POLICY)

    assert (rail.state, rail.passes, rail.trips) == (RailState.DOWN, 0, 2)
    assert rail.cooled_at == NOON + wait + 2 * POLICY.cool_down
    assert [cool_down(trips, POLICY) // timedelta(minutes=1) for trips in (1, 2, 3, 4, 5, 60)] == [1, 2, 4, 8, 15, 15]


@pytest.mark.parametrize("is_answered", [True, False])
def test_what_was_sent_before_the_cool_down_was_over_says_nothing(is_answered: bool) -> None:
    """A process that did not know yet that the rail is down neither brings it back nor keeps it down."""
    rail, wait = cooled()

    assert probed(rail, is_answered=is_answered, now=NOON + wait - SECOND, policy=POLICY) == rail
    assert probed(UP, is_answered=is_answered, now=NOON, policy=POLICY) == UP


def test_a_rail_that_flaps_is_trusted_later_each_time() -> None:
    """Down again soon after it came back: the cool-down doubles on; after a quiet quarter of an hour it is short."""
    back = replace(down(), state=RailState.UP, since=NOON)

    soon = judged(back, Tally(unknown=10), NOON + timedelta(minutes=14), POLICY)
    later = judged(back, Tally(unknown=10), NOON + timedelta(minutes=15), POLICY)

    assert (soon.trips, later.trips) == (2, 1)


def test_the_window_is_two_minutes_of_ten_second_slots() -> None:
    """Twelve slots, the one that runs included."""
    at = NOON + timedelta(seconds=7)

    assert POLICY.slot_of(at) == NOON
    assert POLICY.window_from(UP, at) == NOON - timedelta(seconds=110)


def test_every_state_of_a_rail_can_be_left() -> None:
    """Nothing stays down for ever."""
    assert not [state for state in RailState if RAIL_STATES.is_terminal(state)]
    assert {event for _, event in RAIL_STATES.edges} == set(RailEvent)
