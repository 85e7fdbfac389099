"""The key ring: one wrapped data key per purpose, made once."""

from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.aws.keyring import PURPOSES, ring_item
from mizan.adapters.dynamodb.errors import is_condition_failure
from mizan.adapters.dynamodb.items import pack

FIRST_VERSION = 1


def ensure_key_ring(dynamodb: Any, kms: Any, table: str, kms_key_id: str) -> None:
    """Give every purpose its first key where it has none; one that exists is never replaced."""
    for purpose in PURPOSES:
        try:
            dynamodb.put_item(
                TableName=table,
                Item=pack(ring_item(kms, kms_key_id, purpose, FIRST_VERSION)),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError as error:
            if not is_condition_failure(error):
                raise
