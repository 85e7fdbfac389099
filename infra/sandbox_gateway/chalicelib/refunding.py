"""The tranportal's action 2: a refund of a captured payment, whole or in parts (facts: rails 1).

`amt`, a fresh `trackId`, `udf5` saying what `transId` holds (the sister gateway's `TRANID` [weak]), `transId` of the
original. Refused: an original that is unknown or not captured (0100263), a track id that was used (0100124), one older
than 14 days (0100124 [m]), more than is left of it over all refunds (0300024).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from . import messages
from .cards import APPROVED
from .errors import GatewayRefusalError
from .initiation import refuse_used_track_id
from .messages import BAHRAIN
from .originals import REFUND_COLUMNS, find_original
from .records import Merchant
from .refunds import REFUND_TIMER, Refund, RefundState, refundable_fils, store_refund
from .scenarios import Script
from .sealing import seal
from .store import Session
from .transactions import State, Transaction
from .world import new_auth_code, new_rrn, new_tran_id

REFUND_WINDOW = timedelta(days=14)
"""Calendar days in Bahrain, the day of the capture not counted [m]."""

SUCCESS = Script("refund_success", "refund")
OVER_REFUND = "IPAY0300024"


def refund(session: Session, merchant: Merchant, fields: dict[str, Any], now: datetime) -> dict[str, str] | Exception:
    """The answer with fresh trandata, or what a script puts in its place: returned, so that the script is used up.

    Raises GatewayRefusalError on what the gateway itself refuses; nothing is written then.
    """
    amount_fils, track_id = messages.read_amount(fields), messages.read_track_id(fields)
    original = _original(session, merchant, fields, now)
    refuse_used_track_id(session, merchant.terminal_id, track_id)
    if amount_fils > refundable_fils(session, original):
        raise GatewayRefusalError(OVER_REFUND)
    script = session.take_script("refund", terminal_id=merchant.terminal_id, track_id=original.track_id) or SUCCESS
    if script.outcome == "refund_timeout":
        return script.lost_answer()
    if script.outcome == "refund_decline" and script.code.startswith("IPAY"):
        return GatewayRefusalError(script.code, "scripted")
    made = _ended(_new_refund(session, original, fields, now), script, now)
    store_refund(session, made, now)
    if made.state is RefundState.PROCESSING:
        session.add_timer(now + timedelta(seconds=script.delay_seconds), REFUND_TIMER, made.name)
    if script.outcome == "refund_timeout_then_success":
        return script.lost_answer()
    return {"status": "1", "trandata": seal(merchant, messages.refund_text(made))}


def _original(session: Session, merchant: Merchant, fields: dict[str, Any], now: datetime) -> Transaction:
    original = find_original(session, merchant.terminal_id, fields, REFUND_COLUMNS)
    if original is None or original.state is not State.CAPTURED or original.resolved_at is None:
        raise GatewayRefusalError("IPAY0100263", "no captured payment")
    if (_day(now) - _day(original.resolved_at)) > REFUND_WINDOW:
        raise GatewayRefusalError("IPAY0100124", "older than 14 days")
    return original


def _new_refund(session: Session, original: Transaction, fields: dict[str, Any], now: datetime) -> Refund:
    return Refund(
        terminal_id=original.terminal_id,
        track_id=messages.read_track_id(fields),
        payment_id=original.payment_id,
        amount_fils=messages.read_amount(fields),
        tran_id=session.unused("tran_id", new_tran_id, now),
        rrn=session.unused("rrn", new_rrn, now),
        auth_code=new_auth_code(),
        udf=tuple(messages.text_field(fields, name) for name in messages.UDF_NAMES),
        created_at=now,
        state=RefundState.PROCESSING,
        auth_resp_code="",
    )


def _ended(refund: Refund, script: Script, now: datetime) -> Refund:
    """As the script lets it end, at once or later."""
    if script.outcome == "refund_processing":
        return replace(refund, ends_with=script.code or APPROVED)
    return refund.ended(script.code if script.outcome == "refund_decline" else APPROVED, now)


def _day(moment: datetime) -> datetime:
    return moment.astimezone(BAHRAIN).replace(hour=0, minute=0, second=0, microsecond=0)
