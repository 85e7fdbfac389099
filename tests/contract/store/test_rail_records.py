"""What every store of the health of rails promises."""

from dataclasses import replace
from datetime import timedelta

from mizan.domain.health import DEFAULT_POLICY, RailEvent, RailHealth, RailState, Tally, judged
from tests.contract.store.conftest import Store
from tests.fakes.clock import NOON

BAD = Tally(answered=2, unavailable=5, unknown=4)
SLOT = DEFAULT_POLICY.slot


def down(account_id: str = "acc-1") -> RailHealth:
    return judged(RailHealth(account_id), BAD, NOON, DEFAULT_POLICY)


def test_a_rail_of_which_nothing_is_stored_is_up(store: Store) -> None:
    """An account that was just made takes payments."""
    assert store.rails.read("acc-new") == RailHealth("acc-new")
    assert store.rails.entries("acc-new", limit=5) == []


def test_a_change_is_kept_with_its_entry(store: Store) -> None:
    """State, cool-down and what was seen read back; the audit says when and by which figures it went down."""
    after = down()

    assert store.rails.move(RailHealth("acc-1"), after, RailEvent.TRIP, NOON)

    assert store.rails.read("acc-1") == after
    (entry,) = store.rails.entries("acc-1", limit=5)
    assert (entry.event, entry.state, entry.at, entry.seen) == (RailEvent.TRIP, RailState.DOWN, NOON, BAD)


def test_of_two_who_saw_the_same_rail_one_changes_it(store: Store) -> None:
    """The second trip, a stale claim and a stale recovery are refused, and leave no entry."""
    up, after = RailHealth("acc-1"), down()
    assert store.rails.move(up, after, RailEvent.TRIP, NOON)

    assert not store.rails.move(up, after, RailEvent.TRIP, NOON)
    assert not store.rails.claim(up, replace(up, revision=1))
    assert store.rails.claim(after, replace(after, revision=after.revision + 1))
    assert not store.rails.move(after, replace(after, state=RailState.UP, revision=2), RailEvent.RECOVER, NOON)

    assert len(store.rails.entries("acc-1", limit=5)) == 1
    assert store.rails.read("acc-1").revision == 2


def test_counts_add_up_by_slot_and_account(store: Store) -> None:
    """What is older than asked for does not count, nor do another account's calls."""
    store.rails.add("acc-1", NOON, Tally(1, 2, 3))
    store.rails.add("acc-1", NOON, Tally(10, 20, 30))
    store.rails.add("acc-1", NOON + SLOT, Tally(unknown=1))
    store.rails.add("acc-2", NOON, Tally(answered=7))

    assert store.rails.total("acc-1", NOON) == Tally(11, 22, 34)
    assert store.rails.total("acc-1", NOON + timedelta(microseconds=1)) == Tally(unknown=1)
    assert store.rails.total("acc-2", NOON) == Tally(answered=7)


def test_a_slot_begins_at_nought_when_its_place_was_used_before(store: Store) -> None:
    """An hour later the same place of the ring holds the new slot alone."""
    later = NOON + timedelta(hours=1)
    store.rails.add("acc-1", NOON, Tally(answered=5))
    store.rails.add("acc-1", later, Tally(unavailable=1))

    assert store.rails.total("acc-1", later) == Tally(unavailable=1)


def test_entries_come_newest_first(store: Store) -> None:
    """As many as were asked for."""
    health = RailHealth("acc-1")
    for number in range(4):
        after = replace(health, revision=health.revision + 1, state=RailState.DOWN)
        assert store.rails.move(health, after, RailEvent.FAIL, NOON + timedelta(minutes=number))
        health = after

    entries = store.rails.entries("acc-1", limit=3)

    assert [(entry.at - NOON) // timedelta(minutes=1) for entry in entries] == [3, 2, 1]
