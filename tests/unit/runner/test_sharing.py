"""Several runs over one list of tests: each file is run once, whole, by whoever is first."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from infra.build.paths import ROOT
from tests.sharing import LONGEST, taken

LONG = LONGEST[0]
FILES = {"tests/a/test_one.py": 3, "tests/b/test_one.py": 2, "tests/b/test_two.py": 4, LONG: 1}


def items() -> list[Any]:
    """As pytest collects them: file by file."""
    return [
        SimpleNamespace(nodeid=f"{file}::test_{number}") for file, count in FILES.items() for number in range(count)
    ]


def test_two_runs_share_every_test_and_run_none_twice(tmp_path: Path) -> None:
    """In turns, as slow tests would have it; files of one name in two folders are two files."""
    runs = [taken(items(), tmp_path), taken(items(), tmp_path)]
    ran: list[list[str]] = [[], []]
    while any(turn := [next(run, None) for run in runs]):
        for number, item in enumerate(turn):
            ran[number] += [item.nodeid] if item else []

    assert sorted(ran[0] + ran[1]) == sorted(item.nodeid for item in items())
    files = [{nodeid.partition("::")[0] for nodeid in own} for own in ran]
    assert files[0] & files[1] == set()
    assert files[0]
    assert files[1]


def test_the_longest_file_is_begun_first_and_then_the_fullest(tmp_path: Path) -> None:
    """What is begun last should be short."""
    order = list(dict.fromkeys(item.nodeid.partition("::")[0] for item in taken(items(), tmp_path)))

    assert order == [LONG, "tests/b/test_two.py", "tests/a/test_one.py", "tests/b/test_one.py"]


def test_every_file_that_is_begun_first_is_there() -> None:
    """A file that was renamed would silently lose its place."""
    assert [file for file in LONGEST if not (ROOT / file).exists()] == []
