"""A merchant of the credit card gateway on both sides, the payer's fingers, and what is delivered."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from mizan.adapters.gateways.mpgs.refunds import MpgsRefunds
from mizan.adapters.gateways.registry import GATEWAYS
from mizan.application.ports import InitiationRequest, InitiationStarted, InquiryResult
from mizan.application.ports_refunds import RefundRequest
from mizan.domain.accounts import AccountSecrets, MerchantAccount
from mizan.domain.payments import Capture
from tests.contract.gateways.world import Sandbox

BACK = "http://127.0.0.1/pay/back"


def new_track_id() -> str:
    return "".join(secrets.choice("0123456789") for _ in range(24))


class CreditCards:
    """One merchant; `notify_at` is where its webhooks go."""

    def __init__(self, sandbox: Sandbox, notify_at: str, **options: object) -> None:
        self.sandbox, self.notify_at = sandbox, notify_at
        self.gateway, self.refunds = GATEWAYS.get("mpgs"), MpgsRefunds()
        self.account = self._open_account(options)

    def request(self, amount: int = 10_500) -> InitiationRequest:
        return InitiationRequest(
            new_track_id(),
            amount,
            "BHD",
            self.notify_at,
            self.notify_at,
            return_url=BACK,
            reference="482019374650192753",
        )

    def start(self, request: InitiationRequest) -> InitiationStarted:
        started = self.gateway.initiate(self.account, request)
        assert isinstance(started, InitiationStarted)
        return started

    def pay(self, started: InitiationStarted, expiry: str = "01/39") -> Any:
        return self.sandbox.call(
            "POST",
            f"/sandbox/mpgs/sessions/{started.gateway_payment}/card",
            {"card": "5123450000000008", "expiry": expiry},
        )

    def paid(self, expiry: str = "01/39", amount: int = 10_500) -> InquiryResult:
        """What an inquiry says after the card."""
        request = self.request(amount)
        self.pay(self.start(request), expiry)
        return self.inquire(request)

    def inquire(self, request: InitiationRequest) -> InquiryResult:
        return self.inquire_as(self.account, request)

    def inquire_as(self, account: MerchantAccount, request: InitiationRequest) -> InquiryResult:
        return self.gateway.inquire(
            account,
            track_id=request.track_id,
            amount=request.amount,
            currency=request.currency,
            captured_near=datetime.now(UTC),
        )

    def captured(self, amount: int = 10_500) -> tuple[InitiationRequest, Capture]:
        request = self.request(amount)
        self.pay(self.start(request))
        capture = self.inquire(request).capture
        assert capture is not None
        return request, capture

    def script(self, outcome: str, **details: object) -> None:
        self.sandbox.script(self.account, outcome, **details)

    def with_password(self, password: str) -> MerchantAccount:
        return replace(self.account, secrets=AccountSecrets(password=password, resource_key=""))

    def _open_account(self, options: dict[str, object]) -> MerchantAccount:
        merchant_id, password, secret = f"TEST{secrets.token_hex(4)}", secrets.token_hex(8), secrets.token_hex(16)
        body = {"merchant_id": merchant_id, "password": password, "webhook_secret": secret, "hang_seconds": 0}
        assert self.sandbox.call("POST", "/sandbox/mpgs/merchants", body | options)["merchant_id"] == merchant_id
        return MerchantAccount(
            account_id=f"acc_{merchant_id}",
            token=secrets.token_urlsafe(24),
            gateway="mpgs",
            agency="MOT",
            terminal_id=merchant_id,
            method="credit_card",
            base_url=self.sandbox.url,
            cutoff=time(0, 0),
            is_active=True,
            secrets=AccountSecrets(password=password, resource_key="", named={"webhook_secret": secret}),
            effective_from=datetime(2026, 1, 1, tzinfo=UTC),
            settings={"notify_per_order": "true"},
        )


def refund_of(request: InitiationRequest, capture: Capture, amount: int) -> RefundRequest:
    """Under a track id that was never used."""
    return RefundRequest(new_track_id(), amount, "BHD", capture, request.track_id)
