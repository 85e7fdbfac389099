"""BENEFIT's JSON: the plaintexts that are sent, and the fields of those that come back."""

import json
from typing import Any

from mizan.adapters.gateways.reading import UnreadableError
from mizan.adapters.gateways.tranportal.acknowledgement import is_track_id
from mizan.application.ports import InitiationRequest
from mizan.application.ports_refunds import RefundRequest
from mizan.domain.accounts import MerchantAccount
from mizan.domain.money import format_amount, parse_amount

HOSTED_PATH = "/payment/API/hosted.htm"
TRANPORTAL_PATH = "/payment/API/tranportal.htm"
ACTION_PURCHASE, ACTION_REFUND, ACTION_INQUIRY = "1", "2", "8"
NUMERIC_CURRENCIES = {"BHD": "048"}
BLANK_UDFS = {f"udf{number}": "" for number in range(1, 6)}


def purchase_text(account: MerchantAccount, request: InitiationRequest) -> str:
    """The plaintext of a purchase: an array of one. Raises KeyError on a currency that BENEFIT does not take."""
    return _array_of_one(
        {
            "amt": format_amount(request.amount, request.currency),
            "action": ACTION_PURCHASE,
            "cardType": "D",
            "password": account.secrets.password,
            "id": account.terminal_id,
            "currencycode": NUMERIC_CURRENCIES[request.currency],
            "trackId": request.track_id,
            **BLANK_UDFS,
            "responseURL": request.notification_url,
            "errorURL": request.error_url,
        }
    )


def inquiry_text(account: MerchantAccount, *, track_id: str, amount: int, currency: str, selector: str) -> str:
    """The plaintext of an inquiry; `selector` is the word in `udf5` for "transId holds a track id"."""
    return _array_of_one(
        {
            "amt": format_amount(amount, currency),
            "action": ACTION_INQUIRY,
            "cardType": "D",
            "password": account.secrets.password,
            "id": account.terminal_id,
            "currencycode": NUMERIC_CURRENCIES[currency],
            "trackId": track_id,
            **BLANK_UDFS,
            "udf5": selector,
            "transId": track_id,
        }
    )


def refund_text(account: MerchantAccount, request: RefundRequest, *, selector: str) -> str:
    """The plaintext of a refund, in a sister gateway's shape [weak]; `selector` is the word in `udf5` for "transId is
    the original's transaction id".
    """
    return _array_of_one(
        {
            "amt": format_amount(request.amount, request.currency),
            "action": ACTION_REFUND,
            "cardType": "D",
            "password": account.secrets.password,
            "id": account.terminal_id,
            "currencycode": NUMERIC_CURRENCIES[request.currency],
            "trackId": request.track_id,
            **BLANK_UDFS,
            "udf5": selector,
            "transId": request.original.transaction,
        }
    )


def read_track_id(fields: dict[str, str]) -> str:
    """Raises UnreadableError when there is none, or it is not digits."""
    track_id = fields.get("trackId", "")
    if not is_track_id(track_id):
        raise UnreadableError("trackId")
    return track_id


def read_amount(fields: dict[str, str], currency: str) -> int:
    """`amt` in minor units: "70.0" → 70000. Raises UnreadableError."""
    try:
        return parse_amount(fields.get("amt", ""), currency)
    except ValueError as error:
        raise UnreadableError("amt") from error


def _array_of_one(fields: dict[str, Any]) -> str:
    return json.dumps([fields], separators=(",", ":"))
