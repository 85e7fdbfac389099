"""Correct a wrong bill that was printed already: a new invoice takes its place, and the old reference leads to the
new.
"""

from dataclasses import replace

from mizan.application.create_invoice import CreateInvoice, bind_key, new_invoice, validate
from mizan.application.ports import Clock, Derivation, InvoiceRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_quotes import BasketRepository
from mizan.application.ports_services import ServiceCatalogue
from mizan.application.read_invoices import read_invoice
from mizan.domain.accounts import Caller, maker_of
from mizan.domain.errors import BusyError, IdempotencyConflictError, IllegalTransitionError
from mizan.domain.invoices import Invoice, InvoiceEvent, InvoiceState, as_of, changed
from mizan.domain.references import PROBE_COUNT_MAX

RETRY_COUNT_MAX = 5


def supersede_invoice(
    reference: str,
    command: CreateInvoice,
    *,
    caller: Caller,
    invoices: InvoiceRepository,
    books: Books,
    baskets: BasketRepository,
    services: ServiceCatalogue,
    derivation: Derivation,
    clock: Clock,
) -> tuple[Invoice, bool]:
    """The new invoice, and whether this call made it (False: a replay). Both change in one transaction.

    Raises what `create_invoice` raises, NotFoundError, IllegalTransitionError (money was allocated to the old one, or
    it is no longer owed), BusyError.
    """
    validate(command, services)
    bind_key(command, invoices, clock.now())
    for _ in range(RETRY_COUNT_MAX):
        stored = read_invoice(reference, caller=caller, invoices=invoices)
        now = clock.now()
        candidate, existing = _successor(new_invoice(command, now), reference, derivation, invoices, baskets)
        if existing is not None:
            return _replayed(existing, candidate, stored, invoices), False
        old = as_of(stored, now)
        after = changed(old, InvoiceEvent.SUPERSEDE, now, actor=maker_of(caller), superseded_by=candidate.reference)
        if books.commit([Move(stored, after), Move(None, candidate)]) is CommitOutcome.COMMITTED:
            return candidate, True
    raise BusyError("the invoice kept changing")


def _successor(
    invoice: Invoice,
    reference: str,
    derivation: Derivation,
    invoices: InvoiceRepository,
    baskets: BasketRepository,
) -> tuple[Invoice, Invoice | None]:
    """The new invoice under the first free reference, and what this very request made before, if it did."""
    for probe in range(PROBE_COUNT_MAX):
        own = derivation.reference(invoice.identity, probe)
        candidate = replace(invoice, reference=own, supersedes=reference)
        existing = invoices.get(own)
        if existing is not None and existing.identity == invoice.identity:
            return candidate, existing
        if existing is None and baskets.get(own) is None:
            return candidate, None
    raise BusyError("no free reference")


def _replayed(existing: Invoice, candidate: Invoice, old: Invoice, invoices: InvoiceRepository) -> Invoice:
    """Raises IdempotencyConflictError where the number or key made something else than this correction."""
    if existing.fingerprint != candidate.fingerprint or existing.supersedes != old.reference:
        raise IdempotencyConflictError("the same number or key came before with another body")
    if old.state is not InvoiceState.SUPERSEDED:
        raise IllegalTransitionError("invoice", old.state, InvoiceEvent.SUPERSEDE, ())
    return invoices.original(existing)
