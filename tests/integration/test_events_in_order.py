"""Publishers and senders at once on the embedded engine: each event once in the log, each object's told in its order.

The receiver is slow and fails by chance; senders die in the middle. Whatever happens, the first coming of each event is
in the order of the sequence, and every event comes.
"""

import json
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from mizan.adapters.dynamodb.deliveries import DynamoDeliveryLog
from mizan.adapters.dynamodb.events import DynamoEventFeed, DynamoEventLog
from mizan.adapters.dynamodb.webhooks import DynamoWebhookEndpoints
from mizan.application.deliver_webhook import WebhookDeliverer
from mizan.application.ports_webhooks import SendResult
from mizan.application.publish_events import EventPublisher, delivery_key
from mizan.domain.callbacks import CallbackKey
from mizan.domain.events import EventStream
from mizan.domain.invoices import InvoiceEvent, changed
from mizan.domain.webhooks import changed as changed_endpoint
from tests.fakes.clock import TickingClock
from tests.fakes.events import an_endpoint, invoice_key
from tests.fakes.platform import Platform
from tests.fakes.samples import AGENCY, an_invoice
from tests.fakes.sealing import sealed_data
from tests.fakes.world import FakeWorkQueue
from tests.integration.racing import race

pytestmark = pytest.mark.engine

WORKER_COUNT = 4
INVOICE_COUNT = 3
CHANGE_COUNT = 6
TURN_COUNT_MAX = 60
Ministack = tuple[Callable[[], Any], str]


@dataclass
class FlakyReceiver:
    """Fails or kills its sender by chance; `came` is what each address got, per object, in order."""

    chance: random.Random
    came: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> SendResult:
        data = json.loads(body)["data"]
        with self.lock:
            fate = self.chance.random()
            self.came[url, data["object_id"]].append(data["sequence"])
        if fate < 0.1:
            raise ConnectionAbortedError("the sender died")
        return SendResult(503 if fate < 0.3 else 200)


class Party:
    """One process: its own client over the shared table, clock and receiver."""

    def __init__(self, client: Any, table: str, world: Platform, receiver: FlakyReceiver) -> None:
        self.log = DynamoEventLog(client, table)
        self.feed = DynamoEventFeed(client, table)
        self.endpoints = DynamoWebhookEndpoints(client, table, sealed_data("secrets"))
        self.deliveries = DynamoDeliveryLog(client, table, world.clock)
        self.publisher = EventPublisher(
            invoices=world.invoices,
            payments=world.payments,
            refunds=world.refunds,
            disputes=world.disputes,
            events=self.log,
            feed=self.feed,
            endpoints=self.endpoints,
            deliveries=FakeWorkQueue(),
            clock=world.clock,
        )
        self.deliverer = WebhookDeliverer(
            events=self.log,
            endpoints=self.endpoints,
            deliveries=self.deliveries,
            sender=receiver,
            clock=world.clock,
            jitter=lambda: 0,
        )

    def deliver(self, key: CallbackKey) -> None:
        """A worker whose sender died is gone; its message comes again."""
        with suppress(ConnectionAbortedError):
            self.deliverer.deliver(key)


class Scene:
    """Invoices in memory, parties over one table, two endpoints that hear everything."""

    def __init__(self, ministack: Ministack, seed: int) -> None:
        new_client, table = ministack
        self.world, self.receiver = Platform(clock=TickingClock()), FlakyReceiver(random.Random(seed))  # noqa: S311  # a test's dice
        self.parties = [Party(new_client(), table, self.world, self.receiver) for _ in range(WORKER_COUNT)]
        self.endpoints = [an_endpoint("1"), an_endpoint("2")]
        for endpoint in self.endpoints:
            self.parties[0].endpoints.add(endpoint)
        self.references = [
            self.world.with_invoice(an_invoice(number)).reference for number in range(1, INVOICE_COUNT + 1)
        ]
        self.streams = [EventStream(f"inv_{reference}", AGENCY) for reference in self.references]

    def move_on(self) -> None:
        """Each invoice is held, or released again."""
        for reference in self.references:
            invoice = self.world.invoices.rows[reference]
            event = InvoiceEvent.RELEASE if invoice.state == "held" else InvoiceEvent.HOLD
            self.world.invoices.rows[reference] = changed(invoice, event, self.world.clock.now())

    def everybody_works(self) -> None:
        """Every party publishes every invoice and delivers to every endpoint, all at once."""
        tasks: list[Callable[[], object]] = []
        for party in self.parties:
            tasks += [partial(party.publisher.publish, invoice_key(reference)) for reference in self.references]
            tasks += [partial(party.deliver, delivery_key(*pair)) for pair in self.pairs()]
        troubles = [result for result in race(tasks) if isinstance(result, Exception)]
        assert troubles == []
        self.world.clock.advance(timedelta(minutes=20))
        self.keep_alive()

    def pairs(self) -> list[tuple[EventStream, str]]:
        return [(stream, endpoint.endpoint_id) for stream in self.streams for endpoint in self.endpoints]

    def keep_alive(self) -> None:
        """A receiver that fails by chance is not gone: forget its failures, as its successes would."""
        store = self.parties[0].endpoints
        for endpoint in store.list_of(AGENCY):
            if endpoint.failing_since is not None:
                store.replace(endpoint, changed_endpoint(endpoint, failing_since=None))

    def is_done(self, sequence: int) -> bool:
        log = self.parties[0].deliveries
        return all(log.cursor(*pair).sequence == sequence for pair in self.pairs())

    def polled(self) -> dict[str, list[int]]:
        """What the feed has of each object, in its order."""
        page = self.parties[0].feed.page(AGENCY, after=None, until=self.world.clock.now(), limit=1000)
        found: dict[str, list[int]] = defaultdict(list)
        for entry in page.entries:
            data = json.loads(entry.body)["data"]
            found[data["object_id"]].append(data["sequence"])
        return found


def in_first_coming(sequences: list[int]) -> list[int]:
    return list(dict.fromkeys(sequences))


@pytest.mark.parametrize("seed", [1, 2])
def test_every_event_comes_in_its_objects_order_whoever_races(ministack: Ministack, seed: int) -> None:
    """Three invoices, seven events each, two endpoints, four workers, a receiver that fails three times in ten."""
    scene = Scene(ministack, seed)
    whole = list(range(1, CHANGE_COUNT + 2))

    for turn in range(TURN_COUNT_MAX):
        if turn < CHANGE_COUNT:
            scene.move_on()
        scene.everybody_works()
        if scene.is_done(len(whole)):
            break

    log, polled = scene.parties[0].log, scene.polled()
    for stream in scene.streams:
        assert [event.sequence for event in log.after(stream, 0)] == whole
        assert in_first_coming(polled[stream.object_id]) == whole
        for endpoint in scene.endpoints:
            assert in_first_coming(scene.receiver.came[endpoint.url, stream.object_id]) == whole
