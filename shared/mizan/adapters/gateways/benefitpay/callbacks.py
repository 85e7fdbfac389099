"""Reading a delivery: which attempt it is about. Whatever `status` it claims only makes us ask [weak].

POST JSON `reference_number, merchant_id, app_id, status`; header `x-foo-signature` over the raw body under the callback
secret. Reasons of refusal: too_large, unsigned, bad_signature, unreadable, missing_field, wrong_account.
"""

from mizan.adapters.gateways.benefitpay.acknowledgement import SIGNATURE_HEADER
from mizan.adapters.gateways.benefitpay.messages import APP_ID
from mizan.adapters.gateways.benefitpay.signing import is_signed
from mizan.adapters.gateways.reading import UnreadableError, read_object, text_of, track_id_of
from mizan.application.ports import CallbackNotice
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import InvalidCallbackError

CALLBACK_SECRET, RETIRED_CALLBACK_SECRET = "callback_secret", "retired_callback_secret"  # their names


def read_callback(account: MerchantAccount, callback: RawCallback) -> CallbackNotice:
    """Raises InvalidCallbackError, and nothing else, on whatever does not fit."""
    _must_be_signed(account, callback)
    try:
        fields = read_object(callback.body)
    except UnreadableError as error:
        raise InvalidCallbackError("unreadable") from error
    try:
        track_id = track_id_of(fields, "reference_number")
    except UnreadableError as error:
        raise InvalidCallbackError("missing_field") from error
    named = (text_of(fields, "merchant_id"), text_of(fields, "app_id"))
    if named != (account.terminal_id, account.settings.get(APP_ID, "")):
        raise InvalidCallbackError("wrong_account")
    return CallbackNotice(track_id, is_authenticated=True)


def _must_be_signed(account: MerchantAccount, callback: RawCallback) -> None:
    if callback.is_truncated:
        raise InvalidCallbackError("too_large")
    signature = callback.headers.get(SIGNATURE_HEADER, "")
    if not signature:
        raise InvalidCallbackError("unsigned")
    named = account.secrets.named
    secrets = (named.get(CALLBACK_SECRET, ""), named.get(RETIRED_CALLBACK_SECRET, ""))
    if not is_signed(secrets, callback.body, signature):
        raise InvalidCallbackError("bad_signature")
