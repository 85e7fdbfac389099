"""Payment attempts in DynamoDB. Where money moves, `DynamoBooks` writes them together with what they move."""

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.books import DynamoBooks
from mizan.adapters.dynamodb.changes import creation
from mizan.adapters.dynamodb.errors import is_lost_race, old_item
from mizan.adapters.dynamodb.invoice_records import PersonalData
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.adapters.dynamodb.payment_records import PENDING_SHARD_COUNT, payment_key, payment_of
from mizan.application.ports_books import CommitOutcome, Move
from mizan.domain.callbacks import CallbackKey
from mizan.domain.errors import BusyError
from mizan.domain.payments import Payment


class DynamoPaymentRepository:
    def __init__(self, client: Any, table: str, personal: PersonalData) -> None:
        self._client, self._table, self._personal = client, table, personal

    def add(self, payment: Payment) -> Payment | None:
        """A put whose answer got lost is made again by the client and finds itself: the nonce tells that it is its
        own.
        """
        new, nonce = creation(payment, self._personal), secrets.token_hex(4)
        new["Item"] |= pack({"nonce": nonce})
        try:
            self._client.put_item(
                TableName=self._table,
                **new,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_lost_race(error):
                raise
            existing = old_item(error)
            if existing and existing.get("nonce") == nonce:
                return None
            stored = payment_of(existing, self._personal) if existing else self.get(payment.payment_id)
            if stored is None:
                raise BusyError("the attempt is being written") from error
            return stored
        return None

    def get(self, payment_id: str) -> Payment | None:
        key = payment_key(payment_id)
        if key is None:
            return None
        answer = self._client.get_item(TableName=self._table, Key=pack(key), ConsistentRead=True)
        return payment_of(unpack(answer["Item"]), self._personal) if "Item" in answer else None

    def list_of_invoice(self, reference: str) -> list[Payment]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=pack({":pk": f"INV#{reference}", ":prefix": "PAY#"}),
            ConsistentRead=True,
        )
        payments = [payment_of(unpack(item), self._personal) for page in pages for item in page["Items"]]
        return sorted(payments, key=lambda payment: (payment.created_at, payment.payment_id))

    def replace(self, before: Payment, after: Payment) -> bool:
        books = DynamoBooks(self._client, self._table, self._personal)
        return books.commit([Move(before, after)]) is CommitOutcome.COMMITTED

    def list_due(self, now: datetime, *, limit: int) -> Iterator[CallbackKey]:
        for shard in range(PENDING_SHARD_COUNT):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName="gsi2",
                KeyConditionExpression="gsi2pk = :shard AND gsi2sk <= :now",
                ExpressionAttributeValues=pack({":shard": f"PEND#{shard}", ":now": f"{now.isoformat()}~"}),
                PaginationConfig={"MaxItems": limit},
            )
            for page in pages:
                yield from (CallbackKey(item["pk"]["S"], item["sk"]["S"]) for item in page["Items"])
