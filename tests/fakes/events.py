"""Events, endpoints and deliveries in memory, and a receiver that says what a test tells it to."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from mizan.application.deliver_webhook import WebhookDeliverer
from mizan.application.ports_events import FeedEntry, FeedPage
from mizan.application.ports_webhooks import DeliveryPage, SendResult, Sent
from mizan.application.publish_events import EventPublisher
from mizan.application.send_webhook import WebhookPost
from mizan.domain.callbacks import CallbackKey
from mizan.domain.errors import BusyError, ConflictError, IdempotencyConflictError, InvalidInputError
from mizan.domain.events import Event, EventStream
from mizan.domain.webhooks import CursorState, Delivery, DeliveryCursor, WebhookEndpoint, encode_secret
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.samples import AGENCY
from tests.fakes.world import FakeWorkQueue

URL = "https://agency.example/hooks"


class FakeWebhookEndpoints:
    def __init__(self, *endpoints: WebhookEndpoint) -> None:
        self.rows = {(one.agency, one.endpoint_id): one for one in endpoints}
        self.removed: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def add(self, endpoint: WebhookEndpoint) -> WebhookEndpoint | None:
        key = (endpoint.agency, endpoint.endpoint_id)
        if key in self.removed:
            raise ConflictError("removed")
        existing = self.rows.get(key)
        self.rows.setdefault(key, endpoint)
        return existing

    def get(self, agency: str, endpoint_id: str) -> WebhookEndpoint | None:
        return self.rows.get((agency, endpoint_id))

    def list_of(self, agency: str) -> list[WebhookEndpoint]:
        rows = [row for row in self.rows.values() if row.agency == agency]
        return sorted(rows, key=lambda row: (row.created_at, row.endpoint_id))

    def replace(self, before: WebhookEndpoint, after: WebhookEndpoint) -> bool:
        with self._lock:
            stored = self.get(before.agency, before.endpoint_id)
            if stored is None or stored.version != before.version:
                return False
            self.rows[after.agency, after.endpoint_id] = after
            return True

    def remove(self, agency: str, endpoint_id: str, now: datetime) -> bool:
        if self.rows.pop((agency, endpoint_id), None) is None:
            return False
        self.removed.add((agency, endpoint_id))
        return True


class FakeEventLog:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.rows: dict[tuple[EventStream, int], Event] = {}

    def last(self, stream: EventStream) -> Event | None:
        return max(self.after(stream, 0), key=lambda event: event.sequence, default=None)

    def put(self, event: Event) -> bool:
        with self._lock:
            return self.rows.setdefault((event.stream, event.sequence), event) is event

    def get(self, stream: EventStream, sequence: int) -> Event | None:
        return self.rows.get((stream, sequence))

    def after(self, stream: EventStream, sequence: int) -> list[Event]:
        found = [event for event in list(self.rows.values()) if event.stream == stream and event.sequence > sequence]
        return sorted(found, key=lambda event: event.sequence)


class FakeEventFeed:
    """`took` runs while an entry is being written, as a slow store would take its time."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Event] = {}
        self.took: Callable[[], None] | None = None

    def append(self, event: Event) -> None:
        if self.took is not None:
            self.took()
        self.rows[event.published_at.isoformat(timespec="microseconds"), event.event_id] = event

    def page(self, agency: str, *, after: str | None, until: datetime, limit: int) -> FeedPage:
        if after is not None and "|" not in after:
            raise InvalidInputError.of("after", "bad_cursor")
        position = tuple(after.split("|")) if after else ("", "")
        rows = sorted(
            (key, event)
            for key, event in self.rows.items()
            if event.stream.agency == agency and event.published_at <= until and key > position
        )
        entries = tuple(FeedEntry(event.event_id, event.type, event.body, "|".join(key)) for key, event in rows[:limit])
        has_more = len(rows) > limit
        reached = max("|".join(position), until.isoformat(timespec="microseconds") + "|")
        return FeedPage(entries, entries[-1].cursor if has_more else reached, has_more)


class FakeDeliveryLog:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.cursors: dict[tuple[EventStream, str], DeliveryCursor] = {}
        self.lines: dict[tuple[str, datetime, str], Delivery] = {}

    def cursor(self, stream: EventStream, endpoint_id: str) -> DeliveryCursor:
        return self.cursors.get((stream, endpoint_id), DeliveryCursor())

    def move(self, stream: EventStream, endpoint_id: str, before: DeliveryCursor, after: DeliveryCursor) -> bool:
        with self._lock:
            if self.cursor(stream, endpoint_id).version != before.version:
                return False
            self.cursors[stream, endpoint_id] = after
            return True

    def record(self, delivery: Delivery) -> None:
        with self._lock:
            key = (delivery.endpoint_id, delivery.listed_at, delivery.event_id)
            stored = self.lines.get(key)
            if stored is None or stored.attempt_count <= delivery.attempt_count:
                self.lines[key] = delivery

    def page(self, endpoint_id: str, *, limit: int, cursor: str | None) -> DeliveryPage:
        if cursor is not None and not cursor.isdigit():
            raise InvalidInputError.of("cursor", "bad_cursor")
        start = int(cursor or 0)
        lines = [line for _, line in sorted(self.lines.items(), reverse=True) if line.endpoint_id == endpoint_id]
        following = str(start + limit) if len(lines) > start + limit else None
        return DeliveryPage(tuple(lines[start : start + limit]), following)

    def list_due(self, now: datetime, *, limit: int) -> Iterator[CallbackKey]:
        for (stream, endpoint_id), cursor in sorted(self.cursors.items(), key=lambda row: str(row[1].next_attempt_at)):
            if cursor.state is CursorState.WAITING and cursor.is_due(now):
                yield CallbackKey(f"EVO#{stream.object_id}#{stream.agency}", f"WHE#{endpoint_id}")


