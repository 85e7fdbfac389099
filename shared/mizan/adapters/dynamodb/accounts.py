"""Merchant accounts in DynamoDB: found by callback token, and by agency and method. Secrets are sealed in the item."""

import json
import time as clock_time
from datetime import datetime, time
from typing import Any

from mizan.adapters.dynamodb.invoice_records import PersonalData
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.domain.accounts import AccountSecrets, MerchantAccount

ALL = "ACC"
KEPT_SECONDS = 60
"""How long a process may use an account before reading it again: a retired one is still used for so long."""

MISSED_SECONDS = 5
"""How long an agency that has no account for a method is taken to have none."""


class DynamoAccountDirectory:
    """`secrets` opens what `account_items` sealed, bound to the account's token."""

    def __init__(self, client: Any, table: str, secrets: PersonalData) -> None:
        self._client, self._table, self._secrets = client, table, secrets
        self._kept: dict[str, tuple[float, MerchantAccount]] = {}  # monotonic seconds when read, and the account
        self._agencies: dict[str, tuple[float, list[str]]] = {}

    def by_token(self, token: str) -> MerchantAccount | None:
        now = clock_time.monotonic()
        read_at, kept = self._kept.get(token, (0.0, None))
        if kept is not None and now - read_at < KEPT_SECONDS:
            return kept
        account = self._read(token) if token else None
        if account is not None:
            self._kept[token] = (now, account)
        return account

    def _read(self, token: str) -> MerchantAccount | None:
        answer = self._client.get_item(
            TableName=self._table, Key=pack({"pk": f"ACC#{token}", "sk": "HEAD"}), ConsistentRead=True
        )
        return _account_of(unpack(answer["Item"]), self._secrets) if "Item" in answer else None

    def active_for(self, agency: str, method: str) -> MerchantAccount | None:
        return next(iter(self.all_active_for(agency, method)), None)

    def all_active_for(self, agency: str, method: str) -> list[MerchantAccount]:
        now = clock_time.monotonic()
        read_at, tokens = self._agencies.get(agency, (-KEPT_SECONDS, []))
        kept = self._active(tokens, method) if tokens and now - read_at < KEPT_SECONDS else []
        if kept or now - read_at < MISSED_SECONDS:
            return kept
        tokens = self._tokens(f"AGY#{agency}", "ACC#")
        self._agencies[agency] = (now, tokens)
        return self._active(tokens, method)

    def _active(self, tokens: list[str], method: str) -> list[MerchantAccount]:
        accounts = (self.by_token(token) for token in tokens)
        fitting = [row for row in accounts if row is not None and row.is_active and row.method == method]
        return sorted(fitting, key=lambda account: account.rank)

    def list_all(self) -> list[MerchantAccount]:
        found = (self.by_token(token) for token in self._tokens(ALL, ""))
        return sorted((account for account in found if account is not None), key=lambda account: account.is_active)

    def _tokens(self, partition: str, prefix: str) -> list[str]:
        names = {":pk": partition} | ({":prefix": prefix} if prefix else {})
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk" + (" AND begins_with(sk, :prefix)" if prefix else ""),
            ExpressionAttributeValues=pack(names),
            ConsistentRead=True,
        )
        return [item["sk"]["S"].rpartition("#")[2] for page in pages for item in page["Items"]]


def account_items(account: MerchantAccount, secrets: PersonalData) -> list[dict[str, Any]]:
    """The account, and the two pointers to it (agency, all): written by administration only."""
    sealed = {
        "password": account.secrets.password,
        "resource_key": account.secrets.resource_key,
        "retired_keys": list(account.secrets.retired_keys),
        "named": dict(account.secrets.named),
    }
    head = {
        "pk": f"ACC#{account.token}",
        "sk": "HEAD",
        "account": account.account_id,
        "gateway": account.gateway,
        "agency": account.agency,
        "terminal": account.terminal_id,
        "method": account.method,
        "base_url": account.base_url,
        "cutoff": account.cutoff.isoformat(),
        "active": account.is_active,
        "secrets": secrets.seal(json.dumps(sealed).encode(), account.token),
        "effective": account.effective_from.isoformat(),
        "rank": account.rank,
        "operator": account.operator,
        "settings": dict(account.settings),
    }
    return [
        head,
        {"pk": f"AGY#{account.agency}", "sk": f"ACC#{account.gateway}#{account.token}"},
        {"pk": ALL, "sk": account.token},
    ]


def _account_of(item: dict[str, Any], secrets: PersonalData) -> MerchantAccount:
    token = item["pk"].removeprefix("ACC#")
    opened = json.loads(secrets.open(item["secrets"], token))
    return MerchantAccount(
        account_id=item["account"],
        token=token,
        gateway=item["gateway"],
        agency=item["agency"],
        terminal_id=item["terminal"],
        method=item["method"],
        base_url=item["base_url"],
        cutoff=time.fromisoformat(item["cutoff"]),
        is_active=item["active"],
        secrets=AccountSecrets(
            password=opened["password"],
            resource_key=opened["resource_key"],
            retired_keys=tuple(opened["retired_keys"]),
            named=opened.get("named", {}),
        ),
        effective_from=datetime.fromisoformat(item["effective"]),
        rank=item.get("rank", 0),
        operator=item.get("operator"),
        settings=item.get("settings", {}),
    )
