"""Balances that are counted as the journal is written: `BAL#{account}` / shard, added to in the posting's own
transaction. Exact, because a transaction is made whole or not at all; not hot, because a posting takes one of the
shards.
"""

from typing import Any

from mizan.adapters.dynamodb.items import pack, unpack
from mizan.domain.ledger import LedgerTransaction, counted_movements

ADDS = "ADD balance :movement"


class DynamoRunningBalances:
    """Implements `RunningBalances`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def balance(self, account: str) -> int:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=pack({":pk": f"BAL#{account}"}),
            ConsistentRead=True,
        )
        return sum(unpack(item)["balance"] for page in pages for item in page["Items"])


def balance_updates(transaction: LedgerTransaction) -> list[dict[str, Any]]:
    """The arguments of an `Update` for each counted account that the transaction moves: none for most of them."""
    return [
        {
            "Key": pack({"pk": f"BAL#{account}", "sk": f"{transaction.shard:02d}"}),
            "UpdateExpression": ADDS,
            "ExpressionAttributeValues": pack({":movement": movement}),
        }
        for account, movement in counted_movements(transaction).items()
    ]
