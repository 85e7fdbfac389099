"""Webhooks: what an agency is told about its payments, how it knows that we said it, and when we say it again.

Signing and headers follow the Standard Webhooks specification 1.0.0 (standardwebhooks.com), symmetric scheme `v1`.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from mizan.domain.invoices import Invoice
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.payments import Disposition

PAYMENT_SUCCEEDED = "payment.succeeded"
EVENT_TYPES = (PAYMENT_SUCCEEDED,)

SECRET_PREFIX = "whsec_"  # noqa: S105  # the public prefix of every secret, not one
SECRET_BYTES = 32
"""The specification allows 24 to 64."""

ENDPOINT_COUNT_MAX = 20
"""Endpoints of one agency: a bound on how long one event takes to deliver."""

RETRY_DELAY_FIRST = timedelta(seconds=5)
RETRY_DELAY_MAX = timedelta(hours=12) - timedelta(minutes=5)
"""A queue hides a message for 12 hours at most, counted from its receipt; the five minutes are the attempt's own."""


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """Where an agency wants its events. `secret` signs them (`whsec_` + base64); it is in no `repr` and no listing."""

    endpoint_id: str
    agency: str
    url: str
    events: tuple[str, ...]
    created_at: datetime
    fingerprint: str
    """Hash of the creation body: the same Idempotency-Key with another fingerprint is a conflict."""
    secret: str = field(repr=False)

    def wants(self, event_type: str, occurred_at: datetime) -> bool:
        """An endpoint hears what happens while it exists, not what happened before."""
        return event_type in self.events and self.created_at <= occurred_at


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One thing that happened. `body` is what is sent, byte for byte the same to everyone and on every retry."""

    event_id: str
    type: str
    agency: str
    occurred_at: datetime
    body: bytes


class DeliveryState(StrEnum):
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far one event is with one endpoint. `last_status`: the receiver's HTTP status, None where none came;
    `last_error` says why. While `sending`, `next_attempt_at` is when the sender counts as dead;
    once `delivered`, when that was.
    """

    endpoint_id: str
    state: DeliveryState
    attempt_count: int
    next_attempt_at: datetime
    last_status: int | None = None
    last_error: str | None = None


def event_id_of(transaction: LedgerTransaction) -> str:
    """One ledger transaction is one event, however often it is handed to the worker."""
    return f"evt_{transaction.transaction_id}"


def payment_succeeded(
    transaction: LedgerTransaction, disposition: Disposition, invoice: Invoice | None
) -> WebhookEvent:
    """Money was captured. `amount` and `outstanding` in fils, instants ISO 8601 UTC. Nothing about a person."""
    payment = {
        "payment_id": transaction.payment_id,
        "reference": transaction.reference,
        "amount": transaction.amount,
        "currency": transaction.currency,
        "disposition": str(disposition),
        "captured_at": transaction.captured_at.isoformat(),
        "gateway": transaction.gateway,
        "gateway_transaction": transaction.gateway_transaction,
    }
    owed = invoice and {
        "reference": invoice.reference,
        "invoice_number": invoice.invoice_number,
        "state": str(invoice.state),
        "amount": invoice.amount,
        "outstanding": invoice.outstanding,
    }
    event_id = event_id_of(transaction)
    document = {
        "id": event_id,
        "type": PAYMENT_SUCCEEDED,
        "timestamp": transaction.posted_at.isoformat(),
        "data": {"payment": payment, "invoice": owed},
    }
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return WebhookEvent(event_id, PAYMENT_SUCCEEDED, transaction.agency, transaction.posted_at, body)


def encode_secret(key: bytes) -> str:
    return SECRET_PREFIX + base64.b64encode(key).decode()


def signed_headers(secret: str, event: WebhookEvent, now: datetime) -> Mapping[str, str]:
    """The three headers of one attempt: HMAC-SHA256 over `id.timestamp.body`. Receivers refuse an old timestamp, so
    it is the attempt's, not the event's.
    """
    timestamp = str(int(now.timestamp()))
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signature = hmac.digest(key, f"{event.event_id}.{timestamp}.".encode() + event.body, hashlib.sha256)
    return {
        "webhook-id": event.event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def retry_delay(attempt_count: int) -> timedelta:
    """Wait after attempt number `attempt_count` (1-based): 5 seconds, doubling to twelve hours."""
    doublings: int = 1 << min(attempt_count - 1, 16)
    return min(RETRY_DELAY_FIRST * doublings, RETRY_DELAY_MAX)
