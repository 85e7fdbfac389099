"""The control API of the bank apps and kiosks that pay at a biller's: register a partner, let it ask, let it pay."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from . import amounts, kiosk_machine, mfep_bank
from .biller_partners import PROTOCOLS, Partner, Payment, find_partner, put_partner
from .biller_scenarios import play
from .errors import ControlError
from .http import Inbound, Reply, json_reply
from .urls import may_be_called
from .world import World

DAYS_MAX = 400
SERIAL_MAX = 10**12


def register_partner(world: World, request: Inbound) -> Reply:
    """POST /sandbox/billers {name, protocol, biller_code, own_code, secret, own_key, biller_key}: 201. The same
    name again replaces it.
    """
    body = request.json_object()
    if not set(body) <= set(Partner.__slots__) or not all(isinstance(value, str) for value in body.values()):
        raise ControlError(422, "bad_fields", f"the fields are {list(Partner.__slots__)}, all texts")
    if not body.get("name") or body.get("protocol") not in PROTOCOLS:
        raise ControlError(422, "bad_field", f"a name is needed, and a protocol of {list(PROTOCOLS)}")
    with world.store.write() as session:
        put_partner(session, Partner(**body))
    return json_reply({"name": body["name"], "protocol": body["protocol"]}, 201)


def inquire(world: World, request: Inbound) -> Reply:
    """POST /sandbox/billers/{name}/inquire {biller_url, reference, amount?}: asks for the bill, or whether just
    `amount` (decimal text) may be taken.
    """
    partner, url, body = _asked(world, request)
    reference, amount = _text(body, "reference"), body.get("amount")
    if partner.protocol == "mfep":
        kind, content = "BILPULRQ", mfep_bank.pull(reference)
        if amount is not None:
            kind, content = "BILRPREPADVALRQ", mfep_bank.validation(reference, _fils(amount))
        return json_reply(asdict(mfep_bank.call(world, partner, url, kind, content)))
    document = kiosk_machine.asked(reference)
    operation = "inquiries"
    if amount is not None:
        operation, document = "validations", document | {"amount": _fils(amount)}
    return json_reply(asdict(kiosk_machine.call(world, partner, url, operation, document)))


def pay(world: World, request: Inbound) -> Reply:
    """POST /sandbox/billers/{name}/pay {biller_url, reference, amount, outcome?, transaction?, days?, tendered?}:
    somebody pays there, as the scenario says (`biller_scenarios`). Answers with every call that was made and its
    answer.
    """
    partner, url, body = _asked(world, request)
    days = body.get("days", 0)
    if not isinstance(days, int) or not 0 <= days <= DAYS_MAX:
        raise ControlError(422, "bad_number", f"days is a whole number up to {DAYS_MAX}")
    payment = Payment(
        reference=_text(body, "reference"),
        amount_fils=_fils(body.get("amount")),
        transaction=str(body.get("transaction") or secrets.randbelow(SERIAL_MAX)),
        paid_at=world.now().replace(microsecond=0) - timedelta(days=days),
        tendered_fils=_fils(body["tendered"]) if "tendered" in body else 0,
    )
    told = play(world, partner, url, str(body.get("outcome", "success")), payment)
    return json_reply({"transaction": payment.transaction, "calls": [asdict(one) for one in told]})


def sell_voucher(world: World, request: Inbound) -> Reply:
    """POST /sandbox/billers/{name}/vouchers {biller_url, amount, identifier, transaction?, secret?}: somebody buys a
    voucher at the machine. Another `secret` is another operator's signature.
    """
    partner, url, body = _asked(world, request)
    payment = Payment(
        reference="",
        amount_fils=_fils(body.get("amount")),
        transaction=str(body.get("transaction") or secrets.randbelow(SERIAL_MAX)),
        paid_at=world.now().replace(microsecond=0),
        tendered_fils=0,
    )
    document = kiosk_machine.sale(payment, _text(body, "identifier"))
    told = kiosk_machine.call(world, partner, url, "vouchers", document, secret=str(body.get("secret", "")))
    return json_reply({"transaction": payment.transaction, "calls": [asdict(told)]})


def cancel_voucher(world: World, request: Inbound) -> Reply:
    """POST /sandbox/billers/{name}/voucher-cancellations {biller_url, transaction}: the machine gave the cash back."""
    partner, url, body = _asked(world, request)
    document = kiosk_machine.cancellation(_text(body, "transaction"))
    told = kiosk_machine.call(world, partner, url, "voucher-cancellations", document)
    return json_reply({"transaction": body["transaction"], "calls": [asdict(told)]})


def _asked(world: World, request: Inbound) -> tuple[Partner, str, dict[str, Any]]:
    body = request.json_object()
    url = _text(body, "biller_url")
    if not may_be_called(url, loopback_only=world.settings.loopback_only):
        raise ControlError(422, "bad_url", "biller_url may not be called")
    with world.store.write() as session:
        return find_partner(session, request.path["name"]), url, body


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise ControlError(422, "bad_text", f"{name} is a text")
    return value


def _fils(amount: object) -> int:
    try:
        return amounts.to_fils(amount if isinstance(amount, str) else "")
    except ValueError as error:
        raise ControlError(422, "bad_amount", str(error)) from error
