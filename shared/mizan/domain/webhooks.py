"""Webhooks: where an agency is told, how it knows that we said it, and when we say it again.

Signing and headers follow the Standard Webhooks specification 1.0.0 (standardwebhooks.com), symmetric scheme `v1`.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mizan.domain.events import matches

TEST_PING = "test.ping"
"""Sent on request only; no filter leaves it out."""

SECRET_PREFIX = "whsec_"  # noqa: S105  # the public prefix of every secret, not one
SECRET_BYTES = 32
"""The specification allows 24 to 64."""
SECRET_OVERLAP = timedelta(hours=24)
"""How long a rotated secret still signs beside the new one."""
RETIRED_COUNT_MAX = 3

ENDPOINT_COUNT_MAX = 20
"""Endpoints of one agency: a bound on how many are told of one event."""

RETRY_DELAY_FIRST = timedelta(seconds=5)
RETRY_DELAY_MAX = timedelta(hours=12)
GIVE_UP_AFTER = timedelta(days=2)
"""How long one event is tried at one endpoint; and how long an endpoint may do nothing but fail."""
JITTER_PERMILLE_MAX = 100
"""So that one outage's retries do not all come back in the same second: up to a tenth later."""


class DisabledReason(StrEnum):
    GONE = "gone"
    """The receiver answered 410."""
    FAILING = "failing"
    """Two days of nothing but failures."""
    BY_AGENCY = "by_agency"


@dataclass(frozen=True, slots=True)
class RetiredSecret:
    """A secret that was rotated out and signs until `until` (UTC) beside the new one."""

    secret: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """Where an agency wants its events. `secret` signs them (`whsec_` + base64); it is in no `repr` and no listing.

    `listening_since`: when it was registered or enabled again. `failing_since`: its first failure after its last
    success. `version` grows with every change: writers notice each other by it.
    """

    endpoint_id: str
    agency: str
    url: str
    events: tuple[str, ...]
    created_at: datetime
    fingerprint: str
    """Hash of the creation body: the same Idempotency-Key with another fingerprint is a conflict."""
    secret: str = field(repr=False)
    listening_since: datetime
    retired: tuple[RetiredSecret, ...] = ()
    disabled_at: datetime | None = None
    disabled_reason: DisabledReason | None = None
    failing_since: datetime | None = None
    rotation: str | None = None
    """Hash of the Idempotency-Key of the last rotation: its repeat rotates nothing."""
    version: int = 1

    @property
    def is_enabled(self) -> bool:
        return self.disabled_at is None

    def wants(self, event_type: str, occurred_at: datetime) -> bool:
        """An endpoint hears what happens while it listens, not what happened before."""
        return matches(self.events, event_type) and self.listening_since <= occurred_at

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """Those that sign, the newest first."""
        return (self.secret, *(one.secret for one in self.retired if one.until > now))


def changed(endpoint: WebhookEndpoint, **changes: object) -> WebhookEndpoint:
    """The endpoint with changes, under its next version."""
    return replace(endpoint, version=endpoint.version + 1, **changes)  # type: ignore[arg-type]  # fields by name


def rotated(endpoint: WebhookEndpoint, secret: str, now: datetime, rotation: str | None) -> WebhookEndpoint:
    """A new secret signs from now on; the old ones beside it for SECRET_OVERLAP."""
    still_signing = [one for one in endpoint.retired if one.until > now]
    retired = (RetiredSecret(endpoint.secret, now + SECRET_OVERLAP), *still_signing)[:RETIRED_COUNT_MAX]
    return changed(endpoint, secret=secret, retired=retired, rotation=rotation)


def disabled(endpoint: WebhookEndpoint, reason: DisabledReason, now: datetime) -> WebhookEndpoint:
    return changed(endpoint, disabled_at=now, disabled_reason=reason)


def enabled(endpoint: WebhookEndpoint, now: datetime) -> WebhookEndpoint:
    """It listens again, from now on."""
    return changed(endpoint, disabled_at=None, disabled_reason=None, failing_since=None, listening_since=now)


# -- delivering one object's events to one endpoint -----------------------------------------------------------------


class CursorState(StrEnum):
    IDLE = "idle"
    SENDING = "sending"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class DeliveryCursor:
    """How far one object's events are with one endpoint: all up to `sequence` are done, delivered or given up.

    The rest is about the next one. While `sending`, `next_attempt_at` is when the sender counts as dead; while
    `waiting`, when it is tried again. `version` grows with every write: two senders cannot both win it.
    """

    sequence: int = 0
    state: CursorState = CursorState.IDLE
    attempt_count: int = 0
    first_attempt_at: datetime | None = None
    next_attempt_at: datetime | None = None
    version: int = 0

    def is_due(self, now: datetime) -> bool:
        return self.next_attempt_at is None or self.next_attempt_at <= now


class DeliveryState(StrEnum):
    DELIVERED = "delivered"
    WAITING = "waiting"
    FAILED = "failed"


class DeliveryKind(StrEnum):
    EVENT = "event"
    REPLAY = "replay"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A line of an endpoint's log: how one event went there. `last_status`: the receiver's HTTP status, None where
    none came; `last_error` says why (timeout, unreachable, tls …). `listed_at` is its place in the log.
    """

    endpoint_id: str
    event_id: str
    event_type: str
    kind: DeliveryKind
    state: DeliveryState
    attempt_count: int
    listed_at: datetime
    attempted_at: datetime
    next_attempt_at: datetime | None = None
    last_status: int | None = None
    last_error: str | None = None


def next_attempt(cursor: DeliveryCursor, now: datetime, jitter_permille: int) -> datetime | None:
    """When to try again after a failed attempt (the cursor counts it): 5 seconds, doubling to twelve hours, each up to
    a tenth longer; the last one two days after the first. None: given up.
    """
    end = (cursor.first_attempt_at or now) + GIVE_UP_AFTER
    if now >= end:
        return None
    doublings: int = 1 << min(cursor.attempt_count - 1, 16)
    delay = min(RETRY_DELAY_FIRST * doublings, RETRY_DELAY_MAX)
    return min(now + delay + delay * jitter_permille // 1000, end)


# -- signing --------------------------------------------------------------------------------------------------------


def encode_secret(key: bytes) -> str:
    return SECRET_PREFIX + base64.b64encode(key).decode()


def signed_headers(secrets: Sequence[str], event_id: str, body: bytes, now: datetime) -> Mapping[str, str]:
    """The three headers of one attempt: HMAC-SHA256 over `id.timestamp.body`, one signature per secret that is good.

    Receivers refuse an old timestamp, so it is the attempt's, not the event's.
    """
    timestamp = str(int(now.timestamp()))
    signed = f"{event_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def ping_body(event_id: str, endpoint_id: str, now: datetime) -> bytes:
    """What a test sends."""
    document = {
        "id": event_id,
        "type": TEST_PING,
        "timestamp": now.isoformat(),
        "data": {"endpoint_id": endpoint_id},
    }
    return json.dumps(document, separators=(",", ":")).encode()
