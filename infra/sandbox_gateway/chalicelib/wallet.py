"""The wallet's side of BenefitPay's wire (facts: rails 3): the page with the app's parameters, check-status, callbacks.

GET  /benefitpay/checkout?appId=…&secure_hash=…        a page in the payer's browser; registers the payment
POST /web/v1/merchant/transaction/check-status          JSON, signed KEYVAL
Callbacks: JSON with `x-foo-signature` over the raw body; sent while the payer waits, answered or not.
Codes of failures are this sandbox's own: none is public [m].
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from . import amounts, online
from .errors import ControlError
from .gateway_routes import away, lost
from .http import Inbound, Reply, json_reply
from .messages import BAHRAIN
from .online import OnlinePayment, Outcome
from .scenarios import Script
from .store import Session
from .urls import may_be_called
from .world import World

MERCHANT_KIND = "wallet_merchant"
UNSIGNED = frozenset({"lang", "hashedString", "secure_hash"})
ACKNOWLEDGED = '{"response":{"statusCode":200,"message":"Success"}}'
FAILURES = {online.PENDING: "pending", online.CANCELLED: "cancelled", online.EXPIRED: "expired"}
UNANSWERED = Script("timeout", "inquiry")


@dataclass(frozen=True, slots=True)
class WalletMerchant:
    """`secret` signs parameters and requests, `callback_secret` what is posted to `callback_url`."""

    merchant_id: str
    app_id: str
    secret: str
    callback_secret: str
    callback_url: str
    name: str = ""


def sign(secret: str, fields: Mapping[str, str]) -> str:
    text = ",".join(f'{name}="{value}"' for name, value in sorted(fields.items()) if name not in UNSIGNED)
    return sign_bytes(secret, text.encode())


def sign_bytes(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def put_merchant(session: Session, merchant: WalletMerchant) -> None:
    session.put_thing(MERCHANT_KIND, merchant.merchant_id, "", asdict(merchant))


def find_merchant(session: Session, merchant_id: str) -> WalletMerchant | None:
    document = session.thing(MERCHANT_KIND, merchant_id)
    return WalletMerchant(**document) if document else None


def open_payment(world: World, query: Mapping[str, str]) -> tuple[OnlinePayment, WalletMerchant]:
    """The payment that the page's parameters ask for, made at the first look. Raises ControlError."""
    return_url = query.get("returnUrl", "")
    if return_url and not may_be_called(return_url, loopback_only=world.settings.loopback_only):
        raise ControlError(422, "bad_return_url", "not an address to go back to")
    signed = {name: value for name, value in query.items() if name != "returnUrl"}
    with world.store.write() as session:
        merchant = find_merchant(session, query.get("merchantId", ""))
        if merchant is None or merchant.app_id != query.get("appId", ""):
            raise ControlError(404, "unknown_merchant", "no such merchant and app")
        if not hmac.compare_digest(sign(merchant.secret, signed).encode(), query.get("secure_hash", "").encode()):
            raise ControlError(422, "bad_hash", "secure_hash does not fit")
        return _registered(session, merchant, query, return_url, world.now()), merchant


def pay(world: World, payment: OnlinePayment, outcome: Outcome) -> OnlinePayment:
    """The payer agreed, or did not; the merchant is told as the outcome says."""
    with world.store.write() as session:
        merchant = find_merchant(session, payment.merchant_id)
        if merchant is None:
            raise ControlError(404, "unknown_merchant", "no such merchant")
        decided = online.put(session, online.decided(payment, outcome, world.now()))
    for claim in outcome.claims:
        notify(world, decided, merchant, claim)
    with world.store.write() as session:
        return online.by_reference(session, payment.rail, payment.reference)


