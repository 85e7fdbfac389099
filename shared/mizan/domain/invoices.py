"""An invoice is the demand: what is owed to an agency for a service, from its draft until it is paid or given up.

`changed` is the only way from one state to the next; `as_of` lets time do what only time does (fall due, expire). Both
write down what happened in the invoice's own history.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from mizan.domain.calendar import end_of_day
from mizan.domain.errors import IllegalTransitionError
from mizan.domain.history import Entry, History
from mizan.domain.states import StateMachine
from mizan.domain.terms import NO_TERMS, Terms


class InvoiceState(StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"
    PARTIALLY_PAID = "partially_paid"
    OVERDUE = "overdue"
    CONTESTED = "contested"
    HELD = "held"
    PAID = "paid"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    WRITTEN_OFF = "written_off"


class InvoiceEvent(StrEnum):
    ISSUE = "issue"
    AMEND = "amend"
    PAY = "pay"
    PAY_PART = "pay_part"
    FALL_DUE = "fall_due"
    CONTEST = "contest"
    HOLD = "hold"
    RELEASE = "release"
    RELEASE_PART = "release_part"
    CANCEL = "cancel"
    SUPERSEDE = "supersede"
    EXPIRE = "expire"
    WRITE_OFF = "write_off"
    STAND_IN = "stand_in"
    REVERSE = "reverse"
    REVERSE_PART = "reverse_part"


def _edges() -> dict[tuple[InvoiceState, InvoiceEvent], InvoiceState]:
    state, event = InvoiceState, InvoiceEvent
    edges = {
        (state.DRAFT, event.ISSUE): state.ISSUED,
        (state.DRAFT, event.AMEND): state.DRAFT,
        (state.DRAFT, event.CANCEL): state.CANCELLED,
        (state.ISSUED, event.AMEND): state.ISSUED,
        (state.OVERDUE, event.AMEND): state.ISSUED,
        (state.ISSUED, event.FALL_DUE): state.OVERDUE,
        (state.PARTIALLY_PAID, event.FALL_DUE): state.OVERDUE,
        (state.ISSUED, event.PAY_PART): state.PARTIALLY_PAID,
        (state.PARTIALLY_PAID, event.PAY_PART): state.PARTIALLY_PAID,
        (state.OVERDUE, event.PAY_PART): state.OVERDUE,
        (state.CONTESTED, event.PAY_PART): state.CONTESTED,
        (state.EXPIRED, event.PAY_PART): state.PARTIALLY_PAID,  # paid in time, heard of late
        (state.EXPIRED, event.PAY): state.PAID,
        (state.PAID, event.REVERSE): state.ISSUED,
        (state.PAID, event.REVERSE_PART): state.PARTIALLY_PAID,
        (state.PARTIALLY_PAID, event.REVERSE): state.ISSUED,
        (state.PARTIALLY_PAID, event.REVERSE_PART): state.PARTIALLY_PAID,
    }
    for payable in (state.ISSUED, state.PARTIALLY_PAID, state.OVERDUE):
        edges[payable, event.CONTEST] = state.CONTESTED
        edges[payable, event.HOLD] = state.HELD
        edges[payable, event.EXPIRE] = state.EXPIRED
    for owed in (state.ISSUED, state.PARTIALLY_PAID, state.OVERDUE, state.CONTESTED):
        edges[owed, event.PAY] = state.PAID
        edges[owed, event.STAND_IN] = owed
    for stopped in (state.CONTESTED, state.HELD):
        edges[stopped, event.RELEASE] = state.ISSUED
        edges[stopped, event.RELEASE_PART] = state.PARTIALLY_PAID
    for open_state in (state.ISSUED, state.OVERDUE, state.CONTESTED, state.HELD):
        edges[open_state, event.CANCEL] = state.CANCELLED
        edges[open_state, event.SUPERSEDE] = state.SUPERSEDED
    for given_up in (state.ISSUED, state.PARTIALLY_PAID, state.OVERDUE, state.CONTESTED, state.HELD, state.EXPIRED):
        edges[given_up, event.WRITE_OFF] = state.WRITTEN_OFF
    for kept in (state.OVERDUE, state.CONTESTED, state.HELD, state.EXPIRED, state.WRITTEN_OFF):
        edges[kept, event.REVERSE] = kept  # money goes back; why nothing is asked for now stays as it was
        edges[kept, event.REVERSE_PART] = kept
    return edges


INVOICE_STATES: StateMachine[InvoiceState, InvoiceEvent] = StateMachine("invoice", InvoiceState.ISSUED, _edges())

DRAFT_STATES: StateMachine[InvoiceState, InvoiceEvent] = replace(INVOICE_STATES, initial=InvoiceState.DRAFT)
"""The same table, entered as a draft."""

ONLY_WHILE_UNPAID = frozenset({InvoiceEvent.AMEND, InvoiceEvent.CANCEL, InvoiceEvent.SUPERSEDE})
"""What may not happen to a demand once money was allocated to it: a refund comes first."""

ASKED_BY_AGENCIES = (
    InvoiceEvent.ISSUE,
    InvoiceEvent.AMEND,
    InvoiceEvent.CONTEST,
    InvoiceEvent.HOLD,
    InvoiceEvent.RELEASE,
    InvoiceEvent.CANCEL,
    InvoiceEvent.SUPERSEDE,
    InvoiceEvent.WRITE_OFF,
)
"""What an agency may ask for, in the order in which it is offered; everything else is done by money or by time, or, as
serving without payment (`stand_in`) is, only while every route is down.
"""

CHANGE_COUNT_MAX = 60
"""Entries that a history may have before its agency may change nothing more; money is always taken."""


GRACE = timedelta(hours=24)
"""How long time stands still for a demand whose service was given while nothing could be paid."""


class TaxCategory(StrEnum):
    """VAT treatment of a line; the four stay distinct (rails.md 8). Sovereign fees are usually out of scope."""

    STANDARD = "standard"
    ZERO_RATED = "zero_rated"
    EXEMPT = "exempt"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """What is charged for; `amount` in fils, VAT included. `ledger_code`: the agency's own revenue account.

    Raises ValueError on an amount that is not positive.
    """

    description: str
    amount: int
    description_ar: str | None = None
    ledger_code: str | None = None
    tax_category: TaxCategory | None = None

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError("a line charges a positive amount")


@dataclass(frozen=True, slots=True)
class Customer:
    """Who is billed: a person by CPR or passport, a company by CR. Personal data: encrypted at rest, masked in logs."""

    name: str
    name_ar: str | None = None
    cpr: str | None = None
    phone: str | None = None
    email: str | None = None
    cr: str | None = None
    passport: str | None = None

    @property
    def masked_name(self) -> str:
        """First letter of each word, the rest dots: enough to recognise oneself by, too little to learn a name from."""
        return " ".join(f"{word[0]}•••" for word in self.name.split())

    @property
    def identifiers(self) -> tuple[str, ...]:
        """What a payer is searched by: `cpr:900101123`, `cr:12345-1`, `passport:…`."""
        kinds = ("cpr", "cr", "passport")
        return tuple(f"{kind}:{value}" for kind in kinds if (value := getattr(self, kind)) is not None)


@dataclass(frozen=True, slots=True)
class Grace:
    """Time stands still for a demand from `since` until `until` (UTC): a day that ends between them ends at `until`."""

    since: datetime
    until: datetime

    def covers(self, instant: datetime) -> bool:
        return self.since <= instant < self.until


@dataclass(frozen=True, slots=True)
class Invoice:
    """`amount` and `outstanding` in fils, in terms of the face amount: an early discount or a late charge is the
    quote's.

    `plan` is the plan that a paid leg bound the payer to, `legs_paid` which of its legs are paid (0-based).
    """

    reference: str
    agency: str
    service: str
    customer: Customer
    lines: tuple[InvoiceLine, ...]
    due_date: date
    currency: str
    amount: int
    outstanding: int
    state: InvoiceState
    created_at: datetime
    updated_at: datetime
    identity: str
    """What makes the request the same request: a hash of the agency and its number or idempotency key."""
    fingerprint: str
    """Hash of the creation body: the same identity with another fingerprint is a conflict."""
    correlation_id: str
    invoice_number: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    terms: Terms = NO_TERMS
    plan: str | None = None
    legs_paid: tuple[int, ...] = ()
    paid_by: tuple[str, ...] = ()
    """Ids of the payments whose money is allocated to it, also where they paid it in a basket."""
    supersedes: str | None = None
    superseded_by: str | None = None
    grace: Grace | None = None
    """Given once, when its agency served while every route was down."""
    history: History = ()

    @property
    def sequence(self) -> int:
        """The number of the last thing that happened; every change makes it one more."""
        return len(self.history)

    @property
    def is_untouched(self) -> bool:
        """No money is allocated to it."""
        return self.outstanding == self.amount


def total(lines: tuple[InvoiceLine, ...]) -> int:
    """Σ of the lines, in fils."""
    return sum(line.amount for line in lines)


def changed(
    invoice: Invoice,
    event: InvoiceEvent,
    at: datetime,
    *,
    amount: int | None = None,
    actor: str | None = None,
    note: str | None = None,
    **changes: Any,
) -> Invoice:
    """The invoice after `event`, with its entry in the history. Raises IllegalTransitionError."""
    if event not in possible_events(invoice):
        raise IllegalTransitionError("invoice", invoice.state, event, possible_events(invoice))
    return replace(
        invoice,
        state=INVOICE_STATES.next_state(invoice.state, event),
        updated_at=at,
        history=(*invoice.history, Entry(event, at, amount, actor, _balance(event, changes), note)),
        **changes,
    )


def _balance(event: InvoiceEvent, changes: Mapping[str, Any]) -> int | None:
    """What is owed after a part came or went; after anything else the event says it (nothing, all, or no change)."""
    return changes.get("outstanding") if event in (InvoiceEvent.PAY_PART, InvoiceEvent.REVERSE_PART) else None


def possible_events(invoice: Invoice) -> tuple[str, ...]:
    """What can happen to it now: the table's events, less those that need it unpaid; it is served once."""
    excluded = (frozenset() if invoice.is_untouched else ONLY_WHILE_UNPAID) | _spent(invoice)
    return tuple(event for event in INVOICE_STATES.possible(invoice.state) if event not in excluded)


