"""What functions are wired to, and what they write to their log, for tests to read."""

import io
from collections.abc import Iterator

import pytest

from mizan.entrypoints.observability import logger
from tests.fakes.platform import Platform
from tests.fakes.store import FakePayerIndex
from tests.unit.entrypoints.wiring import wire


@pytest.fixture
def payers() -> FakePayerIndex:
    return FakePayerIndex()


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch, payers: FakePayerIndex) -> Platform:
    """The functions over fakes."""
    platform = Platform()
    wire(monkeypatch, platform, payers)
    return platform


@pytest.fixture
def logged_lines() -> Iterator[io.StringIO]:
    """Everything logged meanwhile, one JSON document a line."""
    handler, lines = logger.registered_handler, io.StringIO()
    before = handler.setStream(lines)  # type: ignore[attr-defined]  # it is a StreamHandler
    yield lines
    handler.setStream(before)  # type: ignore[attr-defined]  # the same
