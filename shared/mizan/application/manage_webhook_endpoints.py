"""Register, list and remove the addresses that an agency wants its events at."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from mizan.application.ports import Clock
from mizan.application.ports_webhooks import TargetPolicy, WebhookEndpointRepository
from mizan.domain.accounts import Caller
from mizan.domain.errors import (
    ConflictError,
    FieldError,
    ForbiddenError,
    IdempotencyConflictError,
    InvalidInputError,
    NotFoundError,
)
from mizan.domain.webhooks import (
    ENDPOINT_COUNT_MAX,
    EVENT_TYPES,
    SECRET_BYTES,
    WebhookEndpoint,
    encode_secret,
)

SCOPE = "webhooks:write"


@dataclass(frozen=True, slots=True)
class AddWebhookEndpoint:
    """With an `idempotency_key` a repeat is the same endpoint and answer; without one, another endpoint."""

    url: str
    events: tuple[str, ...] = EVENT_TYPES
    idempotency_key: str | None = None


def add_webhook_endpoint(
    command: AddWebhookEndpoint,
    *,
    caller: Caller,
    endpoints: WebhookEndpointRepository,
    targets: TargetPolicy,
    clock: Clock,
) -> tuple[WebhookEndpoint, bool]:
    """The endpoint with its secret, and whether this call made it (False: a replay, answered as the first time).

    Raises InvalidInputError (address not allowed, unknown event), IdempotencyConflictError, ConflictError (the key's
    endpoint was removed, or the agency has ENDPOINT_COUNT_MAX of them), ForbiddenError (no agency behind the key).
    """
    agency = _agency(caller)
    _validate(command, targets)
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
    return endpoints.list_of(_agency(caller))


def remove_webhook_endpoint(
    endpoint_id: str, *, caller: Caller, endpoints: WebhookEndpointRepository, clock: Clock
) -> None:
    """Nothing more is sent there, retries included. Raises NotFoundError for another agency's or an unknown one."""
    if not endpoints.remove(_agency(caller), endpoint_id, clock.now()):
        raise NotFoundError("webhook-endpoint")


def _agency(caller: Caller) -> str:
    if caller.agency == "*":
        raise ForbiddenError(SCOPE)  # endpoints are an agency's; a platform role has none
    return caller.agency


def _validate(command: AddWebhookEndpoint, targets: TargetPolicy) -> None:
    errors = [
        FieldError(f"events.{position}", "unknown_event")
        for position, event in enumerate(command.events)
        if event not in EVENT_TYPES
    ]
    if not command.events:
        errors.append(FieldError("events", "no_events"))
    refusal = targets.refusal_of(command.url)
    if refusal is not None:
        errors.append(FieldError("url", refusal))
    if errors:
        raise InvalidInputError(errors)


def _new_endpoint(command: AddWebhookEndpoint, agency: str, now: datetime) -> WebhookEndpoint:
    events = tuple(sorted(set(command.events)))
    own = command.idempotency_key or secrets.token_urlsafe(24)
    return WebhookEndpoint(
        endpoint_id=f"whe_{_digest(agency, own)[:24]}",
        agency=agency,
        url=command.url,
        events=events,
        created_at=now,
        fingerprint=_digest(command.url, *events)[:32],
        secret=encode_secret(secrets.token_bytes(SECRET_BYTES)),
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