def _spent(invoice: Invoice) -> frozenset[InvoiceEvent]:
    return frozenset() if invoice.grace is None else frozenset({InvoiceEvent.STAND_IN})


def askable_events(invoice: Invoice) -> tuple[InvoiceEvent, ...]:
    """What its agency may ask for now."""
    possible = possible_events(invoice)
    return tuple(event for event in ASKED_BY_AGENCIES if event in possible)


def due_on(invoice: Invoice) -> date:
    """The Bahrain day by which the next money is due: that of the next instalment once a plan binds the payer."""
    plan = invoice.terms.plan(invoice.plan) if invoice.plan is not None else None
    legs = enumerate(plan.legs) if plan else ()
    return next((leg.due_date for at, leg in legs if at not in invoice.legs_paid), invoice.due_date)


def is_over(invoice: Invoice, day: date, now: datetime) -> bool:
    """Whether the Bahrain day `day` is over for this demand: every date in its terms is judged by this alone."""
    return now >= end_for(invoice, day)


def end_for(invoice: Invoice, day: date) -> datetime:
    """When `day` ends for this demand (UTC): as for all, but at the grace's end where it would end within the grace."""
    end = end_of_day(day)
    grace = invoice.grace
    return grace.until if grace is not None and grace.covers(end) else end


def is_overdue(invoice: Invoice, now: datetime) -> bool:
    """Whether something is late at `now`: an instalment that was paid late no longer is. `invoice` as of then."""
    return invoice.state is InvoiceState.OVERDUE and is_over(invoice, due_on(invoice), now)


def as_of(invoice: Invoice, now: datetime) -> Invoice:
    """The invoice as time has made it by `now`: overdue after its due day, expired after its last day (Bahrain days, as
    `is_over` judges them).

    Whoever writes it next stores that too; the entries say when it came to be so, not when somebody looked.
    """
    for event, last_day in (
        (InvoiceEvent.FALL_DUE, due_on(invoice)),
        (InvoiceEvent.EXPIRE, invoice.terms.expires_on),
    ):
        if last_day is not None and is_over(invoice, last_day, now) and INVOICE_STATES.allows(invoice.state, event):
            at = max([end_for(invoice, last_day), *(entry.at for entry in invoice.history[-1:])])
            invoice = replace(changed(invoice, event, at), updated_at=invoice.updated_at)
    return invoice
