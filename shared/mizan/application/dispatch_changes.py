"""Route stored keys to the queues that work on them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mizan.application.ports import WorkQueue
from mizan.domain.callbacks import CallbackKey


@dataclass(frozen=True, slots=True)
class Route:
    """Keys whose partition begins with `pk_prefix` and whose sort key begins with one of `sk_prefixes` go to `queue`,
    which is made only when something goes there.
    """

    pk_prefix: str
    queue: Callable[[], WorkQueue]
    sk_prefixes: tuple[str, ...] = ("",)

    def takes(self, key: CallbackKey) -> bool:
        return key.pk.startswith(self.pk_prefix) and key.sk.startswith(self.sk_prefixes)


def dispatch_changes(keys: Iterable[tuple[str, str]], *, routes: Sequence[Route]) -> int:
    """Send every key to the queue of each route that takes it, once; how many were sent.

    Raises what the queue raises: the caller's batch is then repeated, and workers do each thing once.
    """
    distinct = list(dict.fromkeys(CallbackKey(pk, sk) for pk, sk in keys))
    sent_count = 0
    for route in routes:
        taken = [key for key in distinct if route.takes(key)]
        if taken:
            route.queue().send(taken)
        sent_count += len(taken)
    return sent_count
