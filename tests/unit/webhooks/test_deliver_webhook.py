"""Delivery: each object's events in its order, at least once, never lost, the same bytes each time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mizan.application.deliver_webhook import CLAIM_LIFETIME, RUN_LENGTH_MAX
from mizan.application.ports_webhooks import SendResult
from mizan.domain.callbacks import CallbackKey
from mizan.domain.events import EventStream
from mizan.domain.webhooks import (
    GIVE_UP_AFTER,
    CursorState,
    DeliveryState,
    DisabledReason,
    changed,
    enabled,
)
from tests.fakes.clock import NOON
from tests.fakes.events import Telling, an_endpoint, an_event
from tests.fakes.samples import AGENCY

STREAM = EventStream(f"inv_{1:018d}", AGENCY)
ENDPOINT = an_endpoint("1")
KEY = CallbackKey(f"EVO#{STREAM.object_id}#{AGENCY}", f"WHE#{ENDPOINT.endpoint_id}")
MINUTE = timedelta(minutes=1)


def a_world(event_count: int = 1, **changes: Any) -> Telling:
    """One endpoint, one invoice with `event_count` events published."""
    world = Telling()
    world.listen(replace(ENDPOINT, **changes))
    for sequence in range(1, event_count + 1):
        world.log.put(an_event(1, sequence))
    return world


def ids(world: Telling) -> list[str]:
    return world.sender.ids(ENDPOINT.url)


def event_ids(*sequences: int) -> list[str]:
    return [f"evt_{STREAM.object_id}_{sequence}_{AGENCY}" for sequence in sequences]


def lines(world: Telling) -> list[tuple[str, str, int]]:
    """The log, oldest first: event, state, attempts."""
    found = world.deliveries.page(ENDPOINT.endpoint_id, limit=100, cursor=None).deliveries
    return [(line.event_id, str(line.state), line.attempt_count) for line in reversed(found)]


def fail(world: Telling, status: int | None = 500) -> None:
    world.sender.answers[ENDPOINT.url] = SendResult(status)


def recover(world: Telling) -> None:
    world.sender.answers.clear()


def test_events_arrive_once_each_and_in_order() -> None:
    """Three events, one message; the message again sends nothing."""
    world = a_world(3)

    report = world.deliverer().deliver(KEY)
    again = world.deliverer().deliver(KEY)

    assert ids(world) == event_ids(1, 2, 3)
    assert [attempt.state for attempt in report.attempts] == [DeliveryState.DELIVERED] * 3
    assert (report.is_unfinished, again.attempts) == (False, ())
    assert lines(world) == [(event_id, "delivered", 1) for event_id in event_ids(1, 2, 3)]


def test_what_follows_a_failure_waits_for_it() -> None:
    """In order or not at all: the second event is not sent before the first was taken."""
    world = a_world(2)
    fail(world)

    report = world.deliverer().deliver(KEY)
    recover(world)
    world.clock.advance(timedelta(seconds=5))
    world.deliverer().deliver(KEY)

    assert report.is_unfinished
    assert report.retry_at == NOON + timedelta(seconds=5)
    assert ids(world) == event_ids(1, 1, 2)
    assert lines(world) == [(event_ids(1)[0], "delivered", 2), (event_ids(2)[0], "delivered", 1)]


@pytest.mark.parametrize("answer", [SendResult(301), SendResult(404), SendResult(None, "timeout")])
def test_anything_but_success_is_a_failure(answer: SendResult) -> None:
    """Only 2xx says that the event arrived; a redirect is not followed and not believed."""
    world = a_world()
    world.sender.answers[ENDPOINT.url] = answer

    (attempt,) = world.deliverer().deliver(KEY).attempts

    assert attempt.state is DeliveryState.WAITING
    assert (attempt.last_status, attempt.last_error) == (answer.status, answer.error)


def test_waits_double_up_to_twelve_hours_and_end_after_two_days() -> None:
    """5, 10, 20 seconds … the last try is two days after the first, and then the event is given up."""
    world = a_world()
    fail(world)
    waits, report = [], world.deliverer().deliver(KEY)
    while report.retry_at is not None:
        waits.append(report.retry_at - world.clock.now())
        world.clock.instant = report.retry_at
        report = world.deliverer().deliver(KEY)

    assert [wait.total_seconds() for wait in waits[:4]] == [5, 10, 20, 40]
    assert max(waits) == timedelta(hours=12)
    assert world.clock.now() == NOON + GIVE_UP_AFTER
    assert lines(world) == [(event_ids(1)[0], "failed", len(waits) + 1)]


def test_retries_come_up_to_a_tenth_later_each_by_its_own_chance() -> None:
    """So that one outage's retries do not all come back in the same second."""
    world = a_world()
    fail(world)
    deliverer = world.deliverer()
    deliverer._jitter = lambda: 100  # the latest that it can be

    report = deliverer.deliver(KEY)

    assert report.retry_at == NOON + timedelta(seconds=5.5)


