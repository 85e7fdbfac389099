"""Bind an Idempotency-Key to what is asked of one invoice: the same key with anything else is a conflict."""

import hashlib

from mizan.application.ports import Clock, InvoiceRepository
from mizan.application.read_invoices import read_invoice
from mizan.domain.accounts import Caller
from mizan.domain.errors import IdempotencyConflictError


def bind_request(
    idempotency_key: str | None,
    action: str,
    *,
    reference: str,
    caller: Caller,
    invoices: InvoiceRepository,
    clock: Clock,
) -> None:
    """Nothing without a key. `action` says everything that the request says; keys of different invoices are apart.

    Raises NotFoundError (nothing is bound to what does not exist or is another agency's), IdempotencyConflictError.
    """
    if idempotency_key is None:
        return
    read_invoice(reference, caller=caller, invoices=invoices)
    fingerprint = hashlib.sha256(action.encode()).hexdigest()[:32]
    holder = invoices.reserve_key(caller.agency, f"{reference}/{idempotency_key}", fingerprint, clock.now())
    if holder != fingerprint:
        raise IdempotencyConflictError("the Idempotency-Key came before with another body")
