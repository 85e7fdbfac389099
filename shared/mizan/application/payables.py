"""What can be paid under a reference, an invoice or a basket of them, and what to pay for it now."""

from dataclasses import dataclass
from datetime import datetime

from mizan.application.ports import Clock, InvoiceRepository
from mizan.application.ports_quotes import BasketRepository, QuoteBook
from mizan.domain.accounts import Caller
from mizan.domain.baskets import SERVICE, Basket
from mizan.domain.errors import IllegalTransitionError, InvalidInputError, NotFoundError
from mizan.domain.invoices import Invoice, InvoiceEvent, as_of, possible_events
from mizan.domain.quotes import Quote, is_payable, lasting, quote_of, still_holds
from mizan.domain.references import is_reference


@dataclass(frozen=True, slots=True)
class Payable:
    """`agency` is whose merchant account takes the money: the invoices' own, or the platform's ("*") for several."""

    reference: str
    agency: str
    service: str
    currency: str
    correlation_id: str
    invoices: tuple[Invoice, ...]
    is_basket: bool = False


class Payables:
    """Invoices are seen as of now: fallen due, expired."""

    def __init__(
        self, *, invoices: InvoiceRepository, baskets: BasketRepository, quotes: QuoteBook, clock: Clock
    ) -> None:
        self._invoices, self._baskets, self._quotes, self._clock = invoices, baskets, quotes, clock

    def find(self, reference: str, *, caller: Caller) -> Payable:
        """Whoever knows a basket's reference may pay it. Raises NotFoundError for what does not exist, has wrong check
        digits or is another agency's invoice: one answer.
        """
        invoice = self._invoices.get(reference) if is_reference(reference) else None
        if invoice is not None and caller.may_see(invoice.agency):
            return _of_invoice(as_of(invoice, self._clock.now()))
        basket = self._baskets.get(reference) if invoice is None and is_reference(reference) else None
        if basket is None:
            raise NotFoundError("invoice")
        return self._of_basket(basket)

    def quotes(
        self, payable: Payable, *, plan: str | None = None, amount: int | None = None, quote_id: str | None = None
    ) -> tuple[Quote, ...]:
        """What to pay now, one quote per invoice. A stored quote holds as it was given, until its time is over.

        Raises IllegalTransitionError, InvalidInputError (also where a basket is to be paid in part).
        """
        now = self._clock.now()
        if payable.is_basket:
            if plan or amount is not None or quote_id:
                raise InvalidInputError.of("reference", "basket_paid_whole")
            return tuple(quote_of(invoice, now) for invoice in payable.invoices)
        invoice = payable.invoices[0]
        if quote_id is not None and (plan is not None or amount is not None):
            raise InvalidInputError.of("quote_id", "quote_says_it_all")
        if quote_id is None:
            return (quote_of(invoice, now, plan=plan, amount=amount),)
        return (self._stored(invoice, quote_id, now),)

    def _stored(self, invoice: Invoice, quote_id: str, now: datetime) -> Quote:
        quote = self._quotes.get(invoice.reference, quote_id)
        if quote is None:
            raise InvalidInputError.of("quote_id", "unknown_quote")
        if now >= quote.valid_until:
            raise InvalidInputError.of("quote_id", "quote_expired")
        if not is_payable(invoice):
            raise IllegalTransitionError("invoice", invoice.state, InvoiceEvent.PAY, possible_events(invoice))
        if not still_holds(quote, invoice):
            raise InvalidInputError.of("quote_id", "quote_overtaken")
        return lasting(quote, invoice, now)

    def _of_basket(self, basket: Basket) -> Payable:
        now = self._clock.now()
        found = self._invoices.get_many([quote.reference for quote in basket.quotes])
        return Payable(
            reference=basket.reference,
            agency=basket.agency,
            service=SERVICE,
            currency=basket.currency,
            correlation_id=basket.correlation_id,
            invoices=tuple(as_of(invoice, now) for invoice in found),
            is_basket=True,
        )


def _of_invoice(invoice: Invoice) -> Payable:
    return Payable(
        reference=invoice.reference,
        agency=invoice.agency,
        service=invoice.service,
        currency=invoice.currency,
        correlation_id=invoice.correlation_id,
        invoices=(invoice,),
    )
