"""The list of invoices that were served unpaid, over the invoices in memory."""

from collections.abc import Iterator
from datetime import datetime

from mizan.domain.stand_ins import stand_in_of
from tests.fakes.store import FakeInvoiceRepository


class FakeStandInList:
    def __init__(self, invoices: FakeInvoiceRepository) -> None:
        self._invoices = invoices

    def references(self, agency: str, first: datetime, end: datetime) -> Iterator[str]:
        found = [stand_in_of(invoice) for invoice in list(self._invoices.rows.values()) if invoice.agency == agency]
        fitting = [one for one in found if one is not None and first <= one.at < end]
        yield from (one.reference for one in sorted(fitting, key=lambda one: (one.at, one.reference)))
