"""`POST /payment/API/tranportal.htm`: inquiries (action 8), refunds (action 2). Others are refused as not enabled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from . import messages
from .errors import GatewayRefusalError
from .initiation import open_request
from .inquiry import inquire
from .later import mature
from .records import Merchant
from .refunding import refund
from .store import Session
from .world import World

Action = Callable[[Session, Merchant, dict[str, Any], datetime], dict[str, str] | Exception]

ACTIONS: dict[str, Action] = {messages.INQUIRY: inquire, messages.REFUND: refund}


def perform(world: World, body: bytes) -> dict[str, str]:
    """The answer. Raises GatewayRefusalError, AnswerLostError, UnavailableError; what an action did stays done."""
    now = world.now()
    with world.store.write() as session:
        mature(session, now)
        merchant, fields = open_request(session, body)
        action = ACTIONS.get(messages.text_field(fields, "action"))
        if action is None:
            raise GatewayRefusalError("IPAY0100124", "this action is not enabled")
        outcome = action(session, merchant, fields, now)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
