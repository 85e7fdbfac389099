"""Accounts of KNET, EazyPay and Tap, and a scripted line, for their tests."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from mizan.adapters.gateways.transport import NO_HEADERS, HttpAnswer
from mizan.application.ports import InitiationRequest
from mizan.domain.accounts import AccountSecrets, MerchantAccount
from mizan.domain.callbacks import RawCallback
from tests.unit.gateways.accounts import MORNING, TRACK_ID
from tests.unit.gateways.accounts import account as benefit_account
from tests.unit.gateways.accounts import delivery as plain_delivery

KNET_KEY, KNET_OLD_KEY = "TESTKEY123456789", "OLDKEY1234567890"
SECRET, OLD_SECRET = "test-secret", "old-secret"
REQUEST = InitiationRequest(
    track_id=TRACK_ID,
    amount=10_500,
    currency="BHD",
    notification_url="https://api.example/callbacks/x/token",
    error_url="https://api.example/callbacks/x/token/error",
    return_url="https://api.example/pay/1/payments/2",
    reference="482019374650192753",
)


class Line:
    """Answers what it was given and keeps what it was sent."""

    def __init__(self, body: bytes = b"", status: int = 200) -> None:
        self.answer = HttpAnswer(status, body)
        self.sent: list[tuple[str, str, bytes, Mapping[str, str]]] = []

    def exchange(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] = NO_HEADERS) -> HttpAnswer:
        self.sent.append((method, url, body, headers))
        return self.answer


def knet_account(**settings: str) -> MerchantAccount:
    secrets = AccountSecrets(password="password-1", resource_key=KNET_KEY, retired_keys=(KNET_OLD_KEY,))
    given = {"currency_code": "048"} | settings
    return replace(benefit_account(), gateway="knet", method="gcc_debit_card", secrets=secrets, settings=given)


def eazypay_account(**settings: str) -> MerchantAccount:
    secrets = AccountSecrets(password="", resource_key=SECRET, retired_keys=(OLD_SECRET,))
    account = replace(benefit_account(), gateway="eazypay", method="credit_card", secrets=secrets)
    return replace(account, terminal_id="50002754", settings=settings)


def tap_account(**settings: str) -> MerchantAccount:
    return replace(eazypay_account(**settings), gateway="tap", terminal_id="merchant_1")


def delivery(body: bytes, *, received_at: datetime = MORNING, **headers: str) -> RawCallback:
    """`headers` by their names with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(plain_delivery(body), headers=named, received_at=received_at)
