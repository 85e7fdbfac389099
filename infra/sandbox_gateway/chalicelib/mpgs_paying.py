"""The payer's side of MPGS: a card is presented, the order changes, the webhooks go out, the browser goes back."""

from __future__ import annotations

import re
import secrets
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from . import mpgs_orders, mpgs_wire
from .errors import ControlError
from .mpgs_orders import MpgsMerchant, Order, Outcome
from .store import Session
from .world import World, new_auth_code, new_rrn

ACK_SECONDS = 2.0
"""How long MPGS waits for the answer to a webhook [R]."""

FINAL = frozenset({"CAPTURED", "PARTIALLY_CAPTURED", "CANCELLED", "REFUNDED", "PARTIALLY_REFUNDED"})
_CARD = re.compile(r"\d{13,19}", re.ASCII)
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def pay(world: World, session_id: str, card: str, expiry: str) -> Order:
    """Present a card; its number is looked at and dropped. A failed card may be followed by another.

    Raises ControlError: 404 unknown session, 409 the order is decided, 410 the page expired, 422 no card or no date.
    """
    if _CARD.fullmatch(card.replace(" ", "")) is None:
        raise ControlError(422, "bad_card", "a card number has 13 to 19 digits")
    outcome = mpgs_orders.outcome_of(expiry)
    now = world.now()
    with world.store.write() as session:
        order = as_of(mpgs_orders.by_session(session, session_id), now)
        if order.status in FINAL or order.captured_fils:
            raise ControlError(409, "already_decided", f"the order is {order.status}")
        if datetime.fromisoformat(order.expires_at) <= now:
            raise ControlError(410, "page_expired", "the session has expired")
        order = mpgs_orders.put(session, charged(order, outcome, now))
        owner = mpgs_orders.merchant(session, order.merchant_id)
    return order if owner is None else notify(world, owner, order, outcome.notices)


def charged(order: Order, outcome: Outcome, now: datetime) -> Order:
    """The order as `outcome` makes it: one more transaction, and money where it takes any."""
    fils = max(order.amount_fils + outcome.extra_fils, 1)
    at = now - timedelta(days=outcome.days_ago)
    result = outcome.result if not outcome.takes or outcome.result != "ERROR" else "SUCCESS"
    facts = facts_of(order, "PAYMENT", str(len(order.transactions) + 1), fils, at, result=result, outcome=outcome)
    seconds = outcome.voided_after_seconds
    return order.with_transaction(
        facts,
        status=outcome.status,
        result=outcome.result,
        currency=outcome.currency,
        captured_fils=fils if outcome.takes else 0,
        unanswered=outcome.unanswered,
        voided_at="" if seconds is None else (now + timedelta(seconds=seconds)).isoformat(),
    )


def facts_of(
    order: Order, kind: str, transaction_id: str, fils: int, at: datetime, *, result: str, outcome: Outcome
) -> dict[str, Any]:
    """What is kept of a transaction."""
    return {
        "id": transaction_id,
        "type": kind,
        "amount_fils": fils,
        "currency": outcome.currency,
        "result": result,
        "code": outcome.code,
        "acquirer_code": outcome.acquirer_code,
        "receipt": new_rrn(at),
        "auth_code": new_auth_code() if result == "SUCCESS" else "",
        "at": at.isoformat(),
        "order": order.order_id,
    }


def as_of(order: Order, now: datetime) -> Order:
    """A void that is due has happened."""
    if order.voided_at and now >= datetime.fromisoformat(order.voided_at) and order.status == "CAPTURED":
        return replace(order, status="CANCELLED", captured_fils=0)
    return order


def answers_now(session: Session, order: Order) -> bool:
    """Whether an inquiry is answered; one that is not uses up a turn of `unanswered`."""
    if order.unanswered <= 0:
        return True
    mpgs_orders.put(session, replace(order, unanswered=order.unanswered - 1))
    return False


def notify(world: World, owner: MpgsMerchant, order: Order, notices: tuple[str, ...]) -> Order:
    """Send the webhooks, one after the other, and keep what became of each."""
    if not order.notification_url or not order.transactions:
        return order
    notice_id, deliveries = secrets.token_hex(16), []
    for attempt, notice in enumerate(notices, start=1):
        secret = secrets.token_hex(16) if notice == "forged" else owner.webhook_secret
        headers = {
            "X-Notification-Secret": secret,
            "X-Notification-Attempt": str(attempt),
            "X-Notification-Id": notice_id if notice == "own" else secrets.token_hex(16),
        }
        status = _post(order.notification_url, mpgs_wire.text_of(_claim(order, notice)).encode(), headers)
        deliveries.append({"notice": notice, "attempt": attempt, "http_status": status})
    with world.store.write() as session:
        fresh = mpgs_orders.find(session, order.merchant_id, order.order_id) or order
        return mpgs_orders.put(session, replace(fresh, deliveries=(*fresh.deliveries, *deliveries)))


def _claim(order: Order, notice: str) -> dict[str, Any]:
    """What a webhook says: the truth, the step before it, or a success that never was."""
    facts = order.transactions[-1]
    if notice == "early":
        early = replace(order, status="AUTHENTICATED", captured_fils=0)
        return mpgs_wire.transaction_view(early, facts | {"type": "AUTHENTICATION", "id": f"3DS-{facts['id']}"})
    if notice in ("forged", "spliced"):
        untrue = replace(order, status="CAPTURED", captured_fils=order.amount_fils)
        return mpgs_wire.transaction_view(untrue, facts | {"result": "SUCCESS", "code": "APPROVED"})
    return mpgs_wire.transaction_view(order, facts)


def _post(url: str, body: bytes, headers: dict[str, str]) -> int | None:
    """The status of the answer; None when none came in time. The address was checked when the order was made."""
    sent = {"Content-Type": "application/json", "User-Agent": "sandbox-gateway", **headers}
    request = urllib.request.Request(url, data=body, headers=sent, method="POST")  # noqa: S310  # urls.may_be_called
    try:
        with _OPENER.open(request, timeout=ACK_SECONDS) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None
