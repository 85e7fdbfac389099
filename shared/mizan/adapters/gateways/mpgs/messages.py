"""What MPGS is asked: addresses under the merchant, Basic auth, JSON. Amounts are decimal texts with three places.

Settings of an account, all optional: `api_version` (100), `checkout_path` (the gateway's own link to a session's page,
[m]), `notify_per_order` ("true": the webhook's address goes with each order [m]; else it is set up with the acquirer),
`merchant_name`.
"""

import base64
import json
from typing import Any
from urllib.parse import quote

from mizan.application.ports import InitiationRequest
from mizan.domain.accounts import MerchantAccount
from mizan.domain.money import format_amount

API_VERSION = "100"
CHECKOUT_PATH = "/checkout/pay/{session}?checkoutVersion=1.0.0"
DESCRIPTION_LENGTH_MAX = 127


def merchant_url(account: MerchantAccount) -> str:
    version = account.settings.get("api_version", API_VERSION)
    return f"{_host(account)}/api/rest/version/{quote(version)}/merchant/{quote(account.terminal_id, safe='')}"


def order_url(account: MerchantAccount, order_id: str) -> str:
    return f"{merchant_url(account)}/order/{quote(order_id, safe='')}"


def transaction_url(account: MerchantAccount, order_id: str, transaction_id: str) -> str:
    return f"{order_url(account, order_id)}/transaction/{quote(transaction_id, safe='')}"


def page_url(account: MerchantAccount, session_id: str) -> str:
    """Where the payer's browser goes: the gateway's own link to the session's page [m], or what the account says."""
    path = account.settings.get("checkout_path", CHECKOUT_PATH).replace("{session}", quote(session_id, safe=""))
    return path if path.startswith(("https://", "http://")) else _host(account) + path


def headers_of(account: MerchantAccount) -> dict[str, str]:
    """`merchant.<mid>:<apiPassword>`."""
    words = f"merchant.{account.terminal_id}:{account.secrets.password}".encode()
    return {"Authorization": f"Basic {base64.b64encode(words).decode('ascii')}"}


def checkout(account: MerchantAccount, request: InitiationRequest) -> bytes:
    """INITIATE_CHECKOUT of a PURCHASE. Both references are the track id: merchants with unique-reference enforcement
    hang without them [R], and an invoice's own reference comes back with each new try.

    Raises KeyError on a currency that the platform does not take.
    """
    order: dict[str, Any] = {
        "id": request.track_id,
        "reference": request.track_id,
        "currency": request.currency,
        "amount": format_amount(request.amount, request.currency),
        "description": (request.reference or request.track_id)[:DESCRIPTION_LENGTH_MAX],
    }
    if account.settings.get("notify_per_order") == "true":
        order["notificationUrl"] = request.notification_url
    merchant = {"name": account.settings.get("merchant_name", account.terminal_id), "url": request.return_url}
    return _body(
        {
            "apiOperation": "INITIATE_CHECKOUT",
            "checkoutMode": "WEBSITE",
            "interaction": {"operation": "PURCHASE", "merchant": merchant, "returnUrl": request.return_url},
            "order": order,
            "transaction": {"reference": request.track_id},
        }
    )


def refund(amount: int, currency: str) -> bytes:
    """Raises KeyError on a currency that the platform does not take."""
    return _body(
        {
            "apiOperation": "REFUND",
            "transaction": {"amount": format_amount(amount, currency), "currency": currency},
        }
    )


def void(target_transaction_id: str) -> bytes:
    """The shape is from memory [m]."""
    return _body({"apiOperation": "VOID", "transaction": {"targetTransactionId": target_transaction_id}})


def _host(account: MerchantAccount) -> str:
    return account.base_url.rstrip("/")


def _body(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode("ascii")
