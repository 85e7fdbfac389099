"""The light functions' log line beside Powertools': whoever reads logs must not care which function wrote."""

import io
import json
from datetime import datetime

import pytest

from mizan.entrypoints.lines import log_line
from mizan.entrypoints.observability import correlate, count, flush, logger

POWERTOOLS_ONLY = {"location"}  # where in the source it was logged


def test_both_loggers_write_the_same_members(capsys: pytest.CaptureFixture[str], logged_lines: io.StringIO) -> None:
    """Level, message, instant, service, correlation id, and whatever is added: by the same names and values."""
    correlate("agency-7")
    logger.info("kept", extra={"gateway": "benefit"})
    log_line("kept", correlation_id="agency-7", gateway="benefit")

    theirs, ours = json.loads(logged_lines.getvalue()), json.loads(capsys.readouterr().out)
    instants = [datetime.fromisoformat(line.pop("timestamp")) for line in (theirs, ours)]
    assert {name: value for name, value in theirs.items() if name not in POWERTOOLS_ONLY} == ours
    assert {instant.utcoffset() for instant in instants} == {datetime.fromisoformat("2026-01-01T00:00Z").utcoffset()}


def test_both_count_the_same_metric(capsys: pytest.CaptureFixture[str]) -> None:
    """One namespace, one dimension, one unit: they add up in one graph."""
    count("CallbackReceived")
    flush()
    log_line("kept", correlation_id="c", metric="CallbackReceived")

    theirs, ours = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert ours["_aws"]["CloudWatchMetrics"] == theirs["_aws"]["CloudWatchMetrics"]
    assert ours["service"] == theirs["service"]
    assert [float(ours["CallbackReceived"])] == theirs["CallbackReceived"]
