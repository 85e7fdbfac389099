"""Find what no message told of: events that were never published, and deliveries that are due again.

Every journal entry's objects, and every new invoice, are handed to the publisher once more; it publishes what is
missing. A mark per journal shard and per agency says up to which instant that was done.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from mizan.application.ports import Clock, HighWaterMarks, WorkQueue
from mizan.application.ports_events import ChangeSources
from mizan.application.ports_services import ServiceCatalogue
from mizan.application.ports_webhooks import DeliveryLog
from mizan.domain.callbacks import CallbackKey
from mizan.domain.ledger import JOURNAL_SHARD_COUNT

SETTLING = timedelta(minutes=2)
"""How long a change is left to the stream: longer than any writer takes from its clock to its write."""

STEP_MIN = timedelta(minutes=10)
"""A shard is read again after this: each look at it reads its whole day."""

STEP_MAX = timedelta(hours=6)
"""What one step catches up at most, so that an outage is worked off in bounded steps."""

LOOK_BACK_MAX = timedelta(days=2)
"""How far the first run, or one after a longer outage, looks back."""

DUE_COUNT_MAX = 500
"""Due deliveries handed over per shard and run, those due longest first."""

RUN_LENGTH_MAX = timedelta(seconds=35)
BATCH_COUNT = 100
SENDER_COUNT = 8
"""Batches that are handed over side by side: a bulk load's ten minutes are fifty thousand keys."""


@dataclass(frozen=True, slots=True)
class EventSweepReport:
    """Keys handed over: deliveries that were due, and objects to look at again."""

    due_count: int
    object_count: int


class EventSweep:
    """Runs at the same time, repeated or skipped ones are harmless."""

    def __init__(
        self,
        *,
        sources: ChangeSources,
        services: ServiceCatalogue,
        log: DeliveryLog,
        marks: HighWaterMarks,
        objects: WorkQueue,
        deliveries: WorkQueue,
        clock: Clock,
    ) -> None:
        self._sources, self._services, self._log, self._marks = sources, services, log, marks
        self._objects, self._deliveries, self._clock = objects, deliveries, clock

    def run(self) -> EventSweepReport:
        """One bounded run. Raises what a queue raises: nothing was marked as done then."""
        end = self._clock.now() + RUN_LENGTH_MAX
        due_count = _hand_over(self._log.list_due(self._clock.now(), limit=DUE_COUNT_MAX), self._deliveries)
        object_count = 0
        for name, seen in self._steps():
            if self._clock.now() >= end:
                break
            object_count += self._step(name, seen)
        return EventSweepReport(due_count, object_count)

    def _steps(self) -> list[tuple[str, datetime | None]]:
        """What there is to look through, what was looked at longest ago first."""
        names = names_of(service.agency for service in self._services.all())
        steps = [(name, self._marks.read(mark_of(name))) for name in names]
        return sorted(steps, key=lambda step: (step[1] is not None, step[1], step[0]))

    def _step(self, name: str, seen: datetime | None) -> int:
        latest = self._clock.now() - SETTLING
        since = max(seen or latest - LOOK_BACK_MAX, latest - LOOK_BACK_MAX)
        if seen is not None and latest - since < STEP_MIN:
            return 0
        until = min(latest, since + STEP_MAX)
        source, _, which = name.partition("#")
        if source == "posted":
            keys = self._sources.posted(int(which), since, until)
        else:
            keys = self._sources.created(which, since, until)
        count = _hand_over(keys, self._objects)
        self._marks.advance(mark_of(name), seen, until)  # lost to another run: it looked through the same
        return count


def names_of(agencies: Iterable[str]) -> list[str]:
    """What the sweep looks through: each shard of the journal, and each agency's new invoices."""
    posted = [f"posted#{shard:02d}" for shard in range(JOURNAL_SHARD_COUNT)]
    return posted + [f"created#{agency}" for agency in sorted(set(agencies))]


def mark_of(name: str) -> str:
    """The mark that says up to when one of them was looked through."""
    return f"events#{name}"


def _hand_over(keys: Iterable[CallbackKey], queue: WorkQueue) -> int:
    distinct = iter(dict.fromkeys(keys))
    batches = list(iter(lambda: list(islice(distinct, BATCH_COUNT)), []))
    with ThreadPoolExecutor(SENDER_COUNT) as pool:
        list(pool.map(queue.send, batches))  # raises what a queue raised
    return sum(map(len, batches))
