"""Reading EazyPay's webhook: which attempt it is about. Always asked about again, whatever it claims.

The signature covers the time, a nonce, EazyPay's own id and `isPaid`; neither the amount nor `invoiceId`, which says
whose attempt it is [weak]. So even a genuine one proves nothing but that something happened. One that is older than the
window, or comes from the future, is taken like an unauthenticated one: it leads to an inquiry, and nothing else.
Reasons of refusal: too_large, unreadable, missing_field, bad_signature.
"""

from datetime import UTC, datetime, timedelta

from mizan.adapters.gateways.eazypay import signing
from mizan.adapters.gateways.eazypay.acknowledgement import (
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    is_track_id,
)
from mizan.adapters.gateways.reading import UnreadableError, read_object, text_of
from mizan.application.ports import CallbackNotice
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import InvalidCallbackError

WINDOW_SECONDS_DEFAULT = 300
INVOICE_FIELD_DEFAULT = "invoiceId"
MILLISECONDS = 1000
_DIGITS_MAX = 15


def read_callback(account: MerchantAccount, callback: RawCallback) -> CallbackNotice:
    """Raises InvalidCallbackError, and nothing else, on whatever does not fit."""
    if callback.is_truncated:
        raise InvalidCallbackError("too_large")
    try:
        fields = read_object(callback.body)
    except UnreadableError as error:
        raise InvalidCallbackError("unreadable") from error
    paid = fields.get("isPaid")
    parts = (
        callback.headers.get(TIMESTAMP_HEADER, ""),
        callback.headers.get(NONCE_HEADER, ""),
        text_of(fields, "globalTransactionsId"),
        str(paid).lower() if isinstance(paid, bool) else text_of(fields, "isPaid"),
    )
    track_id = text_of(fields, account.settings.get("invoice_field", INVOICE_FIELD_DEFAULT))
    if not all(parts) or not is_track_id(track_id):
        raise InvalidCallbackError("missing_field")
    if not signing.is_signed(webhook_secrets(account), callback.headers.get(SIGNATURE_HEADER, ""), *_encodable(parts)):
        raise InvalidCallbackError("bad_signature")
    return CallbackNotice(track_id, is_authenticated=_is_fresh(account, parts[0], callback.received_at))


def webhook_secrets(account: MerchantAccount) -> tuple[str, ...]:
    """The webhook's own secret where EazyPay gave one, else the account's; then those that were retired."""
    own = account.secrets.named.get("webhook_secret") or account.secrets.resource_key
    return (own, *account.secrets.retired_keys)


def _encodable(parts: tuple[str, ...]) -> tuple[str, ...]:
    """JSON may hold half a character, which no signature covers. Raises InvalidCallbackError."""
    try:
        "".join(parts).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidCallbackError("unreadable") from error
    return parts


def _is_fresh(account: MerchantAccount, timestamp: str, received_at: datetime) -> bool:
    """`timestamp` in milliseconds since 1970 [weak]; anything else is not fresh."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= _DIGITS_MAX):
        return False
    try:
        sent_at = datetime.fromtimestamp(int(timestamp) // MILLISECONDS, UTC)
    except (ValueError, OverflowError, OSError):
        return False
    return abs(received_at - sent_at) <= _window(account)


def _window(account: MerchantAccount) -> timedelta:
    seconds = account.settings.get("webhook_window_seconds", "")
    is_number = seconds.isascii() and seconds.isdecimal() and len(seconds) <= _DIGITS_MAX // 2
    return timedelta(seconds=int(seconds) if is_number else WINDOW_SECONDS_DEFAULT)
