"""Route stored keys to the queues that work on them."""

from collections.abc import Callable, Iterable, Mapping

from mizan.application.ports import WorkQueue
from mizan.domain.callbacks import CallbackKey


def dispatch_changes(keys: Iterable[tuple[str, str]], *, routes: Mapping[str, Callable[[], WorkQueue]]) -> int:
    """Send every (pk, sk) whose pk starts with a route's prefix to that route's queue; how many were sent.

    A queue is made only when something goes there. Raises what the queue raises: the caller's batch is then repeated,
    and workers do each thing once.
    """
    found: dict[str, list[CallbackKey]] = {}
    for pk, sk in keys:
        prefix = next((prefix for prefix in routes if pk.startswith(prefix)), None)
        if prefix is not None:
            found.setdefault(prefix, []).append(CallbackKey(pk, sk))
    for prefix, rows in found.items():
        routes[prefix]().send(rows)
    return sum(map(len, found.values()))
