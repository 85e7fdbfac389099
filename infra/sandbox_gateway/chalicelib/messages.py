"""The gateway's JSON and form bodies, read and written (facts: rails 1, [R] unless said otherwise)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from . import amounts
from .errors import GatewayRefusalError
from .refunds import RESULTS as REFUND_RESULTS
from .refunds import Refund
from .transactions import RESULTS, Transaction

BAHRAIN = timezone(timedelta(hours=3), "Asia/Bahrain")
PURCHASE, REFUND, VOID, INQUIRY = "1", "2", "3", "8"
BHD, BHD_NUMERIC = "BHD", "048"
OTHER_NUMERIC = "414"
"""Kuwaiti dinars, for a charge that a script makes in other money; an answer names the currency only then [weak]."""

UDF_NAMES = ("udf1", "udf2", "udf3", "udf4", "udf5")
TRACK_ID_LENGTH_MAX = 40
BAD_TRANDATA = "IPAY0100013"


@dataclass(frozen=True, slots=True)
class Envelope:
    """`[{"id": ..., "trandata": ...}]`: who speaks, and what is still encrypted."""

    terminal_id: str
    trandata: str


def array_of_one(text: str | bytes) -> dict[str, Any]:
    """The one object of a JSON array of one. Raises GatewayRefusalError IPAY0100013."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise GatewayRefusalError(BAD_TRANDATA, "not JSON") from error
    if not (isinstance(document, list) and len(document) == 1 and isinstance(document[0], dict)):
        raise GatewayRefusalError(BAD_TRANDATA, "not an array of one object")
    return document[0]


def read_envelope(body: bytes) -> Envelope:
    """Open the outer array. Raises GatewayRefusalError: 0100005 with no id, 0100013 with no trandata."""
    outer = array_of_one(body)
    terminal_id, trandata = outer.get("id"), outer.get("trandata")
    if not isinstance(terminal_id, str) or not terminal_id:
        raise GatewayRefusalError("IPAY0100005")
    if not isinstance(trandata, str) or not trandata:
        raise GatewayRefusalError(BAD_TRANDATA, "no trandata")
    return Envelope(terminal_id, trandata)


def text_field(fields: dict[str, Any], name: str) -> str:
    """A field as text, empty when absent. Raises GatewayRefusalError when it is not a text."""
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise GatewayRefusalError(BAD_TRANDATA, f"{name} is not a text")
    return value


def read_track_id(fields: dict[str, Any]) -> str:
    """The merchant's own attempt number: ASCII digits only."""
    track_id = text_field(fields, "trackId")
    if not (track_id.isascii() and track_id.isdigit() and len(track_id) <= TRACK_ID_LENGTH_MAX):
        raise GatewayRefusalError("IPAY0100124", "trackId is digits")
    return track_id


def read_amount(fields: dict[str, Any]) -> int:
    """`amt` in fils. Raises GatewayRefusalError: 0100022 for another currency, 0100025 for a bad amount."""
    if text_field(fields, "currencycode") not in ("", BHD_NUMERIC):
        raise GatewayRefusalError("IPAY0100022")
    try:
        fils = amounts.to_fils(text_field(fields, "amt"))
    except ValueError as error:
        raise GatewayRefusalError("IPAY0100025") from error
    if fils <= 0:
        raise GatewayRefusalError("IPAY0100025", "zero")
    return fils


def initiated(payment_id: str, page_url: str, *, documented_form: bool) -> dict[str, str]:
    """The first answer. Live it is the whole page address; `documented_form` gives the manual's `<id>:<url>`."""
    live = f"{page_url}?PaymentID={payment_id}"
    return {"status": "1", "result": f"{payment_id}:{page_url}" if documented_form else live}


def refusal(error: GatewayRefusalError) -> dict[str, str]:
    """`status:"2"` with the code and its text."""
    return {"status": "2", "error": error.code, "errorText": error.text}


def outcome_text(transaction: Transaction, **overrides: str) -> str:
    """The decrypted side of a notification or an inquiry: an array of one, with the day as MMDD and no year."""
    moment = transaction.resolved_at or transaction.created_at
    fils = transaction.amount_fils if transaction.captured_fils is None else transaction.captured_fils
    fields = {
        "paymentId": transaction.payment_id,
        "result": RESULTS.get(transaction.state, ""),
        "ref": transaction.rrn,
        "transId": transaction.tran_id,
        "date": moment.astimezone(BAHRAIN).strftime("%m%d"),
        "trackId": transaction.track_id,
        **dict(zip(UDF_NAMES, transaction.udf, strict=True)),
        "amt": amounts.on_the_wire(fils),
        "authRespCode": transaction.auth_resp_code,
        "authCode": transaction.auth_code,
    }
    if transaction.currency != BHD:
        fields["currencycode"] = OTHER_NUMERIC
    return json.dumps([fields | overrides], separators=(",", ":"))


def refund_text(refund: Refund) -> str:
    """The decrypted side of an answer about a refund: its own numbers, the original's paymentId [weak]."""
    moment = refund.resolved_at or refund.created_at
    fields = {
        "paymentId": refund.payment_id,
        "result": REFUND_RESULTS[refund.state],
        "ref": refund.rrn,
        "transId": refund.tran_id,
        "date": moment.astimezone(BAHRAIN).strftime("%m%d"),
        "trackId": refund.track_id,
        **dict(zip(UDF_NAMES, refund.udf, strict=True)),
        "amt": amounts.on_the_wire(refund.amount_fils),
        "authRespCode": refund.auth_resp_code,
        "authCode": refund.auth_code if refund.auth_resp_code == "00" else "",
    }
    return json.dumps([fields], separators=(",", ":"))


def notification_body(transaction: Transaction, trandata: str) -> bytes:
    """The form post to responseURL: `trandata`, and clear fields of which `result` is empty even on success."""
    clear = {
        "paymentid": transaction.payment_id,
        "trackid": transaction.track_id,
        "result": "",
        "amt": amounts.on_the_wire(transaction.amount_fils),
        **dict(zip(UDF_NAMES, transaction.udf, strict=True)),
    }
    return urlencode({"trandata": trandata, **clear}).encode("ascii")


def error_body(transaction: Transaction, error_text: str) -> bytes:
    """The form post to errorURL: plain fields in mixed key case, unauthenticated."""
    fields = {
        "paymentid": transaction.payment_id,
        "trackid": transaction.track_id,
        "amt": amounts.on_the_wire(transaction.amount_fils),
        **dict(zip(UDF_NAMES, transaction.udf, strict=True)),
        "ErrorText": error_text,
    }
    return urlencode(fields).encode("ascii")
