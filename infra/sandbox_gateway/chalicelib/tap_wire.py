"""Tap's charges as the sandbox speaks them: JSON with numbers, `hashstring` beside a webhook (rails 3 [R])."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from .amounts import three_decimals
from .transactions import State, Transaction

STATUSES = {
    State.INITIATED: "INITIATED",
    State.HOST_TIMEOUT: "IN_PROGRESS",
    State.CAPTURED: "CAPTURED",
    State.NOT_CAPTURED: "DECLINED",
    State.DENIED_BY_RISK: "RESTRICTED",
    State.ERRED: "FAILED",
    State.CANCELED: "CANCELLED",
    State.VOIDED: "VOID",
}
ABANDONED = "ABANDONED"
CODES = {"CAPTURED": "000", "INITIATED": "100", "IN_PROGRESS": "200", "CANCELLED": "301"}
DECLINED_CODE = "401"
MILLISECONDS = 1000


def errors(code: str, description: str) -> dict[str, Any]:
    return {"errors": [{"code": code, "description": description}]}


def charge_text(transaction: Transaction, page_url: str = "", now: datetime | None = None) -> str:
    """The charge as JSON; its amount a number that has lost its trailing zeros, as numbers do."""
    captured = transaction.amount_fils if transaction.captured_fils is None else transaction.captured_fils
    is_over = now is not None and transaction.state is State.INITIATED and transaction.expires_at <= now
    status = ABANDONED if is_over else STATUSES[transaction.state]
    moment = transaction.resolved_at or transaction.created_at
    document: dict[str, Any] = {
        "id": transaction.payment_id,
        "object": "charge",
        "status": status,
        "currency": transaction.currency,
        "reference": {"transaction": transaction.track_id} | _references(transaction),
        "transaction": {"created": str(int(moment.timestamp() * MILLISECONDS)), "timezone": "UTC+03:00"},
        "response": {"code": CODES.get(status, DECLINED_CODE), "message": status.title()},
    }
    if page_url:
        document["transaction"]["url"] = page_url
    if transaction.auth_code:
        document["transaction"]["authorization_id"] = transaction.auth_code
    if transaction.auth_resp_code:
        document["acquirer"] = {"response": {"code": transaction.auth_resp_code}}
    number = three_decimals(captured).rstrip("0").rstrip(".")
    return f'{{"amount": {number}, {json.dumps(document)[1:]}'


def webhook(told: Transaction, secret_key: str) -> tuple[bytes, dict[str, str]]:
    """The charge, and its hash in a header."""
    body = charge_text(told)
    charge = json.loads(body)
    reference = charge["reference"]
    captured = told.amount_fils if told.captured_fils is None else told.captured_fils
    text = (
        f"x_id{charge['id']}x_amount{three_decimals(captured)}x_currency{charge['currency']}"
        f"x_gateway_reference{reference.get('gateway', '')}x_payment_reference{reference.get('payment', '')}"
        f"x_status{charge['status']}x_created{charge['transaction']['created']}"
    )
    signature = hmac.new(secret_key.encode("utf-8"), text.encode("utf-8"), hashlib.sha256).hexdigest()
    return body.encode("utf-8"), {"Content-Type": "application/json", "hashstring": signature}


def _references(transaction: Transaction) -> dict[str, str]:
    """An open charge has none yet: its hash takes them as empty."""
    if not transaction.rrn:
        return {}
    return {"gateway": transaction.tran_id, "payment": transaction.rrn}
