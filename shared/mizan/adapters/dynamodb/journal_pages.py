"""The journal a page at a time: shard after shard, the cursor names the last transaction that was shown."""

import base64
import re
from datetime import date
from typing import Any

from mizan.adapters.dynamodb.items import pack, unpack
from mizan.adapters.dynamodb.journal_records import partition, transaction_of
from mizan.domain.errors import InvalidInputError
from mizan.domain.ledger import JOURNAL_SHARD_COUNT, LedgerTransaction

QUERY_COUNT_MAX = 40
"""Queries per page: an agency's few transactions among many others may need several; the cursor carries on."""

_POSITION = re.compile(r"(?P<shard>[0-9]{2})(?:/(?P<transaction>[!-~]{1,128}))?")


class DynamoJournalPages:
    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def page(
        self, posting_day: date, *, agency: str, limit: int, cursor: str | None
    ) -> tuple[list[LedgerTransaction], str | None]:
        shard, after = _position(cursor)
        found: list[LedgerTransaction] = []
        for _ in range(QUERY_COUNT_MAX):
            if shard >= JOURNAL_SHARD_COUNT:
                return found, None
            items, after = self._query(posting_day, shard, agency=agency, limit=limit - len(found), after=after)
            found += items
            if after is None:
                shard += 1
            if len(found) >= limit:
                break
        return found, _cursor(shard, after) if shard < JOURNAL_SHARD_COUNT else None

    def _query(
        self, posting_day: date, shard: int, *, agency: str, limit: int, after: str | None
    ) -> tuple[list[LedgerTransaction], str | None]:
        """Transactions of one shard, and the last one looked at where there may be more."""
        pk = partition(posting_day, shard)
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": pack({":pk": pk} | ({":agency": agency} if agency != "*" else {})),
            "ConsistentRead": True,
            "Limit": limit,
        }
        if agency != "*":
            query["FilterExpression"] = "agency = :agency"
        if after is not None:
            query["ExclusiveStartKey"] = pack({"pk": pk, "sk": after})
        answer = self._client.query(**query)
        last = answer.get("LastEvaluatedKey")
        return [transaction_of(unpack(item)) for item in answer["Items"]], last["sk"]["S"] if last else None


def _cursor(shard: int, after: str | None) -> str:
    text = f"{shard:02d}" + (f"/{after}" if after else "")
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _position(cursor: str | None) -> tuple[int, str | None]:
    if not cursor:
        return 0, None
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
    except (ValueError, UnicodeError):
        raise InvalidInputError.of("cursor", "bad_cursor") from None
    match = _POSITION.fullmatch(text)
    if match is None or int(match["shard"]) >= JOURNAL_SHARD_COUNT:
        raise InvalidInputError.of("cursor", "bad_cursor")
    return int(match["shard"]), match["transaction"]
