"""Accounts of the wallet and the cash operator, and a scripted line, for their tests."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, time

from mizan.adapters.gateways.transport import NO_HEADERS, HttpAnswer
from mizan.application.ports import InitiationRequest, PayerContact
from mizan.domain.accounts import AccountSecrets, MerchantAccount
from mizan.domain.callbacks import RawCallback

TRACK_ID = "123456789012345678654321"
NOON = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
"""Wednesday 25 November 2026, noon in Bahrain."""
PAYER = PayerContact(name="Maryam Ali", phone="+97333001122", email="maryam@example.org")
REQUEST = InitiationRequest(
    track_id=TRACK_ID,
    amount=2_500,
    currency="BHD",
    notification_url="https://api.example/callbacks/x/token",
    error_url="https://api.example/callbacks/x/token/error",
    return_url="https://api.example/pay/1/payments/2",
    reference="482019374650192753",
    contact=PAYER,
)
WALLET_SETTINGS = {"app_id": "100", "page_url": "https://wallet.example/checkout"}
SADAD_SETTINGS = {"vendor_id": "vendor-1", "branch_id": "7"}


def account(gateway: str, settings: Mapping[str, str], *, named: Mapping[str, str] | None = None) -> MerchantAccount:
    return MerchantAccount(
        account_id="acc_1",
        token="t" * 32,
        gateway=gateway,
        agency="MOT",
        terminal_id="200",
        method="wallet" if gateway == "benefitpay" else "sadad",
        base_url="https://gateway.example/",
        cutoff=time(0, 0),
        is_active=True,
        secrets=AccountSecrets(password="api-key-1", resource_key="secret", named=named or {}),
        effective_from=datetime(2026, 1, 1, tzinfo=UTC),
        settings=settings,
    )


def wallet_account(**more: str) -> MerchantAccount:
    named = {"callback_secret": "callback-secret", "retired_callback_secret": "old-secret"}
    return account("benefitpay", WALLET_SETTINGS | more, named=named)


def sadad_account(**more: str) -> MerchantAccount:
    return account("sadad", SADAD_SETTINGS | more)


def delivery(body: bytes, *, is_truncated: bool = False, **headers: str) -> RawCallback:
    return RawCallback(
        gateway="x",
        account_token="t" * 32,
        channel="notification",
        body=body,
        content_type="application/json",
        received_at=NOON,
        correlation_id="c-1",
        is_truncated=is_truncated,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


class Line:
    """Answers what it was given and keeps what it was sent."""

    def __init__(self, answer: object, status: int = 200) -> None:
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.answer = HttpAnswer(status, body)
        self.sent: list[tuple[str, str, bytes, Mapping[str, str]]] = []

    def exchange(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] = NO_HEADERS) -> HttpAnswer:
        self.sent.append((method, url, body, headers))
        return self.answer
