"""What a merchant does to an order: REFUND and VOID, each a PUT under a transaction id of the merchant's own.

The same id again is answered with what is there, and does nothing [m]; with another content it is refused.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from . import amounts, mpgs_orders
from .http import Reply
from .mpgs_orders import Order, Outcome
from .mpgs_paying import as_of, facts_of
from .mpgs_wire import invalid, reply, transaction_view
from .scenarios import Script
from .store import Session

REFUND, VOID = "REFUND", "VOID_PAYMENT"
SUCCESS = Script("refund_success", "refund")


def change(
    session: Session, order: Order, transaction_id: str, body: dict[str, Any], now: datetime
) -> Reply | Exception:
    """The answer, or what a script puts in its place: returned, so that the script is used up. Raises MpgsError."""
    order = as_of(order, now)
    operation = body.get("apiOperation")
    if operation not in OPERATIONS:
        raise invalid("apiOperation is not supported here")
    kind = {"REFUND": REFUND, "VOID": VOID}[str(operation)]
    known = order.transaction(transaction_id)
    if known is not None:
        if known["type"] != kind or (kind == REFUND and known["amount_fils"] != _fils(body)):
            raise invalid("A transaction with this id exists already")
        return reply(transaction_view(order, known))
    return OPERATIONS[str(operation)](session, order, transaction_id, body, now)


def _refund(
    session: Session, order: Order, transaction_id: str, body: dict[str, Any], now: datetime
) -> Reply | Exception:
    fils = _fils(body)
    if not order.captured_fils or fils > order.captured_fils - order.refunded_fils:
        raise invalid("The requested operation would exceed the captured amount of the order")
    script = session.take_script("refund", terminal_id=order.merchant_id, track_id=order.order_id) or SUCCESS
    if script.outcome == "refund_timeout":
        return script.lost_answer()
    after = _with_refund(order, transaction_id, fils, script, now)
    mpgs_orders.put(session, after)
    if script.outcome == "refund_timeout_then_success":
        return script.lost_answer()
    return reply(transaction_view(after, after.transactions[-1]), 201)


def _with_refund(order: Order, transaction_id: str, fils: int, script: Script, now: datetime) -> Order:
    if script.outcome == "refund_decline":
        outcome = Outcome(code="DECLINED", acquirer_code=script.code, currency=order.currency)
        facts = facts_of(order, REFUND, transaction_id, fils, now, result="FAILURE", outcome=outcome)
        return order.with_transaction(facts)
    result = "PENDING" if script.outcome == "refund_processing" else "SUCCESS"
    outcome = Outcome(code="SUBMITTED" if result == "PENDING" else "APPROVED", currency=order.currency)
    facts = facts_of(order, REFUND, transaction_id, fils, now, result=result, outcome=outcome)
    refunded = order.refunded_fils + fils
    status = "REFUNDED" if refunded == order.captured_fils else "PARTIALLY_REFUNDED"
    return order.with_transaction(facts, refunded_fils=refunded, status=status)


def _void(
    session: Session, order: Order, transaction_id: str, body: dict[str, Any], now: datetime
) -> Reply | Exception:
    transaction = body.get("transaction")
    target = transaction.get("targetTransactionId") if isinstance(transaction, dict) else None
    known = order.transaction(target) if isinstance(target, str) else None
    if known is None or known["type"] != "PAYMENT" or order.status != "CAPTURED" or order.refunded_fils:
        raise invalid("The target transaction cannot be voided")
    facts = facts_of(
        order,
        VOID,
        transaction_id,
        order.captured_fils,
        now,
        result="SUCCESS",
        outcome=Outcome(currency=order.currency),
    )
    after = mpgs_orders.put(session, replace(order, status="CANCELLED", captured_fils=0).with_transaction(facts))
    return reply(transaction_view(after, facts), 201)


def _fils(body: dict[str, Any]) -> int:
    transaction = body.get("transaction")
    text = transaction.get("amount") if isinstance(transaction, dict) else None
    try:
        fils = amounts.to_fils(text if isinstance(text, str) else "")
    except ValueError as error:
        raise invalid("transaction.amount") from error
    if fils <= 0 or not isinstance(transaction, dict) or transaction.get("currency") != "BHD":
        raise invalid("transaction.amount or transaction.currency")
    return fils


OPERATIONS = {"REFUND": _refund, "VOID": _void}
