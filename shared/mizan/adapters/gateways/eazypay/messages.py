"""What is sent to EazyPay's checkout: JSON, its hash in headers. Shapes [weak]: configuration where named so."""

import json
from collections.abc import Mapping
from datetime import datetime

from mizan.adapters.gateways.eazypay.signing import sign
from mizan.application.ports import InitiationRequest
from mizan.domain.accounts import MerchantAccount
from mizan.domain.money import format_amount

BASE_PATH_DEFAULT = "/merchant/checkout"
CREATE, QUERY = "/createInvoice", "/query"
METHODS_DEFAULT = "CREDITCARD"
MILLISECONDS = 1000


def url_of(account: MerchantAccount, call: str) -> str:
    return account.base_url.rstrip("/") + account.settings.get("base_path", BASE_PATH_DEFAULT) + call


def creation(account: MerchantAccount, request: InitiationRequest, now: datetime) -> tuple[bytes, Mapping[str, str]]:
    """Body and headers of `createInvoice`. The app id is the terminal id; our track id is the invoice's."""
    amount = format_amount(request.amount, request.currency)
    fields = {
        "appId": account.terminal_id,
        "invoiceId": request.track_id,
        "currency": request.currency,
        "amount": amount,
        "paymentMethod": account.settings.get("payment_methods", METHODS_DEFAULT),
        "returnUrl": request.return_url,
        "webhookUrl": request.notification_url,
    }
    if request.contact is not None and request.contact.email:
        fields["customerEmail"] = request.contact.email
    return _body(fields), _headers(account, now, request.currency, amount)


def question(
    account: MerchantAccount, *, track_id: str, gateway_payment: str | None, now: datetime
) -> tuple[bytes, Mapping[str, str]]:
    """Body and headers of `query`: by EazyPay's own id, or, where its first answer was lost, by our track id [m]."""
    named = {"globalTransactionsId": gateway_payment} if gateway_payment else {"invoiceId": track_id}
    return _body({"appId": account.terminal_id, **named}), _headers(account, now)


def _headers(account: MerchantAccount, now: datetime, *parts: str) -> Mapping[str, str]:
    timestamp = str(int(now.timestamp() * MILLISECONDS))
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Timestamp": timestamp,
        "Secret-Hash": sign(account.secrets.resource_key, timestamp, *parts, account.terminal_id),
    }


def _body(fields: Mapping[str, str]) -> bytes:
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
