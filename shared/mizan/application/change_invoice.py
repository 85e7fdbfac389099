"""What an agency does to its own demand: issue a draft, amend, cancel, contest, hold, release, write off.

Each is idempotent by its outcome: asked twice, the second is answered like the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mizan.application.bind_request import bind_request
from mizan.application.create_invoice import wrong_charges
from mizan.application.ports import Clock, InvoiceRepository
from mizan.application.ports_services import ServiceCatalogue
from mizan.application.read_invoices import read_invoice
from mizan.domain.accounts import Caller, maker_of
from mizan.domain.errors import BusyError, ConflictError, InvalidInputError
from mizan.domain.invoices import (
    CHANGE_COUNT_MAX,
    Customer,
    Invoice,
    InvoiceEvent,
    InvoiceLine,
    InvoiceState,
    as_of,
    changed,
    total,
)
from mizan.domain.terms import Terms

RETRY_COUNT_MAX = 5

ALREADY = {
    InvoiceEvent.CANCEL: InvoiceState.CANCELLED,
    InvoiceEvent.CONTEST: InvoiceState.CONTESTED,
    InvoiceEvent.HOLD: InvoiceState.HELD,
    InvoiceEvent.WRITE_OFF: InvoiceState.WRITTEN_OFF,
}
"""The state in which a repeat of the event is answered with the invoice as it stands."""

STARTED = frozenset({InvoiceEvent.ISSUE, InvoiceEvent.RELEASE})
"""Events whose repeat is known by the history: their target is left again by itself (it falls due, it is paid)."""

STOPS = frozenset({InvoiceEvent.CANCEL, InvoiceEvent.HOLD, InvoiceEvent.WRITE_OFF})
"""What stops a demand is possible however long its history is; starting it again is not."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """What changes; None stays as it is."""

    customer: Customer | None = None
    lines: tuple[InvoiceLine, ...] | None = None
    due_date: date | None = None
    terms: Terms | None = None
    metadata: Mapping[str, str] | None = None


def change_invoice(
    reference: str,
    event: InvoiceEvent,
    *,
    caller: Caller,
    invoices: InvoiceRepository,
    clock: Clock,
    idempotency_key: str | None = None,
) -> Invoice:
    """The invoice after `event`; asked again, as it stands. Money that still arrives for a demand that is cancelled,
    held or written off goes to suspense, also where a payer was on a gateway's page already.

    Raises NotFoundError, IllegalTransitionError (with what is possible instead), IdempotencyConflictError (the key came
    to this invoice with another action), ConflictError (changed too often), BusyError.
    """
    bind_request(idempotency_key, event, reference=reference, caller=caller, invoices=invoices, clock=clock)
    for _ in range(RETRY_COUNT_MAX):
        stored = read_invoice(reference, caller=caller, invoices=invoices)
        now = clock.now()
        before = as_of(stored, now)
        if _is_done(before, event):
            return before
        if event not in STOPS:
            require_room(before)
        after = changed(before, _event_for(before, event), now, actor=maker_of(caller))
        if invoices.replace(stored, after):
            return as_of(after, now)
    raise BusyError("the invoice kept changing")


def amend_invoice(
    reference: str,
    amendment: Amendment,
    *,
    caller: Caller,
    invoices: InvoiceRepository,
    services: ServiceCatalogue,
    clock: Clock,
    idempotency_key: str | None = None,
    fingerprint: str = "",
) -> Invoice:
    """The invoice with what changes; the same amendment again changes nothing. What it was is kept beside it.
    `fingerprint` is the hash of the body, to which the key is bound.

    Raises NotFoundError, InvalidInputError (terms that contradict the amended invoice, an amount out of bounds),
    IllegalTransitionError (money was allocated to it, or it is no longer owed), IdempotencyConflictError, ConflictError
    (changed too often), BusyError.
    """
    action = f"{InvoiceEvent.AMEND}:{fingerprint}"
    bind_request(idempotency_key, action, reference=reference, caller=caller, invoices=invoices, clock=clock)
    for _ in range(RETRY_COUNT_MAX):
        stored = read_invoice(reference, caller=caller, invoices=invoices)
        now = clock.now()
        before = as_of(stored, now)
        changes = {name: value for name, value in _changes(before, amendment).items() if getattr(before, name) != value}
        if not changes:
            return before
        require_room(before)
        amounts = {name: changes.pop(name) for name in ("amount", "outstanding") if name in changes}
        asked = amounts.get("amount")
        after = changed(before, InvoiceEvent.AMEND, now, amount=asked, actor=maker_of(caller), **changes)
        after = replace(after, **amounts)
        if errors := wrong_charges(after.service, after.lines, after.terms, after.due_date, services):
            raise InvalidInputError(errors)
        if invoices.replace(stored, after):
            return as_of(after, now)
    raise BusyError("the invoice kept changing")


def require_room(invoice: Invoice) -> None:
    """Raises ConflictError where its history is too long for its agency to change it once more."""
    if invoice.sequence >= CHANGE_COUNT_MAX:
        raise ConflictError("the invoice was changed too often; cancel or supersede it")


def _is_done(invoice: Invoice, event: InvoiceEvent) -> bool:
    if ALREADY.get(event) is invoice.state:
        return True
    if event not in STARTED or invoice.state is InvoiceState.DRAFT:
        return False
    passed = (InvoiceEvent.AMEND,) if event is InvoiceEvent.ISSUE else ()  # amended since: it is issued all the same
    acts = (entry.event for entry in reversed(invoice.history) if entry.event in _BY_PEOPLE)
    return next((act for act in acts if act not in passed), None) in (event, _WITH_MONEY.get(event, event))


_BY_PEOPLE = frozenset(
    {
        InvoiceEvent.ISSUE,
        InvoiceEvent.AMEND,
        InvoiceEvent.CONTEST,
        InvoiceEvent.HOLD,
        InvoiceEvent.RELEASE,
        InvoiceEvent.RELEASE_PART,
        InvoiceEvent.CANCEL,
        InvoiceEvent.SUPERSEDE,
        InvoiceEvent.WRITE_OFF,
    }
)

_WITH_MONEY = {InvoiceEvent.RELEASE: InvoiceEvent.RELEASE_PART}
"""What an event is called for a demand that is paid in part."""


def _event_for(invoice: Invoice, event: InvoiceEvent) -> InvoiceEvent:
    return event if invoice.is_untouched else _WITH_MONEY.get(event, event)


def _changes(before: Invoice, amendment: Amendment) -> dict[str, Any]:
    asked = {
        "customer": amendment.customer,
        "lines": amendment.lines,
        "due_date": amendment.due_date,
        "terms": amendment.terms,
        "metadata": amendment.metadata,
    }
    changes: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    if amendment.lines is not None:
        changes |= {"amount": total(amendment.lines), "outstanding": total(amendment.lines)}
    return changes
