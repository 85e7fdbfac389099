"""The wallet and the cash operator as the contract tests meet them: fresh accounts, a payer, what the sandbox knows."""

import re
import secrets
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

from mizan.application.ports import InitiationRequest, InitiationStarted, InquiryResult, PayerContact, PaymentGateway
from mizan.domain.accounts import AccountSecrets, MerchantAccount
from tests.contract.gateways.world import Merchant, Sandbox

PAYER = PayerContact(name="Maryam Ali")


class Rail:
    """One account of one rail on both sides, and the payer's fingers. `name`: wallet or sadad."""

    def __init__(self, sandbox: Sandbox, gateway: PaymentGateway, account: MerchantAccount, name: str) -> None:
        self.sandbox, self.gateway, self.account, self.name = sandbox, gateway, account, name

    def request(self, listening: Merchant, amount: int = 10_500) -> InitiationRequest:
        """Under a track id that was never used."""
        track_id = "".join(secrets.choice("0123456789") for _ in range(24))
        back = f"{listening.url}/back"
        return InitiationRequest(
            track_id, amount, "BHD", listening.url, f"{listening.url}/error", back, "482019374650192753", PAYER
        )

    def start(self, request: InitiationRequest) -> InitiationStarted:
        started = self.gateway.initiate(self.account, request)
        assert isinstance(started, InitiationStarted)
        assert self.look(started.redirect_url)[0] == 200
        return started

    def look(self, url: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """A page as a browser would get it, or send its form."""
        body = urllib.parse.urlencode(form).encode() if form else None
        try:
            with urllib.request.urlopen(url, body, timeout=20) as response:  # noqa: S310  # loopback
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def pay(self, request: InitiationRequest, payer: str = "33000000", **more: object) -> Any:
        path = f"/sandbox/online/{self.name}/{request.track_id}/pay"
        return self.sandbox.call("POST", path, {"payer": payer, **more})

    def inquire(self, request: InitiationRequest, gateway_payment: str | None = None) -> InquiryResult:
        return self.gateway.inquire(
            self.account,
            track_id=request.track_id,
            amount=request.amount,
            currency=request.currency,
            captured_near=datetime.now(UTC),
            gateway_payment=gateway_payment,
        )


def form_on(page: str) -> tuple[str, str, dict[str, str]]:
    """Method, action and hidden fields of the page's form."""
    found = re.search(r'<form method="(\w+)" action="([^"]+)"', page)
    assert found is not None, page
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return found[1], unescape(found[2]), {unescape(name): unescape(value) for name, value in hidden}


def stranger(account: MerchantAccount) -> MerchantAccount:
    """The same merchant under secrets that are not its own."""
    foreign = AccountSecrets(password="f" * 32, resource_key="f" * 32, named={"callback_secret": "f" * 32})
    return replace(account, secrets=foreign)
