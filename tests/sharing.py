"""One list of tests for several runs of pytest side by side: each takes the next file that nobody has taken yet.

`make test` starts them with `--share=FOLDER`, a fresh folder that holds a mark for each file that was taken. A run that
finds nothing left ends; so none waits long for another, whatever each file takes, and a new file needs no entry
anywhere. What is one run's alone (a platform, an engine) is started by it when its first test wants it.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

LONGEST = (
    "tests/e2e/test_sample_day.py",
    "tests/e2e/test_refunds.py",
    "tests/e2e/test_invoice_edges.py",
    "tests/e2e/test_bad_luck.py",
    "tests/integration/test_local_platform.py",
    "tests/e2e/test_pages_browser.py",
)
"""Begun first, in this order: a long file that is begun last is what everybody waits for in the end."""


def add_option(parser: pytest.Parser) -> None:
    parser.addoption("--share", type=Path, metavar="FOLDER", help="share these tests with other runs over this folder")


def run_shared(session: pytest.Session) -> bool | None:
    """In place of pytest's own loop; None leaves everything to that."""
    folder: Path | None = session.config.option.share
    if folder is None or session.config.option.collectonly or session.testsfailed:
        return None
    items = taken(session.items, folder)
    item = next(items, None)
    while item is not None:
        following = next(items, None)  # known before the item runs: what ends with its file ends after it
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following
    return True


def taken(items: list[pytest.Item], folder: Path) -> Iterator[pytest.Item]:
    files = {file: list(found) for file, found in groupby(items, lambda item: item.nodeid.partition("::")[0])}
    for file in sorted(files, key=lambda file: _place_of(file, len(files[file]))):
        if _take(folder, file):
            yield from files[file]


def _place_of(file: str, count: int) -> tuple[int, int, str]:
    place = LONGEST.index(file) if file in LONGEST else len(LONGEST)
    return place, -count, file


def _take(folder: Path, file: str) -> bool:
    """Whether the file is this run's; its mark is made once, by whoever is first."""
    try:
        (folder / file.replace("/", "+")).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
