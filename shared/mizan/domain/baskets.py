"""A basket: several invoices, of several agencies if need be, that a payer pays at once under one reference."""

from dataclasses import dataclass
from datetime import datetime

from mizan.domain.history import History
from mizan.domain.quotes import Quote

LINE_COUNT_MAX = 20
"""Invoices of one basket: each is one item of the settling transaction, and its line lives in the attempt."""

ANY_AGENCY = "*"
"""Whose a basket over several agencies is: its money comes in through the platform's own merchant account."""

SERVICE = "basket"


@dataclass(frozen=True, slots=True)
class Basket:
    """`quotes` as they were when it was made, one per invoice; what is paid is quoted again when the payment starts."""

    reference: str
    agency: str
    currency: str
    quotes: tuple[Quote, ...]
    created_at: datetime
    identity: str
    fingerprint: str
    correlation_id: str
    history: History = ()

    @property
    def amount(self) -> int:
        return sum(quote.amount for quote in self.quotes)

    @property
    def valid_until(self) -> datetime:
        return min(quote.valid_until for quote in self.quotes)
