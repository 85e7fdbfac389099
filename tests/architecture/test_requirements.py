"""A missing tool skips with its reason on a laptop and fails where everything must run."""

from pathlib import Path

import pytest

from tests.requirements import REQUIRE_ALL, find_dynoxide, require


@pytest.fixture(autouse=True)
def tolerant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REQUIRE_ALL, raising=False)


def test_what_is_there_is_no_reason_to_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither mode stops a test that has what it needs."""
    require(True, "never shown")
    monkeypatch.setenv(REQUIRE_ALL, "1")
    require("/usr/bin/tool", "never shown")


def test_what_is_missing_skips_with_its_reason() -> None:
    """The reason is in the run's summary."""
    with pytest.raises(pytest.skip.Exception, match="no chromium here"):
        require(None, "no chromium here")


def test_what_is_missing_fails_where_everything_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    """MIZAN_REQUIRE_ALL=1: nothing is skipped unseen."""
    monkeypatch.setenv(REQUIRE_ALL, "1")

    with pytest.raises(pytest.fail.Exception, match="MIZAN_REQUIRE_ALL=1, but no chromium here"):
        require(None, "no chromium here")


def test_a_named_dynoxide_is_used_and_a_wrong_name_is_not_replaced_by_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Who names a binary means that one."""
    binary = tmp_path / "dynoxide"
    monkeypatch.setenv("MIZAN_DYNOXIDE", str(binary))
    before = find_dynoxide()
    binary.touch()

    assert (before, find_dynoxide()) == (None, str(binary))
