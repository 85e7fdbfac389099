"""Where changes are found again that no stream told of: the journal by shard, new invoices by agency and day."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from mizan.adapters.dynamodb.invoice_records import AGENCY_DAY_SHARD_COUNT, agency_day, head_key
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.adapters.dynamodb.journal_records import partition
from mizan.adapters.dynamodb.payment_records import payment_key
from mizan.adapters.dynamodb.refund_records import dispute_key, refund_key
from mizan.domain.calendar import business_date
from mizan.domain.callbacks import CallbackKey

IS_POSTED_IN_TIME = "posted BETWEEN :since AND :until"


class DynamoChangeSources:
    """Implements `ChangeSources`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def posted(self, shard: int, since: datetime, until: datetime) -> Iterator[CallbackKey]:
        for day in _days(since, until):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                FilterExpression=IS_POSTED_IN_TIME,
                ExpressionAttributeValues=pack(
                    {":pk": partition(day, shard), ":since": since.isoformat(), ":until": until.isoformat()}
                ),
                ProjectionExpression="sk, payment_id, refund, #reference",
                ExpressionAttributeNames={"#reference": "reference"},
                ConsistentRead=True,
            )
            for page in pages:
                for item in page["Items"]:
                    yield from _keys_of(unpack(item))

    def created(self, agency: str, since: datetime, until: datetime) -> Iterator[CallbackKey]:
        for day in _days(since, until):
            for shard in range(AGENCY_DAY_SHARD_COUNT):
                pages = self._client.get_paginator("query").paginate(
                    TableName=self._table,
                    IndexName="gsi1",
                    KeyConditionExpression="gsi1pk = :partition AND gsi1sk BETWEEN :since AND :until",
                    ExpressionAttributeValues=pack(
                        {
                            ":partition": agency_day(agency, day, shard),
                            ":since": since.isoformat(),
                            ":until": f"{until.isoformat()}~",
                        }
                    ),
                )
                for page in pages:
                    yield from (CallbackKey(item["pk"]["S"], item["sk"]["S"]) for item in page["Items"])


def _keys_of(entry: dict[str, Any]) -> Iterator[CallbackKey]:
    """What a journal entry is about: the attempt, its refund or dispute, and the invoice (of a basket nobody hears)."""
    keys = (
        payment_key(entry["payment_id"]),
        refund_key(entry.get("refund", "")),
        dispute_key(entry["sk"].removeprefix("cbk_")),
        head_key(entry["reference"]) if entry["reference"] else None,  # a deposit is about no invoice
    )
    for key in keys:
        if key is not None:
            yield CallbackKey(key["pk"], key["sk"])


def _days(since: datetime, until: datetime) -> Iterator[date]:
    day = business_date(since)
    while day <= business_date(until):
        yield day
        day += timedelta(days=1)
