"""Reading a delivery of BENEFIT: the family's form, its `trandata` an array of one object."""

from mizan.adapters.gateways.benefit.answers import open_object
from mizan.adapters.gateways.tranportal import callbacks as tranportal
from mizan.application.ports import CallbackNotice
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback


def read_callback(account: MerchantAccount, callback: RawCallback) -> CallbackNotice:
    """Raises InvalidCallbackError, and nothing else, on whatever does not fit (`tranportal.callbacks`)."""
    return tranportal.read_callback(
        account, callback, lambda keys, sealed: open_object(keys, sealed).get("trackId", "")
    )
