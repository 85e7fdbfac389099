"""Publish what an object's history holds and its agencies have not been told of: once each, in order, frozen.

The object's own write is the outbox; a message only says where to look. Whoever looks, and however often, publishes
what is missing and hands the stream to each endpoint that may want it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mizan.application.ports import Clock, InvoiceRepository, PaymentRepository, WorkQueue
from mizan.application.ports_events import EventFeed, EventLog
from mizan.application.ports_refunds_store import DisputeRepository, RefundRepository
from mizan.application.ports_webhooks import WebhookEndpointRepository
from mizan.domain.baskets import ANY_AGENCY
from mizan.domain.callbacks import CallbackKey
from mizan.domain.disputes import Dispute
from mizan.domain.errors import BusyError
from mizan.domain.event_documents import Related, agencies_of, event_of
from mizan.domain.events import Event, EventStream, Source, kind_of, object_id_of, public_events
from mizan.domain.payments import Payment

FEED_LAG = timedelta(seconds=6)
"""The feed shows what is older than this: half of it is for a write that takes long, half for clocks that differ."""

FEED_TRY_COUNT_MAX = 5
MICROSECOND = timedelta(microseconds=1)

Public = Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What one run published, and how many (stream, endpoint) pairs it handed over."""

    correlation_id: str | None = None
    published: tuple[str, ...] = ()
    handed_count: int = 0


class EventPublisher:
    """Safe to run twice at the same time for the same object."""

    def __init__(
        self,
        *,
        invoices: InvoiceRepository,
        payments: PaymentRepository,
        refunds: RefundRepository,
        disputes: DisputeRepository,
        events: EventLog,
        feed: EventFeed,
        endpoints: WebhookEndpointRepository,
        deliveries: WorkQueue,
        clock: Clock,
    ) -> None:
        self._invoices, self._payments = invoices, payments
        self._events, self._feed, self._endpoints = events, feed, endpoints
        self._deliveries, self._clock = deliveries, clock
        self._readers: dict[str, Callable[[str], Source | None]] = {
            "PAY": payments.get,
            "RFD": refunds.get,
            "DSP": disputes.get,
        }

    def publish(self, key: CallbackKey) -> PublishReport:
        """`key` names an object as the table's stream does. Raises BusyError where the feed is too slow to be told."""
        source = self._source(key)
        if source is None:
            return PublishReport()  # a basket, or a key that never was an object: nobody hears of it
        related = self._related(source)
        report = self._publish(source, related)
        if isinstance(source, Payment) and len(source.lines) > 1:  # the journal names the basket: its invoices are here
            for invoice in related.invoices.values():
                paid = self._publish(invoice, Related())
                report = replace(
                    report,
                    published=report.published + paid.published,
                    handed_count=report.handed_count + paid.handed_count,
                )
        return report

    def _publish(self, source: Source, related: Related) -> PublishReport:
        public = list(public_events(kind_of(source), source.history))
        if not public:
            return PublishReport(source.correlation_id)
        published: list[str] = []
        handed_count = 0
        for agency in agencies_of(source, related):
            published += self._publish_missing(source, agency, public, related)
            handed_count += self._hand_over(EventStream(object_id_of(source), agency), source, public)
        return PublishReport(source.correlation_id, tuple(published), handed_count)

    def _source(self, key: CallbackKey) -> Source | None:
        prefix, _, own_id = key.sk.partition("#")
        if prefix == "HEAD":
            return self._invoices.get(key.pk.removeprefix("INV#"))
        read = self._readers.get(prefix)
        return read(own_id) if read else None

    def _related(self, source: Source) -> Related:
        if isinstance(source, Payment):
            found = self._invoices.get_many([line.reference for line in source.lines])
            return Related({invoice.reference: invoice for invoice in found})
        if isinstance(source, Dispute) and source.agency == ANY_AGENCY:
            return Related(payment=self._payments.get(source.payment_id))
        return Related()

    def _publish_missing(self, source: Source, agency: str, public: Public, related: Related) -> list[str]:
        last = self._events.last(EventStream(object_id_of(source), agency))
        done, stamp = (last.sequence, last.published_at) if last else (0, None)
        previous = None
        published = []
        for sequence, _ in public:
            if sequence > done:
                event = event_of(
                    source, agency, sequence, previous=previous, related=related, published_at=self._clock.now()
                )
                event = self._told_to_the_feed(event, stamp)
                stamp = event.published_at
                if self._events.put(event):
                    published.append(event.event_id)
            previous = sequence
        return published

    def _told_to_the_feed(self, event: Event, after: datetime | None) -> Event:
        """The event at a place in the feed that no reader can have passed yet, behind its object's earlier ones.

        The event counts as published only afterwards: whoever dies in between is followed by another entry, and a
        reader sees one event twice rather than never.
        """
        for _ in range(FEED_TRY_COUNT_MAX):
            began = self._clock.now()
            event = replace(event, published_at=began if after is None else max(began, after + MICROSECOND))
            self._feed.append(event)
            if self._clock.now() - began <= FEED_LAG // 2:
                return event
        raise BusyError("the feed was too slow")

    def _hand_over(self, stream: EventStream, source: Source, public: Public) -> int:
        """Whether or not anything was new: whoever published it may have died before this."""
        wanting = [
            endpoint.endpoint_id
            for endpoint in self._endpoints.list_of(stream.agency)
            if endpoint.is_enabled
            and any(endpoint.wants(event_type, source.history[place - 1].at) for place, event_type in public)
        ]
        self._deliveries.send([delivery_key(stream, endpoint_id) for endpoint_id in wanting])
        return len(wanting)


def delivery_key(stream: EventStream, endpoint_id: str) -> CallbackKey:
    """What the delivering worker is handed: whose events, and to which endpoint."""
    return CallbackKey(f"EVO#{stream.object_id}#{stream.agency}", f"WHE#{endpoint_id}")
