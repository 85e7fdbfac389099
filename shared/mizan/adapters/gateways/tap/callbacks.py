"""Reading Tap's webhook: the charge itself, and a `hashstring` beside it. Always asked about again.

The hash does not cover `reference.transaction`, which says whose attempt it is: even a genuine one proves nothing but
that something happened. There is no time in it: an old one is the same as a new one, and both lead to an inquiry.
Reasons of refusal: too_large, unreadable, missing_field, bad_signature.
"""

from mizan.adapters.gateways.reading import UnreadableError, object_of, read_object, text_of
from mizan.adapters.gateways.tap import signing
from mizan.adapters.gateways.tap.acknowledgement import HASH_HEADER, is_track_id
from mizan.application.ports import CallbackNotice
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import InvalidCallbackError


def read_callback(account: MerchantAccount, callback: RawCallback) -> CallbackNotice:
    """Raises InvalidCallbackError, and nothing else, on whatever does not fit."""
    if callback.is_truncated:
        raise InvalidCallbackError("too_large")
    hashstring = callback.headers.get(HASH_HEADER, "")
    try:
        charge = read_object(callback.body)
        text = signing.hashed_text(charge)
        text.encode("utf-8")
    except (UnreadableError, UnicodeEncodeError) as error:
        raise InvalidCallbackError("unreadable") from error
    track_id = text_of(object_of(charge, "reference"), "transaction")
    if not hashstring or not is_track_id(track_id):
        raise InvalidCallbackError("missing_field")
    keys = (account.secrets.resource_key, *account.secrets.retired_keys)
    if not signing.is_signed(keys, hashstring, text):
        raise InvalidCallbackError("bad_signature")
    return CallbackNotice(track_id, is_authenticated=True)
