"""Payment attempts in DynamoDB, and the one transaction that settles them."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.errors import CONFLICT_CODES, cancellation_codes, code_of, is_lost_race, old_item
from mizan.adapters.dynamodb.invoices import IS_NEW, head_update
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.adapters.dynamodb.journal_records import transaction_item
from mizan.adapters.dynamodb.payment_records import (
    PENDING_SHARD_COUNT,
    mutable_attributes,
    payment_item,
    payment_key,
    payment_of,
    pending_index,
)
from mizan.application.ports import SettleOutcome
from mizan.domain.errors import BusyError
from mizan.domain.invoices import Invoice
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.payments import Payment

IS_AS_SEEN = "#state = :seen_state AND inquiries = :seen_inquiries"


class DynamoPaymentRepository:
    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def add(self, payment: Payment) -> Payment | None:
        try:
            self._client.put_item(
                TableName=self._table,
                Item=pack(payment_item(payment)),
                ConditionExpression=IS_NEW,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_lost_race(error):
                raise
            existing = old_item(error)
            stored = payment_of(existing) if existing else self.get(payment.payment_id)
            if stored is None:
                raise BusyError("the attempt is being written") from error
            return stored
        return None

    def get(self, payment_id: str) -> Payment | None:
        key = payment_key(payment_id)
        if key is None:
            return None
        answer = self._client.get_item(TableName=self._table, Key=pack(key), ConsistentRead=True)
        return payment_of(unpack(answer["Item"])) if "Item" in answer else None

    def list_of_invoice(self, reference: str) -> list[Payment]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=pack({":pk": f"INV#{reference}", ":prefix": "PAY#"}),
            ConsistentRead=True,
        )
        payments = [payment_of(unpack(item)) for page in pages for item in page["Items"]]
        return sorted(payments, key=lambda payment: (payment.created_at, payment.payment_id))

    def replace(self, before: Payment, after: Payment) -> bool:
        try:
            self._client.update_item(TableName=self._table, **_attempt_update(before, after))
        except ClientError as error:
            if is_lost_race(error):
                return False
            raise
        return True

    def settle(
        self, before: Payment, after: Payment, transaction: LedgerTransaction, paid: tuple[Invoice, Invoice] | None
    ) -> SettleOutcome:
        operations: list[dict[str, Any]] = [
            {"Update": {"TableName": self._table, **_attempt_update(before, after)}},
            {
                "Put": {
                    "TableName": self._table,
                    "Item": pack(transaction_item(transaction)),
                    "ConditionExpression": IS_NEW,
                }
            },
        ]
        if paid is not None:
            operations.append({"Update": {"TableName": self._table, **head_update(*paid)}})
        try:
            self._client.transact_write_items(TransactItems=operations, ClientRequestToken=_token(operations))
        except ClientError as error:
            return _outcome(error)
        return SettleOutcome.SETTLED

    def list_undecided(self, *, limit: int) -> Iterator[str]:
        for shard in range(PENDING_SHARD_COUNT):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName="gsi2",
                KeyConditionExpression="gsi2pk = :shard",
                ExpressionAttributeValues=pack({":shard": f"PEND#{shard}"}),
                PaginationConfig={"MaxItems": limit},
            )
            for page in pages:
                yield from (item["sk"]["S"].removeprefix("PAY#") for item in page["Items"])


def _attempt_update(before: Payment, after: Payment) -> dict[str, Any]:
    """The conditional update from `before` to `after`; leaves the pending index when the outcome is known."""
    attributes = mutable_attributes(after)
    changed = {name: value for name, value in attributes.items() if value is not None}
    removed = [name for name, value in attributes.items() if value is None]
    if not pending_index(after):
        removed += ["gsi2pk", "gsi2sk"]
    sets = ", ".join(f"#{name} = :{name}" for name in changed)
    removes = f" REMOVE {', '.join(f'#{name}' for name in removed)}" if removed else ""
    return {
        "Key": pack(payment_key(before.payment_id) or {}),
        "UpdateExpression": f"SET {sets}{removes}",
        "ConditionExpression": IS_AS_SEEN,
        "ExpressionAttributeNames": {f"#{name}": name for name in [*changed, *removed]} | {"#state": "state"},
        "ExpressionAttributeValues": pack(
            {f":{name}": value for name, value in changed.items()}
            | {":seen_state": str(before.state), ":seen_inquiries": before.inquiry_count}
        ),
    }


def _token(operations: list[dict[str, Any]]) -> str:
    """The same content is the same request: a retry after a lost answer is recognised for ten minutes."""
    return hashlib.sha256(json.dumps(operations, sort_keys=True, default=repr).encode()).hexdigest()[:36]


def _outcome(error: ClientError) -> SettleOutcome:
    """Branch on each reason, the attempt first: it decides whether the capture is booked already."""
    if code_of(error) == "TransactionInProgressException":
        return SettleOutcome.CONFLICT
    if code_of(error) != "TransactionCanceledException":
        raise error
    codes = cancellation_codes(error)
    failed = [position for position, code in enumerate(codes) if code == "ConditionalCheckFailed"]
    if failed:
        return SettleOutcome.INVOICE_CHANGED if failed[0] == 2 else SettleOutcome.ATTEMPT_CHANGED  # noqa: PLR2004  # the third operation is the invoice
    if CONFLICT_CODES.intersection(codes):
        return SettleOutcome.CONFLICT
    raise error
