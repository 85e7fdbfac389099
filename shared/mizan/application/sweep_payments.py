"""Find what nobody told us: attempts whose outcome is open, and deliveries that a stream may have lost."""

from dataclasses import dataclass
from datetime import timedelta

from mizan.application.ports import CallbackLog, Clock, HighWaterMarks, PaymentRepository, WorkQueue
from mizan.application.resolve_payment import PaymentResolver
from mizan.domain.errors import MizanError
from mizan.domain.payments import UNDECIDED_STATES

INQUIRY_COUNT_MAX = 200
"""Inquiries per run: a bound on its length; the rest is due again in a minute."""

RUN_TIME_MAX = timedelta(seconds=35)
"""No inquiry starts later than this into a run: with the longest one (13 s) it ends inside the function's 55 s."""

CALLBACK_SETTLING = timedelta(minutes=1)
"""How long a delivery is left to the stream before the sweep hands it to the queue as well."""

MINUTE_COUNT_MAX = 120
"""Minutes of deliveries swept per run, so that a long outage is caught up in bounded steps."""

MARK = "callbacks"


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one run did; `failed_ids` had no answer and are scheduled again."""

    inquired_count: int
    resolved_count: int
    failed_ids: tuple[str, ...]
    requeued_count: int


def sweep_payments(
    *,
    payments: PaymentRepository,
    callbacks: CallbackLog,
    marks: HighWaterMarks,
    queue: WorkQueue,
    resolver: PaymentResolver,
    clock: Clock,
) -> SweepReport:
    """One bounded run; runs at the same time, repeated or skipped ones are harmless.

    Raises ExceptionGroup, after everything else was done, of what broke over single attempts (no MizanError): one
    attempt that nobody can read holds up neither the others nor the deliveries.
    """
    requeued = _requeue(callbacks, marks, queue, clock)  # first: a gateway that hangs must not hold deliveries up
    now = clock.now()
    inquired, resolved = 0, 0
    failed: list[str] = []
    broken: list[Exception] = []
    for payment_id in payments.list_undecided(limit=INQUIRY_COUNT_MAX * 5):
        if inquired >= INQUIRY_COUNT_MAX or clock.now() - now > RUN_TIME_MAX:
            break
        payment = payments.get(payment_id)
        if payment is None or payment.state not in UNDECIDED_STATES or payment.next_inquiry_at > now:
            continue
        inquired += 1
        try:
            resolved += resolver.resolve(payment).state not in UNDECIDED_STATES
        except MizanError:
            failed.append(payment_id)
        except Exception as error:
            error.add_note(f"resolving {payment_id}")
            broken.append(error)
    if broken:
        raise ExceptionGroup("attempts that could not be resolved", broken)
    return SweepReport(inquired, resolved, tuple(failed), requeued)


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
