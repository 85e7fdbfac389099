"""Register, read, change, rotate and remove the addresses that an agency wants its events at."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mizan.application.ports import Clock
from mizan.application.ports_webhooks import TargetPolicy, WebhookEndpointRepository
from mizan.domain.accounts import Caller
from mizan.domain.errors import (
    BusyError,
    ConflictError,
    FieldError,
    ForbiddenError,
    IdempotencyConflictError,
    InvalidInputError,
    NotFoundError,
)
from mizan.domain.events import EVENT_FILTERS, PAYMENT_SUCCEEDED
from mizan.domain.webhooks import (
    ENDPOINT_COUNT_MAX,
    SECRET_BYTES,
    DisabledReason,
    WebhookEndpoint,
    changed,
    disabled,
    enabled,
    encode_secret,
    rotated,
)

SCOPE = "webhooks:write"
DEFAULT_EVENTS = (PAYMENT_SUCCEEDED,)
RETRY_COUNT_MAX = 5


@dataclass(frozen=True, slots=True)
class AddWebhookEndpoint:
    """With an `idempotency_key` a repeat is the same endpoint and answer; without one, another endpoint."""

    url: str
    events: tuple[str, ...] = DEFAULT_EVENTS
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeWebhookEndpoint:
    """What changes; None stays as it is."""

    url: str | None = None
    events: tuple[str, ...] | None = None
    is_enabled: bool | None = None


def add_webhook_endpoint(
    command: AddWebhookEndpoint,
    *,
    caller: Caller,
    endpoints: WebhookEndpointRepository,
    targets: TargetPolicy,
    clock: Clock,
) -> tuple[WebhookEndpoint, bool]:
    """The endpoint with its secret, and whether this call made it (False: a replay; the endpoint as it stands).

    Raises InvalidInputError (address not allowed, unknown event), IdempotencyConflictError, ConflictError (the key's
    endpoint was removed, or the agency has ENDPOINT_COUNT_MAX of them), ForbiddenError (no agency behind the key).
    """
    agency = agency_of(caller)
    _validate(command.url, command.events, targets)
    endpoint = _new_endpoint(command, agency, clock.now())
    existing = endpoints.list_of(agency)
    same = next((one for one in existing if one.endpoint_id == endpoint.endpoint_id), None)
    if same is None and len(existing) >= ENDPOINT_COUNT_MAX:
        raise ConflictError(f"an agency has at most {ENDPOINT_COUNT_MAX} webhook endpoints")
    same = same or endpoints.add(endpoint)
    if same is None:
        return endpoint, True
    if same.fingerprint != endpoint.fingerprint:
        raise IdempotencyConflictError("the Idempotency-Key came before with another body")
    return same, False


def list_webhook_endpoints(*, caller: Caller, endpoints: WebhookEndpointRepository) -> list[WebhookEndpoint]:
    """The caller's own, oldest first. Raises ForbiddenError where no agency is behind the key."""
    return endpoints.list_of(agency_of(caller))


def show_webhook_endpoint(endpoint_id: str, *, caller: Caller, endpoints: WebhookEndpointRepository) -> WebhookEndpoint:
    """Raises NotFoundError for another agency's or an unknown one."""
    endpoint = endpoints.get(agency_of(caller), endpoint_id)
    if endpoint is None:
        raise NotFoundError("webhook-endpoint")
    return endpoint


def change_webhook_endpoint(
    endpoint_id: str,
    command: ChangeWebhookEndpoint,
    *,
    caller: Caller,
    endpoints: WebhookEndpointRepository,
    targets: TargetPolicy,
    clock: Clock,
) -> WebhookEndpoint:
    """The endpoint as changed; the same change again changes nothing. What is waiting goes to the new address.

    Raises InvalidInputError, NotFoundError, BusyError.
    """
    _validate(command.url, command.events, targets)

    def change(endpoint: WebhookEndpoint) -> WebhookEndpoint:
        return _with_changes(endpoint, command, clock.now())

    return _replaced(endpoint_id, change, caller, endpoints)[0]


