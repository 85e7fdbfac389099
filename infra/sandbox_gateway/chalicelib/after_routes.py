"""The control API for what comes after a payment: reversals, disputes, refunds, and the payout bank's clients."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from . import amounts, bank_routes, payouts, reversing
from . import disputes as cases
from .control_routes import payment_reply
from .disputes import Dispute, DisputeState
from .errors import ControlError
from .http import Inbound, Reply, json_reply
from .later import mature
from .records import BankClient
from .refunds import refunds_of
from .world import World

CLIENT_FIELDS = ("client_id", "api_key", "signing_secret")
SECRET_LENGTH_MIN = 16


def reverse_payment(world: World, request: Inbound) -> Reply:
    """POST /sandbox/payments/{payment_id}/reverse: the capture is taken back after all; a REVERSAL line."""
    with world.store.write() as session:
        mature(session, world.now())
        transaction = reversing.reverse(session, request.path["payment_id"], world.now())
    return payment_reply(world, transaction)


def dispute_payment(world: World, request: Inbound) -> Reply:
    """POST /sandbox/payments/{payment_id}/dispute {amount?: decimal text, reason?}: 201 with the notice."""
    body = request.json_object()
    reason, amount = body.get("reason", "not recognised"), body.get("amount")
    if not isinstance(reason, str) or len(reason) > cases.REASON_LENGTH_MAX:
        raise ControlError(422, "bad_text", f"reason is a text of at most {cases.REASON_LENGTH_MAX} characters")
    with world.store.write() as session:
        mature(session, world.now())
        dispute = cases.notify(session, request.path["payment_id"], _fils(amount), reason, world.now())
    return json_reply(_notice(dispute), 201)


def list_disputes(world: World, request: Inbound) -> Reply:
    """GET /sandbox/disputes?terminal_id=&state=: every notice, oldest first."""
    with world.store.write() as session:
        found = cases.disputes(session)
    wanted = {name: request.query.get(name, "") for name in ("terminal_id", "state")}
    notices = [_notice(dispute) for dispute in found]
    fitting = [notice for notice in notices if all(value in ("", notice[name]) for name, value in wanted.items())]
    return json_reply({"disputes": fitting})


def lose_dispute(world: World, request: Inbound) -> Reply:
    """POST /sandbox/disputes/{dispute_id}/lose: the money is charged back; a CHARGEBACK line."""
    return _decided(world, request, DisputeState.LOST)


def win_dispute(world: World, request: Inbound) -> Reply:
    """POST /sandbox/disputes/{dispute_id}/win: nothing moves."""
    return _decided(world, request, DisputeState.WON)


def list_refunds(world: World, request: Inbound) -> Reply:
    """GET /sandbox/refunds?payment_id=&terminal_id=: oldest first."""
    with world.store.write() as session:
        mature(session, world.now())
        found = refunds_of(session, request.query.get("payment_id", ""))
    terminal_id = request.query.get("terminal_id", "")
    documents = [refund.to_document() for refund in found if terminal_id in ("", refund.terminal_id)]
    return json_reply({"refunds": documents})


def register_bank_client(world: World, request: Inbound) -> Reply:
    """POST /sandbox/bank-clients {client_id, api_key, signing_secret}: 201. The same client again replaces it."""
    body = request.json_object()
    if set(body) != set(CLIENT_FIELDS) or not all(isinstance(value, str) for value in body.values()):
        raise ControlError(422, "bad_fields", f"the fields are {list(CLIENT_FIELDS)}, all texts")
    is_long = all(len(body[name]) >= SECRET_LENGTH_MIN for name in CLIENT_FIELDS[1:])
    if not body["client_id"] or not is_long:
        raise ControlError(422, "bad_field", f"secrets have at least {SECRET_LENGTH_MIN} characters")
    with world.store.write() as session:
        payouts.put_client(session, BankClient(**body))
    return json_reply({"client_id": body["client_id"]}, 201)


def list_payouts(world: World, request: Inbound) -> Reply:
    """GET /sandbox/payouts?client_id=: as the wire shows them, oldest first."""
    with world.store.write() as session:
        mature(session, world.now())
        found = payouts.payouts(session)
    client_id = request.query.get("client_id", "")
    shown = [bank_routes.view(p) | {"client_id": p.client_id} for p in found if client_id in ("", p.client_id)]
    return json_reply({"payouts": shown})


def _decided(world: World, request: Inbound, state: DisputeState) -> Reply:
    with world.store.write() as session:
        mature(session, world.now())
        dispute = cases.decide(session, request.path["dispute_id"], state, world.now())
    return json_reply(_notice(dispute))


def _notice(dispute: Dispute) -> dict[str, Any]:
    document = asdict(dispute) | dispute.to_document()
    return document | {"amount": amounts.three_decimals(dispute.amount_fils)}


def _fils(amount: object) -> int | None:
    if amount is None:
        return None
    try:
        return amounts.to_fils(amount if isinstance(amount, str) else "")
    except ValueError as error:
        raise ControlError(422, "bad_amount", str(error)) from error
