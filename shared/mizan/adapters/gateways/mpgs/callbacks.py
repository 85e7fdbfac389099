"""Reading a webhook: which order it is about. Whatever it claims only makes us ask.

JSON, the answer of "retrieve transaction"; header `X-Notification-Secret`, a shared secret and no signature: whoever
has seen one delivery can write another, so it proves little and settles nothing [R]. Reasons of refusal: too_large,
unsigned, bad_signature, unreadable, missing_field, wrong_account.
"""

import hmac

from mizan.adapters.gateways.mpgs.acknowledgement import SECRET_HEADER
from mizan.adapters.gateways.reading import UnreadableError, object_of, read_object, text_of, track_id_of
from mizan.application.ports import CallbackNotice
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import InvalidCallbackError

WEBHOOK_SECRET, RETIRED_WEBHOOK_SECRET = "webhook_secret", "retired_webhook_secret"  # their names


def read_callback(account: MerchantAccount, callback: RawCallback) -> CallbackNotice:
    """Raises InvalidCallbackError, and nothing else, on whatever does not fit."""
    _must_know_the_secret(account, callback)
    try:
        fields = read_object(callback.body)
    except UnreadableError as error:
        raise InvalidCallbackError("unreadable") from error
    try:
        track_id = track_id_of(object_of(fields, "order"), "id")
    except UnreadableError as error:
        raise InvalidCallbackError("missing_field") from error
    if text_of(fields, "merchant") != account.terminal_id:
        raise InvalidCallbackError("wrong_account")
    return CallbackNotice(track_id, is_authenticated=True)


def _must_know_the_secret(account: MerchantAccount, callback: RawCallback) -> None:
    if callback.is_truncated:
        raise InvalidCallbackError("too_large")
    given = callback.headers.get(SECRET_HEADER, "")
    if not given:
        raise InvalidCallbackError("unsigned")
    if not is_known(account, given):
        raise InvalidCallbackError("bad_signature")


def is_known(account: MerchantAccount, given: str) -> bool:
    """Compared in constant time with the active secret and every retired one; an empty one is none."""
    named, offered = account.secrets.named, given.encode("utf-8", "surrogatepass")
    known = (named.get(WEBHOOK_SECRET, ""), named.get(RETIRED_WEBHOOK_SECRET, ""), *account.secrets.retired_keys)
    matches = [hmac.compare_digest(secret.encode("utf-8"), offered) for secret in known if secret]
    return any(matches)