def test_after_an_event_was_given_up_the_later_ones_go_on() -> None:
    """The receiver refuses one event for two days, and takes others meanwhile: it is not failing as a whole."""
    world = a_world(2)
    fail(world)
    world.deliverer().deliver(KEY)
    endpoint = world.endpoints.rows[AGENCY, ENDPOINT.endpoint_id]
    world.endpoints.replace(endpoint, changed(endpoint, failing_since=None))
    world.clock.instant = NOON + GIVE_UP_AFTER
    world.sender.during = lambda: recover(world) if len(world.sender.sent) == 3 else None

    report = world.deliverer().deliver(KEY)

    assert ids(world) == event_ids(1, 1, 2)
    assert [attempt.state for attempt in report.attempts] == [DeliveryState.FAILED, DeliveryState.DELIVERED]
    assert report.disabled is None


def test_two_days_of_nothing_but_failures_disable_the_endpoint() -> None:
    """Visible, with the reason; nothing more is sent there, and nothing stays due."""
    world = a_world(2)
    fail(world)
    world.deliverer().deliver(KEY)
    world.clock.instant = NOON + GIVE_UP_AFTER

    report = world.deliverer().deliver(KEY)
    world.clock.advance(timedelta(days=1))
    world.deliverer().deliver(KEY)

    endpoint = world.endpoints.rows[AGENCY, ENDPOINT.endpoint_id]
    assert report.disabled is DisabledReason.FAILING
    assert (endpoint.disabled_at, endpoint.disabled_reason) == (NOON + GIVE_UP_AFTER, DisabledReason.FAILING)
    assert ids(world) == event_ids(1, 1)
    assert list(world.deliveries.list_due(world.clock.now() + timedelta(days=9), limit=9)) == []


def test_one_success_starts_the_two_days_anew() -> None:
    """What counts is nothing but failures."""
    world = a_world()
    fail(world)
    world.deliverer().deliver(KEY)
    failing = world.endpoints.rows[AGENCY, ENDPOINT.endpoint_id].failing_since
    recover(world)
    world.clock.advance(MINUTE)

    world.deliverer().deliver(KEY)

    assert failing == NOON
    assert world.endpoints.rows[AGENCY, ENDPOINT.endpoint_id].failing_since is None


def test_a_receiver_that_is_gone_is_believed_at_once() -> None:
    """410: the address will not come back; the endpoint is disabled and the event over."""
    world = a_world(2)
    fail(world, 410)

    report = world.deliverer().deliver(KEY)

    assert report.disabled is DisabledReason.GONE
    assert ids(world) == event_ids(1)
    assert lines(world) == [(event_ids(1)[0], "failed", 1)]


def test_an_endpoint_that_was_disabled_meanwhile_has_nothing_waiting() -> None:
    """Its agency turned it off: the log says why the waiting one was not tried again."""
    world = a_world()
    fail(world)
    world.deliverer().deliver(KEY)
    endpoint = world.endpoints.rows[AGENCY, ENDPOINT.endpoint_id]
    world.endpoints.replace(endpoint, changed(endpoint, disabled_at=NOON, disabled_reason=DisabledReason.BY_AGENCY))
    world.clock.advance(MINUTE)

    report = world.deliverer().deliver(KEY)

    assert (report.attempts, report.is_unfinished) == ((), False)
    assert lines(world) == [(event_ids(1)[0], "failed", 1)]
    assert world.deliveries.cursor(STREAM, ENDPOINT.endpoint_id).state is CursorState.IDLE


def test_an_endpoint_that_was_enabled_again_hears_what_happens_from_then_on() -> None:
    """What happened meanwhile is read from the feed; the object's later events come."""
    world = a_world()
    endpoint = world.endpoints.rows[AGENCY, ENDPOINT.endpoint_id]
    world.clock.advance(MINUTE)
    world.endpoints.replace(endpoint, enabled(endpoint, world.clock.now()))
    world.log.put(an_event(1, 2, occurred_at=world.clock.now()))

    world.deliverer().deliver(KEY)

    assert ids(world) == event_ids(2)


def test_events_that_are_not_wanted_are_passed_over() -> None:
    """In order among those that are."""
    world = a_world(3, events=("invoice.amended",))

    world.deliverer().deliver(KEY)

    assert ids(world) == event_ids(2, 3)


def test_an_address_that_was_changed_gets_what_waits() -> None:
    """A mended address hears the event that the old one did not take."""
    world = a_world()
    fail(world)
    world.deliverer().deliver(KEY)
    endpoint = world.endpoints.rows[AGENCY, ENDPOINT.endpoint_id]
    world.endpoints.replace(endpoint, changed(endpoint, url="https://mended.example/"))
    world.clock.advance(MINUTE)

    world.deliverer().deliver(KEY)

    assert world.sender.ids("https://mended.example/") == event_ids(1)


