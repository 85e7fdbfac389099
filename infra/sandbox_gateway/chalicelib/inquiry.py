"""The tranportal's action 8: what became of a payment, or of a refund, which is asked about by its own track id."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import messages
from .errors import GatewayRefusalError, UnavailableError
from .originals import INQUIRY_COLUMNS, column_of, find_original
from .records import Merchant
from .refunds import find_refund
from .sealing import seal
from .store import Session
from .transactions import RESULTS


def inquire(session: Session, merchant: Merchant, fields: dict[str, Any], _now: datetime) -> dict[str, str] | Exception:
    """The answer with fresh trandata, or UnavailableError: returned, so that the script is used up.

    Raises GatewayRefusalError (0100263 not found).
    """
    column = column_of(fields, INQUIRY_COLUMNS)
    messages.read_amount(fields)
    track_id = messages.read_track_id(fields)
    if session.take_script("inquiry", terminal_id=merchant.terminal_id, track_id=track_id) is not None:
        return UnavailableError()
    text = _outcome_text(session, merchant, fields, column)
    return {"status": "1", "trandata": seal(merchant, text)}


def _outcome_text(session: Session, merchant: Merchant, fields: dict[str, Any], column: str) -> str:
    transaction = find_original(session, merchant.terminal_id, fields, INQUIRY_COLUMNS)
    if transaction is not None and transaction.state in RESULTS:
        return messages.outcome_text(transaction)
    if column == "track_id":
        refund = find_refund(session, merchant.terminal_id, messages.text_field(fields, "transId"))
        if refund is not None:
            return messages.refund_text(refund)
    raise GatewayRefusalError("IPAY0100263")
