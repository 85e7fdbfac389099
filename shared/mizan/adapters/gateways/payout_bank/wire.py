"""What goes to the bank: the bodies, and the headers that say who speaks and sign what is said.

X-Client-Id, X-Api-Key   the account's terminal id and password
X-Timestamp              seconds since 1970; the bank takes five minutes of difference
X-Signature              hex HMAC-SHA256(resource key, METHOD \\n path \\n timestamp \\n hex SHA-256 of the body)
"""

import hashlib
import hmac
import json
from datetime import datetime

from mizan.application.ports_refunds import PayoutRequest
from mizan.domain.accounts import MerchantAccount
from mizan.domain.money import format_amount

NAME_CHECK_PATH = "/bank/name-check"
PAYOUTS_PATH = "/bank/payouts"


def name_check_body(iban: str, name: str) -> bytes:
    return _json({"iban": iban, "name": name})


def payout_body(request: PayoutRequest) -> bytes:
    """Raises KeyError on a currency that the platform does not take."""
    return _json(
        {
            "payout_id": request.payout_id,
            "iban": request.iban,
            "name": request.name,
            "amount": format_amount(request.amount, request.currency),
            "currency": request.currency,
            "remittance": request.remittance,
        }
    )


def headers(account: MerchantAccount, method: str, path: str, body: bytes, now: datetime) -> dict[str, str]:
    """Signed for this request at this second (`now` aware)."""
    timestamp = str(int(now.timestamp()))
    text = "\n".join((method, path, timestamp, hashlib.sha256(body).hexdigest()))
    signature = hmac.digest(account.secrets.resource_key.encode(), text.encode(), hashlib.sha256).hex()
    return {
        "X-Client-Id": account.terminal_id,
        "X-Api-Key": account.secrets.password,
        "X-Timestamp": timestamp,
        "X-Signature": signature,
    }


def _json(fields: dict[str, str]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
