"""Ten thousand stories end well; each is told the same whenever it is told; what failed once is told for ever."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.build.paths import ROOT
from tests.simulation.many import explained, tell_many
from tests.simulation.plot import Story
from tests.simulation.story import draw, tell
from tests.simulation.weather import FAULTS

STORY_COUNT = int(os.environ.get("MIZAN_SIMULATION_SEEDS", "10000"))
"""`make test` tells so many; set it lower to look at something else."""

ENOUGH = 2_000
"""So many stories meet everything that there is to meet."""

MET = (
    "notice kept",
    "notice same_transaction",
    "credit booked",
    "credit suspended",
    "credit known",
    "credit reversed",
    "credit reversal_kept",
    "answer basket answered",
    "edge payment created reroute",
    "edge payment succeeded dormant",
    "edge voucher issued spend",
    "edge voucher issued cancel",
    "edge voucher issued expire",
    "edge suspense case proposed allocate",
    "edge suspense case proposed return",
    "edge suspense case open take_back",
    "edge invoice issued supersede",
)
"""What happens on every rail and to suspended money: a story that never gets there tests nothing of it."""

REGRESSIONS = sorted(path.stem for path in (Path(__file__).parent / "regressions").glob("seed_*.py"))

FINGERPRINT = """
import hashlib
from tests.simulation.story import draw, tell
for seed in range(40, 60):
    ending = tell(draw(seed), is_traced=True)
    print(seed, ending.step_count, hashlib.sha256("\\n".join(ending.trace).encode()).hexdigest())
"""


def test_every_story_ends_well(record_property: pytest.FixtureRequest) -> None:
    """Whatever happens on the way, every invariant holds once everything came to rest; and everything did happen."""
    report = tell_many(0, STORY_COUNT)

    assert not report.failures, explained(report)
    assert report.story_count == STORY_COUNT
    if STORY_COUNT >= ENOUGH:
        assert {fault for fault in FAULTS if not report.seen[f"fault {fault}"]} == set()
        assert {what for what in MET if not report.seen[what]} == set()


def test_a_seed_is_one_story() -> None:
    """Two processes with other hash seeds tell it call by call alike: no set, no clock and no chance in between."""
    told = [
        subprocess.run(  # noqa: S603  # this very interpreter
            [sys.executable, "-c", FINGERPRINT],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": f"{ROOT / 'shared'}{os.pathsep}{ROOT}"},
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]

    assert told[0] == told[1]
    assert len(told[0].splitlines()) == 20


def test_a_story_retold_by_its_faults_is_the_same_story() -> None:
    """What a failing seed prints is enough to tell it again: its actions and its faults, without the weather."""
    for seed in range(20):
        story = draw(seed)
        first = tell(story)
        again = tell(Story(seed, story.actions, first.faults))

        assert (again.step_count, again.faults, again.seen) == (first.step_count, first.faults, first.seen)


@pytest.mark.parametrize("name", REGRESSIONS)
def test_what_failed_once_ends_well(name: str) -> None:
    """A shrunk story that found a fault in production code; the file says which."""
    story = importlib.import_module(f"tests.simulation.regressions.{name}").STORY

    ending = tell(story)

    assert (ending.failure, ending.found) == ("", "")
