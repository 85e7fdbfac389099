"""What an event says: the object as it stood right after it, as JSON. Amounts in fils; nothing about a person.

Everything is worked out from the object's history and from what never changes on it, so that an event published late
says what it would have said at once. One exception: why an attempt was declined is forgotten once it succeeds after
all.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mizan.domain.disputes import DISPUTE_STATES, Dispute
from mizan.domain.events import (
    PUBLIC_TYPES,
    Event,
    EventStream,
    Source,
    event_id_of,
    kind_of,
    object_id_of,
)
from mizan.domain.history import Entry, History
from mizan.domain.invoices import DRAFT_STATES, INVOICE_STATES, Invoice, InvoiceEvent, InvoiceState
from mizan.domain.payments import PAYMENT_STATES, Decline, Payment, PaymentEvent, PaymentLine
from mizan.domain.refunds import REFUND_STATES, Refund, RefundEvent, RefundState
from mizan.domain.states import StateMachine

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Related:
    """What an object's events say of others: a payment's invoices by reference, a dispute's payment."""

    invoices: Mapping[str, Invoice] = field(default_factory=dict)
    payment: Payment | None = None


def event_of(
    source: Source, agency: str, sequence: int, *, previous: int | None, related: Related, published_at: datetime
) -> Event:
    """The event that entry `sequence` (1-based) of `source` is to `agency`; `previous` is the last public one."""
    stream = EventStream(object_id_of(source), agency)
    entry = source.history[sequence - 1]
    event_type = str(PUBLIC_TYPES[kind_of(source)][entry.event])
    document = {
        "id": event_id_of(stream, sequence),
        "type": event_type,
        "timestamp": entry.at.isoformat(),
        "data": {
            "object": str(kind_of(source)),
            "object_id": stream.object_id,
            "sequence": sequence,
            "previous_sequence": previous,
            **_facts(source, agency, sequence, related),
        },
    }
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Event(stream, sequence, event_type, entry.at, published_at, source.correlation_id, body)


def agencies_of(source: Source, related: Related) -> tuple[str, ...]:
    """Who hears of it: everyone with a line in it."""
    match source:
        case Payment():
            return tuple(sorted({line.agency for line in source.lines}))
        case Dispute() if related.payment is not None:
            held = {portion.reference for portion in source.portions}
            return tuple(sorted({line.agency for line in related.payment.lines if line.reference in held}))
        case _:
            return (source.agency,)


def _facts(source: Source, agency: str, sequence: int, related: Related) -> Document:
    match source:
        case Invoice():
            return {"amount": source.history[sequence - 1].amount, "invoice": invoice_facts(source, sequence)}
        case Payment():
            return _payment_facts(source, agency, sequence, related)
        case Refund():
            return {"amount": source.amount, "refund": _refund_facts(source, sequence)}
        case Dispute():
            return _dispute_facts(source, agency, sequence, related)


def _state_at(machine: StateMachine[Any, Any], history: History, sequence: int) -> str:
    """The state after entry `sequence`: the table, walked again. The first entry made the object."""
    state = machine.initial
    for entry in history[1:sequence]:
        state = machine.edges.get((state, entry.event), state)
    return str(state)


# -- invoices -------------------------------------------------------------------------------------------------------


def invoice_facts(invoice: Invoice, sequence: int) -> Document:
    """The demand as it stood after entry `sequence`."""
    machine = DRAFT_STATES if invoice.history[0].event == InvoiceState.DRAFT else INVOICE_STATES
    state = _state_at(machine, invoice.history, sequence)
    amount, outstanding = _owed_at(invoice, sequence)
    return {
        "reference": invoice.reference,
        "invoice_number": invoice.invoice_number,
        "service": invoice.service,
        "state": state,
        "amount": amount,
        "outstanding": outstanding,
        "currency": invoice.currency,
        "supersedes": invoice.supersedes,
        "superseded_by": invoice.superseded_by if state == InvoiceState.SUPERSEDED else None,
    }


def _owed_at(invoice: Invoice, sequence: int) -> tuple[int, int]:
    """Face amount and what of it was still owed, after entry `sequence`."""
    if sequence == invoice.sequence:
        return invoice.amount, invoice.outstanding
    amount = outstanding = invoice.history[0].amount or invoice.amount
    for entry in invoice.history[1:sequence]:
        if entry.event == InvoiceEvent.AMEND and entry.amount is not None:
            amount = outstanding = entry.amount
        elif entry.event == InvoiceEvent.PAY:
            outstanding = 0
        elif entry.event == InvoiceEvent.REVERSE:
            outstanding = amount
        elif entry.balance is not None:
            outstanding = entry.balance
    return amount, outstanding


