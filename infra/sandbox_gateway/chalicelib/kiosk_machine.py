"""An operator's kiosk: asks about a bill, takes notes and coins, tells afterwards, and gives cash back.

Signed JSON, the platform's own wire for machines and agents: hex HMAC-SHA256(secret, operation \\n timestamp \\n
nonce \\n hex SHA-256 of the body); an answer is signed over "answer", the operation, the request's nonce and its body.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import Any

from .biller_partners import Partner, Payment, Told
from .world import World

TERMINAL = "K-001"


def asked(reference: str) -> dict[str, Any]:
    return {"reference": reference, "terminal": TERMINAL}


def notice(payment: Payment) -> dict[str, Any]:
    """What went in, what came out: a machine without change keeps the note."""
    tendered = payment.tendered_fils or payment.amount_fils
    return {
        "transaction": payment.transaction,
        "reference": payment.reference,
        "terminal": TERMINAL,
        "tendered": tendered,
        "change": 0,
        "currency": payment.currency,
        "paid_at": payment.paid_at.isoformat(timespec="seconds"),
    }


def sale(payment: Payment, identifier: str) -> dict[str, Any]:
    """Somebody pays cash in for a voucher."""
    return {
        "transaction": payment.transaction,
        "terminal": TERMINAL,
        "identifier": identifier,
        "amount": payment.amount_fils,
        "currency": payment.currency,
        "paid_at": payment.paid_at.isoformat(timespec="seconds"),
    }


def cancellation(transaction: str) -> dict[str, Any]:
    """The machine gave the cash back."""
    return {"transaction": transaction, "terminal": TERMINAL}


def reversal(payment: Payment) -> dict[str, Any]:
    return {
        "transaction": payment.transaction,
        "reference": payment.reference,
        "terminal": TERMINAL,
        "amount": payment.tendered_fils or payment.amount_fils,
        "currency": payment.currency,
        "reversed_at": payment.paid_at.isoformat(timespec="seconds"),
    }


def call(
    world: World,
    partner: Partner,
    biller_url: str,
    operation: str,
    document: dict[str, Any],
    *,
    secret: str = "",
    sent: dict[str, Any] | None = None,
    age_seconds: int = 0,
) -> Told:
    """Sign (with another `secret` where one is given) and post; `sent` stands in the body for what was signed."""
    body = json.dumps(document).encode()
    timestamp, nonce = str(int(world.now().timestamp()) - age_seconds), secrets.token_urlsafe(18)
    signature = _mac(secret or partner.secret, operation, timestamp, nonce, body)
    headers = {
        "Content-Type": "application/json",
        "Mizan-Timestamp": timestamp,
        "Mizan-Nonce": nonce,
        "Mizan-Signature": signature,
    }
    content = body if sent is None else json.dumps(sent).encode()
    reply = world.send(f"{biller_url}/{operation}", content, headers, world.settings.ack_timeout_seconds)
    given = next((value for name, value in reply.headers.items() if name.lower() == "mizan-signature"), "")
    expected = _mac(partner.secret, "answer", operation, nonce, reply.body.encode())
    return _told(operation, reply.status, reply.body, is_signed=hmac.compare_digest(given, expected))


def _told(operation: str, status: int | None, answer: str, *, is_signed: bool) -> Told:
    try:
        document = json.loads(answer)
    except ValueError:
        return Told(operation, status, (), is_signed=False, bill=None, answer=answer)
    is_bill = document.get("result") == "ok"
    bill = {name: str(value) for name, value in document.items()} if is_bill else None
    code = document.get("reason") or document.get("result") or ""
    return Told(operation, status, (code,), is_signed=is_signed, bill=bill, answer=answer)


def _mac(secret: str, *parts: str | bytes) -> str:
    text = "\n".join(hashlib.sha256(part).hexdigest() if isinstance(part, bytes) else part for part in parts)
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
