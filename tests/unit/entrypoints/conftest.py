"""What a function writes to its log, for a test to read."""

import io
from collections.abc import Iterator

import pytest

from mizan.entrypoints.observability import logger


@pytest.fixture
def logged_lines() -> Iterator[io.StringIO]:
    """Everything logged meanwhile, one JSON document a line."""
    handler, lines = logger.registered_handler, io.StringIO()
    before = handler.setStream(lines)  # type: ignore[attr-defined]  # it is a StreamHandler
    yield lines
    handler.setStream(before)  # type: ignore[attr-defined]  # the same
