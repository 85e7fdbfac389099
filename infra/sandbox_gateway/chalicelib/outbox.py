"""Callbacks as stored rows: written with the payment's change, sent by whoever claims them, swept by a tick.

A merchant acknowledges a notification with HTTP 200 and a body that is exactly `REDIRECT=<address>`. Without that, the
gateway voids a captured payment (facts: rails 1, [R]). The loopback rule holds for the address in the reply too.
"""

from __future__ import annotations

import re
from dataclasses import replace

from .later import mature
from .records import Delivery, Movement
from .transactions import Event, State
from .urls import may_be_called, strip_query
from .world import CallbackReply, World

NOTIFICATION, EXTRA, ERROR = "notification", "extra", "error"
REPLY_KEPT_MAX = 300
_ACKNOWLEDGEMENT = re.compile(r"REDIRECT=(\S+)")


def pump(world: World, limit: int = 50) -> int:
    """Let timers that are due happen, then send what is due, oldest first, at most `limit`; returns how many."""
    with world.store.write() as session:
        mature(session, world.now())
    for sent in range(limit):
        with world.store.write() as session:
            delivery = session.claim_delivery(world.now())
        if delivery is None:
            return sent
        send(world, delivery)
    return limit


def redirect_target(world: World, reply: CallbackReply) -> str | None:
    """The address of an exact acknowledgement, its query string stripped; None when this is no acknowledgement."""
    match = _ACKNOWLEDGEMENT.fullmatch(reply.body) if reply.status == 200 else None  # noqa: PLR2004  # HTTP OK
    if match is None or not may_be_called(match.group(1), loopback_only=world.settings.loopback_only):
        return None
    return strip_query(match.group(1))


def send(world: World, delivery: Delivery) -> None:
    """Make a claimed delivery, keep the reply, and let it count: the payer's way back, or the void."""
    reply = world.post(delivery.url, delivery.body, world.settings.ack_timeout_seconds)
    target = redirect_target(world, reply)
    with world.store.write() as session:
        now = world.now()
        session.finish_delivery(
            delivery.number, now, reply.status, acknowledged=target is not None, reply=reply.body[:REPLY_KEPT_MAX]
        )
        transaction = session.transaction(delivery.payment_id)
        if transaction is None or delivery.kind == EXTRA:
            return
        if target is not None:
            session.put_transaction(replace(transaction, redirect_url=target))
        elif delivery.kind == NOTIFICATION and transaction.state is State.CAPTURED:
            session.put_transaction(transaction.after(Event.ACKNOWLEDGEMENT_MISSING, now))
            session.add_movement(Movement.of("VOID", transaction, now))