class FakeSendRequests:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], tuple[str, datetime, Sequence[Sent] | None]] = {}

    def begin(self, agency: str, key: str, fingerprint: str, now: datetime) -> Sequence[Sent] | None:
        known = self.rows.get((agency, key))
        if known is None or (known[2] is None and known[1] < now - timedelta(minutes=1)):
            self.rows[agency, key] = (fingerprint, now, None)
            return None
        if known[0] != fingerprint:
            raise IdempotencyConflictError("another body")
        if known[2] is None:
            raise BusyError("somebody is at it")
        return known[2]

    def conclude(self, agency: str, key: str, sent: Sequence[Sent]) -> None:
        fingerprint, began, _ = self.rows[agency, key]
        self.rows[agency, key] = (fingerprint, began, sent)


@dataclass(frozen=True)
class Received:
    url: str
    headers: Mapping[str, str]
    body: bytes


class FakeSender:
    """Answers per URL with what `answers` holds, 200 otherwise; `during` runs while the receiver has the request."""

    def __init__(self) -> None:
        self.sent: list[Received] = []
        self.answers: dict[str, SendResult] = {}
        self.during: Callable[[], Any] | None = None

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> SendResult:
        self.sent.append(Received(url, dict(headers), body))
        if self.during is not None:
            self.during()
        return self.answers.get(url, SendResult(200))

    def ids(self, url: str) -> list[str]:
        """What came to an address, in the order in which it came."""
        return [one.headers["webhook-id"] for one in self.sent if one.url == url]


class FakeTargets:
    def __init__(self, refusal: str | None = None) -> None:
        self.refusal = refusal

    def refusal_of(self, url: str) -> str | None:
        return self.refusal


def an_endpoint(name: str = "1", **changes: Any) -> WebhookEndpoint:
    """It listens since noon, to everything."""
    endpoint = WebhookEndpoint(
        endpoint_id=f"whe_{name}",
        agency=AGENCY,
        url=f"{URL}/{name}",
        events=("*",),
        created_at=NOON,
        fingerprint=f"fingerprint-{name}",
        secret=encode_secret(f"secret-{name}".encode().ljust(32, b".")),
        listening_since=NOON,
    )
    return replace(endpoint, **changes)


class Telling(Platform):
    """A platform whose agencies are told: publisher, deliverer and what they stand on."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.log, self.feed = FakeEventLog(), FakeEventFeed()
        self.endpoints, self.deliveries = FakeWebhookEndpoints(), FakeDeliveryLog()
        self.delivery_queue, self.sender, self.requests = FakeWorkQueue(), FakeSender(), FakeSendRequests()

    def listen(self, *endpoints: WebhookEndpoint) -> None:
        for endpoint in endpoints:
            self.endpoints.add(endpoint)

    def publisher(self) -> EventPublisher:
        return EventPublisher(
            invoices=self.invoices,
            payments=self.payments,
            refunds=self.refunds,
            disputes=self.disputes,
            events=self.log,
            feed=self.feed,
            endpoints=self.endpoints,
            deliveries=self.delivery_queue,
            clock=self.clock,
        )

    def deliverer(self) -> WebhookDeliverer:
        return WebhookDeliverer(
            events=self.log,
            endpoints=self.endpoints,
            deliveries=self.deliveries,
            sender=self.sender,
            clock=self.clock,
            jitter=lambda: 0,
        )

    def post(self) -> WebhookPost:
        return WebhookPost(
            events=self.log,
            endpoints=self.endpoints,
            deliveries=self.deliveries,
            requests=self.requests,
            sender=self.sender,
            clock=self.clock,
        )

    def deliver_all(self) -> None:
        """Work off the delivery queue as it stands; what waits longer is left waiting."""
        keys, self.delivery_queue.sent = self.delivery_queue.sent, []
        for key in dict.fromkeys(keys):
            self.deliverer().deliver(key)


def invoice_key(reference: str) -> CallbackKey:
    return CallbackKey(f"INV#{reference}", "HEAD")


def payment_key(payment_id: str) -> CallbackKey:
    return CallbackKey(f"INV#{payment_id[4:22]}", f"PAY#{payment_id}")


def an_event(number: int = 1, sequence: int = 1, **changes: Any) -> Event:
    """Event `sequence` of invoice `number`, published a second later each."""
    stream = changes.pop("stream", EventStream(f"inv_{number:018d}", AGENCY))
    event = Event(
        stream=stream,
        sequence=sequence,
        type="invoice.issued" if sequence == 1 else "invoice.amended",
        occurred_at=NOON,
        published_at=NOON + timedelta(seconds=sequence),
        correlation_id="corr-1",
        body=f'{{"amount":{1000 * sequence}}}'.encode(),
    )
    return replace(event, **changes)
