"""Publishing: whatever a history holds is told once, in order, by whoever looks first, and never lost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mizan.application.publish_events import FEED_LAG, FEED_TRY_COUNT_MAX, EventPublisher, PublishReport
from mizan.domain.callbacks import CallbackKey
from mizan.domain.errors import BusyError
from mizan.domain.events import Event, EventStream
from mizan.domain.invoices import InvoiceEvent
from tests.fakes.clock import NOON
from tests.fakes.events import Telling, an_endpoint, invoice_key, payment_key
from tests.fakes.samples import AGENCY, AMOUNT
from tests.unit.webhooks.stories import (
    a_paid_basket,
    a_paid_invoice,
    an_issued_invoice,
    change,
    publish_invoice,
    take_back,
    told,
)


@pytest.fixture
def world() -> Telling:
    return Telling()


def types(events: list[Event]) -> list[tuple[int, str]]:
    return [(event.sequence, event.type) for event in events]


def test_a_payment_that_is_taken_back_is_told_in_order(world: Telling) -> None:
    """Reversal after success: of the invoice and of the attempt, one after the other, by their sequence."""
    invoice, payment = a_paid_invoice(world)
    take_back(world, payment)

    world.publisher().publish(payment_key(payment.payment_id))
    world.publisher().publish(invoice_key(invoice.reference))

    assert types(told(world, f"inv_{invoice.reference}")) == [
        (1, "invoice.issued"),
        (2, "invoice.paid"),
        (3, "invoice.reopened"),
    ]
    assert types(told(world, payment.payment_id)) == [(3, "payment.succeeded"), (4, "payment.reversed")]


def test_publishing_again_publishes_nothing_again(world: Telling) -> None:
    """Messages come twice, sweeps look again: one event, one entry in the feed."""
    invoice = an_issued_invoice(world)

    first = world.publisher().publish(invoice_key(invoice.reference))
    again = world.publisher().publish(invoice_key(invoice.reference))

    assert first.published == (f"evt_inv_{invoice.reference}_1_moic",)
    assert first.correlation_id == "corr-1"
    assert again.published == ()
    assert len(world.log.rows) == len(world.feed.rows) == 1


def test_what_a_lost_message_left_out_is_published_with_the_next(world: Telling) -> None:
    """Nobody told of the hold; the release brings both, the hold first."""
    invoice = an_issued_invoice(world)
    publish_invoice(world, invoice.reference)
    change(world, invoice.reference, InvoiceEvent.HOLD)
    change(world, invoice.reference, InvoiceEvent.RELEASE)

    events = publish_invoice(world, invoice.reference)

    assert types(events) == [(1, "invoice.issued"), (2, "invoice.held"), (3, "invoice.released")]
    stamps = [event.published_at for event in events]
    assert stamps == sorted(set(stamps))


def test_an_event_stays_as_it_was_first_published(world: Telling) -> None:
    """A retry and a poll of years later find the very bytes."""
    invoice = an_issued_invoice(world)
    (before,) = publish_invoice(world, invoice.reference)
    world.invoices.rows[invoice.reference] = replace(world.invoices.rows[invoice.reference], service="renamed")

    assert publish_invoice(world, invoice.reference) == [before]


def test_a_basket_itself_and_unknown_keys_are_nobodys_news(world: Telling) -> None:
    """Its head is in the table as an invoice's is; there is nothing to tell of it."""
    for key in (invoice_key("482019374650192753"), CallbackKey("INV#482019374650192753", "QTE#1")):
        assert world.publisher().publish(key) == PublishReport()
    assert world.log.rows == {}


def test_every_agency_of_a_payment_is_told(world: Telling) -> None:
    """Two agencies, two events of one capture; each in its own feed."""
    payment = a_paid_basket(world)

    report = world.publisher().publish(payment_key(payment.payment_id))

    assert set(report.published) >= {f"evt_{payment.payment_id}_3_{agency}" for agency in (AGENCY, "health")}
    assert {event.stream.agency for event in world.feed.rows.values()} == {AGENCY, "health"}


def test_a_baskets_payment_brings_its_invoices_along(world: Telling) -> None:
    """The journal names the basket alone: whoever looks at the payment publishes what its invoices lack."""
    payment = a_paid_basket(world)

    world.publisher().publish(payment_key(payment.payment_id))

    own = {line.agency: f"inv_{line.reference}" for line in payment.lines}
    for agency, object_id in own.items():
        assert types(told(world, object_id, agency)) == [(1, "invoice.issued"), (2, "invoice.paid")]


def test_endpoints_that_may_want_it_are_handed_the_stream(world: Telling) -> None:
    """Each once; not those of other agencies, those that listen to something else, or those that are disabled."""
    world.listen(
        an_endpoint("all"),
        an_endpoint("payments", events=("payment.*",)),
        an_endpoint("deaf", disabled_at=NOON),
        an_endpoint("late", listening_since=NOON + timedelta(hours=1)),
        an_endpoint("foreign", agency="health"),
    )
    invoice = an_issued_invoice(world)

    report = world.publisher().publish(invoice_key(invoice.reference))

    assert world.delivery_queue.sent == [CallbackKey(f"EVO#inv_{invoice.reference}#moic", "WHE#whe_all")]
    assert report.handed_count == 1


