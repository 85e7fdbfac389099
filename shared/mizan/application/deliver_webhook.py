"""Tell an agency's endpoints about a ledger transaction: at least once, never lost, the same bytes each time.

A message of the queue names the transaction. Per endpoint a delivery is claimed, sent and concluded, each a conditional
write, so that duplicate messages do not send twice; a sender that dies after its claim is followed by another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mizan.application.ports import Clock, InvoiceRepository, Journal
from mizan.application.ports_webhooks import DeliveryLog, WebhookEndpointRepository, WebhookSender
from mizan.application.posting import KIND_OF_DISPOSITION
from mizan.domain.callbacks import CallbackKey
from mizan.domain.errors import NotFoundError
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.webhooks import (
    PAYMENT_SUCCEEDED,
    Delivery,
    DeliveryState,
    WebhookEndpoint,
    WebhookEvent,
    event_id_of,
    payment_succeeded,
    retry_delay,
    signed_headers,
)

DISPOSITION_OF_KIND = {kind: disposition for disposition, kind in KIND_OF_DISPOSITION.items()}
"""The transactions that are an event; others are none."""

CLAIM_LIFETIME = timedelta(seconds=30)
"""After this a sender that said nothing counts as dead; six times what sending may take."""

RUN_LENGTH_MAX = timedelta(seconds=40)
"""After this a run starts no more sending: the function has a minute, and who was not reached comes first next time."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """One run over one event. `retry_at` (UTC): when to come again; None: every endpoint has it."""

    event_id: str
    correlation_id: str
    delivered: tuple[str, ...] = ()
    failures: tuple[Delivery, ...] = ()
    retry_at: datetime | None = None


class WebhookDeliverer:
    """Delivers events of the journal. Safe to run twice at the same time for the same event."""

    def __init__(
        self,
        *,
        journal: Journal,
        invoices: InvoiceRepository,
        endpoints: WebhookEndpointRepository,
        deliveries: DeliveryLog,
        sender: WebhookSender,
        clock: Clock,
    ) -> None:
        self._journal, self._invoices, self._endpoints = journal, invoices, endpoints
        self._log, self._sender, self._clock = deliveries, sender, clock

    def deliver(self, key: CallbackKey) -> DeliveryReport:
        """One attempt with every endpoint that is due. Raises NotFoundError when no such transaction is stored."""
        transaction = self._journal.get(key)
        if transaction is None:
            raise NotFoundError("ledger-transaction")
        report = DeliveryReport(event_id_of(transaction), transaction.correlation_id)
        wanting = self._wanting(transaction)
        if not wanting:
            return report
        record = self._log.read(report.event_id)
        event = record.event or self._log.keep(self._event(transaction))
        results = self._attempt_all(event, wanting, record.deliveries)
        open_ones = [result for result in results if result.state is not DeliveryState.DELIVERED]
        return replace(
            report,
            delivered=tuple(result.endpoint_id for result in results if result.state is DeliveryState.DELIVERED),
            failures=tuple(open_ones),
            retry_at=min((result.next_attempt_at for result in open_ones), default=None),
        )

    def _wanting(self, transaction: LedgerTransaction) -> list[WebhookEndpoint]:
        if transaction.kind not in DISPOSITION_OF_KIND:
            return []
        endpoints = self._endpoints.list_of(transaction.agency)
        return [endpoint for endpoint in endpoints if endpoint.wants(PAYMENT_SUCCEEDED, transaction.posted_at)]

    def _event(self, transaction: LedgerTransaction) -> WebhookEvent:
        invoice = self._invoices.get(transaction.reference)
        return payment_succeeded(transaction, DISPOSITION_OF_KIND[transaction.kind], invoice)

    def _attempt_all(
        self, event: WebhookEvent, wanting: list[WebhookEndpoint], seen: Mapping[str, Delivery]
    ) -> list[Delivery]:
        end = self._clock.now() + RUN_LENGTH_MAX
        not_begun = {
            one.endpoint_id: Delivery(one.endpoint_id, DeliveryState.FAILED, 0, event.occurred_at) for one in wanting
        }
        known = not_begun | {key: delivery for key, delivery in seen.items() if key in not_begun}
        for endpoint in sorted(wanting, key=lambda one: known[one.endpoint_id].attempt_count):
            if self._clock.now() < end:
                known[endpoint.endpoint_id] = self._attempt(event, endpoint, seen.get(endpoint.endpoint_id))
        return [known[endpoint.endpoint_id] for endpoint in wanting]

    def _attempt(self, event: WebhookEvent, endpoint: WebhookEndpoint, seen: Delivery | None) -> Delivery:
        """The delivery after this run: as it stood where it is done, not due, or in somebody else's hands."""
        now = self._clock.now()
        if seen and (seen.state is DeliveryState.DELIVERED or seen.next_attempt_at > now):
            return seen
        claimed = Delivery(
            endpoint_id=endpoint.endpoint_id,
            state=DeliveryState.SENDING,
            attempt_count=(seen.attempt_count if seen else 0) + 1,
            next_attempt_at=now + CLAIM_LIFETIME,
        )
        if not self._log.claim(event.event_id, seen, claimed):
            return claimed  # somebody else took it: look again when their claim would be over
        after = self._send(event, endpoint, claimed)
        self._log.conclude(event.event_id, claimed, after)
        return after

    def _send(self, event: WebhookEvent, endpoint: WebhookEndpoint, claimed: Delivery) -> Delivery:
        headers = signed_headers(endpoint.secret, event, self._clock.now())
        result = self._sender.send(endpoint.url, headers, event.body)
        now = self._clock.now()
        return replace(
            claimed,
            state=DeliveryState.DELIVERED if result.is_accepted else DeliveryState.FAILED,
            next_attempt_at=now if result.is_accepted else now + retry_delay(claimed.attempt_count),
            last_status=result.status,
            last_error=result.error,
        )
