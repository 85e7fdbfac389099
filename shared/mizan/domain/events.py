"""Events: what agencies are told. Each entry of an object's own history is one; its place there is its sequence.

An event is (object, sequence, agency): nothing but the object's own write is needed for it to exist, so none is lost
with a message, and every receiver can put them in order.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mizan.domain.disputes import Dispute, DisputeEvent
from mizan.domain.history import History
from mizan.domain.invoices import Invoice, InvoiceEvent
from mizan.domain.payments import Payment, PaymentEvent
from mizan.domain.refunds import Refund, RefundEvent

Source = Invoice | Payment | Refund | Dispute
"""What has a history that agencies hear of."""


class SourceKind(StrEnum):
    INVOICE = "invoice"
    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"


PUBLIC_TYPES: Mapping[SourceKind, Mapping[str, str | None]] = {
    SourceKind.INVOICE: {
        "draft": None,
        InvoiceEvent.ISSUE: "invoice.issued",
        InvoiceEvent.AMEND: "invoice.amended",
        InvoiceEvent.PAY: "invoice.paid",
        InvoiceEvent.PAY_PART: "invoice.partially_paid",
        InvoiceEvent.FALL_DUE: "invoice.overdue",
        InvoiceEvent.CONTEST: "invoice.contested",
        InvoiceEvent.HOLD: "invoice.held",
        InvoiceEvent.RELEASE: "invoice.released",
        InvoiceEvent.RELEASE_PART: "invoice.released",
        InvoiceEvent.CANCEL: "invoice.cancelled",
        InvoiceEvent.SUPERSEDE: "invoice.superseded",
        InvoiceEvent.EXPIRE: "invoice.expired",
        InvoiceEvent.WRITE_OFF: "invoice.written_off",
        InvoiceEvent.STAND_IN: "invoice.served_unpaid",
        InvoiceEvent.REVERSE: "invoice.reopened",
        InvoiceEvent.REVERSE_PART: "invoice.reopened",
    },
    SourceKind.PAYMENT: {
        "create": None,
        PaymentEvent.START: None,  # the payer is on the gateway's page: nothing that anybody could act on
        PaymentEvent.REROUTE: None,  # through which account a payment goes is the platform's own affair
        PaymentEvent.LOSE: "payment.unknown",
        PaymentEvent.CAPTURE: "payment.succeeded",
        PaymentEvent.DECLINE: "payment.declined",
        PaymentEvent.CANCEL: "payment.cancelled",
        PaymentEvent.EXPIRE: "payment.expired",
        PaymentEvent.VOID: "payment.voided",
        PaymentEvent.REVERSE: "payment.reversed",
        PaymentEvent.CONFIRM: "payment.confirmed",
        PaymentEvent.RESERVE: None,  # the refund's own events say it
        PaymentEvent.RESTORE: None,
        PaymentEvent.REFUND: None,
        PaymentEvent.CREDIT: "payment.credited",
        PaymentEvent.DORMANT: "payment.overpayment_dormant",
        PaymentEvent.DISPUTE: "payment.disputed",
        PaymentEvent.WIN_DISPUTE: "payment.dispute_won",
        PaymentEvent.LOSE_DISPUTE: "payment.charged_back",
    },
    SourceKind.REFUND: {
        RefundEvent.REQUEST: "refund.requested",
        RefundEvent.APPROVE: "refund.approved",
        RefundEvent.REJECT: "refund.rejected",
        RefundEvent.WITHDRAW: "refund.withdrawn",
        RefundEvent.SEND: "refund.sent",
        RefundEvent.LOSE: "refund.unknown",
        RefundEvent.OFFER_CODE: "refund.redeemable",
        RefundEvent.COMPLETE: "refund.completed",
        RefundEvent.FAIL: "refund.failed",
        RefundEvent.EXPIRE: "refund.expired",
    },
    SourceKind.DISPUTE: {
        DisputeEvent.NOTIFY: "dispute.opened",
        DisputeEvent.ADD_EVIDENCE: "dispute.evidence_added",
        DisputeEvent.REPRESENT: "dispute.represented",
        DisputeEvent.ACCEPT: "dispute.accepted",
        DisputeEvent.WIN: "dispute.won",
        DisputeEvent.LOSE: "dispute.lost",
    },
}
"""History event → the type that agencies see; None: not public. A test holds it to the state tables."""

EVENT_TYPES = tuple(sorted({name for types in PUBLIC_TYPES.values() for name in types.values() if name}))
PAYMENT_SUCCEEDED = "payment.succeeded"
EVERYTHING = "*"
EVENT_FILTERS = (EVERYTHING, *(f"{kind}.*" for kind in SourceKind), *EVENT_TYPES)
"""What an endpoint may subscribe to, and a poll ask for: all, all of a kind, or one type."""

SEQUENCE_MAX = 999_999
_EVENT_ID = re.compile(r"evt_((?:inv|pay|rfd|dsp)_[0-9]{18,24})_([1-9][0-9]{0,5})_([A-Za-z0-9-]{1,64})")


@dataclass(frozen=True, slots=True)
class EventStream:
    """The events of one object that one agency hears: of a payment over several agencies, each hears its own part."""

    object_id: str
    agency: str


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `body` is what is sent, byte for byte the same to everyone and on every retry.

    `published_at` (UTC) is its place in its agency's feed.
    """

    stream: EventStream
    sequence: int
    type: str
    occurred_at: datetime
    published_at: datetime
    correlation_id: str
    body: bytes

    @property
    def event_id(self) -> str:
        return event_id_of(self.stream, self.sequence)


def event_id_of(stream: EventStream, sequence: int) -> str:
    """The same event has the same id for ever, whoever publishes it: `evt_{object}_{sequence}_{agency}`."""
    return f"evt_{stream.object_id}_{sequence}_{stream.agency}"


def parse_event_id(event_id: str) -> tuple[EventStream, int] | None:
    """The stream and sequence inside an event id; None for what is not one."""
    match = _EVENT_ID.fullmatch(event_id)
    return (EventStream(match[1], match[3]), int(match[2])) if match else None


def kind_of(source: Source) -> SourceKind:
    return SourceKind(type(source).__name__.lower())


def object_id_of(source: Source) -> str:
    """What events call the object: an invoice's is `inv_` + its reference, the others' are their own ids."""
    match source:
        case Invoice():
            return f"inv_{source.reference}"
        case Payment():
            return source.payment_id
        case Refund():
            return source.refund_id
        case Dispute():
            return source.dispute_id


def public_events(kind: SourceKind, history: History) -> Iterator[tuple[int, str]]:
    """(sequence, type) of each entry that agencies hear of, in order."""
    types = PUBLIC_TYPES[kind]
    for sequence, entry in enumerate(history, start=1):
        event_type = types[entry.event]
        if event_type is not None:
            yield sequence, event_type


def matches(filters: tuple[str, ...], event_type: str) -> bool:
    """Whether a type is among what was subscribed to: `*`, `payment.*`, or the type itself."""
    return any(one in (EVERYTHING, event_type, f"{event_type.partition('.')[0]}.*") for one in filters)
