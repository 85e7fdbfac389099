"""Many seeds over several processes, and what they met: a fault that never occurs tests nothing."""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from tests.simulation.shrink import told_small
from tests.simulation.story import draw, tell

CHUNK = 50
FAILURE_COUNT_MAX = 3
"""Failures that are shrunk and printed; the rest is counted."""


@dataclass
class Report:
    """What a number of stories came to. `failures`: seed → the invariant that broke."""

    story_count: int = 0
    step_count: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    failures: dict[int, str] = field(default_factory=dict)

    def add(self, other: "Report") -> None:
        self.story_count += other.story_count
        self.step_count += other.step_count
        self.seen += other.seen
        self.failures |= other.failures

    def table(self, prefix: str) -> Iterator[str]:
        """What was seen and begins so, most often first."""
        for name, count in self.seen.most_common():
            if name.startswith(prefix):
                yield f"{count:>9,}  {name.removeprefix(prefix)}"


def tell_range(first: int, end: int) -> Report:
    """Seeds `first` … `end` - 1, in this process."""
    report = Report()
    for seed in range(first, end):
        ending = tell(draw(seed))
        report.story_count += 1
        report.step_count += ending.step_count
        report.seen += ending.seen
        if ending.failure:
            report.failures[seed] = ending.failure
    return report


def tell_many(first: int, count: int, *, process_count: int = 0) -> Report:
    """`count` seeds from `first` on; as many processes as there are processors where none is said."""
    starts = range(first, first + count, CHUNK)
    report = Report()
    workers = process_count or os.cpu_count() or 1
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        ends = [min(start + CHUNK, first + count) for start in starts]
        for part in pool.map(tell_range, starts, ends):
            report.add(part)
    return report


def explained(report: Report) -> str:
    """The first failures, each shrunk and with its trace."""
    texts = []
    for seed in sorted(report.failures)[:FAILURE_COUNT_MAX]:
        story = draw(seed)
        texts.append(told_small(story, tell(story)))
    return "\n\n".join(texts)
