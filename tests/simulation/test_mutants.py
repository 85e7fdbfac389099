"""The simulation bites: every planted fault is found within a thousand seeds, by an invariant."""

import pytest

from tests.simulation.invariants import INVARIANTS
from tests.simulation.invariants import name_of as name_of_invariant
from tests.simulation.mutants import MUTANTS, Mutant, late_money_is_ignored, name_of, planted
from tests.simulation.shrink import Shrinker, told_small
from tests.simulation.story import Ending, Story, draw, tell

SEED_COUNT_MAX = 1_000
HANGS = "comes to rest"
"""What a story that never ends is called: something stays due for ever."""


def first_failing(mutant: Mutant) -> tuple[int, Ending] | None:
    with planted(mutant):
        for seed in range(SEED_COUNT_MAX):
            ending = tell(draw(seed))
            if ending.failure:
                return seed, ending
    return None


@pytest.mark.parametrize("mutant", MUTANTS, ids=name_of)
def test_a_planted_fault_is_found(mutant: Mutant, capsys: pytest.CaptureFixture[str]) -> None:
    """It breaks an invariant, not the harness; and without it the very same story ends well."""
    found = first_failing(mutant)

    assert found is not None, f"{name_of(mutant)}: not found within {SEED_COUNT_MAX} seeds"
    seed, ending = found
    with capsys.disabled():
        print(f"\n  {name_of(mutant)}: seed {seed}, {ending.failure}", end="")  # noqa: T201  # the report of the run
    assert ending.failure in {HANGS, *map(name_of_invariant, INVARIANTS)}
    assert tell(draw(seed)).failure == ""


def test_a_failure_is_made_small() -> None:
    """What is left still fails in the same way, and says so in a page: the trace, and a regression to keep."""
    found = first_failing(late_money_is_ignored)
    assert found is not None
    seed, ending = found
    story = draw(seed)

    with planted(late_money_is_ignored):
        small = Shrinker(story, ending).shrunk()
        text = told_small(story, ending)
        again = tell(small)

    assert again.failure == ending.failure
    assert len(small.actions) <= len(story.actions)
    assert len(small.faults or {}) <= max(len(ending.faults) // 2, 1)
    assert isinstance(small, Story)
    assert "STORY = Story(" in text
    assert tell(small).failure == ""
