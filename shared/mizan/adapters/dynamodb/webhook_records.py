"""Endpoints, cursors and lines of the log as items, and back."""

import json
import zlib
from datetime import datetime, timedelta
from typing import Any

from mizan.adapters.dynamodb.event_records import EVENT_KEPT_FOR, stamp, stream_partition
from mizan.adapters.dynamodb.invoice_records import PersonalData
from mizan.domain.events import EventStream
from mizan.domain.webhooks import (
    CursorState,
    Delivery,
    DeliveryCursor,
    DeliveryKind,
    DeliveryState,
    DisabledReason,
    RetiredSecret,
    WebhookEndpoint,
)

DUE_SHARD_COUNT = 8
LOG_KEPT_FOR = timedelta(days=30)


# -- endpoints ------------------------------------------------------------------------------------------------------


def endpoint_key(agency: str, endpoint_id: str) -> dict[str, str]:
    return {"pk": f"AGY#{agency}", "sk": f"WHE#{endpoint_id}"}


def endpoint_item(endpoint: WebhookEndpoint, secrets: PersonalData) -> dict[str, Any]:
    """The signing secrets are sealed to their endpoint."""
    kept = [endpoint.secret, *([one.secret, one.until.isoformat()] for one in endpoint.retired)]
    return {
        **endpoint_key(endpoint.agency, endpoint.endpoint_id),
        "url": endpoint.url,
        "events": list(endpoint.events),
        "created": endpoint.created_at.isoformat(),
        "fingerprint": endpoint.fingerprint,
        "secrets": secrets.seal(json.dumps(kept).encode(), endpoint.endpoint_id),
        "listening": endpoint.listening_since.isoformat(),
        "disabled": _iso(endpoint.disabled_at),
        "reason": str(endpoint.disabled_reason) if endpoint.disabled_reason else None,
        "failing": _iso(endpoint.failing_since),
        "rotation": endpoint.rotation,
        "version": endpoint.version,
    }


def endpoint_of(item: dict[str, Any], secrets: PersonalData) -> WebhookEndpoint:
    endpoint_id = item["sk"].removeprefix("WHE#")
    secret, *retired = json.loads(secrets.open(item["secrets"], endpoint_id))
    return WebhookEndpoint(
        endpoint_id=endpoint_id,
        agency=item["pk"].removeprefix("AGY#"),
        url=item["url"],
        events=tuple(item["events"]),
        created_at=datetime.fromisoformat(item["created"]),
        fingerprint=item["fingerprint"],
        secret=secret,
        listening_since=datetime.fromisoformat(item["listening"]),
        retired=tuple(RetiredSecret(text, datetime.fromisoformat(until)) for text, until in retired),
        disabled_at=_instant(item.get("disabled")),
        disabled_reason=DisabledReason(item["reason"]) if "reason" in item else None,
        failing_since=_instant(item.get("failing")),
        rotation=item.get("rotation"),
        version=item["version"],
    )


# -- cursors --------------------------------------------------------------------------------------------------------


def cursor_key(stream: EventStream, endpoint_id: str) -> dict[str, str]:
    return {"pk": stream_partition(stream), "sk": f"WHE#{endpoint_id}"}


def cursor_item(stream: EventStream, endpoint_id: str, cursor: DeliveryCursor, now: datetime) -> dict[str, Any]:
    """What waits is in the sparse index of what is due; a claim is not, its message comes again."""
    due: dict[str, Any] = {}
    if cursor.state is CursorState.WAITING and cursor.next_attempt_at is not None:
        shard = zlib.crc32(stream.object_id.encode()) % DUE_SHARD_COUNT
        place = f"{stamp(cursor.next_attempt_at)}#{stream.object_id}#{endpoint_id}"
        due = {"gsi2pk": f"HOOK#{shard}", "gsi2sk": place}
    return {
        **cursor_key(stream, endpoint_id),
        **due,
        "sequence": cursor.sequence,
        "state": str(cursor.state),
        "attempts": cursor.attempt_count,
        "first": _iso(cursor.first_attempt_at),
        "next": _iso(cursor.next_attempt_at),
        "version": cursor.version,
        "ttl": int((now + EVENT_KEPT_FOR).timestamp()),
    }


def cursor_of(item: dict[str, Any]) -> DeliveryCursor:
    return DeliveryCursor(
        sequence=item["sequence"],
        state=CursorState(item["state"]),
        attempt_count=item["attempts"],
        first_attempt_at=_instant(item.get("first")),
        next_attempt_at=_instant(item.get("next")),
        version=item["version"],
    )


# -- the log --------------------------------------------------------------------------------------------------------


def delivery_item(delivery: Delivery) -> dict[str, Any]:
    return {
        "pk": f"DLV#{delivery.endpoint_id}",
        "sk": f"{stamp(delivery.listed_at)}#{delivery.event_id}",
        "type": delivery.event_type,
        "kind": str(delivery.kind),
        "state": str(delivery.state),
        "attempts": delivery.attempt_count,
        "attempted": delivery.attempted_at.isoformat(),
        "next": _iso(delivery.next_attempt_at),
        "status": delivery.last_status,
        "error": delivery.last_error,
        "ttl": int((delivery.attempted_at + LOG_KEPT_FOR).timestamp()),
    }


def delivery_of(item: dict[str, Any]) -> Delivery:
    listed, _, event_id = item["sk"].partition("#")
    return Delivery(
        endpoint_id=item["pk"].removeprefix("DLV#"),
        event_id=event_id,
        event_type=item["type"],
        kind=DeliveryKind(item["kind"]),
        state=DeliveryState(item["state"]),
        attempt_count=item["attempts"],
        listed_at=datetime.fromisoformat(listed),
        attempted_at=datetime.fromisoformat(item["attempted"]),
        next_attempt_at=_instant(item.get("next")),
        last_status=item.get("status"),
        last_error=item.get("error"),
    )


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
