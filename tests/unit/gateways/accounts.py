"""A merchant account and a delivery for the tests of gateways."""

from datetime import UTC, datetime, time

from mizan.domain.accounts import AccountSecrets, MerchantAccount
from mizan.domain.callbacks import RawCallback

KEY = "TESTRESOURCEKEYTESTRESOURCEKEY12"
RETIRED_KEY = "RETIREDSOURCEKEYRETIREDSOURCEK01"
FOREIGN_KEY = "FOREIGNSOURCEKEYFOREIGNSOURCEK01"
TRACK_ID = "123456789012345678654321"
MORNING = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


def account(
    *, base_url: str = "https://gateway.example", key: str = KEY, retired: tuple[str, ...] = (RETIRED_KEY,)
) -> MerchantAccount:
    return MerchantAccount(
        account_id="acc_1",
        token="t" * 32,
        gateway="benefit",
        agency="MOT",
        terminal_id="10000001",
        method="debit_card",
        base_url=base_url,
        cutoff=time(0, 0),
        is_active=True,
        secrets=AccountSecrets(password="password-1", resource_key=key, retired_keys=retired),
        effective_from=datetime(2026, 1, 1, tzinfo=UTC),
    )


def delivery(body: bytes, *, channel: str = "notification", is_truncated: bool = False) -> RawCallback:
    return RawCallback(
        gateway="benefit",
        account_token="t" * 32,
        channel=channel,
        body=body,
        content_type="application/x-www-form-urlencoded",
        received_at=MORNING,
        correlation_id="c-1",
        is_truncated=is_truncated,
    )
