"""The signed JSON of kiosks and cash agents.

Every request carries, over HTTPS:
  Mizan-Timestamp   seconds since 1970, at most five minutes away from ours
  Mizan-Nonce       16 to 64 letters, digits, `-` and `_`, fresh for each request
  Mizan-Signature   hex HMAC-SHA256(secret, operation \\n timestamp \\n nonce \\n hex SHA-256 of the body)
where the operation is the last part of the address: inquiries, validations, notices or reversals. An answer carries
  Mizan-Signature   hex HMAC-SHA256(secret, "answer" \\n operation \\n the request's nonce \\n hex SHA-256 of the body)
so that it answers that request and no other. The secret is the account's; a retired one still opens requests.

A nonce is not kept: what a replay within five minutes could do is ask the same again, or tell again of the same
transaction, which is booked once.
"""

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from typing import Any

from mizan.adapters.gateways.reading import is_believable
from mizan.application.ports_billers import BillerOperation, WireAnswer, WireRequest
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import InvalidCallbackError

TIMESTAMP, NONCE, SIGNATURE = "mizan-timestamp", "mizan-nonce", "mizan-signature"
HEADERS = (TIMESTAMP, NONCE, SIGNATURE)
CLOCK_SKEW_SECONDS = 300
CONTENT_TYPE = "application/json"

BAD_SIGNATURE, STALE, BAD_SCHEMA, BAD_AMOUNT = "bad_signature", "stale_timestamp", "bad_schema", "unreadable_amount"

OPERATIONS = {
    BillerOperation.INQUIRY: "inquiries",
    BillerOperation.VALIDATION: "validations",
    BillerOperation.NOTICE: "notices",
    BillerOperation.REVERSAL: "reversals",
    BillerOperation.VOUCHER: "vouchers",
    BillerOperation.VOUCHER_CANCELLATION: "voucher-cancellations",
}

_SECONDS = re.compile(r"[0-9]{1,12}")
_NONCE = re.compile(r"[0-9A-Za-z_-]{16,64}")


def open_request(account: MerchantAccount, request: WireRequest) -> dict[str, Any]:
    """The body of a request that the account's operator signed just now. Raises InvalidCallbackError."""
    timestamp, nonce = request.headers.get(TIMESTAMP, ""), request.headers.get(NONCE, "")
    if not _SECONDS.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
        raise InvalidCallbackError(BAD_SIGNATURE)
    signed = _signed_text(OPERATIONS[request.operation], timestamp, nonce, request.body)
    given = request.headers.get(SIGNATURE, "").encode("utf-8", "replace")
    keys = (account.secrets.resource_key, *account.secrets.retired_keys)
    if not any(hmac.compare_digest(_mac(key, signed).encode(), given) for key in keys):
        raise InvalidCallbackError(BAD_SIGNATURE)
    if abs(request.received_at.timestamp() - int(timestamp)) > CLOCK_SKEW_SECONDS:
        raise InvalidCallbackError(STALE)
    return _json_object(request.body)


def signed_answer(account: MerchantAccount, request: WireRequest, status: int, document: dict[str, Any]) -> WireAnswer:
    """The document as compact JSON, signed to the request's nonce."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    nonce = request.headers.get(NONCE, "") if _NONCE.fullmatch(request.headers.get(NONCE, "")) else ""
    signature = _mac(account.secrets.resource_key, _signed_text("answer", OPERATIONS[request.operation], nonce, body))
    return WireAnswer(status, CONTENT_TYPE, body, {"Mizan-Signature": signature})


def text(body: dict[str, Any], name: str, pattern: str) -> str:
    """Raises InvalidCallbackError where the member is no text of that shape."""
    value = body.get(name)
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        raise InvalidCallbackError(BAD_SCHEMA)
    return value


def fils(body: dict[str, Any], name: str, *, least: int, most: int) -> int:
    """Raises InvalidCallbackError where the member is no whole number within the bounds."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidCallbackError(BAD_AMOUNT)
    return value


def instant(body: dict[str, Any], name: str, received_at: datetime) -> datetime:
    """An instant with its zone, as UTC: not after it was told of, nor older than is believed of a machine. Raises
    InvalidCallbackError.
    """
    value = text(body, name, r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
    try:
        found = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidCallbackError(BAD_SCHEMA) from None
    if not is_believable(found, received_at):
        raise InvalidCallbackError(BAD_SCHEMA)
    return found


def _signed_text(*parts: str | bytes) -> str:
    """Parts by line; a body by its digest."""
    return "\n".join(hashlib.sha256(part).hexdigest() if isinstance(part, bytes) else part for part in parts)


def _mac(key: str, signed: str) -> str:
    return hmac.new(key.encode(), signed.encode(), hashlib.sha256).hexdigest()


def _json_object(body: bytes) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a member is there twice")
        return found

    def refuse(_text: str) -> None:
        raise ValueError("only whole numbers")

    try:
        document = json.loads(body.decode(), object_pairs_hook=unique, parse_float=refuse, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise InvalidCallbackError(BAD_SCHEMA) from None
    if not isinstance(document, dict):
        raise InvalidCallbackError(BAD_SCHEMA)
    return document
