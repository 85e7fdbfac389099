"""The control API, JSON: what a test or a demonstration asks of the outside world.

It is no part of any gateway's protocol.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import date
from typing import Any

from . import paying, scenarios
from .cards import present
from .errors import ControlError
from .http import Inbound, Reply, json_reply
from .later import mature
from .records import BENEFIT, Merchant
from .refunds import refunds_of
from .sealing import check_key
from .settlement import settlement_file
from .store import Session
from .transactions import RESULTS, Transaction
from .wires import WIRES
from .world import World

SECRET_FIELDS = ("password", "resource_key", "return_trandata")
ALL_TERMINALS = ("all", "terminal_or_all")


def health(world: World, _request: Inbound) -> Reply:
    """GET /sandbox/health"""
    with world.store.write() as session:
        pending = session.pending_delivery_count()
    document = {
        "status": "ok",
        "instance": world.settings.instance,
        "pid": os.getpid(),
        "pending_callbacks": pending,
        "loopback_only": world.settings.loopback_only,
    }
    return json_reply(document)


def register_merchant(world: World, request: Inbound) -> Reply:
    """POST /sandbox/merchants {terminal_id, password, resource_key, name?, enabled?, strict_encoding?,
    documented_result?, fee_fils?, wire?}: 201. The same terminal again replaces it (a rotated key, a disabled one).
    """
    body = request.json_object()
    merchant = _merchant(body)
    with world.store.write() as session:
        session.put_merchant(merchant)
    return json_reply(_without_secrets(asdict(merchant)), 201)


def list_merchants(world: World, _request: Inbound) -> Reply:
    """GET /sandbox/merchants, without secrets."""
    with world.store.write() as session:
        merchants = session.merchants()
    return json_reply({"merchants": [_without_secrets(asdict(merchant)) for merchant in merchants]})


def add_scenario(world: World, request: Inbound) -> Reply:
    """POST /sandbox/scenarios {terminal_id | track_id, outcome, …}: 201 with the steps stored (see scenarios.py)."""
    body = request.json_object()
    scope = {name: body.get(name) for name in ("terminal_id", "track_id")}
    if not all(value is None or (isinstance(value, str) and value) for value in scope.values()) or not any(
        scope.values()
    ):
        raise ControlError(422, "no_scope", "terminal_id or track_id is a text")
    steps = scenarios.parse(body)
    with world.store.write() as session:
        for step in steps:
            session.add_script(step, terminal_id=scope["terminal_id"], track_id=scope["track_id"])
    return json_reply({"scenarios": [asdict(step) | scope for step in steps]}, 201)


def list_scenarios(world: World, _request: Inbound) -> Reply:
    """GET /sandbox/scenarios: those with turns left."""
    with world.store.write() as session:
        return json_reply({"scenarios": session.scenarios()})


def clear_scenarios(world: World, _request: Inbound) -> Reply:
    """DELETE /sandbox/scenarios"""
    with world.store.write() as session:
        session.clear_scenarios()
    return json_reply({"scenarios": []})


def list_transactions(world: World, request: Inbound) -> Reply:
    """GET /sandbox/transactions?terminal_id=&track_id=: newest first, at most 200, each with its deliveries."""
    with world.store.write() as session:
        mature(session, world.now())
        found = session.transactions(
            terminal_id=request.query.get("terminal_id", ""), track_id=request.query.get("track_id", "")
        )
        return json_reply({"transactions": [_view(session, transaction) for transaction in found]})


def read_transaction(world: World, request: Inbound) -> Reply:
    """GET /sandbox/transactions/{payment_id}"""
    with world.store.write() as session:
        mature(session, world.now())
    return payment_reply(world, paying.find(world, request.path["payment_id"]))


def pay_by_card(world: World, request: Inbound) -> Reply:
    """POST /sandbox/payments/{payment_id}/card {"card": "4600410112345678"}: pays as the page would, without a browser.

    Answers after the notification was made: the transaction, its deliveries and `browser_return` {method, url, fields}.
    """
    card = request.json_object().get("card")
    if not isinstance(card, str):
        raise ControlError(422, "bad_card", "card is a text of 16 digits")
    try:
        presented = present(card)
    except ValueError as error:
        raise ControlError(422, "bad_card", str(error)) from error
    return payment_reply(world, paying.pay(world, request.path["payment_id"], presented))


def cancel_payment(world: World, request: Inbound) -> Reply:
    """POST /sandbox/payments/{payment_id}/cancel: the payer gives up."""
    return payment_reply(world, paying.cancel(world, request.path["payment_id"]))


def settlement(world: World, request: Inbound) -> Reply:
    """GET /sandbox/settlements/{terminal_or_all}/{business_date}.csv?defect="""
    name = request.path["file_name"]
    try:
        business_date = date.fromisoformat(name.removesuffix(".csv"))
    except ValueError as error:
        raise ControlError(422, "bad_date", "the file is named <yyyy-mm-dd>.csv") from error
    with world.store.write() as session:
        mature(session, world.now())
    terminal_id = request.path["terminal"]
    scope = "" if terminal_id in ALL_TERMINALS else terminal_id
    text = settlement_file(world.store, scope, business_date, request.query.get("defect", ""))
    headers = {"Content-Disposition": f'attachment; filename="benefit-{scope or "all"}-{business_date}.csv"'}
    return Reply(200, text, "text/csv; charset=utf-8", headers)


def payment_reply(world: World, transaction: Transaction) -> Reply:
    """The payment, its deliveries, its refunds, and how the payer's browser goes back."""
    target = paying.browser_return(transaction)
    with world.store.write() as session:
        view = _view(session, transaction)
    back = {"method": target.method, "url": target.url, "fields": target.fields} if target else None
    return json_reply(view | {"browser_return": back})


def _view(session: Session, transaction: Transaction) -> dict[str, Any]:
    document = _without_secrets(transaction.to_document())
    document["udf"], document["history"] = list(transaction.udf), [list(step) for step in transaction.history]
    return document | {
        "result": RESULTS.get(transaction.state, ""),
        "deliveries": session.deliveries(transaction.payment_id),
        "refunds": [refund.to_document() for refund in refunds_of(session, transaction.payment_id)],
    }


def _without_secrets(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in SECRET_FIELDS}


def _merchant(body: dict[str, Any]) -> Merchant:
    unknown = set(body) - set(Merchant.__slots__)
    if unknown:
        raise ControlError(422, "unknown_field", f"unknown: {sorted(unknown)}")
    for name in ("terminal_id", "password", "resource_key"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise ControlError(422, "missing_field", f"{name} is a text")
    if body.get("wire", BENEFIT) not in WIRES:
        raise ControlError(422, "unknown_wire", f"wire is one of {sorted(WIRES)}")
    try:
        check_key(body.get("wire", BENEFIT), body["resource_key"])
    except ValueError as error:
        text = "resource_key is 32 characters, or 64 hex digits; for KNET 16 characters"
        raise ControlError(422, "bad_key", text) from error
    merchant = Merchant(**body)
    flags = (merchant.enabled, merchant.strict_encoding, merchant.documented_result)
    if (
        not all(isinstance(flag, bool) for flag in flags)
        or not isinstance(merchant.fee_fils, int)
        or merchant.fee_fils < 0
    ):
        raise ControlError(422, "bad_field", "flags are true or false; fee_fils is a whole number")
    return merchant