def _invoice_then(invoice: Invoice, at: datetime) -> Document:
    """The demand as a payment's event at `at` left it: both were written together, under the same instant."""
    sequence = max((place for place, entry in enumerate(invoice.history, start=1) if entry.at <= at), default=1)
    facts = invoice_facts(invoice, sequence)
    return {name: value for name, value in facts.items() if name not in ("supersedes", "superseded_by")}


# -- payments -------------------------------------------------------------------------------------------------------


def _payment_facts(payment: Payment, agency: str, sequence: int, related: Related) -> Document:
    entry = payment.history[sequence - 1]
    own = [line for line in payment.lines if line.agency == agency]
    is_captured = any(one.event == PaymentEvent.CAPTURE for one in payment.history[:sequence])
    invoices = [
        _invoice_then(related.invoices[line.reference], entry.at) for line in own if line.reference in related.invoices
    ]
    captured = sum(share.amount for line in own for share in line.shares) if is_captured else 0
    return {
        "amount": _moved(payment, entry, own, captured),
        "payment": {
            "payment_id": payment.payment_id,
            "reference": payment.reference,
            "state": _state_at(PAYMENT_STATES, payment.history, sequence),
            "amount": captured if is_captured else sum(line.amount for line in own),
            "currency": payment.capture.currency if is_captured and payment.capture else payment.currency,
            "disposition": _disposition(own) if is_captured else None,
            "captured_at": payment.capture.captured_at.isoformat() if is_captured and payment.capture else None,
            "method": str(payment.method),
            "gateway": payment.gateway,
            "gateway_transaction": payment.capture.transaction if is_captured and payment.capture else None,
            "decline": _decline(payment.decline) if entry.event == PaymentEvent.DECLINE else None,
            "lines": [_line(line, is_captured=is_captured) for line in own],
        },
        "invoice": invoices[0] if len(own) == len(invoices) == 1 else None,
        "invoices": invoices if len(own) > 1 else [],
    }


def _moved(payment: Payment, entry: Entry, own: Sequence[PaymentLine], captured: int) -> int | None:
    """What the event moved; None where nothing, or where it cannot be told apart from other agencies' money."""
    if len(own) == len(payment.lines):
        return entry.amount
    return captured if entry.event == PaymentEvent.CAPTURE else None


def _disposition(own: Sequence[PaymentLine]) -> str | None:
    """Where the agency's money went, in one word: allocated where any of it was."""
    found = [str(share.disposition) for line in own for share in line.shares]
    return min(found, key=("allocated", "overpaid", "suspended").index, default=None)


def _line(line: PaymentLine, *, is_captured: bool) -> Document:
    shares = [{"disposition": str(share.disposition), "amount": share.amount} for share in line.shares]
    leg = {"plan": line.plan, "leg": line.leg} if line.plan is not None else {}
    return {"reference": line.reference, "amount": line.amount, **leg, "shares": shares if is_captured else []}


def _decline(decline: Decline | None) -> Document | None:
    return {"code": decline.code, "text": decline.text, "text_ar": decline.text_ar} if decline else None


# -- refunds and disputes -------------------------------------------------------------------------------------------


def _refund_facts(refund: Refund, sequence: int) -> Document:
    state = _state_at(REFUND_STATES, refund.history, sequence)
    event = refund.history[sequence - 1].event
    is_offered = state == RefundState.REDEEMABLE and refund.expires_at is not None
    return {
        "refund_id": refund.refund_id,
        "payment_id": refund.payment_id,
        "reference": refund.portion.reference,
        "disposition": str(refund.portion.disposition),
        "state": state,
        "amount": refund.amount,
        "currency": refund.currency,
        "destination": str(refund.destination),
        "gateway_transaction": refund.transaction if state == RefundState.COMPLETED else None,
        "expires_at": refund.expires_at.isoformat() if is_offered and refund.expires_at else None,
        "decline": _decline(refund.decline) if event in (RefundEvent.FAIL, RefundEvent.EXPIRE) else None,
    }


def _dispute_facts(dispute: Dispute, agency: str, sequence: int, related: Related) -> Document:
    lines = related.payment.lines if related.payment else ()
    foreign = {line.reference for line in lines if line.agency != agency}
    own = [portion for portion in dispute.portions if portion.reference not in foreign]
    amount = sum(portion.amount for portion in own)
    return {
        "amount": amount,
        "dispute": {
            "dispute_id": dispute.dispute_id,
            "payment_id": dispute.payment_id,
            "state": _state_at(DISPUTE_STATES, dispute.history, sequence),
            "amount": amount,
            "currency": dispute.currency,
            "case_number": dispute.case_number,
            "reason": dispute.reason,
            "respond_by": dispute.respond_by.isoformat(),
            "portions": [
                {"reference": one.reference, "disposition": str(one.disposition), "amount": one.amount} for one in own
            ],
        },
    }
