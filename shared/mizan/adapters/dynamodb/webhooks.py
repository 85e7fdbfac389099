"""Webhook endpoints and the delivery log in DynamoDB. Secrets are sealed in the item; every write is conditional."""

from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.errors import is_condition_failure, old_item
from mizan.adapters.dynamodb.invoice_records import PersonalData
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.application.ports_webhooks import EventRecord
from mizan.domain.errors import ConflictError
from mizan.domain.webhooks import Delivery, DeliveryState, WebhookEndpoint, WebhookEvent

REMOVAL_KEPT_FOR = timedelta(days=30)
"""How long a removed endpoint's key is remembered, so that a late repeat of its creation does not bring it back."""
EVENT_KEPT_FOR = timedelta(days=400)

IS_NEW = "attribute_not_exists(pk)"
IS_PRESENT = "attribute_exists(pk) AND attribute_not_exists(removed)"
IS_AS_SEEN = "attempts = :seen_attempts AND #state = :seen_state"


class DynamoWebhookEndpoints:
    """Implements `WebhookEndpointRepository`. `secrets` seals each signing secret to its endpoint."""

    def __init__(self, client: Any, table: str, secrets: PersonalData) -> None:
        self._client, self._table, self._secrets = client, table, secrets

    def add(self, endpoint: WebhookEndpoint) -> WebhookEndpoint | None:
        item = {
            **_endpoint_key(endpoint.agency, endpoint.endpoint_id),
            "url": endpoint.url,
            "events": list(endpoint.events),
            "created": endpoint.created_at.isoformat(),
            "fingerprint": endpoint.fingerprint,
            "secret": self._secrets.seal(endpoint.secret.encode(), endpoint.endpoint_id),
        }
        existing = _put_new(self._client, self._table, item)
        if existing is None:
            return None
        if "removed" in existing:
            raise ConflictError("the webhook endpoint that this Idempotency-Key made was removed")
        return self._endpoint_of(existing)

    def list_of(self, agency: str) -> list[WebhookEndpoint]:
        items = _query(self._client, self._table, f"AGY#{agency}", "WHE#")
        endpoints = [self._endpoint_of(item) for item in items if "removed" not in item]
        return sorted(endpoints, key=lambda endpoint: (endpoint.created_at, endpoint.endpoint_id))

    def remove(self, agency: str, endpoint_id: str, now: datetime) -> bool:
        tombstone = {
            **_endpoint_key(agency, endpoint_id),
            "removed": now.isoformat(),
            "ttl": int((now + REMOVAL_KEPT_FOR).timestamp()),
        }
        try:
            self._client.put_item(TableName=self._table, Item=pack(tombstone), ConditionExpression=IS_PRESENT)
        except ClientError as error:
            if is_condition_failure(error):
                return False
            raise
        return True

    def _endpoint_of(self, item: dict[str, Any]) -> WebhookEndpoint:
        endpoint_id = item["sk"].removeprefix("WHE#")
        return WebhookEndpoint(
            endpoint_id=endpoint_id,
            agency=item["pk"].removeprefix("AGY#"),
            url=item["url"],
            events=tuple(item["events"]),
            created_at=datetime.fromisoformat(item["created"]),
            fingerprint=item["fingerprint"],
            secret=self._secrets.open(item["secret"], endpoint_id).decode(),
        )


class DynamoDeliveryLog:
    """Implements `DeliveryLog`: the event and its deliveries share one partition, read by one query."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def read(self, event_id: str) -> EventRecord:
        event, deliveries = None, {}
        for item in _query(self._client, self._table, f"EVT#{event_id}"):
            if item["sk"] == "HEAD":
                event = _event_of(item)
            else:
                delivery = _delivery_of(item)
                deliveries[delivery.endpoint_id] = delivery
        return EventRecord(event, deliveries)

    def keep(self, event: WebhookEvent) -> WebhookEvent:
        item = {
            "pk": f"EVT#{event.event_id}",
            "sk": "HEAD",
            "type": event.type,
            "agency": event.agency,
            "occurred": event.occurred_at.isoformat(),
            "body": event.body,
            "ttl": int((event.occurred_at + EVENT_KEPT_FOR).timestamp()),
        }
        existing = _put_new(self._client, self._table, item)
        return _event_of(existing) if existing else event

    def claim(self, event_id: str, seen: Delivery | None, claimed: Delivery) -> bool:
        return self._put(event_id, seen, claimed)

    def conclude(self, event_id: str, claimed: Delivery, after: Delivery) -> bool:
        return self._put(event_id, claimed, after)

    def _put(self, event_id: str, seen: Delivery | None, delivery: Delivery) -> bool:
        condition: dict[str, Any] = {"ConditionExpression": IS_NEW}
        if seen is not None:
            condition = {
                "ConditionExpression": IS_AS_SEEN,
                "ExpressionAttributeNames": {"#state": "state"},
                "ExpressionAttributeValues": pack(
                    {":seen_attempts": seen.attempt_count, ":seen_state": str(seen.state)}
                ),
            }
        try:
            self._client.put_item(TableName=self._table, Item=pack(_delivery_item(event_id, delivery)), **condition)
        except ClientError as error:
            if is_condition_failure(error):
                return False
            raise
        return True


def _endpoint_key(agency: str, endpoint_id: str) -> dict[str, str]:
    return {"pk": f"AGY#{agency}", "sk": f"WHE#{endpoint_id}"}


def _put_new(client: Any, table: str, item: dict[str, Any]) -> dict[str, Any] | None:
    """None when stored, else the item that was there."""
    try:
        client.put_item(
            TableName=table,
            Item=pack(item),
            ConditionExpression=IS_NEW,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return old_item(error) or _read(client, table, item)
    return None


def _read(client: Any, table: str, key: dict[str, Any]) -> dict[str, Any]:
    answer = client.get_item(TableName=table, Key=pack({"pk": key["pk"], "sk": key["sk"]}), ConsistentRead=True)
    return unpack(answer["Item"])


def _query(client: Any, table: str, partition: str, prefix: str = "") -> list[dict[str, Any]]:
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="pk = :pk" + (" AND begins_with(sk, :prefix)" if prefix else ""),
        ExpressionAttributeValues=pack({":pk": partition} | ({":prefix": prefix} if prefix else {})),
        ConsistentRead=True,
    )
    return [unpack(item) for page in pages for item in page["Items"]]


def _event_of(item: dict[str, Any]) -> WebhookEvent:
    return WebhookEvent(
        event_id=item["pk"].removeprefix("EVT#"),
        type=item["type"],
        agency=item["agency"],
        occurred_at=datetime.fromisoformat(item["occurred"]),
        body=item["body"],
    )


def _delivery_item(event_id: str, delivery: Delivery) -> dict[str, Any]:
    return {
        "pk": f"EVT#{event_id}",
        "sk": f"DLV#{delivery.endpoint_id}",
        "state": str(delivery.state),
        "attempts": delivery.attempt_count,
        "next": delivery.next_attempt_at.isoformat(),
        "status": delivery.last_status,
        "error": delivery.last_error,
        "ttl": int((delivery.next_attempt_at + EVENT_KEPT_FOR).timestamp()),
    }


def _delivery_of(item: dict[str, Any]) -> Delivery:
    return Delivery(
        endpoint_id=item["sk"].removeprefix("DLV#"),
        state=DeliveryState(item["state"]),
        attempt_count=item["attempts"],
        next_attempt_at=datetime.fromisoformat(item["next"]),
        last_status=item.get("status"),
        last_error=item.get("error"),
    )