def test_retry_sends_the_same_bytes_under_a_new_timestamp() -> None:
    """The event is what was true when it happened; receivers compare and de-duplicate it."""
    world = a_world()
    fail(world)
    world.deliverer().deliver(KEY)
    world.clock.advance(MINUTE)
    world.deliverer().deliver(KEY)

    first, second = world.sender.sent
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


def test_two_workers_at_once_send_once() -> None:
    """The second finds the first's claim, sends nothing, and comes back when that claim would be over."""
    world = a_world(2)
    meanwhile = []

    def second_worker() -> None:
        world.sender.during = None
        meanwhile.append(world.deliverer().deliver(KEY))

    world.sender.during = second_worker
    report = world.deliverer().deliver(KEY)

    assert ids(world) == event_ids(1, 2)
    assert meanwhile[0].is_unfinished
    assert meanwhile[0].retry_at == NOON + CLAIM_LIFETIME
    assert not report.is_unfinished


def test_an_event_that_is_published_while_another_is_sent_goes_with_the_same_run() -> None:
    """Its own message finds the claim; whoever holds it looks once more after it was done."""
    world = a_world()

    def publish() -> None:
        world.sender.during = None
        world.log.put(an_event(1, 2))

    world.sender.during = publish
    world.deliverer().deliver(KEY)

    assert ids(world) == event_ids(1, 2)


def test_worker_that_died_after_its_claim_is_followed_by_another() -> None:
    """A crash between the claim and the answer costs a wait, not the event, and not the order."""
    world = a_world(2)

    def die() -> None:
        raise KeyboardInterrupt

    world.sender.during = die
    with pytest.raises(KeyboardInterrupt):
        world.deliverer().deliver(KEY)
    world.sender.during = None
    early = world.deliverer().deliver(KEY)
    world.clock.advance(CLAIM_LIFETIME)
    world.deliverer().deliver(KEY)

    assert early.retry_at == NOON + CLAIM_LIFETIME
    assert ids(world) == event_ids(1, 1, 2)


def test_a_sender_that_was_taken_for_dead_stops_when_it_comes_back() -> None:
    """It slept through its claim and another took over: it concludes nothing and sends nothing more."""
    world = a_world(2)

    def sleep() -> None:
        world.sender.during = None
        world.clock.advance(2 * CLAIM_LIFETIME)
        world.deliverer().deliver(KEY)

    world.sender.during = sleep
    report = world.deliverer().deliver(KEY)

    assert ids(world) == event_ids(1, 1, 2)
    assert (report.attempts, report.is_unfinished) == ((), True)
    assert world.deliveries.cursor(STREAM, ENDPOINT.endpoint_id).sequence == 2


def test_a_long_run_hands_the_rest_over() -> None:
    """The function has a minute: after forty seconds no more is begun, and the key comes again at once."""
    world = a_world(20)
    world.sender.during = lambda: world.clock.advance(timedelta(seconds=5))

    report = world.deliverer().deliver(KEY)
    world.deliverer().deliver(KEY)
    world.deliverer().deliver(KEY)

    assert len(report.attempts) * timedelta(seconds=5) <= RUN_LENGTH_MAX + timedelta(seconds=5)
    assert (report.is_unfinished, report.retry_at) == (True, None)
    assert ids(world) == event_ids(*range(1, 21))


def test_a_slow_endpoint_delays_no_other() -> None:
    """Each endpoint has its own cursor and its own message."""
    world = a_world()
    other = an_endpoint("2")
    world.listen(other)
    fail(world, None)
    world.deliverer().deliver(KEY)

    world.deliverer().deliver(replace(KEY, sk="WHE#whe_2"))

    assert world.sender.ids(other.url) == event_ids(1)


def test_removed_endpoint_ends_its_retries() -> None:
    """An agency that removes an address hears nothing more there, not even what was on its way."""
    world = a_world()
    fail(world)
    world.deliverer().deliver(KEY)
    world.endpoints.remove(AGENCY, ENDPOINT.endpoint_id, NOON)
    world.clock.advance(MINUTE)

    report = world.deliverer().deliver(KEY)

    assert (report.attempts, report.is_unfinished) == ((), False)
    assert list(world.deliveries.list_due(world.clock.now(), limit=9)) == []


@pytest.mark.parametrize("key", [CallbackKey("JRN#2026-03-01#00", "cap_1"), CallbackKey("EVO#a#b", "000001")])
def test_message_about_nothing_is_an_error(key: CallbackKey) -> None:
    """It is never dropped as done: it ends in the dead letters, where somebody looks."""
    with pytest.raises(ValueError, match="not a delivery's key"):
        a_world().deliverer().deliver(key)
