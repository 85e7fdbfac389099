"""The webhook ports in memory, and a receiver that says what a test tells it to."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mizan.application.deliver_webhook import WebhookDeliverer
from mizan.application.ports_webhooks import EventRecord, SendResult
from mizan.domain.callbacks import CallbackKey
from mizan.domain.errors import ConflictError
from mizan.domain.invoices import Invoice, InvoiceState
from mizan.domain.ledger import LedgerTransaction, Posting, TransactionKind
from mizan.domain.webhooks import EVENT_TYPES, Delivery, WebhookEndpoint, WebhookEvent, encode_secret
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.samples import AGENCY, AMOUNT, a_payment, an_invoice
from tests.fakes.store import FakeInvoiceRepository, FakeJournal

URL = "https://agency.example/hooks"


class FakeWebhookEndpoints:
    def __init__(self, *endpoints: WebhookEndpoint) -> None:
        self.rows = {(one.agency, one.endpoint_id): one for one in endpoints}
        self.removed: set[tuple[str, str]] = set()

    def add(self, endpoint: WebhookEndpoint) -> WebhookEndpoint | None:
        key = (endpoint.agency, endpoint.endpoint_id)
        if key in self.removed:
            raise ConflictError("removed")
        existing = self.rows.get(key)
        self.rows.setdefault(key, endpoint)
        return existing

    def list_of(self, agency: str) -> list[WebhookEndpoint]:
        rows = [row for row in self.rows.values() if row.agency == agency]
        return sorted(rows, key=lambda row: (row.created_at, row.endpoint_id))

    def remove(self, agency: str, endpoint_id: str, now: datetime) -> bool:
        if self.rows.pop((agency, endpoint_id), None) is None:
            return False
        self.removed.add((agency, endpoint_id))
        return True


class FakeDeliveryLog:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.events: dict[str, WebhookEvent] = {}
        self.rows: dict[tuple[str, str], Delivery] = {}

    def read(self, event_id: str) -> EventRecord:
        with self._lock:
            mine = {endpoint: row for (event, endpoint), row in self.rows.items() if event == event_id}
        return EventRecord(self.events.get(event_id), mine)

    def keep(self, event: WebhookEvent) -> WebhookEvent:
        return self.events.setdefault(event.event_id, event)

    def claim(self, event_id: str, seen: Delivery | None, claimed: Delivery) -> bool:
        return self._put(event_id, seen, claimed)

    def conclude(self, event_id: str, claimed: Delivery, after: Delivery) -> bool:
        return self._put(event_id, claimed, after)

    def _put(self, event_id: str, seen: Delivery | None, delivery: Delivery) -> bool:
        with self._lock:
            stored = self.rows.get((event_id, delivery.endpoint_id))
            if (stored and (stored.state, stored.attempt_count)) != (seen and (seen.state, seen.attempt_count)):
                return False
            self.rows[event_id, delivery.endpoint_id] = delivery
            return True


@dataclass(frozen=True)
class Sent:
    url: str
    headers: Mapping[str, str]
    body: bytes


class FakeSender:
    """Answers per URL with what `answers` holds, 200 otherwise; `during` runs while the receiver has the request."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.answers: dict[str, SendResult] = {}
        self.during: Any = None

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> SendResult:
        self.sent.append(Sent(url, dict(headers), body))
        if self.during is not None:
            self.during()
        return self.answers.get(url, SendResult(200))


class FakeTargets:
    def __init__(self, refusal: str | None = None) -> None:
        self.refusal = refusal

    def refusal_of(self, url: str) -> str | None:
        return self.refusal


def an_endpoint(name: str = "1", **changes: Any) -> WebhookEndpoint:
    endpoint = WebhookEndpoint(
        endpoint_id=f"whe_{name}",
        agency=AGENCY,
        url=f"{URL}/{name}",
        events=EVENT_TYPES,
        created_at=NOON,
        fingerprint=f"fingerprint-{name}",
        secret=encode_secret(f"secret-{name}".encode().ljust(32, b".")),
    )
    return replace(endpoint, **changes)


def a_transaction(invoice: Invoice | None = None, **changes: Any) -> LedgerTransaction:
    """The capture of `a_payment()`, posted at noon."""
    payment = a_payment(invoice)
    transaction = LedgerTransaction(
        transaction_id=f"cap_{payment.payment_id}",
        kind=TransactionKind.CAPTURE_ALLOCATED,
        posting_day=NOON.date(),
        business_date=NOON.date(),
        posted_at=NOON,
        captured_at=NOON,
        postings=(Posting("gateway_clearing:fake:acc-1", f"agency_payable:{AGENCY}", AMOUNT),),
        currency="BHD",
        agency=AGENCY,
        service="cr-registration",
        reference=payment.reference,
        payment_id=payment.payment_id,
        gateway="fake",
        account_id="acc-1",
        gateway_transaction="gt-0",
        rrn="000000000000",
        correlation_id="corr-1",
    )
    return replace(transaction, **changes)


class World:
    """A paid invoice, its ledger transaction, and a deliverer over fakes."""

    KEY = CallbackKey("JRN#2026-03-01#03", "cap_1")

    def __init__(self, *endpoints: WebhookEndpoint, **changes: Any) -> None:
        self.clock = FakeClock()
        self.journal, self.invoices = FakeJournal(), FakeInvoiceRepository()
        self.endpoints, self.log, self.sender = FakeWebhookEndpoints(*endpoints), FakeDeliveryLog(), FakeSender()
        self.invoice = an_invoice(state=InvoiceState.PAID, outstanding=0)
        self.invoices.rows[self.invoice.reference] = self.invoice
        self.transaction = a_transaction(self.invoice, **changes)
        self.journal.rows[self.KEY] = self.transaction

    def deliverer(self) -> WebhookDeliverer:
        return WebhookDeliverer(
            journal=self.journal,
            invoices=self.invoices,
            endpoints=self.endpoints,
            deliveries=self.log,
            sender=self.sender,
            clock=self.clock,
        )
