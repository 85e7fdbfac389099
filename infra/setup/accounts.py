"""Merchant accounts: put by administration, secrets sealed under the ring."""

from typing import Any

from mizan.adapters.aws.keyring import KmsKeyRing, SealedData
from mizan.adapters.dynamodb.accounts import account_items
from mizan.adapters.dynamodb.items import pack
from mizan.domain.accounts import MerchantAccount


def add_account(dynamodb: Any, kms: Any, table: str, account: MerchantAccount) -> None:
    """Write the account and its pointers in one transaction. The same token again replaces it (rotated keys)."""
    secrets = SealedData(KmsKeyRing(dynamodb, kms, table), "secrets")
    items = account_items(account, secrets)
    dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": pack(item)}} for item in items])