def rotate_webhook_secret(
    endpoint_id: str,
    idempotency_key: str | None,
    *,
    caller: Caller,
    endpoints: WebhookEndpointRepository,
    clock: Clock,
) -> tuple[WebhookEndpoint, bool]:
    """The endpoint with its new secret, and whether this call made it (False: the key's last rotation again). The old
    secret signs beside it for a day.

    Raises NotFoundError, BusyError.
    """
    rotation = _digest(idempotency_key)[:32] if idempotency_key else None
    secret = encode_secret(secrets.token_bytes(SECRET_BYTES))

    def change(endpoint: WebhookEndpoint) -> WebhookEndpoint:
        is_repeat = rotation is not None and endpoint.rotation == rotation
        return endpoint if is_repeat else rotated(endpoint, secret, clock.now(), rotation)

    return _replaced(endpoint_id, change, caller, endpoints)


def remove_webhook_endpoint(
    endpoint_id: str, *, caller: Caller, endpoints: WebhookEndpointRepository, clock: Clock
) -> None:
    """Nothing more is sent there, retries included. Raises NotFoundError for another agency's or an unknown one."""
    if not endpoints.remove(agency_of(caller), endpoint_id, clock.now()):
        raise NotFoundError("webhook-endpoint")


def agency_of(caller: Caller) -> str:
    """Whose endpoints and events: an agency's. Raises ForbiddenError for a platform role, which has none."""
    if caller.agency == "*":
        raise ForbiddenError(SCOPE)
    return caller.agency


def unknown_filters(events: tuple[str, ...], field: str) -> list[FieldError]:
    return [
        FieldError(f"{field}.{position}", "unknown_event")
        for position, event in enumerate(events)
        if event not in EVENT_FILTERS
    ]


def _replaced(
    endpoint_id: str,
    change: Callable[[WebhookEndpoint], WebhookEndpoint],
    caller: Caller,
    endpoints: WebhookEndpointRepository,
) -> tuple[WebhookEndpoint, bool]:
    """The endpoint after `change`, and whether that changed anything."""
    for _ in range(RETRY_COUNT_MAX):
        endpoint = show_webhook_endpoint(endpoint_id, caller=caller, endpoints=endpoints)
        after = change(endpoint)
        if after is endpoint:
            return endpoint, False
        if endpoints.replace(endpoint, after):
            return after, True
    raise BusyError("the endpoint kept changing")


def _with_changes(endpoint: WebhookEndpoint, command: ChangeWebhookEndpoint, now: datetime) -> WebhookEndpoint:
    url, events = command.url or endpoint.url, _normalised(command.events or endpoint.events)
    after = endpoint
    if (url, events) != (endpoint.url, endpoint.events):
        after = changed(after, url=url, events=events)
    if command.is_enabled is True and not after.is_enabled:
        after = enabled(after, now)
    if command.is_enabled is False and after.is_enabled:
        after = disabled(after, DisabledReason.BY_AGENCY, now)
    return after


def _validate(url: str | None, events: tuple[str, ...] | None, targets: TargetPolicy) -> None:
    errors = unknown_filters(events or (), "events")
    if events is not None and not events:
        errors.append(FieldError("events", "no_events"))
    refusal = targets.refusal_of(url) if url is not None else None
    if refusal is not None:
        errors.append(FieldError("url", refusal))
    if errors:
        raise InvalidInputError(errors)


def _new_endpoint(command: AddWebhookEndpoint, agency: str, now: datetime) -> WebhookEndpoint:
    events = _normalised(command.events)
    own = command.idempotency_key or secrets.token_urlsafe(24)
    return WebhookEndpoint(
        endpoint_id=f"whe_{_digest(agency, own)[:24]}",
        agency=agency,
        url=command.url,
        events=events,
        created_at=now,
        fingerprint=_digest(command.url, *events)[:32],
        secret=encode_secret(secrets.token_bytes(SECRET_BYTES)),
        listening_since=now,
    )


def _normalised(events: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(events)))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
