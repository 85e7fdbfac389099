"""What is sent to Tap: a charge, and questions about it. Amounts are JSON numbers, written digit by digit."""

import json
from collections.abc import Mapping
from urllib.parse import quote

from mizan.application.ports import InitiationRequest
from mizan.domain.accounts import MerchantAccount
from mizan.domain.money import format_amount

BASE_PATH_DEFAULT = "/v2"
SOURCE_DEFAULT = "src_card"
CUSTOMER_DEFAULT = "Payer"


def create_url(account: MerchantAccount) -> str:
    return f"{_base(account)}/charges/"


def charge_url(account: MerchantAccount, charge_id: str) -> str:
    return f"{_base(account)}/charges/{quote(charge_id, safe='')}"


def list_url(account: MerchantAccount) -> str:
    """Where a charge is looked for by our own reference [m]."""
    return f"{_base(account)}/charges/list"


def headers_of(account: MerchantAccount) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {account.secrets.resource_key}"}


def charge(account: MerchantAccount, request: InitiationRequest) -> bytes:
    """Our track id is `reference.transaction`, which no other charge has."""
    contact = request.contact
    customer = {"first_name": (contact.name if contact else "") or account.settings.get("customer", CUSTOMER_DEFAULT)}
    if contact and contact.email:
        customer["email"] = contact.email
    fields = {
        "currency": request.currency,
        "customer_initiated": True,
        "threeDSecure": True,
        "save_card": False,
        "description": request.reference,
        "reference": {"transaction": request.track_id, "order": request.reference},
        "receipt": {"email": False, "sms": False},
        "customer": customer,
        "merchant": {"id": account.terminal_id},
        "source": {"id": account.settings.get("source", SOURCE_DEFAULT)},
        "post": {"url": request.notification_url},
        "redirect": {"url": request.return_url},
    }
    rest = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
    return f'{{"amount":{format_amount(request.amount, request.currency)},{rest[1:]}'.encode()


def search(track_id: str) -> bytes:
    """Charges with our reference [m]."""
    return json.dumps({"reference": {"transaction": track_id}, "limit": 25}, separators=(",", ":")).encode()


def _base(account: MerchantAccount) -> str:
    return account.base_url.rstrip("/") + account.settings.get("base_path", BASE_PATH_DEFAULT)
