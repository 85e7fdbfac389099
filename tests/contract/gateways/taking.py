"""Rails whose attempts we begin, for one suite: a fresh account on both sides, the payer's fingers, what is delivered.

A new gateway of this kind adds itself to `RAILS`; `has_first_call` is False where nothing is sent before the payer's
browser arrives, `names_currency` where an inquiry's answer names the money.
"""

import secrets
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mizan.adapters.gateways.registry import GATEWAYS
from mizan.application.ports import InitiationRequest, InitiationStarted, InquiryResult, PaymentGateway
from mizan.domain.accounts import AccountSecrets, MerchantAccount
from mizan.domain.callbacks import RawCallback
from tests.contract.gateways.world import APPROVED_CARD, Merchant, Sandbox, as_callback


def _long_key() -> str:
    return secrets.token_hex(16)


def _short_key() -> str:
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a gateway needs of an account in the sandbox."""

    gateway: str
    method: str
    new_key: Callable[[], str] = _long_key
    settings: Mapping[str, str] = field(default_factory=dict)
    has_first_call: bool = True
    names_currency: bool = True
    refuses_with: str = "IPAY0100008"


RAILS = {
    kind.gateway: kind
    for kind in (
        Kind("benefit", "debit_card", names_currency=False),
        Kind("knet", "gcc_debit_card", _short_key, {"currency_code": "048"}, has_first_call=False),
        Kind("eazypay", "credit_card", settings={"not_found_code": "-10"}),
        Kind("tap", "credit_card"),
    )
}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_keywords: Any) -> None:
        """The address is all that is wanted."""


class Taking:
    """One account of one gateway."""

    def __init__(self, sandbox: Sandbox, listening: Merchant, kind: Kind, **options: object) -> None:
        self.sandbox, self.listening, self.kind = sandbox, listening, kind
        self.gateway: PaymentGateway = GATEWAYS.get(kind.gateway)
        self.account = self._open_account(options)
        acknowledgement = GATEWAYS.manners(kind.gateway).acknowledge(f"{listening.url}/back")
        listening.answer = (200, acknowledgement)

    def request(self, amount: int = 10_500) -> InitiationRequest:
        """Under a track id that was never used."""
        track_id = "".join(secrets.choice("0123456789") for _ in range(24))
        url = self.listening.url
        return InitiationRequest(
            track_id, amount, "BHD", url, f"{url}/error", return_url=f"{url}/back", reference="482019374650192753"
        )

    def start(self, request: InitiationRequest) -> InitiationStarted:
        started = self.gateway.initiate(self.account, request)
        assert isinstance(started, InitiationStarted)
        return started

    def open_page(self, started: InitiationStarted) -> str:
        """The payer's browser goes there: the sandbox's id of the payment, "" where the browser got no page."""
        found = _payment_id(started.redirect_url)
        if found:
            return found
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(started.redirect_url, timeout=20) as response:
                text = response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return _payment_id(error.headers.get("Location", ""))
        except OSError:
            return ""
        raise AssertionError(text)

    def pay(self, started: InitiationStarted, card: str = APPROVED_CARD) -> Any:
        payment_id = self.open_page(started)
        return self.sandbox.call("POST", f"/sandbox/payments/{payment_id}/card", {"card": card})

    def cancel(self, started: InitiationStarted) -> Any:
        return self.sandbox.call("POST", f"/sandbox/payments/{self.open_page(started)}/cancel")

    def inquire(self, request: InitiationRequest, started: InitiationStarted | None = None) -> InquiryResult:
        return self.inquire_as(self.account, request, started)

    def inquire_as(
        self, account: MerchantAccount, request: InitiationRequest, started: InitiationStarted | None = None
    ) -> InquiryResult:
        return self.gateway.inquire(
            account,
            track_id=request.track_id,
            amount=request.amount,
            currency=request.currency,
            captured_near=datetime.now(UTC),
            gateway_payment=started.gateway_payment if started else None,
        )

    def delivered(self, count: int = 1) -> list[RawCallback]:
        """What arrived, as the platform would have kept it."""
        received = self.listening.wait_for(count)
        kept = GATEWAYS.manners(self.kind.gateway).kept_headers
        return [
            replace(
                as_callback(one, self.account),
                gateway=self.kind.gateway,
                headers={name: value for name, value in headers.items() if name in kept},
            )
            for one, headers in zip(received, self.listening.headers, strict=False)
        ]

    def script(self, outcome: str, **details: object) -> None:
        self.sandbox.script(self.account, outcome, **details)

    def _open_account(self, options: Mapping[str, object]) -> MerchantAccount:
        terminal_id, password, key = secrets.token_hex(4), secrets.token_hex(8), self.kind.new_key()
        body = {"terminal_id": terminal_id, "password": password, "resource_key": key, "wire": self.kind.gateway}
        assert self.sandbox.call("POST", "/sandbox/merchants", body | dict(options))["terminal_id"] == terminal_id
        return MerchantAccount(
            account_id=f"acc_{terminal_id}",
            token=secrets.token_urlsafe(24),
            gateway=self.kind.gateway,
            agency="MOT",
            terminal_id=terminal_id,
            method=self.kind.method,
            base_url=self.sandbox.url,
            cutoff=time(0, 0),
            is_active=True,
            secrets=AccountSecrets(password=password, resource_key=key),
            effective_from=datetime(2026, 1, 1, tzinfo=UTC),
            settings=self.kind.settings,
        )


def with_key(account: MerchantAccount, key: str, *retired: str) -> MerchantAccount:
    """The account under another key."""
    changed = AccountSecrets(password=account.secrets.password, resource_key=key, retired_keys=retired)
    return replace(account, secrets=changed)


def _payment_id(url: str) -> str:
    return parse_qs(urlsplit(url).query).get("PaymentID", [""])[0]
