"""Webhook endpoints in DynamoDB. Secrets are sealed in the item; every write is conditional."""

from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.errors import is_condition_failure, old_item
from mizan.adapters.dynamodb.invoice_records import PersonalData
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.adapters.dynamodb.webhook_records import endpoint_item, endpoint_key, endpoint_of
from mizan.domain.errors import BusyError, ConflictError
from mizan.domain.webhooks import WebhookEndpoint

REMOVAL_KEPT_FOR = timedelta(days=30)
"""How long a removed endpoint's key is remembered, so that a late repeat of its creation does not bring it back."""

IS_NEW = "attribute_not_exists(pk)"
IS_PRESENT = "attribute_exists(pk) AND attribute_not_exists(removed)"
IS_AS_SEEN = "attribute_not_exists(removed) AND version = :seen"


class DynamoWebhookEndpoints:
    """Implements `WebhookEndpointRepository`. `secrets` seals each signing secret to its endpoint."""

    def __init__(self, client: Any, table: str, secrets: PersonalData) -> None:
        self._client, self._table, self._secrets = client, table, secrets

    def add(self, endpoint: WebhookEndpoint) -> WebhookEndpoint | None:
        try:
            self._client.put_item(
                TableName=self._table,
                Item=pack(endpoint_item(endpoint, self._secrets)),
                ConditionExpression=IS_NEW,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_condition_failure(error):
                raise
            existing = old_item(error) or self._read(endpoint.agency, endpoint.endpoint_id)
        else:
            return None
        if not existing:
            raise BusyError("the endpoint is being written")
        if "removed" in existing:
            raise ConflictError("the webhook endpoint that this Idempotency-Key made was removed")
        return endpoint_of(existing, self._secrets)

    def get(self, agency: str, endpoint_id: str) -> WebhookEndpoint | None:
        item = self._read(agency, endpoint_id)
        return endpoint_of(item, self._secrets) if item and "removed" not in item else None

    def list_of(self, agency: str) -> list[WebhookEndpoint]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=pack({":pk": f"AGY#{agency}", ":prefix": "WHE#"}),
            ConsistentRead=True,
        )
        items = [unpack(item) for page in pages for item in page["Items"]]
        endpoints = [endpoint_of(item, self._secrets) for item in items if "removed" not in item]
        return sorted(endpoints, key=lambda endpoint: (endpoint.created_at, endpoint.endpoint_id))

    def replace(self, before: WebhookEndpoint, after: WebhookEndpoint) -> bool:
        return self._put(
            endpoint_item(after, self._secrets),
            ConditionExpression=IS_AS_SEEN,
            ExpressionAttributeValues=pack({":seen": before.version}),
        )

    def remove(self, agency: str, endpoint_id: str, now: datetime) -> bool:
        tombstone = {
            **endpoint_key(agency, endpoint_id),
            "removed": now.isoformat(),
            "ttl": int((now + REMOVAL_KEPT_FOR).timestamp()),
        }
        return self._put(tombstone, ConditionExpression=IS_PRESENT)

    def _put(self, item: dict[str, Any], **condition: Any) -> bool:
        try:
            self._client.put_item(TableName=self._table, Item=pack(item), **condition)
        except ClientError as error:
            if is_condition_failure(error):
                return False
            raise
        return True

    def _read(self, agency: str, endpoint_id: str) -> dict[str, Any]:
        key = pack(endpoint_key(agency, endpoint_id))
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return unpack(answer.get("Item", {}))
