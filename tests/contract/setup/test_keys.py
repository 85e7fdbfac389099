"""Keys are made, found by their hash alone, and revoked."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from moto import mock_aws

from infra.setup import KeyGrant, add_key, revoke_key
from tests.engines import create_table

GRANT = KeyGrant("billing", "moic", "agency", ("invoices:read",), datetime.now(UTC) + timedelta(days=1))


def stored(client: Any, table: str, key: str) -> dict[str, Any]:
    at = {"pk": {"S": f"KEY#{hashlib.sha256(key.encode()).hexdigest()}"}, "sk": {"S": "HEAD"}}
    item: dict[str, Any] = client.get_item(TableName=table, Key=at)["Item"]
    return item


@mock_aws
def test_a_key_is_stored_as_its_hash_and_stops_when_it_is_revoked() -> None:
    """The key itself is nowhere in the table; revoking marks it; an unknown key is said to be unknown."""
    client = boto3.client("dynamodb")
    table = create_table(client)

    key = add_key(client, table, GRANT)
    before = stored(client, table, key)
    is_revoked = revoke_key(client, table, key)

    assert key not in str(before)
    assert before["revoked"] == {"BOOL": False}
    assert is_revoked
    assert stored(client, table, key)["revoked"] == {"BOOL": True}
    assert not revoke_key(client, table, "mzk_unknown")
