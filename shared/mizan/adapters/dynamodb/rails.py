"""Which methods an agency's accounts take, read without opening anybody's secrets; kept a minute."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from mizan.adapters.dynamodb.items import pack, unpack
from mizan.domain.accounts import PLATFORM_AGENCY
from mizan.domain.errors import BusyError
from mizan.domain.journeys import Rail
from mizan.domain.payments import NOTICE_FIRST, PaymentMethod

KEPT_SECONDS = 60.0
KEYS_MAX = 100
"""BatchGetItem takes no more (AWS)."""
TRY_COUNT_MAX = 5
READ = ("account", "active", "method", "gateway", "rank")

Accounts = dict[PaymentMethod, list[tuple[str, str]]]
"""By method: ids and gateways of the active accounts, the preferred one first."""


class DynamoRailDirectory:
    """Implements `mizan.application.ports_journeys.RailDirectory`. `is_up` says whether an account (its id) works."""

    def __init__(self, client: Any, table: str, *, is_up: Callable[[str], bool]) -> None:
        self._client, self._table, self._is_up = client, table, is_up
        self._kept: dict[str, tuple[float, Accounts]] = {}  # by agency: monotonic seconds when read, and what was

    def rails_of(self, agency: str) -> Mapping[PaymentMethod, Rail]:
        shared = {method: rows for method, rows in self._of(PLATFORM_AGENCY).items() if method in NOTICE_FIRST}
        return {method: self._rail(rows) for method, rows in {**shared, **self._of(agency)}.items()}

    def _rail(self, rows: list[tuple[str, str]]) -> Rail:
        """The preferred account that works; where none does, the preferred one."""
        working = next((gateway for account_id, gateway in rows if self._is_up(account_id)), None)
        return Rail(rows[0][1], is_down=True) if working is None else Rail(working)

    def _of(self, agency: str) -> Accounts:
        now = time.monotonic()
        kept = self._kept.get(agency)
        if kept is not None and now - kept[0] < KEPT_SECONDS:
            return kept[1]
        known = tuple(PaymentMethod)
        rows = [row for row in self._accounts(agency) if row["active"] and row["method"] in known]
        found: Accounts = {}
        for row in sorted(rows, key=lambda row: (row.get("rank", 0), row["pk"])):
            found.setdefault(PaymentMethod(row["method"]), []).append((row["account"], row["gateway"]))
        self._kept[agency] = (now, found)
        return found

    def _accounts(self, agency: str) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :accounts)",
            ExpressionAttributeValues=pack({":pk": f"AGY#{agency}", ":accounts": "ACC#"}),
            ProjectionExpression="sk",
        )
        tokens = (item["sk"]["S"].rpartition("#")[2] for page in pages for item in page["Items"])
        while batch := list(islice(tokens, KEYS_MAX)):
            yield from self._heads(batch)

    def _heads(self, tokens: Iterable[str]) -> Iterator[dict[str, Any]]:
        request: Any = {
            self._table: {
                "Keys": [pack({"pk": f"ACC#{token}", "sk": "HEAD"}) for token in tokens],
                "ProjectionExpression": f"pk, {', '.join(f'#{name}' for name in READ)}",
                "ExpressionAttributeNames": {f"#{name}": name for name in READ},
            }
        }
        for _ in range(TRY_COUNT_MAX):
            answer = self._client.batch_get_item(RequestItems=request)
            yield from (unpack(item) for item in answer["Responses"].get(self._table, []))
            request = answer.get("UnprocessedKeys")
            if not request:
                return
        raise BusyError("reading was throttled")
