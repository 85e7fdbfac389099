"""Webhook endpoints, events and deliveries as JSON: what callers send, what they get, and the way from the domain."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from mizan.application.manage_webhook_endpoints import DEFAULT_EVENTS
from mizan.application.ports_events import FeedPage
from mizan.application.ports_webhooks import DeliveryPage, Sent
from mizan.domain.webhooks import Delivery, DeliveryKind, DeliveryState, DisabledReason, WebhookEndpoint

SIGNING = "Signs what is sent there (Standard Webhooks); shown in this answer only."
FILTERS = "Event types, `payment.*` for all of a kind, `*` for everything."


class WebhookEndpointRequest(BaseModel):
    """Where events go. `url`: https, a public host."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    url: str = Field(min_length=1, max_length=512, examples=["https://agency.example/mizan"])
    events: list[str] = Field(
        default=list(DEFAULT_EVENTS), max_length=60, description=FILTERS, examples=[["invoice.*", "payment.succeeded"]]
    )


class WebhookEndpointChangeRequest(BaseModel):
    """What changes; what is left out stays."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    url: str | None = Field(None, min_length=1, max_length=512, examples=["https://agency.example/mizan"])
    events: list[str] | None = Field(None, max_length=60, description=FILTERS)
    enabled: bool | None = Field(None, description="false: nothing is sent; true: it hears what happens from now on.")


class WebhookEndpointModel(BaseModel):
    """Instants in UTC."""

    endpoint_id: str
    url: str
    events: list[str]
    created_at: datetime
    enabled: bool
    listening_since: datetime = Field(description="It hears what happened after this.")
    disabled_at: datetime | None
    disabled_reason: DisabledReason | None = Field(
        description="`gone`: it answered 410; `failing`: two days of nothing but failures; `by_agency`."
    )
    failing_since: datetime | None = Field(description="Its first failure after its last success.")
    old_secret_until: datetime | None = Field(description="Until then a rotated secret signs beside the new one.")


class WebhookEndpointSecretModel(WebhookEndpointModel):
    secret: str = Field(description=SIGNING)


class WebhookEndpointListModel(BaseModel):
    items: list[WebhookEndpointModel]


class EventModel(BaseModel):
    """An event, the same as webhooks carry it."""

    id: str = Field(examples=["evt_inv_482019374650192753_2_moic"])
    type: str = Field(examples=["invoice.paid"])
    timestamp: datetime = Field(description="When it happened.")
    data: dict[str, Any] = Field(
        description="`object`, `object_id`, `sequence` (its place among the object's events), `previous_sequence` (the "
        "last one that was told), `amount` (what moved, in fils), and the object as it stood right after."
    )


class EventListModel(BaseModel):
    """A page, in the order of publication; `cursor` continues it, also where nothing is new."""

    items: list[EventModel]
    cursor: str
    has_more: bool = Field(description="There is more to read at once.")


class DeliveryModel(BaseModel):
    """How one event went to an endpoint. Instants in UTC."""

    event_id: str
    type: str
    kind: DeliveryKind = Field(description="`event` by itself, `replay` or `test` on request.")
    state: DeliveryState = Field(description="`waiting` is tried again at `next_attempt_at`; `failed` is over.")
    attempts: int
    attempted_at: datetime
    next_attempt_at: datetime | None
    last_status: int | None = Field(description="The receiver's HTTP status.")
    last_error: str | None = Field(description="Why there was none: timeout, unreachable, tls …")


class DeliveryListModel(BaseModel):
    """A page, newest first; `cursor` continues it and is null at the end."""

    items: list[DeliveryModel]
    cursor: str | None


class ReplayRequest(BaseModel):
    """To whom; every enabled endpoint that wants such events where left out."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    endpoint_id: str | None = Field(None, min_length=1, max_length=64)


class SentModel(BaseModel):
    """What one receiver answered."""

    endpoint_id: str
    event_id: str
    accepted: bool
    status: int | None = Field(description="The receiver's HTTP status.")
    error: str | None = Field(description="Why there was none: timeout, unreachable, tls …")


class SentListModel(BaseModel):
    items: list[SentModel]


def endpoint_model(endpoint: WebhookEndpoint) -> WebhookEndpointModel:
    return WebhookEndpointModel(
        endpoint_id=endpoint.endpoint_id,
        url=endpoint.url,
        events=list(endpoint.events),
        created_at=endpoint.created_at,
        enabled=endpoint.is_enabled,
        listening_since=endpoint.listening_since,
        disabled_at=endpoint.disabled_at,
        disabled_reason=endpoint.disabled_reason,
        failing_since=endpoint.failing_since,
        old_secret_until=max((one.until for one in endpoint.retired), default=None),
    )


def secret_model(endpoint: WebhookEndpoint) -> WebhookEndpointSecretModel:
    return WebhookEndpointSecretModel(**endpoint_model(endpoint).model_dump(), secret=endpoint.secret)


def event_model(body: bytes) -> EventModel:
    """What was published, as it was."""
    return EventModel(**json.loads(body))


def event_list_model(page: FeedPage) -> EventListModel:
    return EventListModel(
        items=[event_model(entry.body) for entry in page.entries], cursor=page.cursor, has_more=page.has_more
    )


def delivery_list_model(page: DeliveryPage) -> DeliveryListModel:
    return DeliveryListModel(items=[_delivery_model(one) for one in page.deliveries], cursor=page.cursor)


def sent_model(sent: Sent) -> SentModel:
    result = sent.result
    return SentModel(
        endpoint_id=sent.endpoint_id,
        event_id=sent.event_id,
        accepted=result.is_accepted,
        status=result.status,
        error=result.error,
    )


def sent_list_model(sent: Sequence[Sent]) -> SentListModel:
    return SentListModel(items=[sent_model(one) for one in sent])


def _delivery_model(delivery: Delivery) -> DeliveryModel:
    return DeliveryModel(
        event_id=delivery.event_id,
        type=delivery.event_type,
        kind=delivery.kind,
        state=delivery.state,
        attempts=delivery.attempt_count,
        attempted_at=delivery.attempted_at,
        next_attempt_at=delivery.next_attempt_at,
        last_status=delivery.last_status,
        last_error=delivery.last_error,
    )
