"""Delivery: at least once, never lost, the same bytes each time, and each endpoint on its own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.application.deliver_webhook import CLAIM_LIFETIME
from mizan.application.ports_webhooks import SendResult
from mizan.domain.callbacks import CallbackKey
from mizan.domain.errors import NotFoundError
from mizan.domain.invoices import InvoiceState
from mizan.domain.webhooks import DeliveryState
from tests.fakes.clock import NOON
from tests.unit.webhooks.fakes import World, an_endpoint

FIRST, SECOND = an_endpoint("1"), an_endpoint("2")


def test_every_endpoint_of_the_agency_is_told_once() -> None:
    """A message that comes again after everybody has the event sends nothing."""
    world = World(FIRST, SECOND)

    report = world.deliverer().deliver(World.KEY)
    again = world.deliverer().deliver(World.KEY)

    assert report.retry_at is None
    assert [sent.url for sent in world.sender.sent] == [FIRST.url, SECOND.url]
    assert again.delivered == ("whe_1", "whe_2")


def test_agency_without_endpoints_is_done_at_once() -> None:
    """Nobody wants it: nothing is kept and nothing comes again."""
    world = World()

    report = world.deliverer().deliver(World.KEY)

    assert (report.retry_at, report.delivered, world.log.events) == (None, (), {})


def test_other_agencies_and_later_endpoints_hear_nothing() -> None:
    """An endpoint hears its own agency's events, from its registration on."""
    stranger = an_endpoint("3", agency="health")
    later = an_endpoint("4", created_at=NOON + timedelta(seconds=1))
    world = World(stranger, later)

    report = world.deliverer().deliver(World.KEY)

    assert report.retry_at is None
    assert world.sender.sent == []


def test_failed_endpoint_is_tried_again_and_the_other_is_left_alone() -> None:
    """One receiver's outage neither repeats nor delays another's delivery."""
    world = World(FIRST, SECOND)
    world.sender.answers[FIRST.url] = SendResult(503)

    report = world.deliverer().deliver(World.KEY)
    world.sender.answers.clear()
    world.clock.advance(timedelta(seconds=5))
    after = world.deliverer().deliver(World.KEY)

    assert report.retry_at == NOON + timedelta(seconds=5)
    assert [(failure.endpoint_id, failure.last_status) for failure in report.failures] == [("whe_1", 503)]
    assert after.retry_at is None
    assert [sent.url for sent in world.sender.sent] == [FIRST.url, SECOND.url, FIRST.url]


@pytest.mark.parametrize("answer", [SendResult(301), SendResult(404), SendResult(None, "timeout")])
def test_anything_but_success_is_a_failure(answer: SendResult) -> None:
    """Only 2xx says that the event arrived; a redirect is not followed and not believed."""
    world = World(FIRST)
    world.sender.answers[FIRST.url] = answer

    report = world.deliverer().deliver(World.KEY)

    (failure,) = report.failures
    assert (failure.state, failure.last_status, failure.last_error) == (
        DeliveryState.FAILED,
        answer.status,
        answer.error,
    )


def test_waits_double_with_each_failure() -> None:
    """5, 10, 20 seconds: the receiver gets room to recover."""
    world = World(FIRST)
    world.sender.answers[FIRST.url] = SendResult(500)

    waits = []
    for _ in range(3):
        report = world.deliverer().deliver(World.KEY)
        assert report.retry_at is not None
        waits.append((report.retry_at - world.clock.now()).total_seconds())
        world.clock.instant = report.retry_at

    assert waits == [5, 10, 20]


def test_message_that_comes_early_sends_nothing() -> None:
    """Two messages for one event share its schedule: a duplicate does not double the attempts."""
    world = World(FIRST)
    world.sender.answers[FIRST.url] = SendResult(500)
    first = world.deliverer().deliver(World.KEY)

    duplicate = world.deliverer().deliver(World.KEY)

    assert duplicate.retry_at == first.retry_at
    assert len(world.sender.sent) == 1


def test_retry_sends_the_same_bytes_though_the_invoice_moved_on() -> None:
    """The event is what was true when it happened; receivers compare and de-duplicate it."""
    world = World(FIRST)
    world.sender.answers[FIRST.url] = SendResult(500)
    world.deliverer().deliver(World.KEY)
    reference = world.invoice.reference
    world.invoices.rows[reference] = replace(world.invoice, state=InvoiceState.CANCELLED)

    world.clock.advance(timedelta(minutes=1))
    world.deliverer().deliver(World.KEY)

    first, second = world.sender.sent
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


def test_two_workers_at_once_send_once() -> None:
    """The second finds the first's claim, sends nothing, and comes back when that claim would be over."""
    world = World(FIRST)
    meanwhile = []

    def second_worker() -> None:
        world.sender.during = None
        meanwhile.append(world.deliverer().deliver(World.KEY))

    world.sender.during = second_worker
    report = world.deliverer().deliver(World.KEY)

    assert len(world.sender.sent) == 1
    assert meanwhile[0].retry_at == NOON + CLAIM_LIFETIME
    assert report.retry_at is None


def test_worker_that_died_after_its_claim_is_followed_by_another() -> None:
    """A crash between the claim and the answer costs a wait, not the event."""
    world = World(FIRST)

    def die() -> None:
        raise KeyboardInterrupt

    world.sender.during = die
    with pytest.raises(KeyboardInterrupt):
        world.deliverer().deliver(World.KEY)
    world.sender.during = None
    early = world.deliverer().deliver(World.KEY)
    world.clock.advance(CLAIM_LIFETIME)
    late = world.deliverer().deliver(World.KEY)

    assert early.retry_at == NOON + CLAIM_LIFETIME
    assert late.retry_at is None
    assert len(world.sender.sent) == 2


def test_slow_receivers_do_not_outlast_the_function() -> None:
    """After forty seconds no more is begun; who was not reached is due at once, and first."""
    endpoints = [an_endpoint(f"{number:02d}") for number in range(12)]
    world = World(*endpoints)
    world.sender.answers = {one.url: SendResult(None, "timeout") for one in endpoints}
    world.sender.during = lambda: world.clock.advance(timedelta(seconds=5))

    report = world.deliverer().deliver(World.KEY)
    reached = {sent.url for sent in world.sender.sent}
    world.deliverer().deliver(World.KEY)

    assert len(reached) == 8
    assert report.retry_at is not None
    assert report.retry_at <= world.clock.now()
    assert {sent.url for sent in world.sender.sent[8:12]} == {one.url for one in endpoints} - reached


def test_removed_endpoint_ends_its_retries() -> None:
    """An agency that removes an address hears nothing more there, not even what was on its way."""
    world = World(FIRST)
    world.sender.answers[FIRST.url] = SendResult(500)
    world.deliverer().deliver(World.KEY)

    world.endpoints.remove(FIRST.agency, FIRST.endpoint_id, NOON)
    world.clock.advance(timedelta(minutes=1))
    report = world.deliverer().deliver(World.KEY)

    assert report.retry_at is None
    assert len(world.sender.sent) == 1


def test_message_about_nothing_is_an_error() -> None:
    """A key without a transaction is never dropped as done: it ends in the dead letters, where somebody looks."""
    world = World(FIRST)

    with pytest.raises(NotFoundError):
        world.deliverer().deliver(CallbackKey("JRN#2026-03-01#00", "cap_none"))
