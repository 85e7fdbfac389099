"""Which invoices are a payer's: rows under a keyed hash, which hold an instant and a reference and nothing else."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.changes import IS_NEW
from mizan.adapters.dynamodb.errors import is_lost_race
from mizan.adapters.dynamodb.items import pack


class DynamoPayerIndex:
    """Implements `PayerIndex`. `digest` hashes under a key: nobody without it can tell whose rows are whose."""

    def __init__(self, client: Any, table: str, digest: Callable[[str], str]) -> None:
        self._client, self._table, self._digest = client, table, digest

    def put(self, agency: str, payer: str, row: str) -> None:
        try:
            self._client.put_item(
                TableName=self._table,
                Item=pack({"pk": self._partition(agency, payer), "sk": row}),
                ConditionExpression=IS_NEW,
            )
        except ClientError as error:
            if not is_lost_race(error):
                raise  # it is there already, or being written just now

    def rows_of_payer(self, agency: str, payer: str, *, after: str, limit: int) -> list[str]:
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :partition AND sk > :after",
            ExpressionAttributeValues=pack({":partition": self._partition(agency, payer), ":after": after}),
            Limit=limit,
        )
        return [item["sk"]["S"] for item in answer["Items"]]

    def _partition(self, agency: str, payer: str) -> str:
        """The agency is in the hash as well: one payer's rows at two agencies have nothing in common."""
        digest = self._digest(f"{agency}\x1f{payer.upper()}")
        return f"PYR#{agency}#{digest}"
