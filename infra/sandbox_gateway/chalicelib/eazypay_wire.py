"""EazyPay's checkout as the sandbox speaks it: JSON, hashes in headers (webhook: rails 3 [R]; the rest [weak])."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from datetime import datetime
from typing import Any

from .amounts import three_decimals
from .messages import BAHRAIN
from .transactions import State, Transaction

OK, UNKNOWN_APP, BAD_HASH, BAD_INPUT, NOT_FOUND = "1", "-2", "-3", "-4", "-10"
STATUSES = {
    State.INITIATED: "PENDING",
    State.HOST_TIMEOUT: "PENDING",
    State.CAPTURED: "PAID",
    State.NOT_CAPTURED: "FAILED",
    State.DENIED_BY_RISK: "FAILED",
    State.ERRED: "FAILED",
    State.CANCELED: "CANCELLED",
    State.VOIDED: "VOIDED",
}
EXPIRED = "EXPIRED"
MILLISECONDS = 1000


def sign(secret: str, *parts: str) -> str:
    return hmac.new(secret.encode("utf-8"), "".join(parts).encode("utf-8"), hashlib.sha256).hexdigest()


def answer(code: str, description: str, *data: dict[str, Any]) -> dict[str, Any]:
    return {"result": {"code": code, "description": description, "isSuccess": code == OK}, "data": list(data)}


def webhook(told: Transaction, secret: str, now: datetime) -> tuple[bytes, dict[str, str]]:
    """The body and its three headers."""
    is_paid = told.state is State.CAPTURED
    body = json.dumps({"globalTransactionsId": told.payment_id, "invoiceId": told.track_id, "isPaid": is_paid})
    stamp, nonce = str(int(now.timestamp() * MILLISECONDS)), secrets.token_hex(8)
    headers = {
        "Content-Type": "application/json",
        "Eazy-Timestamp": stamp,
        "Eazy-Nonce": nonce,
        "Eazy-Signature": sign(secret, stamp, nonce, told.payment_id, "true" if is_paid else "false"),
    }
    return body.encode("utf-8"), headers


def view(transaction: Transaction, now: datetime) -> dict[str, Any]:
    """What `query` says of a payment."""
    is_over = transaction.state is State.INITIATED and transaction.expires_at <= now
    captured = transaction.amount_fils if transaction.captured_fils is None else transaction.captured_fils
    document = {
        "globalTransactionsId": transaction.payment_id,
        "invoiceId": transaction.track_id,
        "amount": three_decimals(captured),
        "currency": transaction.currency,
        "isPaid": transaction.state is State.CAPTURED,
        "status": EXPIRED if is_over else STATUSES[transaction.state],
        "paymentMethod": "CREDITCARD",
    }
    if transaction.state is State.CAPTURED and transaction.resolved_at is not None:
        document["paidOn"] = transaction.resolved_at.astimezone(BAHRAIN).strftime("%Y-%m-%d %H:%M:%S")
        document |= {"rrn": transaction.rrn, "authCode": transaction.auth_code}
    if STATUSES[transaction.state] == "FAILED":
        document["errorCode"] = transaction.auth_resp_code
    return document
