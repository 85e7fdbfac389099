"""The journal: read by posting day and shard, strongly, with no index."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from mizan.adapters.dynamodb.items import pack, unpack
from mizan.adapters.dynamodb.journal_records import partition, transaction_of
from mizan.domain.callbacks import CallbackKey
from mizan.domain.ledger import JOURNAL_SHARD_COUNT, LedgerTransaction


class DynamoJournal:
    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def read_day(self, posting_day: date) -> Iterator[LedgerTransaction]:
        for shard in range(JOURNAL_SHARD_COUNT):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues=pack({":pk": partition(posting_day, shard)}),
                ConsistentRead=True,
            )
            for page in pages:
                yield from (transaction_of(unpack(item)) for item in page["Items"])

    def get(self, key: CallbackKey) -> LedgerTransaction | None:
        answer = self._client.get_item(
            TableName=self._table, Key=pack({"pk": key.pk, "sk": key.sk}), ConsistentRead=True
        )
        return transaction_of(unpack(answer["Item"])) if "Item" in answer else None
