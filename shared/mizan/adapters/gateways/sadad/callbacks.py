"""Reading what the payer's browser brings back: a form that anyone could have posted. It only makes us ask.

`ResultCode`, `ResultMessage` and `TransactionIdentifier` [R]. Which attempt it is about says the address that the
browser came to (`TRACK_HEADER`, noted by the platform itself), else an identifier that is ours. Reasons of refusal:
too_large, unreadable, missing_field.
"""

from mizan.adapters.gateways.reading import is_track_id
from mizan.adapters.gateways.sadad.acknowledgement import IDENTIFIER, form_fields
from mizan.application.ports import CallbackNotice
from mizan.domain.callbacks import TRACK_HEADER, RawCallback
from mizan.domain.errors import InvalidCallbackError


def read_callback(callback: RawCallback) -> CallbackNotice:
    """Raises InvalidCallbackError, and nothing else, on whatever does not fit."""
    if callback.is_truncated:
        raise InvalidCallbackError("too_large")
    try:
        fields = form_fields(callback.body)
    except ValueError as error:
        raise InvalidCallbackError("unreadable") from error
    track_id = callback.headers.get(TRACK_HEADER, "") or fields.get(IDENTIFIER, "")
    if not is_track_id(track_id):
        raise InvalidCallbackError("missing_field")
    return CallbackNotice(track_id, is_authenticated=False)
