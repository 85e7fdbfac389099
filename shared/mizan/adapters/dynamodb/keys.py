"""API keys in DynamoDB: `KEY#{sha256}` / `HEAD`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mizan.adapters.dynamodb.signed_reads import SignedReads
from mizan.application.ports_auth import ApiKey


class DynamoApiKeys:
    def __init__(self, reads: SignedReads) -> None:
        self._reads = reads

    def find(self, digest: str) -> ApiKey | None:
        item = self._reads.head(f"KEY#{digest}")
        return None if item is None else _key_of(item)


def _key_of(item: Mapping[str, Any]) -> ApiKey:
    return ApiKey(
        key_id=item["key_id"],
        agency=item["agency"],
        role=item["role"],
        scopes=tuple(item["scopes"]),
        expires_at=datetime.fromisoformat(item["expires_at"]),
        is_revoked=item["revoked"],
    )