def notify(world: World, payment: OnlinePayment, merchant: WalletMerchant, claim: str) -> None:
    """One callback; what was answered is kept with the payment."""
    is_success = payment.state == online.PAID if claim == "own" else claim != "failed"
    document = {
        "reference_number": payment.reference,
        "merchant_id": merchant.merchant_id,
        "app_id": merchant.app_id,
        "status": "success" if is_success else "failed",
    }
    body = json.dumps(document).encode()
    secret = secrets.token_hex(16) if claim == "forged" else merchant.callback_secret
    headers = {"Content-Type": "application/json", "x-foo-signature": sign_bytes(secret, body)}
    reply = world.post(merchant.callback_url, body, world.settings.ack_timeout_seconds, headers)
    delivery = {"claim": claim, "http_status": reply.status, "acknowledged": reply.body == ACKNOWLEDGED}
    with world.store.write() as session:
        seen = online.by_reference(session, payment.rail, payment.reference)
        online.put(session, replace(seen, deliveries=(*seen.deliveries, delivery)))


def check_status(world: World, request: Inbound) -> Reply:
    """POST /web/v1/merchant/transaction/check-status {"merchant_id", "reference_id"}"""
    fields = request.json_object()
    if set(fields) != {"merchant_id", "reference_id"} or not all(isinstance(v, str) for v in fields.values()):
        return json_reply(_failure("bad_request"), 400)
    with world.store.write() as session:
        merchant = find_merchant(session, fields["merchant_id"])
        if merchant is None or not _is_signed(merchant, request, fields):
            return json_reply(_failure("unauthenticated"), 401)
        script = session.take_script("inquiry", terminal_id=merchant.merchant_id, track_id=fields["reference_id"])
        if script is not None:
            return away()
        payment = online.find(session, online.WALLET, merchant.merchant_id, fields["reference_id"])
        is_answered = payment is None or online.answers_now(session, payment)
    if not is_answered:
        return lost(world, UNANSWERED.lost_answer())
    return json_reply(_status(payment, world.now()))


def _registered(
    session: Session, merchant: WalletMerchant, query: Mapping[str, str], return_url: str, now: datetime
) -> OnlinePayment:
    reference = query.get("referenceNumber", "")
    try:
        fils = amounts.to_fils(query.get("transactionAmount", ""))
    except ValueError as error:
        raise ControlError(422, "bad_amount", str(error)) from error
    if query.get("transactionCurrency") != "BHD" or not reference or fils == 0:
        raise ControlError(422, "bad_parameters", "BHD, a reference, more than nothing")
    known = online.find(session, online.WALLET, merchant.merchant_id, reference)
    if known is not None:
        if known.amount_fils != fils:
            raise ControlError(409, "reference_reused", "this reference came before with another amount")
        return known
    made = OnlinePayment(
        rail=online.WALLET,
        number=online.new_number(),
        merchant_id=merchant.merchant_id,
        reference=reference,
        amount_fils=fils,
        success_url=return_url,
        error_url=return_url,
        created_at=now.isoformat(),
    )
    return online.put(session, made)


def _is_signed(merchant: WalletMerchant, request: Inbound, fields: Mapping[str, str]) -> bool:
    is_typed = request.header("x-foo-signature-type") == "KEYVAL" and request.header("x-client-id") == merchant.app_id
    given = request.header("x-foo-signature").encode()
    return is_typed and hmac.compare_digest(sign(merchant.secret, fields).encode(), given)


def _status(payment: OnlinePayment | None, now: datetime) -> dict[str, Any]:
    """Of a payment that nobody agreed to so far the wallet knows nothing. Trailing zeros get lost on the way."""
    if payment is None:
        return _failure("not_found")
    if payment.state != online.PAID:
        return _failure(FAILURES.get(payment.state, payment.state))
    paid_at = datetime.fromisoformat(payment.paid_at).astimezone(BAHRAIN)
    response = {
        "status": "success",
        "amount": amounts.on_the_wire(payment.paid_fils),
        "currency": payment.currency,
        "reference_number": payment.reference,
        "authorization_code": payment.auth_code,
        "date": f"{paid_at:%Y-%m-%d %H:%M:%S}",
    }
    return {"meta": {"status": "SUCCESS"}, "response": response}


def _failure(code: str) -> dict[str, Any]:
    return {"meta": {"status": "FAILED"}, "response": {"code": code, "message": code.replace("_", " ")}}
