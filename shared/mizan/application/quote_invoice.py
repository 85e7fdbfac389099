"""What to pay for an invoice now: stored, so that late money can be judged by what the payer was told."""

import hashlib

from mizan.application.bind_request import bind_request
from mizan.application.payables import Payables
from mizan.application.ports import Clock, InvoiceRepository
from mizan.application.ports_quotes import QuoteBook
from mizan.domain.accounts import Caller
from mizan.domain.errors import InvalidInputError
from mizan.domain.quotes import Quote


def quote_invoice(
    reference: str,
    *,
    caller: Caller,
    payables: Payables,
    quotes: QuoteBook,
    invoices: InvoiceRepository,
    clock: Clock,
    plan: str | None = None,
    amount: int | None = None,
    idempotency_key: str | None = None,
    fingerprint: str = "",
) -> tuple[str, Quote]:
    """The quote and its id; asked again while nothing changed and it holds as long, the same one.

    Raises NotFoundError, IllegalTransitionError, InvalidInputError (a plan or an amount that the terms do not allow; a
    basket has no quote of its own), IdempotencyConflictError (the key came to this invoice with another question).
    """
    payable = payables.find(reference, caller=caller)
    if payable.is_basket:
        raise InvalidInputError.of("reference", "basket_paid_whole")
    bind_request(
        idempotency_key, f"quote:{fingerprint}", reference=reference, caller=caller, invoices=invoices, clock=clock
    )
    quote = payables.quotes(payable, plan=plan, amount=amount)[0]
    invoice = payable.invoices[0]
    parts = [quote.reference, quote.amount, quote.discharge, quote.plan, quote.leg, invoice.sequence]
    until = quote.valid_until.isoformat()  # the day's end; shortly before it a later instant, which is another quote
    quote_id = f"qte_{hashlib.sha256('|'.join(map(str, [*parts, until])).encode()).hexdigest()[:24]}"
    return quote_id, quotes.keep(quote_id, quote, clock.now())
