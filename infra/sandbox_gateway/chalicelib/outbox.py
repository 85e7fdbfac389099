"""Callbacks as stored rows: written with the payment's change, sent by whoever claims them, swept by a tick.

A merchant acknowledges a notification with HTTP 200 and a body that is exactly `REDIRECT=<address>`. Without that, the
gateway voids a captured payment (facts: rails 1, [R]). The loopback rule holds for the address in the reply too.
"""

from __future__ import annotations

import json
from dataclasses import replace

from .later import mature
from .records import BENEFIT, Delivery, Movement
from .transactions import Event, State
from .wires import WIRES, wire_of
from .world import World

NOTIFICATION, EXTRA, ERROR = "notification", "extra", "error"
REPLY_KEPT_MAX = 300


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


def send(world: World, delivery: Delivery) -> None:
    """Make a claimed delivery, keep the reply, and let it count: the payer's way back, or the void."""
    reply = world.post(delivery.url, delivery.body, world.settings.ack_timeout_seconds, json.loads(delivery.headers))
    with world.store.write() as session:
        now = world.now()
        transaction = session.transaction(delivery.payment_id)
        merchant = session.merchant(transaction.terminal_id) if transaction else None
        wire = wire_of(merchant) if merchant else WIRES[BENEFIT]
        target = wire.acknowledged(reply, world.settings)
        session.finish_delivery(
            delivery.number, now, reply.status, acknowledged=target is not None, reply=reply.body[:REPLY_KEPT_MAX]
        )
        if transaction is None or delivery.kind == EXTRA:
            return
        if target:
            session.put_transaction(replace(transaction, redirect_url=target))
        elif target is None and wire.voids and delivery.kind == NOTIFICATION and transaction.state is State.CAPTURED:
            session.put_transaction(transaction.after(Event.ACKNOWLEDGEMENT_MISSING, now))
            session.add_movement(Movement.of("VOID", transaction, now))
