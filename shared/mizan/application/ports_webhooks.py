"""What the webhook use cases need from the world, as protocols."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mizan.domain.webhooks import Delivery, WebhookEndpoint, WebhookEvent


class WebhookEndpointRepository(Protocol):
    def add(self, endpoint: WebhookEndpoint) -> WebhookEndpoint | None:
        """One conditional put: None when stored, else what was there. Raises ConflictError where it was removed."""
        ...

    def list_of(self, agency: str) -> list[WebhookEndpoint]:
        """Oldest first, removed ones left out. Strongly consistent."""
        ...

    def remove(self, agency: str, endpoint_id: str, now: datetime) -> bool:
        """False when there is no such endpoint (any more)."""
        ...


@dataclass(frozen=True, slots=True)
class EventRecord:
    """What is known about an event: itself once kept, and how far it is with each endpoint by its id."""

    event: WebhookEvent | None
    deliveries: Mapping[str, Delivery]


class DeliveryLog(Protocol):
    def read(self, event_id: str) -> EventRecord:
        """Strongly consistent."""
        ...

    def keep(self, event: WebhookEvent) -> WebhookEvent:
        """Keep the event as it will always be sent; the one kept first where there is one."""
        ...

    def claim(self, event_id: str, seen: Delivery | None, claimed: Delivery) -> bool:
        """Take the next attempt. False when the stored delivery is no longer `seen`: somebody else is at it."""
        ...

    def conclude(self, event_id: str, claimed: Delivery, after: Delivery) -> bool:
        """Write what the attempt came to. False when the claim was lost meanwhile (the attempt took too long)."""
        ...


@dataclass(frozen=True, slots=True)
class SendResult:
    """`status` of the receiver, or None with `error`, a stable code: timeout, refused, forbidden_target, tls …"""

    status: int | None
    error: str | None = None

    @property
    def is_accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004  # HTTP success


class WebhookSender(Protocol):
    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> SendResult:
        """POST `body` as JSON, bounded in time; redirects are not followed. Network trouble is a result."""
        ...


class TargetPolicy(Protocol):
    def refusal_of(self, url: str) -> str | None:
        """Why events may not be sent there, as a stable field code; None where they may."""
        ...
