"""What a presented card or a script makes of a payment: the new state, the money line, the callbacks to send."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from . import messages
from .cards import APPROVED
from .outbox import ERROR, EXTRA, NOTIFICATION
from .records import Delivery, Merchant, Movement
from .reversing import REVERSAL_TIMER
from .scenarios import Script
from .store import Session
from .transactions import Event, State, Transaction
from .wires import Message, sealed_result, wire_of
from .world import new_auth_code, new_rrn, new_tran_id

ONE_DINAR_FILS = 1000
OTHER_CURRENCY = "KWD"
EVENTS_OF_OUTCOME = {
    "cancel": Event.CANCELLED_BY_PAYER,
    "denied_by_risk": Event.RISK_DENIED,
    "host_timeout": Event.HOST_SILENT,
    "decline": Event.DECLINED,
    "forged_callback": Event.DECLINED,
    "error_notice": Event.PAGE_FAILED,
}
SILENT_OUTCOMES = frozenset({"no_callback", "timeout_then_success"})
PAGE_ERROR_TEXT = "IPAY0100124-Problem occurred while validating transaction data."


@dataclass(frozen=True, slots=True)
class Decision:
    """How one payment ends: `response_code` is the issuer's; `charged_fils` matters when the event is APPROVED."""

    script: Script
    event: Event
    response_code: str
    charged_fils: int
    masked_card: str


def decide(transaction: Transaction, script: Script, card_code: str, masked_card: str) -> Decision:
    """The script's word where it has one, the card's otherwise."""
    event = EVENTS_OF_OUTCOME.get(script.outcome)
    if event is None:
        event = Event.APPROVED if card_code == APPROVED else Event.DECLINED
    code = card_code
    if script.outcome in ("decline", "forged_callback"):
        code = script.code
    elif event not in (Event.APPROVED, Event.DECLINED):
        code = ""
    return Decision(script, event, code, _charged(transaction, script), masked_card)


def settle(
    session: Session, merchant: Merchant, transaction: Transaction, decision: Decision, now: datetime
) -> Delivery | None:
    """Store the outcome, its money line and its callbacks, all in the caller's transaction.

    Returns the delivery that the caller has to make at once, already claimed; None when nothing is due now.
    """
    is_approved = decision.event is Event.APPROVED
    settled = transaction.after(
        decision.event,
        now,
        captured_fils=decision.charged_fils if is_approved else None,
        tran_id=session.unused("tran_id", new_tran_id, now),
        rrn=session.unused("rrn", new_rrn, now),
        auth_code=new_auth_code() if is_approved else "",
        auth_resp_code=decision.response_code,
        masked_card=decision.masked_card,
        resolved_at=now,
        redirect_url=transaction.return_url,
        currency=OTHER_CURRENCY if decision.script.outcome == "wrong_currency" else transaction.currency,
    )
    settled = replace(settled, return_trandata=sealed_result(merchant, settled, decision.script))
    session.put_transaction(settled)
    if is_approved:
        session.add_movement(Movement.of("PURCHASE", settled, now, merchant.fee_fils))
        if decision.script.outcome == "void_after":
            due_at = now + timedelta(seconds=decision.script.delay_seconds)
            session.add_timer(due_at, REVERSAL_TIMER, settled.payment_id)
    return _enqueue(session, merchant, settled, decision.script, now)


def _charged(transaction: Transaction, script: Script) -> int:
    if script.amount_fils is not None:
        return script.amount_fils
    return transaction.amount_fils + (ONE_DINAR_FILS if script.outcome == "wrong_amount" else 0)


def _enqueue(
    session: Session, merchant: Merchant, settled: Transaction, script: Script, now: datetime
) -> Delivery | None:
    if script.outcome in SILENT_OUTCOMES:
        return None
    if settled.state is State.ERRED and settled.error_url:
        body = messages.error_body(settled, PAGE_ERROR_TEXT)
        return session.add_delivery(settled.payment_id, ERROR, settled.error_url, body, now, claimed=True)
    due = now + timedelta(seconds=script.notified_after_seconds)
    told = wire_of(merchant).notification(merchant, settled, script, now)
    to, is_due = (settled.payment_id, settled.response_url), due == now
    first = _deliver(session, NOTIFICATION, to, told, due, claimed=is_due)
    for _ in range(1, script.callbacks):
        _deliver(session, EXTRA, to, told, due)
    return first if is_due else None


def _deliver(
    session: Session, kind: str, to: tuple[str, str], told: Message, due: datetime, *, claimed: bool = False
) -> Delivery:
    payment_id, url = to
    return session.add_delivery(payment_id, kind, url, told.body, due, headers=told.headers, claimed=claimed)
