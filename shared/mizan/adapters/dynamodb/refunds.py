"""Refunds and disputes in DynamoDB: read here, beside their payment; written by `DynamoBooks`."""

from typing import Any

from mizan.adapters.dynamodb.invoice_records import PersonalData
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.adapters.dynamodb.refund_records import dispute_key, dispute_of, refund_key, refund_of
from mizan.domain.disputes import Dispute
from mizan.domain.refunds import Refund


class DynamoRefundRepository:
    """Implements `RefundRepository`."""

    def __init__(self, client: Any, table: str, personal: PersonalData) -> None:
        self._client, self._table, self._personal = client, table, personal

    def get(self, refund_id: str) -> Refund | None:
        item = _item_at(self._client, self._table, refund_key(refund_id))
        return refund_of(item, self._personal) if item else None

    def list_of_invoice(self, reference: str) -> list[Refund]:
        items = _items_of(self._client, self._table, reference, "RFD#")
        return sorted(
            (refund_of(item, self._personal) for item in items), key=lambda one: (one.created_at, one.refund_id)
        )


class DynamoDisputeRepository:
    """Implements `DisputeRepository`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def get(self, dispute_id: str) -> Dispute | None:
        item = _item_at(self._client, self._table, dispute_key(dispute_id))
        return dispute_of(item) if item else None

    def list_of_invoice(self, reference: str) -> list[Dispute]:
        items = _items_of(self._client, self._table, reference, "DSP#")
        return sorted(map(dispute_of, items), key=lambda one: (one.created_at, one.dispute_id))


def _item_at(client: Any, table: str, key: dict[str, str] | None) -> dict[str, Any] | None:
    if key is None:
        return None
    answer = client.get_item(TableName=table, Key=pack(key), ConsistentRead=True)
    return unpack(answer["Item"]) if "Item" in answer else None


def _items_of(client: Any, table: str, reference: str, prefix: str) -> list[dict[str, Any]]:
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues=pack({":pk": f"INV#{reference}", ":prefix": prefix}),
        ConsistentRead=True,
    )
    return [unpack(item) for page in pages for item in page["Items"]]
