"""Read one invoice, by its reference or by its agency's own number."""

from mizan.application.create_invoice import identity_of
from mizan.application.ports import Clock, Derivation, InvoiceRepository
from mizan.domain.accounts import Caller
from mizan.domain.errors import NotFoundError
from mizan.domain.invoices import Invoice, as_of
from mizan.domain.references import PROBE_COUNT_MAX, is_reference

MISS_COUNT_MAX = 2
"""Places in a row without an invoice after which there is none: one may be a basket's."""


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


def find_by_number(
    agency: str, invoice_number: str, *, invoices: InvoiceRepository, derivation: Derivation
) -> Invoice | None:
    """The agency's invoice of this number, as stored: its reference is derived from the number, so no index is asked,
    and what was just raised is found.
    """
    identity = identity_of(agency, invoice_number, None)
    miss_count = 0
    for probe in range(PROBE_COUNT_MAX):
        invoice = invoices.get(derivation.reference(identity, probe))
        if invoice is not None and invoice.identity == identity:
            return invoice
        miss_count = miss_count + 1 if invoice is None else 0
        if miss_count == MISS_COUNT_MAX:
            break
    return None
