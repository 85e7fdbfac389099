"""Reading a delivery of the family: which attempt it is about. It settles nothing, whatever it claims.

notification, return   a form whose `trandata` opens with the account's key, or one that was retired; clear fields come
                       along, `result` empty among them: only the decrypted ones are believed
error                  plain fields in mixed key case, which anyone could have posted

The browser's return carries the same fields as the notification. Reasons of refusal: too_large, unreadable,
missing_field, undecryptable, wrong_track.
"""

from collections.abc import Callable

from mizan.adapters.gateways.reading import UnreadableError
from mizan.adapters.gateways.tranportal.acknowledgement import form_fields, is_track_id
from mizan.application.ports import CallbackNotice
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import InvalidCallbackError

ERROR_CHANNEL = "error"

Open = Callable[[tuple[str, ...], str], str]
"""(keys, trandata) → the track id inside, unchecked, "" where there is none. Raises UnreadableError."""


def read_callback(account: MerchantAccount, callback: RawCallback, open_track_id: Open) -> CallbackNotice:
    """Raises InvalidCallbackError, and nothing else, on whatever does not fit."""
    if callback.is_truncated:
        raise InvalidCallbackError("too_large")
    fields = _fields(callback.body)
    if callback.channel == ERROR_CHANNEL:
        return CallbackNotice(_track_id(fields.get("trackid", "")), is_authenticated=False)
    sealed = fields.get("trandata", "")
    if not sealed:
        raise InvalidCallbackError("missing_field")
    keys = (account.secrets.resource_key, *account.secrets.retired_keys)
    try:
        track_id = _track_id(open_track_id(keys, sealed))
    except UnreadableError as error:
        raise InvalidCallbackError(str(error)) from error
    if fields.get("trackid") not in (None, "", track_id):
        raise InvalidCallbackError("wrong_track")
    return CallbackNotice(track_id, is_authenticated=True)


def _fields(body: bytes) -> dict[str, str]:
    """Raises InvalidCallbackError when the body is no form, or says one thing twice."""
    try:
        pairs = form_fields(body)
    except ValueError as error:
        raise InvalidCallbackError("unreadable") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise InvalidCallbackError("unreadable")
    return fields


def _track_id(text: str) -> str:
    if not is_track_id(text):
        raise InvalidCallbackError("missing_field")
    return text
