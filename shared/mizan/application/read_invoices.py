"""Read one invoice, or list an agency's day."""

from dataclasses import dataclass
from datetime import date

from mizan.application.ports import Clock, InvoiceRepository
from mizan.domain.accounts import Caller
from mizan.domain.errors import NotFoundError
from mizan.domain.invoices import Invoice, as_of
from mizan.domain.references import is_reference


def read_invoice(reference: str, *, caller: Caller, invoices: InvoiceRepository) -> Invoice:
    """The invoice as stored: what a conditional write compares with; what people see is `show_invoice`'s.

    Raises NotFoundError for what does not exist, has wrong check digits or is another agency's: one answer.
    """
    invoice = invoices.get(reference) if is_reference(reference) else None
    if invoice is None or not caller.may_see(invoice.agency):
        raise NotFoundError("invoice")
    return invoice


def show_invoice(reference: str, *, caller: Caller, invoices: InvoiceRepository, clock: Clock) -> Invoice:
    """The invoice as of now: fallen due, expired. Raises NotFoundError as `read_invoice`."""
    return as_of(read_invoice(reference, caller=caller, invoices=invoices), clock.now())


@dataclass(frozen=True, slots=True)
class InvoicePage:
    invoices: tuple[Invoice, ...]
    cursor: str | None


def list_invoices(
    agency: str, *, created_on: date, limit: int, cursor: str | None, invoices: InvoiceRepository, clock: Clock
) -> InvoicePage:
    """Invoices that `agency` created on a Bahrain day, as of now, with the cursor of the next page."""
    page = invoices.list_day(agency, created_on, limit=limit, cursor=cursor)
    now = clock.now()
    return InvoicePage(tuple(as_of(invoice, now) for invoice in invoices.get_many(page.references)), page.cursor)
