"""What the webhook use cases need from the world, as protocols."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mizan.domain.callbacks import CallbackKey
from mizan.domain.events import EventStream
from mizan.domain.webhooks import Delivery, DeliveryCursor, WebhookEndpoint


class WebhookEndpointRepository(Protocol):
    def add(self, endpoint: WebhookEndpoint) -> WebhookEndpoint | None:
        """One conditional put: None when stored, else what was there. Raises ConflictError where it was removed."""
        ...

    def get(self, agency: str, endpoint_id: str) -> WebhookEndpoint | None:
        """Strongly consistent. None for a removed one."""
        ...

    def list_of(self, agency: str) -> list[WebhookEndpoint]:
        """Oldest first, removed ones left out. Strongly consistent."""
        ...

    def replace(self, before: WebhookEndpoint, after: WebhookEndpoint) -> bool:
        """Change it. False when the stored version is no longer `before`'s, or it was removed."""
        ...

    def remove(self, agency: str, endpoint_id: str, now: datetime) -> bool:
        """False when there is no such endpoint (any more)."""
        ...


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """One page of an endpoint's log, newest first; `cursor` continues it, None at the end."""

    deliveries: tuple[Delivery, ...]
    cursor: str | None


class DeliveryLog(Protocol):
    def cursor(self, stream: EventStream, endpoint_id: str) -> DeliveryCursor:
        """How far a stream is with an endpoint; a fresh one where nothing was tried. Strongly consistent."""
        ...

    def move(self, stream: EventStream, endpoint_id: str, before: DeliveryCursor, after: DeliveryCursor) -> bool:
        """Write `after` under `before`'s version. False when somebody else wrote since."""
        ...

    def record(self, delivery: Delivery) -> None:
        """Keep a line of the log; a later attempt of the same event takes the place of an earlier one."""
        ...

    def page(self, endpoint_id: str, *, limit: int, cursor: str | None) -> DeliveryPage:
        """Strongly consistent. Raises InvalidInputError on a bad cursor."""
        ...

    def list_due(self, now: datetime, *, limit: int) -> Iterator[CallbackKey]:
        """Keys of cursors that wait for a try that is due; of each shard the `limit` longest. Eventually consistent."""
        ...


@dataclass(frozen=True, slots=True)
class SendResult:
    """`status` of the receiver, or None with `error`, a stable code: timeout, refused, forbidden_target, tls …"""

    status: int | None
    error: str | None = None

    @property
    def is_accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004  # HTTP success


@dataclass(frozen=True, slots=True)
class Sent:
    """What one endpoint answered to an event that was sent at once."""

    endpoint_id: str
    event_id: str
    result: SendResult


class SendRequests(Protocol):
    """Requests to send something at once, each carried out once under its Idempotency-Key."""

    def begin(self, agency: str, key: str, fingerprint: str, now: datetime) -> Sequence[Sent] | None:
        """None: the request is this caller's to carry out. Else what it came to when it was carried out.

        Raises IdempotencyConflictError (another request under the key), BusyError (somebody is at it).
        """
        ...

    def conclude(self, agency: str, key: str, sent: Sequence[Sent]) -> None:
        """Keep what it came to."""
        ...


class WebhookSender(Protocol):
    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> SendResult:
        """POST `body` as JSON, bounded in time; redirects are not followed. Network trouble is a result."""
        ...


class TargetPolicy(Protocol):
    def refusal_of(self, url: str) -> str | None:
        """Why events may not be sent there, as a stable field code; None where they may."""
        ...
