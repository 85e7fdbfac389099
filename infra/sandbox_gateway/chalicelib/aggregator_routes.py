"""The checkouts of EazyPay and Tap over HTTP, and KNET's page: how their payments begin and are asked about."""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from . import amounts, eazypay_wire, tap_wire
from .errors import AnswerLostError, ControlError, GatewayRefusalError
from .gateway_routes import away, lost
from .http import Inbound, Reply, json_reply
from .initiation import PAGE_PATH, begin, open_knet_page
from .later import mature
from .records import EAZYPAY, TAP, Merchant
from .store import Session
from .transactions import Transaction
from .urls import may_be_called
from .world import World, new_payment_id

FOUND, BAD_REQUEST, UNAUTHORIZED, NOT_FOUND = 302, 400, 401, 404


@dataclass(frozen=True, slots=True)
class Asked:
    """What a merchant asks a page for; `amount` as decimal text."""

    track_id: str
    amount: str
    currency: str
    response_url: str
    return_url: str


def knet_page(world: World, request: Inbound) -> Reply:
    """GET /kpg/PaymentHTTP.htm?param=paymentInit&tranportalId=…&trandata=…: the payer's browser arrives."""
    query = request.query
    try:
        payment_id = open_knet_page(world, query.get("tranportalId", ""), query.get("trandata", ""))
    except GatewayRefusalError as error:
        return Reply(BAD_REQUEST, error.text, "text/plain; charset=utf-8")
    except AnswerLostError as error:
        return lost(world, error)
    return Reply(FOUND, "", "text/plain; charset=utf-8", {"Location": _page(world, payment_id)})


def eazypay_create(world: World, request: Inbound) -> Reply:
    """POST /merchant/checkout/createInvoice"""
    body = request.json_object()
    refused, merchant = _eazypay_merchant(world, request, body, "currency", "amount")
    if merchant is None:
        return refused
    try:
        asked = Asked(
            track_id=_text(body, "invoiceId"),
            amount=_text(body, "amount"),
            currency=_text(body, "currency"),
            response_url=_text(body, "webhookUrl"),
            return_url=_text(body, "returnUrl"),
        )
        payment = _open(world, merchant, secrets.token_hex(16), asked)
    except GatewayRefusalError as error:
        return json_reply(eazypay_wire.answer(error.code, error.detail or error.text))
    except AnswerLostError as error:
        return lost(world, error)
    data = {"globalTransactionsId": payment.payment_id, "paymentUrl": _page(world, payment.payment_id)}
    return json_reply(eazypay_wire.answer(eazypay_wire.OK, "Success", data))


def eazypay_query(world: World, request: Inbound) -> Reply:
    """POST /merchant/checkout/query"""
    body = request.json_object()
    refused, merchant = _eazypay_merchant(world, request, body)
    if merchant is None:
        return refused
    column, value = ("payment_id", _text(body, "globalTransactionsId"))
    if not value:
        column, value = "track_id", _text(body, "invoiceId")
    found, is_away = _look(world, merchant, column, value)
    if is_away:
        return away()
    if found is None:
        return json_reply(eazypay_wire.answer(eazypay_wire.NOT_FOUND, "No such transaction"))
    return json_reply(eazypay_wire.answer(eazypay_wire.OK, "Success", eazypay_wire.view(found, world.now())))


def tap_create(world: World, request: Inbound) -> Reply:
    """POST /v2/charges"""
    merchant = _tap_merchant(world, request)
    if merchant is None:
        return json_reply(tap_wire.errors("2107", "Unauthorized"), UNAUTHORIZED)
    try:
        body = json.loads(request.body, parse_float=str, parse_int=str)
        asked = Asked(
            track_id=_text(body["reference"], "transaction"),
            amount=_text(body, "amount"),
            currency=_text(body, "currency"),
            response_url=_text(body["post"], "url"),
            return_url=_text(body["redirect"], "url"),
        )
        payment = _open(world, merchant, f"chg_TS{new_payment_id(world.now())}", asked)
    except (ValueError, KeyError, TypeError):
        return json_reply(tap_wire.errors("1101", "The request is not a charge"), BAD_REQUEST)
    except GatewayRefusalError as error:
        return json_reply(tap_wire.errors(error.code, error.detail or error.text), BAD_REQUEST)
    except AnswerLostError as error:
        return lost(world, error)
    return _charge(tap_wire.charge_text(payment, _page(world, payment.payment_id)))


