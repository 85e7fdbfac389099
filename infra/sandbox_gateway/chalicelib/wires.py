"""How each gateway that the sandbox plays tells a merchant of a payment, and what it takes for an acknowledgement.

A terminal is registered with its `wire`; what is no matter of wording (cards, scripts, states, settlement) is shared.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from . import eazypay_wire, messages, sealing, tap_wire
from .records import BENEFIT, EAZYPAY, KNET, TAP, Merchant
from .scenarios import Script
from .transactions import State, Transaction
from .urls import may_be_called, strip_query
from .world import CallbackReply, Settings, new_auth_code

HTTP_OK = 200
_REDIRECT = re.compile(r"REDIRECT=(\S+)")


@dataclass(frozen=True, slots=True)
class Message:
    """A callback's body and the headers that are part of it."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wire:
    """`notification(merchant, payment, script, now)` writes what is sent. `acknowledged(reply, settings)`: where the
    payer's browser is sent, "" where the wire leaves that to the address given at the start, None for no
    acknowledgement; a captured payment without one is voided where `voids` says so.
    """

    notification: Callable[[Merchant, Transaction, Script, datetime], Message]
    acknowledged: Callable[[CallbackReply, Settings], str | None]
    voids: bool


def wire_of(merchant: Merchant) -> Wire:
    return WIRES[merchant.wire]


def sealed_result(merchant: Merchant, settled: Transaction, script: Script) -> str:
    """The trandata of the notification and of the browser's way back; empty where the wire has none."""
    if merchant.wire not in (BENEFIT, KNET):
        return ""
    if script.outcome == "forged_callback":
        claim = _claim(settled)
        text = messages.outcome_text(claim, authRespCode="00", authCode=new_auth_code())
        return sealing.seal(merchant, text, key=_forging_key(merchant, script))
    trandata = sealing.seal(merchant, messages.outcome_text(settled))
    return trandata[: len(trandata) // 2] if script.outcome == "truncated_callback" else trandata


def _form(_merchant: Merchant, settled: Transaction, _script: Script, _now: datetime) -> Message:
    return Message(messages.notification_body(settled, settled.return_trandata))


def _redirect(reply: CallbackReply, settings: Settings) -> str | None:
    """The address of an exact acknowledgement, its query string stripped."""
    match = _REDIRECT.fullmatch(reply.body) if reply.status == HTTP_OK else None
    if match is None or not may_be_called(match.group(1), loopback_only=settings.loopback_only):
        return None
    return strip_query(match.group(1))


def _eazypay(merchant: Merchant, settled: Transaction, script: Script, now: datetime) -> Message:
    told = _claim(settled) if script.outcome == "forged_callback" else settled
    body, headers = eazypay_wire.webhook(told, _signing_key(merchant, script), now)
    return Message(_cut(body, script), headers)


def _tap(merchant: Merchant, settled: Transaction, script: Script, _now: datetime) -> Message:
    told = _claim(settled) if script.outcome == "forged_callback" else settled
    body, headers = tap_wire.webhook(told, _signing_key(merchant, script))
    return Message(_cut(body, script), headers)


def _taken(reply: CallbackReply, _settings: Settings) -> str | None:
    return "" if reply.status == HTTP_OK else None


def _claim(settled: Transaction) -> Transaction:
    return replace(settled, captured_fils=settled.amount_fils, state=State.CAPTURED)


def _signing_key(merchant: Merchant, script: Script) -> str:
    return _forging_key(merchant, script) if script.outcome == "forged_callback" else merchant.resource_key


def _forging_key(merchant: Merchant, script: Script) -> str:
    own = merchant.resource_key
    return own if script.forged_with == "terminal" else secrets.token_hex(len(own))[: len(own)]


def _cut(body: bytes, script: Script) -> bytes:
    return body[: len(body) // 2] if script.outcome == "truncated_callback" else body


WIRES = {
    BENEFIT: Wire(_form, _redirect, voids=True),
    KNET: Wire(_form, _redirect, voids=False),
    EAZYPAY: Wire(_eazypay, _taken, voids=False),
    TAP: Wire(_tap, _taken, voids=False),
}
