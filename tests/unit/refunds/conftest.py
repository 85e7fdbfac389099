"""A platform in memory; every story that is told on it ends with sound books."""

from collections.abc import Iterator

import pytest

from tests.fakes.giving_back import assert_sound
from tests.fakes.platform import Platform


@pytest.fixture
def platform() -> Iterator[Platform]:
    platform = Platform()
    yield platform
    assert_sound(platform)
