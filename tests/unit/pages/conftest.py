"""The pages over a fresh platform in memory."""

import pytest

from tests.unit.pages.site import Site


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(monkeypatch)
