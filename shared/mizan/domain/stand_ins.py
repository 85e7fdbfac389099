"""A service that was given though nothing could be paid: who decided it, why, and what became of the money."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mizan.domain.invoices import Invoice, InvoiceEvent, InvoiceState

_CLOSED = frozenset({InvoiceState.CANCELLED, InvoiceState.SUPERSEDED, InvoiceState.EXPIRED, InvoiceState.WRITTEN_OFF})


class Outcome(StrEnum):
    """What became of a demand whose service was given. `closed`: unpaid, and nothing is asked for any more."""

    PAID = "paid"
    OWED = "owed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class StandIn:
    """`amount`: what was owed when the service was given, `outstanding` what of the invoice is owed now, in fils.
    Time stood still for the demand from `at` until `until` (UTC). `actor` is who decided it.
    """

    reference: str
    agency: str
    service: str
    at: datetime
    until: datetime
    actor: str
    reason: str
    amount: int
    outstanding: int
    outcome: Outcome


def stand_in_of(invoice: Invoice) -> StandIn | None:
    """As the invoice's own history tells it; None where its service was not given so. `invoice` as of now."""
    entry = next((entry for entry in invoice.history if entry.event == InvoiceEvent.STAND_IN), None)
    if entry is None or invoice.grace is None:
        return None
    return StandIn(
        reference=invoice.reference,
        agency=invoice.agency,
        service=invoice.service,
        at=entry.at,
        until=invoice.grace.until,
        actor=entry.actor or "",
        reason=entry.note or "",
        amount=entry.amount or 0,
        outstanding=invoice.outstanding,
        outcome=_outcome(invoice),
    )


def _outcome(invoice: Invoice) -> Outcome:
    if invoice.state is InvoiceState.PAID:
        return Outcome.PAID
    return Outcome.CLOSED if invoice.state in _CLOSED else Outcome.OWED
