"""BENEFIT's JSON: what is sent, and how anything that comes back is read. Numbers are kept as their text: no float."""

import json
from typing import Any, NoReturn

from mizan.adapters.gateways.benefit.acknowledgement import is_track_id
from mizan.application.ports import InitiationRequest
from mizan.application.ports_refunds import RefundRequest
from mizan.domain.accounts import MerchantAccount
from mizan.domain.money import format_amount, parse_amount

HOSTED_PATH = "/payment/API/hosted.htm"
TRANPORTAL_PATH = "/payment/API/tranportal.htm"
ACTION_PURCHASE, ACTION_REFUND, ACTION_INQUIRY = "1", "2", "8"
NUMERIC_CURRENCIES = {"BHD": "048"}
BLANK_UDFS = {f"udf{number}": "" for number in range(1, 6)}


class UnreadableError(ValueError):
    """The text is not the message it should be."""


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


def envelope(account: MerchantAccount, trandata: str) -> bytes:
    """What goes over the line: who speaks, in clear, and the encrypted rest."""
    return _array_of_one({"id": account.terminal_id, "trandata": trandata}).encode("utf-8")


def read_object(text: str | bytes) -> dict[str, str]:
    """The one object of an array of one (or a bare object); values are texts, numbers as they were written.

    Raises UnreadableError on anything else, nesting bombs included.
    """
    try:
        document = json.loads(text, parse_float=str, parse_int=str, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("not JSON") from error
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    if not isinstance(document, dict):
        raise UnreadableError("not an array of one object")
    return {name: value for name, value in document.items() if isinstance(value, str)}


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


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are not JSON
