"""The sweep: what no message told of is looked at again, bounded and by marks; what is due is handed over."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from mizan.application.sweep_events import LOOK_BACK_MAX, SETTLING, STEP_MAX, STEP_MIN, EventSweep
from mizan.domain.callbacks import CallbackKey
from mizan.domain.ledger import JOURNAL_SHARD_COUNT
from mizan.domain.webhooks import CursorState, DeliveryCursor
from tests.fakes.events import Telling, an_event, invoice_key
from tests.fakes.world import FakeWorkQueue
from tests.unit.webhooks.stories import a_paid_invoice, an_issued_invoice

AGENCY_COUNT = 2


class FakeChangeSources:
    """Over the fakes: the journal by shard, invoices by agency; `windows` are the looks that were taken."""

    def __init__(self, world: Telling) -> None:
        self._world = world
        self.windows: list[tuple[str, datetime, datetime]] = []

    def posted(self, shard: int, since: datetime, until: datetime) -> Iterator[CallbackKey]:
        self.windows.append((f"posted {shard}", since, until))
        for entry in self._world.journal.rows.values():
            if entry.shard == shard and since < entry.posted_at <= until:
                yield CallbackKey(f"INV#{entry.reference}", f"PAY#{entry.payment_id}")
                yield CallbackKey(f"INV#{entry.reference}", "HEAD")

    def created(self, agency: str, since: datetime, until: datetime) -> Iterator[CallbackKey]:
        self.windows.append((f"created {agency}", since, until))
        for invoice in self._world.invoices.rows.values():
            if invoice.agency == agency and since < invoice.created_at <= until:
                yield invoice_key(invoice.reference)


@pytest.fixture
def world() -> Telling:
    return Telling()


@pytest.fixture
def sources(world: Telling) -> FakeChangeSources:
    return FakeChangeSources(world)


def sweep(world: Telling, sources: FakeChangeSources, queue: FakeWorkQueue | None = None) -> EventSweep:
    return EventSweep(
        sources=sources,
        services=world.services,
        log=world.deliveries,
        marks=world.marks,
        objects=queue or world.queue,
        deliveries=world.delivery_queue,
        clock=world.clock,
    )


def run_until_done(world: Telling, sources: FakeChangeSources) -> None:
    """First runs look back two days, in bounded steps."""
    for _ in range(LOOK_BACK_MAX // STEP_MAX + 1):
        sweep(world, sources).run()


def test_events_that_the_stream_lost_are_published(world: Telling, sources: FakeChangeSources) -> None:
    """A payment and an invoice that nobody told of: found by the journal and by the day's listing."""
    paid, payment = a_paid_invoice(world)
    other = an_issued_invoice(world, invoice_number="2026-0002", idempotency_key="key-2")
    world.clock.advance(SETTLING)

    run_until_done(world, sources)
    for key in dict.fromkeys(world.queue.sent):
        world.publisher().publish(key)

    assert {event.type for event in world.log.rows.values()} == {"invoice.issued", "invoice.paid", "payment.succeeded"}
    objects = {event.stream.object_id for event in world.log.rows.values()}
    assert objects == {f"inv_{paid.reference}", f"inv_{other.reference}", payment.payment_id}


def test_every_instant_is_looked_at_once(world: Telling, sources: FakeChangeSources) -> None:
    """The windows of a shard follow each other without gap or overlap, each at most STEP_MAX, none too fresh."""
    run_until_done(world, sources)
    world.clock.advance(timedelta(hours=1))
    sweep(world, sources).run()

    windows = [(since, until) for name, since, until in sources.windows if name == "posted 3"]
    assert all(until - since <= STEP_MAX for since, until in windows)
    assert all(earlier[1] == later[0] for earlier, later in pairwise(windows))
    assert windows[-1][1] == world.clock.now() - SETTLING


def test_a_shard_is_not_read_again_too_soon(world: Telling, sources: FakeChangeSources) -> None:
    """Each look reads the whole day of a shard: not every minute."""
    run_until_done(world, sources)
    sources.windows.clear()
    world.clock.advance(STEP_MIN - timedelta(minutes=1))
    sweep(world, sources).run()
    early = len(sources.windows)
    world.clock.advance(timedelta(minutes=1))

    sweep(world, sources).run()

    assert early == 0
    assert len(sources.windows) == JOURNAL_SHARD_COUNT + AGENCY_COUNT


def test_a_mark_moves_only_when_all_was_handed_over(world: Telling, sources: FakeChangeSources) -> None:
    """The queue is down: the next run looks at the same again."""
    a_paid_invoice(world)
    world.clock.advance(SETTLING + LOOK_BACK_MAX - STEP_MIN)
    world.queue.is_refusing = True
    with pytest.raises(RuntimeError):
        run_until_done(world, sources)
    world.queue.is_refusing = False

    run_until_done(world, sources)

    assert {key.sk[:4] for key in world.queue.sent} == {"PAY#", "HEAD"}


def test_after_a_long_outage_the_look_back_ends_two_days_ago(world: Telling, sources: FakeChangeSources) -> None:
    """Older events are published with their object's next one."""
    run_until_done(world, sources)
    sources.windows.clear()
    world.clock.advance(timedelta(days=10))

    sweep(world, sources).run()

    assert {since for _, since, _ in sources.windows} == {world.clock.now() - SETTLING - LOOK_BACK_MAX}


def test_a_run_ends_in_time(world: Telling, sources: FakeChangeSources) -> None:
    """A slow store: the run stops, and the next one begins with what was looked at longest ago."""
    queue = FakeWorkQueue()

    class Slow(FakeChangeSources):
        def posted(self, shard: int, since: datetime, until: datetime) -> Iterator[CallbackKey]:
            world.clock.advance(timedelta(seconds=10))
            return super().posted(shard, since, until)

    slow = Slow(world)
    sweep(world, slow, queue).run()
    first = [name for name, _, _ in slow.windows]
    sweep(world, slow, queue).run()
    second = [name for name, _, _ in slow.windows[len(first) :]]

    assert len([name for name in first if name.startswith("posted")]) == 4
    assert set(first).isdisjoint(second[:4])


def test_deliveries_that_are_due_again_are_handed_over(world: Telling, sources: FakeChangeSources) -> None:
    """What waits is found by the table, not by a message that a queue has to remember for two days."""
    stream = an_event().stream
    due = DeliveryCursor(0, CursorState.WAITING, 3, world.clock.now(), world.clock.now(), 1)
    later = DeliveryCursor(0, CursorState.WAITING, 3, world.clock.now(), world.clock.now() + timedelta(hours=1), 1)
    world.deliveries.move(stream, "whe_1", DeliveryCursor(), due)
    world.deliveries.move(stream, "whe_2", DeliveryCursor(), later)

    report = sweep(world, sources).run()

    assert report.due_count == 1
    assert world.delivery_queue.sent == [CallbackKey(f"EVO#{stream.object_id}#moic", "WHE#whe_1")]
