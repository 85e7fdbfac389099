"""The payout bank over HTTP: JSON, an API key, and a signature over the request. A neutral wire of this sandbox's own.

Every request carries
  X-Client-Id, X-Api-Key      who speaks
  X-Timestamp                 seconds since 1970, at most five minutes away
  X-Signature                 hex HMAC-SHA256(signing secret, METHOD \\n path \\n timestamp \\n hex SHA-256 of the body)

POST /bank/name-check         {iban, name} → {"result": match | close_match | no_match | unavailable}
POST /bank/payouts            {payout_id, iban, name, amount, currency, remittance} → the payout, 201; again: 200
GET  /bank/payouts/{id}       the payout, or 404 unknown_payout
A payout is {payout_id, status: pending | settled | rejected | returned, transaction, amount, currency, settled_at,
reason: {code, text} | null}; amounts are decimal texts with three places, instants UTC. A refusal is {code, detail}
with a status of 400 or more: nothing was done.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import Any

from . import amounts
from . import payouts as bank
from .errors import RETURN_REASONS, AnswerLostError, BankRefusalError, UnavailableError
from .gateway_routes import away, lost
from .http import Inbound, Reply, json_reply
from .ibans import is_iban
from .later import mature
from .payouts import Order, Payout
from .records import BankClient
from .store import Session
from .world import World

CLOCK_SKEW_SECONDS = 300
TEXT_LENGTH_MAX = 140
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)
_PAYOUT_ID = re.compile(r"\d{24}", re.ASCII)
_AMOUNT = re.compile(r"\d{1,9}\.\d{3}", re.ASCII)
ORDER_FIELDS = ("payout_id", "iban", "name", "amount", "currency", "remittance")

Answer = Callable[[Session, BankClient, Inbound], Reply]


def check_name(world: World, request: Inbound) -> Reply:
    """POST /bank/name-check"""

    def answer(_session: Session, _client: BankClient, inbound: Inbound) -> Reply:
        asked = _fields(inbound, ("iban", "name"))
        _must_be_iban(asked["iban"])
        return json_reply({"result": bank.check_name(asked["iban"])})

    return _answered(world, request, answer)


def pay(world: World, request: Inbound) -> Reply:
    """POST /bank/payouts"""
    unanswered: list[Exception] = []

    def answer(session: Session, client: BankClient, inbound: Inbound) -> Reply:
        order = _order(_fields(inbound, ORDER_FIELDS))
        is_known = bank.find_payout(session, client.client_id, order.payout_id) is not None
        payout, script = bank.pay(session, client, order, world.now())
        if script is not None:
            unanswered.append(script.lost_answer())
        return json_reply(view(payout), 200 if is_known else 201)

    return _answered(world, request, answer, unanswered)


def read_payout(world: World, request: Inbound) -> Reply:
    """GET /bank/payouts/{payout_id}"""
    away: list[Exception] = []

    def answer(session: Session, client: BankClient, inbound: Inbound) -> Reply:
        payout_id = inbound.path["payout_id"]
        if session.take_script("inquiry", terminal_id=client.client_id, track_id=payout_id) is not None:
            away.append(UnavailableError())
        payout = bank.find_payout(session, client.client_id, payout_id)
        if payout is None:
            return _refused(BankRefusalError(404, "unknown_payout", "no such payout"))
        return json_reply(view(payout))

    return _answered(world, request, answer, away)


def view(payout: Payout) -> dict[str, Any]:
    """As the wire shows it; whose account it is stays inside."""
    failed = payout.state in (bank.PayoutState.REJECTED, bank.PayoutState.RETURNED)
    reason = payout.reason or "MS03"
    return {
        "payout_id": payout.order.payout_id,
        "status": str(payout.state),
        "transaction": payout.transaction,
        "amount": amounts.three_decimals(payout.order.amount_fils),
        "currency": "BHD",
        "settled_at": payout.settled_at.isoformat() if payout.settled_at else None,
        "reason": {"code": reason, "text": RETURN_REASONS[reason]} if failed else None,
    }


def signature(secret: str, method: str, target: str, timestamp: str, body: bytes) -> str:
    """What X-Signature must be."""
    text = "\n".join((method, target, timestamp, hashlib.sha256(body).hexdigest()))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _answered(world: World, request: Inbound, answer: Answer, instead: list[Exception] | None = None) -> Reply:
    """One transaction; what a script puts in the answer's place (`instead`) comes after it is committed."""
    try:
        with world.store.write() as session:
            mature(session, world.now())
            reply = answer(session, _authenticated(world, session, request), request)
    except BankRefusalError as error:
        return _refused(error)
    for scripted in instead or ():
        return lost(world, scripted) if isinstance(scripted, AnswerLostError) else away()
    return reply


def _refused(error: BankRefusalError) -> Reply:
    return json_reply({"code": error.code, "detail": error.detail}, error.status)


def _authenticated(world: World, session: Session, request: Inbound) -> BankClient:
    """Raises BankRefusalError 401; which part was wrong is not told."""
    client = bank.find_client(session, request.header("x-client-id"))
    timestamp = request.header("x-timestamp")
    refusal = BankRefusalError(401, "unauthenticated", "client, key, time or signature")
    if client is None or _SECONDS.fullmatch(timestamp) is None:
        raise refusal
    expected = signature(client.signing_secret, request.method, request.target, timestamp, request.body)
    is_known = hmac.compare_digest(request.header("x-api-key").encode(), client.api_key.encode())
    is_signed = hmac.compare_digest(request.header("x-signature").encode(), expected.encode())
    is_fresh = abs(world.now().timestamp() - int(timestamp)) <= CLOCK_SKEW_SECONDS
    if not (is_known and is_signed and is_fresh):
        raise refusal
    return client


def _fields(request: Inbound, names: tuple[str, ...]) -> dict[str, str]:
    """A JSON object with exactly these texts. Raises BankRefusalError."""
    try:
        document = json.loads(request.body)
    except ValueError as error:
        raise BankRefusalError(400, "not_json", "the body is not JSON") from error
    if not isinstance(document, dict) or set(document) != set(names):
        raise BankRefusalError(422, "bad_fields", f"the fields are {list(names)}")
    for name, value in document.items():
        if not isinstance(value, str) or not 0 < len(value) <= TEXT_LENGTH_MAX:
            raise BankRefusalError(422, "bad_field", f"{name} is a text of 1 to {TEXT_LENGTH_MAX} characters")
    return document


def _order(fields: dict[str, str]) -> Order:
    """Raises BankRefusalError 422 with the first thing wrong."""
    if _PAYOUT_ID.fullmatch(fields["payout_id"]) is None:
        raise BankRefusalError(422, "bad_payout_id", "payout_id is 24 digits")
    _must_be_iban(fields["iban"])
    if fields["currency"] != "BHD":
        raise BankRefusalError(422, "bad_currency", "BHD alone is paid")
    if _AMOUNT.fullmatch(fields["amount"]) is None or amounts.to_fils(fields["amount"]) == 0:
        raise BankRefusalError(422, "bad_amount", "amount has three decimals and is more than nothing")
    return Order(
        payout_id=fields["payout_id"],
        iban=fields["iban"],
        name=fields["name"],
        amount_fils=amounts.to_fils(fields["amount"]),
        remittance=fields["remittance"],
    )


def _must_be_iban(text: str) -> None:
    if not is_iban(text):
        raise BankRefusalError(422, "bad_iban", "not a valid IBAN")
