"""Vouchers in DynamoDB: read here, strongly consistent; written by `DynamoBooks`."""

from typing import Any

from mizan.adapters.dynamodb.items import pack, unpack
from mizan.adapters.dynamodb.voucher_records import holding_key, holding_of, voucher_key, voucher_of
from mizan.domain.vouchers import Holding, Voucher


class DynamoVoucherRepository:
    """Implements `VoucherRepository`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def get(self, voucher_id: str) -> Voucher | None:
        key = voucher_key(voucher_id)
        item = self._item_at(key) if key else None
        return voucher_of(item) if item else None

    def holding(self, holder: str) -> Holding | None:
        item = self._item_at(holding_key(holder))
        return holding_of(item) if item else None

    def _item_at(self, key: dict[str, str]) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=pack(key), ConsistentRead=True)
        return unpack(answer["Item"]) if "Item" in answer else None
