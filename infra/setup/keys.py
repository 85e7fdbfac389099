"""API keys: shown once, stored as their SHA-256."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.errors import is_condition_failure
from mizan.adapters.dynamodb.items import pack

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """What a key may do. `agency` is its code, or "*" for a platform role; `expires_at` aware UTC."""

    name: str
    agency: str
    role: str
    scopes: tuple[str, ...]
    expires_at: datetime


def add_key(dynamodb: Any, table: str, grant: KeyGrant) -> str:
    """A new key with that grant; the only time that it is seen."""
    key = f"mzk_{secrets.token_urlsafe(KEY_BYTES)}"
    item = {
        **_stored_at(key),
        "key_id": f"key_{secrets.token_hex(8)}",
        "name": grant.name,
        "agency": grant.agency,
        "role": grant.role,
        "scopes": list(grant.scopes),
        "expires_at": grant.expires_at.isoformat(),
        "revoked": False,
    }
    dynamodb.put_item(TableName=table, Item=pack(item), ConditionExpression="attribute_not_exists(pk)")
    return key


def revoke_key(dynamodb: Any, table: str, key: str) -> bool:
    """Revoke a key; it stops at once, for nothing caches it. False where there is none."""
    try:
        dynamodb.update_item(
            TableName=table,
            Key=pack(_stored_at(key)),
            UpdateExpression="SET revoked = :revoked",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues=pack({":revoked": True}),
        )
    except ClientError as error:
        if is_condition_failure(error):
            return False
        raise
    return True


def _stored_at(key: str) -> dict[str, str]:
    return {"pk": f"KEY#{hashlib.sha256(key.encode()).hexdigest()}", "sk": "HEAD"}
