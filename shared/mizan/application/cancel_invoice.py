"""Withdraw a demand that nobody has paid."""

from dataclasses import replace

from mizan.application.ports import Clock, InvoiceRepository
from mizan.application.read_invoices import read_invoice
from mizan.domain.accounts import Caller
from mizan.domain.errors import BusyError
from mizan.domain.invoices import INVOICE_STATES, Invoice, InvoiceEvent, InvoiceState

RETRY_COUNT_MAX = 5


def cancel_invoice(reference: str, *, caller: Caller, invoices: InvoiceRepository, clock: Clock) -> Invoice:
    """The cancelled invoice; cancelling twice is the same answer. A payment that still arrives goes to suspense.

    Raises NotFoundError, IllegalTransitionError (it is paid), BusyError.
    """
    for _ in range(RETRY_COUNT_MAX):
        before = read_invoice(reference, caller=caller, invoices=invoices)
        if before.state is InvoiceState.CANCELLED:
            return before
        state = INVOICE_STATES.next_state(before.state, InvoiceEvent.CANCEL)
        after = replace(before, state=state, updated_at=clock.now())
        if invoices.replace(before, after):
            return after
    raise BusyError("the invoice kept changing")
