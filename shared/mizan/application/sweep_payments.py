"""Find what nobody told us: hand to the workers what is due to be asked about, and deliveries that a stream may have
lost.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from mizan.application.ports import CallbackLog, Clock, HighWaterMarks, PaymentRepository, WorkQueue
from mizan.domain.callbacks import CallbackKey

DUE_COUNT_MAX = 625
"""Keys handed over per shard and run, those due longest first; the rest is due again in a minute."""

CALLBACK_SETTLING = timedelta(minutes=1)
"""How long a delivery is left to the stream before the sweep hands it to the queue as well."""

MINUTE_COUNT_MAX = 120
"""Minutes of deliveries swept per run, so that a long outage is caught up in bounded steps."""

DUE_PREFIXES = ("PAY#", "RFD#", "VCH#")
"""What has a next step by itself: attempts, refunds and vouchers, by how their sort keys begin."""

MARK = "callbacks"
BATCH_COUNT = 100


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one run handed over: keys that were due, and deliveries once more."""

    due_count: int
    requeued_count: int


def sweep_payments(
    *,
    payments: PaymentRepository,
    callbacks: CallbackLog,
    marks: HighWaterMarks,
    queue_of: Callable[[str], WorkQueue],
    clock: Clock,
) -> SweepReport:
    """One bounded run; runs at the same time, repeated or skipped ones are harmless. `queue_of`: whose worker takes a
    key, by the prefix of its sort key (`PAY#`, `RFD#`) or of its partition (`CB#`).

    Raises what a queue raises: what was not handed over is due again in a minute.
    """
    requeued = _requeue(callbacks, marks, queue_of("CB#"), clock)
    count = 0
    due = payments.list_due(clock.now(), limit=DUE_COUNT_MAX)
    for batch in _batches(due):
        for prefix in DUE_PREFIXES:
            queue_of(prefix).send([key for key in batch if key.sk.startswith(prefix)])
        count += len(batch)
    return SweepReport(count, requeued)


def _batches(keys: Iterator[CallbackKey]) -> Iterator[list[CallbackKey]]:
    while batch := list(islice(keys, BATCH_COUNT)):
        yield batch


def _requeue(callbacks: CallbackLog, marks: HighWaterMarks, queue: WorkQueue, clock: Clock) -> int:
    """Hand every delivery of each finished minute to the queue once more, then move the mark past that minute."""
    end = (clock.now() - CALLBACK_SETTLING).replace(second=0, microsecond=0)
    seen = marks.read(MARK)
    minute = seen or end - timedelta(minutes=MINUTE_COUNT_MAX)
    count = 0
    for _ in range(MINUTE_COUNT_MAX):
        if minute >= end:
            break
        keys = list(callbacks.keys_of_minute(minute))
        queue.send(keys)
        count += len(keys)
        following = minute + timedelta(minutes=1)
        if not marks.advance(MARK, seen, following):
            break  # another run is at it
        seen = minute = following
    return count
