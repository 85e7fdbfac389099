"""Invoices in DynamoDB: creation is one conditional put, change one conditional update; nothing overwrites."""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.books import DynamoBooks
from mizan.adapters.dynamodb.changes import IS_NEW, creation
from mizan.adapters.dynamodb.errors import is_condition_failure, is_lost_race, old_item
from mizan.adapters.dynamodb.invoice_records import (
    AGENCY_DAY_SHARD_COUNT,
    PersonalData,
    agency_day,
    head_key,
    invoice_of,
)
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.application.ports import Page
from mizan.application.ports_books import CommitOutcome, Move
from mizan.domain.errors import BusyError, InvalidInputError, ReferenceTakenError
from mizan.domain.invoices import Invoice, InvoiceEvent, InvoiceState

BATCH_GET_MAX = 100
UNPROCESSED_RETRY_COUNT_MAX = 8
KEY_LIFETIME = timedelta(days=30)
"""How long an Idempotency-Key beside a number stays bound to its body."""

CURSOR_LENGTH_MAX = 64
"""An instant (32 characters), a separator and a reference (18) fit; a longer sort key cannot be one of ours."""

BASKET = "basket"
"""The `kind` of a head that is a basket's, not an invoice's: all live under one space of references, and a head of any
kind is no invoice's.
"""


class DynamoInvoiceRepository:
    def __init__(self, client: Any, table: str, personal: PersonalData) -> None:
        self._client, self._table, self._personal = client, table, personal

    def add(self, invoice: Invoice) -> Invoice | None:
        try:
            self._client.put_item(
                TableName=self._table,
                **creation(invoice, self._personal),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_lost_race(error):
                raise
            existing = old_item(error)
            if existing and existing.get("kind"):
                raise ReferenceTakenError("the reference is no invoice's") from error
            stored = invoice_of(existing, self._personal) if existing else self.get(invoice.reference)
            if stored is None:
                raise BusyError("the invoice is being written") from error
            return stored
        return None

    def get(self, reference: str) -> Invoice | None:
        answer = self._client.get_item(TableName=self._table, Key=pack(head_key(reference)), ConsistentRead=True)
        item = unpack(answer["Item"]) if "Item" in answer else {}
        return invoice_of(item, self._personal) if item and not item.get("kind") else None

    def original(self, invoice: Invoice) -> Invoice:
        first = self._first_revision(invoice.reference) if _is_amended(invoice) else invoice
        return replace(
            first,
            state=InvoiceState.DRAFT if first.history[0].event == InvoiceState.DRAFT else InvoiceState.ISSUED,
            outstanding=first.amount,
            updated_at=first.created_at,
            plan=None,
            legs_paid=(),
            paid_by=(),
            superseded_by=None,
            grace=None,
            history=first.history[:1],
        )

    def _first_revision(self, reference: str) -> Invoice:
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=pack({":pk": f"INV#{reference}", ":prefix": "REV#"}),
            ConsistentRead=True,
            Limit=1,
        )
        return invoice_of(unpack(answer["Items"][0]), self._personal)

    def get_many(self, references: Sequence[str]) -> list[Invoice]:
        found: dict[str, Invoice] = {}
        for start in range(0, len(references), BATCH_GET_MAX):
            for item in self._batch_get(references[start : start + BATCH_GET_MAX]):
                if not item.get("kind"):
                    invoice = invoice_of(item, self._personal)
                    found[invoice.reference] = invoice
        return [found[reference] for reference in references if reference in found]

    def _batch_get(self, references: Sequence[str]) -> Iterable[dict[str, Any]]:
        keys = [pack(head_key(reference)) for reference in references]
        for _ in range(UNPROCESSED_RETRY_COUNT_MAX):
            if not keys:
                return
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}})
            yield from map(unpack, answer["Responses"].get(self._table, []))
            keys = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
        if keys:
            raise BusyError("reading was throttled")

    def replace(self, before: Invoice, after: Invoice) -> bool:
        books = DynamoBooks(self._client, self._table, self._personal)
        return books.commit([Move(before, after)]) is CommitOutcome.COMMITTED

    def list_day(self, agency: str, day: date, *, limit: int, cursor: str | None) -> Page:
        """The cursor is the last row handed out, not a position."""
        rows = self.rows_of_day(agency, day, after=_read_cursor(cursor), limit=limit + 1)
        shown = rows[:limit]
        references = tuple(row.rpartition("#")[2] for row in shown)
        return Page(references, _write_cursor(shown[-1]) if len(rows) > limit else None)

    def rows_of_day(self, agency: str, day: date, *, after: str, limit: int) -> list[str]:
        """Implements `CreationIndex`: merges the day's 16 shards by creation instant."""
        rows: list[str] = []
        for shard in range(AGENCY_DAY_SHARD_COUNT):
            rows += self._shard_rows(agency_day(agency, day, shard), after, limit)
        return sorted(rows)[:limit]

    def _shard_rows(self, partition: str, after: str, limit: int) -> list[str]:
        answer = self._client.query(
            TableName=self._table,
            IndexName="gsi1",
            KeyConditionExpression="gsi1pk = :partition AND gsi1sk > :after",
            ExpressionAttributeValues=pack({":partition": partition, ":after": after}),
            Limit=limit,
        )
        return [item["gsi1sk"]["S"] for item in answer["Items"]]

    def reserve_key(self, agency: str, idempotency_key: str, fingerprint: str, now: datetime) -> str:
        item = {
            "pk": f"IDM#{agency}#{hashlib.sha256(idempotency_key.encode()).hexdigest()}",
            "sk": "HEAD",
            "fingerprint": fingerprint,
            "ttl": int((now + KEY_LIFETIME).timestamp()),
        }
        try:
            self._client.put_item(
                TableName=self._table,
                Item=pack(item),
                ConditionExpression=f"{IS_NEW} OR fingerprint = :fingerprint",
                ExpressionAttributeValues=pack({":fingerprint": fingerprint}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_condition_failure(error):
                raise
            return str((old_item(error) or {}).get("fingerprint", ""))
        return fingerprint


def _is_amended(invoice: Invoice) -> bool:
    return any(entry.event == InvoiceEvent.AMEND for entry in invoice.history)


def _write_cursor(row: str) -> str:
    return base64.urlsafe_b64encode(json.dumps({"after": row}).encode()).decode().rstrip("=")


def _read_cursor(cursor: str | None) -> str:
    """The sort key to continue after; a blank sorts before every instant. Raises InvalidInputError on a bad cursor."""
    if cursor is None:
        return " "
    try:
        after = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))["after"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InvalidInputError.of("cursor", "bad_cursor") from None
    if not isinstance(after, str) or not after.isascii() or not 0 < len(after) <= CURSOR_LENGTH_MAX:
        raise InvalidInputError.of("cursor", "bad_cursor")
    return after