def tap_read(world: World, request: Inbound) -> Reply:
    """GET /v2/charges/{charge_id}"""
    merchant = _tap_merchant(world, request)
    if merchant is None:
        return json_reply(tap_wire.errors("2107", "Unauthorized"), UNAUTHORIZED)
    found, is_away = _look(world, merchant, "payment_id", request.path["charge_id"])
    if is_away:
        return away()
    if found is None:
        return json_reply(tap_wire.errors("1143", "Charge id not found"), NOT_FOUND)
    return _charge(tap_wire.charge_text(found, now=world.now()))


def tap_list(world: World, request: Inbound) -> Reply:
    """POST /v2/charges/list {"reference": {"transaction"}}"""
    merchant = _tap_merchant(world, request)
    if merchant is None:
        return json_reply(tap_wire.errors("2107", "Unauthorized"), UNAUTHORIZED)
    wanted = request.json_object().get("reference", {})
    found, is_away = _look(world, merchant, "track_id", _text(wanted, "transaction"))
    if is_away:
        return away()
    charges = tap_wire.charge_text(found, now=world.now()) if found else ""
    return _charge(f'{{"object": "list", "charges": [{charges}]}}')


def _open(world: World, merchant: Merchant, payment_id: str, asked: Asked) -> Transaction:
    """A new payment with its page. Raises GatewayRefusalError, or AnswerLostError when scripted."""
    now = world.now()
    if not merchant.enabled:
        raise GatewayRefusalError("IPAY0100008")
    urls = (asked.response_url, asked.return_url)
    if not asked.track_id or not all(may_be_called(url, loopback_only=world.settings.loopback_only) for url in urls):
        raise GatewayRefusalError("IPAY0100124", "invoice, webhook or return address")
    if asked.currency != "BHD":
        raise GatewayRefusalError("IPAY0100022")
    try:
        amount_fils = amounts.to_fils(asked.amount)
    except ValueError as error:
        raise GatewayRefusalError("IPAY0100025") from error
    payment = Transaction(
        payment_id=payment_id,
        terminal_id=merchant.terminal_id,
        track_id=asked.track_id,
        amount_fils=amount_fils,
        response_url=asked.response_url,
        error_url="",
        udf=("",) * 5,
        created_at=now,
        expires_at=now + timedelta(seconds=world.settings.page_lifetime_seconds),
        return_url=asked.return_url,
    )
    with world.store.write() as session:
        problem = begin(session, merchant, payment, now)
    if problem is not None:
        raise problem
    return payment


def _look(world: World, merchant: Merchant, column: str, value: str) -> tuple[Transaction | None, bool]:
    """The terminal's payment, and whether a script makes the gateway look away."""
    with world.store.write() as session:
        mature(session, world.now())
        found = session.transaction_by(merchant.terminal_id, column, value)
        track_id = found.track_id if found else value
        script = session.take_script("inquiry", terminal_id=merchant.terminal_id, track_id=track_id)
    return found, script is not None


def _eazypay_merchant(
    world: World, request: Inbound, body: dict[str, Any], *signed: str
) -> tuple[Reply, Merchant | None]:
    """Who speaks, by app id and hash; beside it the refusal for who does not."""
    with world.store.write() as session:
        merchant = _merchant(session, _text(body, "appId"), EAZYPAY)
    if merchant is None:
        return json_reply(eazypay_wire.answer(eazypay_wire.UNKNOWN_APP, "Unknown application")), None
    parts = (request.header("timestamp"), *(_text(body, name) for name in signed), merchant.terminal_id)
    wanted = eazypay_wire.sign(merchant.resource_key, *parts)
    if not hmac.compare_digest(wanted, request.header("secret-hash")):
        return json_reply(eazypay_wire.answer(eazypay_wire.BAD_HASH, "Invalid hash")), None
    return json_reply({}), merchant


def _tap_merchant(world: World, request: Inbound) -> Merchant | None:
    """Whose secret key the request bears."""
    key = request.header("authorization").removeprefix("Bearer ")
    with world.store.write() as session:
        found = [m for m in session.merchants() if m.wire == TAP and hmac.compare_digest(m.resource_key, key)]
    return found[0] if found else None


def _merchant(session: Session, terminal_id: str, wire: str) -> Merchant | None:
    merchant = session.merchant(terminal_id)
    return merchant if merchant is not None and merchant.wire == wire else None


def _page(world: World, payment_id: str) -> str:
    return f"{world.settings.public_url}{PAGE_PATH}?PaymentID={payment_id}"


def _charge(text: str) -> Reply:
    return Reply(200, text, "application/json")


def _text(body: Any, name: str) -> str:
    value = body.get(name, "") if isinstance(body, dict) else ""
    if not isinstance(value, str):
        raise ControlError(BAD_REQUEST, "bad_text", f"{name} is a text")
    return value
