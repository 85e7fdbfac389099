"""What finding invoices needs from the store, as protocols. A row is `{instant of creation}#{reference}`: rows sort by
time, and a row is where a page ends.
"""

from datetime import date
from typing import Protocol

FIRST = " "
"""Sorts before every row."""

LAST = "~"
"""Sorts after every row."""


class CreationIndex(Protocol):
    def rows_of_day(self, agency: str, day: date, *, after: str, limit: int) -> list[str]:
        """Rows of what `agency` created on that Bahrain day, oldest first. Eventually consistent (an index)."""
        ...


class PayerIndex(Protocol):
    """Which invoices an agency raised for a payer. Written after the invoice, so it may lag and may be stale: the
    invoice decides.
    """

    def put(self, agency: str, payer: str, row: str) -> None:
        """Say that the row's invoice is this payer's (`cpr:…`, `cr:…`, `passport:…`); said again, nothing changes."""
        ...

    def rows_of_payer(self, agency: str, payer: str, *, after: str, limit: int) -> list[str]:
        """Rows of a payer's invoices, oldest first."""
        ...
