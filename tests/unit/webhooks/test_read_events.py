"""Polling: the same events, none passed over, each agency its own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.application.publish_events import FEED_LAG
from mizan.application.read_events import list_deliveries, list_events, show_event
from mizan.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from tests.fakes.clock import NOON
from tests.fakes.events import Telling, an_endpoint, an_event
from tests.fakes.samples import CALLER, STRANGER
from tests.unit.webhooks.stories import a_paid_invoice, an_issued_invoice, publish_invoice, publish_payment


@pytest.fixture
def world() -> Telling:
    return Telling()


def poll(
    world: Telling, after: str | None = None, event_type: str | None = None, limit: int = 50
) -> tuple[list[str], str, bool]:
    """Types, cursor, whether there is more."""
    page = list_events(
        caller=CALLER, feed=world.feed, clock=world.clock, after=after, event_type=event_type, limit=limit
    )
    return [entry.type for entry in page.entries], page.cursor, page.has_more


def test_polling_finds_what_webhooks_tell(world: Telling) -> None:
    """The same bytes: who polls misses nothing and learns nothing else."""
    invoice, payment = a_paid_invoice(world)
    told = publish_invoice(world, invoice.reference) + publish_payment(world, payment)
    world.clock.advance(2 * FEED_LAG)

    page = list_events(caller=CALLER, feed=world.feed, clock=world.clock, after=None, event_type=None, limit=50)

    assert {(entry.event_id, entry.body) for entry in page.entries} == {(one.event_id, one.body) for one in told}
    assert not page.has_more


def test_an_event_is_shown_when_it_is_old_enough_to_pass(world: Telling) -> None:
    """Others may still be writing entries of the same seconds: a cursor must not get ahead of them."""
    invoice = an_issued_invoice(world)
    publish_invoice(world, invoice.reference)
    world.clock.advance(FEED_LAG - timedelta(microseconds=1))

    early, cursor, _ = poll(world)
    world.clock.advance(timedelta(microseconds=1))
    late, _, _ = poll(world, cursor)

    assert (early, late) == ([], ["invoice.issued"])


def test_a_cursor_goes_on_where_it_was_also_where_nothing_was_new(world: Telling) -> None:
    """Page by page, and then again and again: each event once."""
    for sequence in range(1, 6):
        world.feed.append(an_event(1, sequence))
    world.clock.advance(timedelta(minutes=1))

    first, cursor, has_more = poll(world, limit=3)
    second, cursor, is_more = poll(world, cursor, limit=3)
    nothing, cursor, _ = poll(world, cursor)
    world.feed.append(an_event(1, 6, published_at=world.clock.now()))
    world.clock.advance(timedelta(minutes=1))
    third, _, _ = poll(world, cursor)

    assert [len(page) for page in (first, second, nothing, third)] == [3, 2, 0, 1]
    assert (has_more, is_more) == (True, False)


def test_a_type_or_a_kind_can_be_asked_for(world: Telling) -> None:
    """A page of a type alone may be empty and the feed go on."""
    world.feed.append(an_event(1, 1))
    world.feed.append(an_event(1, 2))
    world.clock.advance(timedelta(minutes=1))

    assert poll(world, event_type="invoice.amended")[0] == ["invoice.amended"]
    assert poll(world, event_type="payment.*")[0] == []
    assert poll(world, event_type="invoice.amended", limit=1)[::2] == ([], True)
    with pytest.raises(InvalidInputError):
        poll(world, event_type="invoice.dreamt")


def test_each_agency_reads_its_own(world: Telling) -> None:
    """A foreign event is not there; a platform role has no feed, but may read one event that it knows of."""
    event = an_event(1, 1)
    world.log.put(event)
    world.feed.append(event)
    world.clock.advance(timedelta(minutes=1))
    platform = replace(CALLER, agency="*")

    page = list_events(caller=STRANGER, feed=world.feed, clock=world.clock, after=None, event_type=None, limit=9)

    assert page.entries == ()
    assert show_event(event.event_id, caller=CALLER, events=world.log) == event
    assert show_event(event.event_id, caller=platform, events=world.log) == event
    with pytest.raises(NotFoundError):
        show_event(event.event_id, caller=STRANGER, events=world.log)
    with pytest.raises(NotFoundError):
        show_event("evt_nonsense", caller=CALLER, events=world.log)
    with pytest.raises(ForbiddenError):
        list_events(caller=platform, feed=world.feed, clock=world.clock, after=None, event_type=None, limit=9)


def test_the_log_of_an_endpoint_is_its_agencys(world: Telling) -> None:
    """Another's is not found."""
    world.listen(an_endpoint())
    arguments = {"endpoints": world.endpoints, "deliveries": world.deliveries, "limit": 9, "cursor": None}

    assert list_deliveries("whe_1", caller=CALLER, **arguments).deliveries == ()  # type: ignore[arg-type]  # by name
    with pytest.raises(NotFoundError):
        list_deliveries("whe_1", caller=STRANGER, **arguments)  # type: ignore[arg-type]  # by name
    assert world.clock.now() == NOON
