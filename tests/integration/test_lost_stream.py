"""The stream loses everything: the sweep finds each event over the real store, and agencies are told all the same."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mizan.adapters.dynamodb.change_sources import DynamoChangeSources
from mizan.adapters.dynamodb.deliveries import DynamoDeliveryLog
from mizan.adapters.dynamodb.events import DynamoEventFeed, DynamoEventLog
from mizan.adapters.dynamodb.marks import DynamoHighWaterMarks
from mizan.adapters.dynamodb.webhooks import DynamoWebhookEndpoints
from mizan.application.deliver_webhook import WebhookDeliverer
from mizan.application.publish_events import EventPublisher
from mizan.application.sweep_events import LOOK_BACK_MAX, SETTLING, STEP_MAX, EventSweep
from mizan.domain.events import EventStream
from mizan.domain.references import track_id
from tests.fakes.events import FakeSender, an_endpoint
from tests.fakes.platform import a_creation
from tests.fakes.samples import AGENCY, captured
from tests.fakes.sealing import sealed_data
from tests.fakes.world import FakeWorkQueue
from tests.integration.racing import hire

pytestmark = pytest.mark.engine


def test_a_payment_that_no_stream_told_of_is_told_by_the_sweep(ministack: tuple[Callable[[], Any], str]) -> None:
    """Issued, paid, captured, and one invoice that nobody paid: found by journal and listing, sent once, in order."""
    new_client, table = ministack
    worker = hire(new_client, table, count=1)[0]
    client, world = worker.client, worker.world
    endpoints = DynamoWebhookEndpoints(client, table, sealed_data("secrets"))
    log, deliveries = DynamoEventLog(client, table), DynamoDeliveryLog(client, table, world.clock)
    objects, handed_over, sender = FakeWorkQueue(), FakeWorkQueue(), FakeSender()
    endpoint = an_endpoint()
    endpoints.add(endpoint)
    paid, _ = worker.create(a_creation())
    unpaid, _ = worker.create(a_creation(invoice_number="2026-0002", idempotency_key="key-2"))
    payment, _ = worker.start(paid.reference, "try-1")
    world.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    worker.resolver().resolve(payment)
    world.clock.advance(SETTLING + timedelta(seconds=1))

    sweep = EventSweep(
        sources=DynamoChangeSources(client, table),
        services=world.services,
        log=deliveries,
        marks=DynamoHighWaterMarks(client, table),
        objects=objects,
        deliveries=handed_over,
        clock=world.clock,
    )
    for _ in range(LOOK_BACK_MAX // STEP_MAX + 1):
        sweep.run()
    publisher = EventPublisher(
        invoices=worker.invoices,
        payments=worker.payments,
        refunds=world.refunds,
        disputes=world.disputes,
        events=log,
        feed=DynamoEventFeed(client, table),
        endpoints=endpoints,
        deliveries=handed_over,
        clock=world.clock,
    )
    for key in objects.sent:
        publisher.publish(key)
    deliverer = WebhookDeliverer(
        events=log, endpoints=endpoints, deliveries=deliveries, sender=sender, clock=world.clock
    )
    for key in handed_over.sent:
        deliverer.deliver(key)

    streams = [f"inv_{paid.reference}", f"inv_{unpaid.reference}", payment.payment_id]
    told = {stream: [event.type for event in log.after(EventStream(stream, AGENCY), 0)] for stream in streams}
    assert told == {
        streams[0]: ["invoice.issued", "invoice.paid"],
        streams[1]: ["invoice.issued"],
        streams[2]: ["payment.succeeded"],
    }
    assert len(sender.ids(endpoint.url)) == len(set(sender.ids(endpoint.url))) == 4
