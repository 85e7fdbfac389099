"""Bounded retries of a commit that lost against another writer, with jitter between them."""

import random
import time
from collections.abc import Callable, Iterator

RETRY_COUNT_MAX = 8
BACKOFF_SECONDS = 0.02

Sleep = Callable[[float], None]
"""Takes seconds; replaced in tests and simulations."""


def attempts(sleep: Sleep = time.sleep) -> Iterator[int]:
    """0 at once, then 1, 2 … each after a longer random wait. Read again and decide again in each."""
    yield 0
    for attempt in range(1, RETRY_COUNT_MAX):
        sleep(random.uniform(0, BACKOFF_SECONDS * 2**attempt))  # noqa: S311  # jitter, not a secret
        yield attempt
