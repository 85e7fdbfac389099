"""Read one invoice, or list an agency's day."""

from dataclasses import dataclass
from datetime import date

from mizan.application.ports import InvoiceRepository
from mizan.domain.accounts import Caller
from mizan.domain.errors import NotFoundError
from mizan.domain.invoices import Invoice
from mizan.domain.references import is_reference


def read_invoice(reference: str, *, caller: Caller, invoices: InvoiceRepository) -> Invoice:
    """Raises NotFoundError for what does not exist, has wrong check digits or is another agency's: one answer."""
    invoice = invoices.get(reference) if is_reference(reference) else None
    if invoice is None or not caller.may_see(invoice.agency):
        raise NotFoundError("invoice")
    return invoice


@dataclass(frozen=True, slots=True)
class InvoicePage:
    invoices: tuple[Invoice, ...]
    cursor: str | None


def list_invoices(
    agency: str, *, created_on: date, limit: int, cursor: str | None, invoices: InvoiceRepository
) -> InvoicePage:
    """Invoices that `agency` created on a UTC day, with the cursor of the next page."""
    page = invoices.list_day(agency, created_on, limit=limit, cursor=cursor)
    return InvoicePage(tuple(invoices.get_many(page.references)), page.cursor)
