"""What SADAD is sent: a bill to make, and the question what became of it. JSON, names with hyphens [R].

Of the payer goes out the name, and only what the account's way of notifying needs: a phone number for 100, an address
for 200, neither for 300. None of it is logged.
"""

import json
from datetime import datetime

from mizan.application.ports import InitiationRequest, PayerContact
from mizan.domain.accounts import MerchantAccount
from mizan.domain.calendar import BAHRAIN
from mizan.domain.money import CURRENCY_EXPONENTS, format_amount

CREATE_PATH = "/api/v2/web-ven-sdd/epayment/create/"
STATUS_PATH = "/api/v2/web-ven-sdd/epayment/status/"
CURRENCY = "BHD"
BRANCH_ID, NOTIFICATION_MODE = "branch_id", "notification_mode"
SMS, EMAIL, ONLINE = "100", "200", "300"
NOBODY = PayerContact()


class UnusableAccountError(ValueError):
    """The account, or the currency, is not one that SADAD takes."""


def create_body(account: MerchantAccount, request: InitiationRequest, now: datetime) -> bytes:
    """A bill under our track id. `now` aware; SADAD is told Bahrain time. Raises UnusableAccountError."""
    if request.currency != CURRENCY or request.currency not in CURRENCY_EXPONENTS:
        raise UnusableAccountError("currency")
    contact, mode = request.contact or NOBODY, account.settings.get(NOTIFICATION_MODE, ONLINE)
    return _json(
        _speaker(account)
        | {
            "customer-name": contact.name,
            "amount": format_amount(request.amount, request.currency),
            "date": f"{now.astimezone(BAHRAIN):%Y-%m-%d %H:%M:%S}",
            "description": f"Payment {request.reference}".strip(),
            "external-reference": request.track_id,
            "email": contact.email if mode == EMAIL else "",
            "msisdn": _msisdn(contact.phone) if mode == SMS else "",
            "notification-mode": mode,
            "success-url": request.return_url or request.notification_url,
            "error-url": request.return_url or request.error_url,
        }
    )


def status_body(account: MerchantAccount, track_id: str, transaction_reference: str | None) -> bytes:
    """By the operator's reference where its first answer gave one; ours goes along [m]. Raises UnusableAccountError."""
    return _json(
        _speaker(account) | {"transaction-reference": transaction_reference or "", "external-reference": track_id}
    )


def _speaker(account: MerchantAccount) -> dict[str, str]:
    """Who asks: vendor and API key, its branch, and the terminal."""
    settings = account.settings
    if not settings.get("vendor_id") or not settings.get(BRANCH_ID):
        raise UnusableAccountError("vendor_id or branch_id")
    return {
        "api-key": account.secrets.password,
        "vendor-id": settings["vendor_id"],
        "branch-id": settings[BRANCH_ID],
        "terminal-id": account.terminal_id,
    }


def _msisdn(phone: str) -> str:
    """973 and 8 digits; nothing for a number of another country."""
    digits = phone.removeprefix("+")
    is_local = digits.isascii() and digits.isdecimal() and len(digits) == len("97333000000")
    return digits if is_local and digits.startswith("973") else ""


def _json(fields: dict[str, str]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
