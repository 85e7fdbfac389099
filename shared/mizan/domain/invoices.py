"""An invoice is the demand: what is owed to an agency for a service, until it is paid or cancelled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from mizan.domain.states import StateMachine


class InvoiceState(StrEnum):
    ISSUED = "issued"
    PAID = "paid"
    CANCELLED = "cancelled"


class InvoiceEvent(StrEnum):
    PAY = "pay"
    CANCEL = "cancel"


INVOICE_STATES: StateMachine[InvoiceState, InvoiceEvent] = StateMachine(
    "invoice",
    InvoiceState.ISSUED,
    {
        (InvoiceState.ISSUED, InvoiceEvent.PAY): InvoiceState.PAID,
        (InvoiceState.ISSUED, InvoiceEvent.CANCEL): InvoiceState.CANCELLED,
    },
)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """What is charged for; `amount` in fils. Raises ValueError on one that is not positive."""

    description: str
    amount: int
    description_ar: str | None = None

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError("a line charges a positive amount")


@dataclass(frozen=True, slots=True)
class Customer:
    """Who is billed. Personal data: encrypted at rest, masked in logs and on public pages."""

    name: str
    name_ar: str | None = None
    cpr: str | None = None
    phone: str | None = None
    email: str | None = None

    @property
    def masked_name(self) -> str:
        """First letter of each word, the rest dots: enough to recognise oneself by, too little to learn a name from."""
        return " ".join(f"{word[0]}•••" for word in self.name.split())


@dataclass(frozen=True, slots=True)
class Invoice:
    """`amount` and `outstanding` in fils; `outstanding` is `amount` until one payment settles it, then 0."""

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


def total(lines: tuple[InvoiceLine, ...]) -> int:
    """Σ of the lines, in fils."""
    return sum(line.amount for line in lines)
