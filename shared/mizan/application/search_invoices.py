"""Find an agency's invoices: by its own number, by payer, by day of creation; filtered by state and service.

A call reads a bounded number of rows, so a page may hold less than was asked for, even nothing, and still go on.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from mizan.application.ports import Clock, Derivation, InvoiceRepository
from mizan.application.ports_search import FIRST, LAST, CreationIndex, PayerIndex
from mizan.application.read_invoices import find_by_number
from mizan.domain.calendar import business_date
from mizan.domain.errors import InvalidInputError
from mizan.domain.invoices import Invoice, InvoiceState, as_of

SCANNED_COUNT_MAX = 500
"""Invoices read for one page."""

CHUNK_COUNT_MAX = 31
"""Looks into an index for one page: empty days cost one each."""

CHUNK_ROW_COUNT = 100
RANGE_DAY_COUNT_MAX = 366
ROW_LENGTH_MAX = 64
"""An instant (32 characters), a separator and a reference (18) fit; a longer row cannot be one of ours."""


@dataclass(frozen=True, slots=True)
class InvoiceQuery:
    """`first` and `last` are Bahrain days of creation, both or neither where a payer is named."""

    agency: str
    limit: int
    first: date | None = None
    last: date | None = None
    invoice_number: str | None = None
    payer: str | None = None
    state: InvoiceState | None = None
    service: str | None = None
    cursor: str | None = None

    def matches(self, invoice: Invoice) -> bool:
        """Whether the invoice, as of now, is what is asked for. An index may lag: whatever it says is checked here."""
        wanted = {
            "agency": (self.agency, invoice.agency),
            "state": (self.state, invoice.state),
            "service": (self.service, invoice.service),
        }
        day = business_date(invoice.created_at)
        is_in_time = (self.first is None or self.first <= day) and (self.last is None or day <= self.last)
        is_payers = self.payer is None or self.payer in invoice.customer.identifiers
        return is_in_time and is_payers and all(asked in (None, found) for asked, found in wanted.values())


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """As of now, oldest first; `cursor` continues it, None at the end."""

    invoices: tuple[Invoice, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page ends: a row of a day, or of the payer's rows."""

    day: date | None
    after: str


class InvoiceSearch:
    def __init__(
        self,
        *,
        invoices: InvoiceRepository,
        created: CreationIndex,
        payers: PayerIndex,
        derivation: Derivation,
        clock: Clock,
    ) -> None:
        self._invoices, self._created, self._payers = invoices, created, payers
        self._derivation, self._clock = derivation, clock

    def find(self, query: InvoiceQuery) -> InvoicePage:
        """One page. Raises InvalidInputError on a cursor that is none of this question's."""
        if query.invoice_number is not None:
            return self._by_number(query)
        now = self._clock.now()
        found: list[tuple[_Place, Invoice]] = []
        scanned = 0
        for count, (place, rows) in enumerate(self._chunks(query, _start(query)), start=1):
            for at, invoice in self._read(rows, place.day):
                if query.matches(seen := as_of(invoice, now)):
                    found.append((at, seen))
            scanned += len(rows)
            if len(found) > query.limit:
                shown = found[: query.limit]
                return InvoicePage(tuple(invoice for _, invoice in shown), _write_cursor(shown[-1][0]))
            if scanned >= SCANNED_COUNT_MAX or count >= CHUNK_COUNT_MAX:
                return InvoicePage(tuple(invoice for _, invoice in found), _write_cursor(place))
        return InvoicePage(tuple(invoice for _, invoice in found), None)

    def _by_number(self, query: InvoiceQuery) -> InvoicePage:
        invoice = find_by_number(
            query.agency, query.invoice_number or "", invoices=self._invoices, derivation=self._derivation
        )
        return InvoicePage((as_of(invoice, self._clock.now()),) if invoice else (), None)

    def _chunks(self, query: InvoiceQuery, place: _Place) -> Iterator[tuple[_Place, list[str]]]:
        """Rows in their order, each chunk with the place after it."""
        is_filtered = query.state is not None or query.service is not None
        limit = CHUNK_ROW_COUNT if is_filtered else min(query.limit + 1, CHUNK_ROW_COUNT)
        if place.day is not None and query.last is not None and place.after == LAST and place.day < query.last:
            place = _Place(place.day + timedelta(days=1), FIRST)  # the page before ended with its day
        while True:
            rows = self._rows(query, place, limit)
            is_over = len(rows) < limit
            place = _Place(place.day, LAST if is_over and place.day is not None else rows[-1] if rows else place.after)
            yield place, rows
            if not is_over:
                continue
            if place.day is None or query.last is None or place.day >= query.last:
                return
            place = _Place(place.day + timedelta(days=1), FIRST)

    def _rows(self, query: InvoiceQuery, place: _Place, limit: int) -> list[str]:
        if query.payer is not None:
            return self._payers.rows_of_payer(query.agency, query.payer, after=place.after, limit=limit)
        if place.day is None:
            return []
        return self._created.rows_of_day(query.agency, place.day, after=place.after, limit=limit)

    def _read(self, rows: list[str], day: date | None) -> Iterator[tuple[_Place, Invoice]]:
        places = {row.rpartition("#")[2]: _Place(day, row) for row in rows}
        for invoice in self._invoices.get_many(list(places)):
            yield places[invoice.reference], invoice


def _start(query: InvoiceQuery) -> _Place:
    """Where the page begins. Raises InvalidInputError on a bad cursor."""
    day = None if query.payer is not None else query.first
    if query.cursor is None:
        return _Place(day, FIRST)
    place = _read_cursor(query.cursor)
    is_ours = (place.day is None) == (day is None)
    if place.day is not None and query.first is not None and query.last is not None:
        is_ours = query.first <= place.day <= query.last
    if not is_ours:
        raise InvalidInputError.of("cursor", "bad_cursor")
    return place


def _write_cursor(place: _Place) -> str:
    content = {"day": place.day.isoformat() if place.day else None, "after": place.after}
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> _Place:
    try:
        content = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        day, after = content["day"], content["after"]
        place = _Place(date.fromisoformat(day) if day is not None else None, after)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InvalidInputError.of("cursor", "bad_cursor") from None
    if not isinstance(after, str) or not after.isascii() or not 0 < len(after) <= ROW_LENGTH_MAX:
        raise InvalidInputError.of("cursor", "bad_cursor")
    return place
