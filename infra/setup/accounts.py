"""Merchant accounts: put by administration, secrets sealed under the ring."""

from datetime import UTC, datetime, time
from typing import Any

from mizan.adapters.aws.keyring import KmsKeyRing, SealedData
from mizan.adapters.dynamodb.accounts import account_items
from mizan.adapters.dynamodb.items import pack
from mizan.domain.accounts import PAYOUT_METHOD, PLATFORM_AGENCY, AccountSecrets, MerchantAccount
from mizan.domain.routing import wrong_rules

PAYOUT_BANK = "payout_bank"


def add_account(dynamodb: Any, kms: Any, table: str, account: MerchantAccount) -> None:
    """Write the account and its pointers in one transaction. The same token again replaces it (rotated keys).

    Raises ValueError, naming them, on rules in its settings that nobody could read: it would take nothing.
    """
    if wrong := wrong_rules(account.settings):
        raise ValueError(f"rules that cannot be read: {', '.join(wrong)}")
    secrets = SealedData(KmsKeyRing(dynamodb, kms, table), "secrets")
    items = account_items(account, secrets)
    dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": pack(item)}} for item in items])


def payout_account(
    *, token: str, client_id: str, base_url: str, is_active: bool, account_secrets: AccountSecrets
) -> MerchantAccount:
    """The treasury's account at the bank that pays to IBANs. It takes no payments; its callback token is only its name
    in the store. `account_secrets`: the API key is the password, the signing secret the resource key.
    """
    return MerchantAccount(
        account_id=PAYOUT_BANK,
        token=token,
        gateway=PAYOUT_BANK,
        agency=PLATFORM_AGENCY,
        terminal_id=client_id,
        method=PAYOUT_METHOD,
        base_url=base_url,
        cutoff=time(0, 0),
        is_active=is_active,
        secrets=account_secrets,
        effective_from=datetime.now(UTC),
    )
