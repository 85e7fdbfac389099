"""Make a failure small: fewer actions, fewer faults, as long as the same thing goes wrong; then write it down."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from tests.simulation.plot import Story
from tests.simulation.story import Ending, tell

Part = TypeVar("Part")
TELLING_COUNT_MAX = 400
NOISE = re.compile(r" (rest|sweep)\d+(@|:)|stream:|webhook:")


class Shrinker:
    """`tell` is told again and again; `failure` is the invariant that has to stay broken."""

    def __init__(self, story: Story, ending: Ending) -> None:
        self.failure = ending.failure
        self.story = replace(story, faults=dict(ending.faults))
        self.telling_count = 0

    def shrunk(self) -> Story:
        """The story with everything left out that is not needed. The story itself where it fails otherwise retold."""
        if not self._fails(self.story):
            return self.story
        actions = self._fewer(self.story.actions, lambda left: replace(self.story, actions=tuple(left)))
        self.story = replace(self.story, actions=tuple(actions))
        faults = self._fewer(
            tuple((self.story.faults or {}).items()), lambda left: replace(self.story, faults=dict(left))
        )
        self.story = replace(self.story, faults=dict(faults))
        return self.story

    def _fewer(self, parts: Sequence[Part], made: Callable[[Sequence[Part]], Story]) -> list[Part]:
        """Leave out halves, quarters … single ones: what remains is needed."""
        kept = list(parts)
        size = max(len(kept) // 2, 1)
        while kept:
            start = 0
            while start < len(kept):
                without = kept[:start] + kept[start + size :]
                if self._fails(made(without)):
                    kept = without
                else:
                    start += size
            if size == 1:
                break
            size = max(size // 2, 1)
        return kept

    def _fails(self, story: Story) -> bool:
        self.telling_count += 1
        return self.telling_count <= TELLING_COUNT_MAX and tell(story).failure == self.failure


def as_regression(story: Story, ending: Ending) -> str:
    """A file for tests/simulation/regressions, ready to be kept."""
    actions = "\n".join(f"        {action!r}," for action in story.actions)
    faults = "\n".join(f"        {moment!r}: {kind!r}," for moment, kind in (story.faults or {}).items())
    return (
        f'"""{ending.failure}: {ending.found[:80]}"""\n\n'
        "from tests.simulation.plot import Action, Story\n\n"
        f"STORY = Story(\n    seed={story.seed},\n    actions=(\n{actions}\n    ),\n"
        f"    faults={{\n{faults}\n    }},\n)\n"
    )


def told_small(story: Story, ending: Ending, *, line_count: int = 80) -> str:
    """The failure as a person reads it: what broke, the shrunk story with its trace, and the regression to keep."""
    small = Shrinker(story, ending).shrunk()
    again = tell(small, is_traced=True)
    lines = [line for line in again.trace if not NOISE.search(line)]
    if len(lines) > line_count:
        lines = [*lines[: line_count // 2], "…", *lines[-line_count // 2 :]]
    return "\n".join(
        [
            f"seed {story.seed}: {ending.failure}: {ending.found}",
            f"shrunk to {len(small.actions)} actions and {len(small.faults or {})} faults.",
            "What happened, sweeps and webhooks left out:",
            *(f"  {line}" for line in lines),
            f"{again.failure}: {again.found}",
            "keep it as a file in tests/simulation/regressions:",
            as_regression(small, ending),
        ]
    )