def test_a_publisher_that_died_before_handing_over_is_made_up_for(world: Telling) -> None:
    """The queue is down after the event was put: the message comes again, publishes nothing, and hands over."""
    world.listen(an_endpoint())
    invoice = an_issued_invoice(world)
    world.delivery_queue.is_refusing = True
    with pytest.raises(RuntimeError):
        world.publisher().publish(invoice_key(invoice.reference))
    world.delivery_queue.is_refusing = False

    report = world.publisher().publish(invoice_key(invoice.reference))

    assert (report.published, report.handed_count) == ((), 1)


# -- the feed -------------------------------------------------------------------------------------------------------


def test_a_slow_entry_is_written_again_where_no_reader_has_been(world: Telling) -> None:
    """The write took longer than half the lag: a reader may have passed the place. The event counts with the second."""
    invoice = an_issued_invoice(world)
    naps = [FEED_LAG, timedelta()]
    world.feed.took = lambda: world.clock.advance(naps.pop(0))

    (event,) = publish_invoice(world, invoice.reference)

    assert [stamp[11:23] for stamp, _ in world.feed.rows] == ["09:00:00.000", "09:00:06.000"]
    assert event.published_at == NOON + FEED_LAG


def test_a_feed_that_stays_slow_publishes_nothing(world: Telling) -> None:
    """Rather late than passed over: the message comes again."""
    invoice = an_issued_invoice(world)
    world.feed.took = lambda: world.clock.advance(FEED_LAG)

    with pytest.raises(BusyError):
        world.publisher().publish(invoice_key(invoice.reference))

    assert world.log.rows == {}
    assert len(world.feed.rows) == FEED_TRY_COUNT_MAX


def test_a_publisher_that_dies_between_feed_and_log_is_followed_by_another_entry(world: Telling) -> None:
    """Seen twice, never missed: what is published is in the feed at the place that counts."""
    invoice = an_issued_invoice(world)

    def die(event: Event) -> bool:
        raise KeyboardInterrupt

    put, world.log.put = world.log.put, die  # type: ignore[method-assign]  # a crash
    with pytest.raises(KeyboardInterrupt):
        world.publisher().publish(invoice_key(invoice.reference))
    world.log.put = put  # type: ignore[method-assign]  # alive again
    world.clock.advance(timedelta(minutes=4))

    (event,) = publish_invoice(world, invoice.reference)

    ids = [event_id for _, event_id in sorted(world.feed.rows)]
    assert ids == [event.event_id, event.event_id]
    assert event.published_at == NOON + timedelta(minutes=4)


def test_an_objects_events_stand_in_its_order_in_the_feed_though_clocks_differ(world: Telling) -> None:
    """The second publisher's clock is a second behind the first's: its event still comes after."""
    invoice = an_issued_invoice(world)
    (first,) = publish_invoice(world, invoice.reference)
    change(world, invoice.reference, InvoiceEvent.HOLD)
    world.clock.instant = first.published_at - timedelta(seconds=1)

    _, second = publish_invoice(world, invoice.reference)

    assert second.published_at == first.published_at + timedelta(microseconds=1)


def test_two_publishers_at_once_publish_once(world: Telling) -> None:
    """Both saw nothing published: the feed may have it twice, the log has it once, as the first put it."""
    invoice = an_issued_invoice(world)
    change(world, invoice.reference, InvoiceEvent.HOLD)
    other: list[PublishReport] = []

    class Overtaken(type(world.feed)):  # type: ignore[misc]  # the fake, with somebody else coming in between
        def append(self, event: Event) -> None:
            super().append(event)
            if not other:
                other.append(PublishReport())
                other[0] = world.publisher().publish(invoice_key(invoice.reference))

    world.feed = Overtaken()
    mine = world.publisher().publish(invoice_key(invoice.reference))

    stream = EventStream(f"inv_{invoice.reference}", AGENCY)
    assert (len(other[0].published), len(mine.published)) == (2, 0)
    assert types(world.log.after(stream, 0)) == [(1, "invoice.issued"), (2, "invoice.held")]


def test_no_amount_is_published_that_the_books_do_not_have(world: Telling) -> None:
    """What `payment.succeeded` says came in is what the journal booked."""
    _, payment = a_paid_invoice(world)

    world.publisher().publish(payment_key(payment.payment_id))

    assert world.total() == AMOUNT
    assert f'"amount":{AMOUNT}'.encode() in told(world, payment.payment_id)[0].body


def test_the_publisher_reads_only_what_it_publishes(world: Telling) -> None:
    """A key of a change without a public event costs no look at endpoints: most attempts only start."""
    invoice = an_issued_invoice(world)
    payment, _ = world.start(invoice.reference)

    class Untouched:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(name)

    world.endpoints = Untouched()  # type: ignore[assignment]  # nobody asks it
    publisher: EventPublisher = world.publisher()

    assert publisher.publish(payment_key(payment.payment_id)).published == ()
