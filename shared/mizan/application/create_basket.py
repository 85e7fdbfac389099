"""Put several invoices into one basket, to be paid at once: whoever knows their references may."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mizan.application.ports import Clock, Derivation, InvoiceRepository
from mizan.application.ports_quotes import BasketRepository
from mizan.domain.accounts import Caller, maker_of
from mizan.domain.baskets import ANY_AGENCY, LINE_COUNT_MAX, Basket
from mizan.domain.errors import (
    BusyError,
    FieldError,
    IdempotencyConflictError,
    InvalidInputError,
    MizanError,
    NotFoundError,
    ReferenceTakenError,
)
from mizan.domain.history import Entry
from mizan.domain.invoices import Invoice, InvoiceState, as_of
from mizan.domain.quotes import Quote, quote_of
from mizan.domain.references import PROBE_COUNT_MAX, is_reference

CREATED = "create"
LINE_COUNT_MIN = 2


@dataclass(frozen=True, slots=True)
class CreateBasket:
    references: tuple[str, ...]
    idempotency_key: str
    correlation_id: str

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256("\x1f".join(sorted(self.references)).encode()).hexdigest()[:32]


def create_basket(
    command: CreateBasket,
    *,
    caller: Caller,
    invoices: InvoiceRepository,
    baskets: BasketRepository,
    derivation: Derivation,
    clock: Clock,
) -> tuple[Basket, bool]:
    """The basket, and whether this call made it (False: a replay, answered as the first time).

    Knowing a reference is enough to pay it, as on the pay page: the answer says no more than what to pay. Raises
    InvalidInputError (naming each reference that is unknown, doubled or not payable), IdempotencyConflictError.
    """
    now = clock.now()
    identity = hashlib.sha256(f"basket\x1f{maker_of(caller)}\x1f{command.idempotency_key}".encode()).hexdigest()[:32]
    for probe in range(PROBE_COUNT_MAX):
        reference = derivation.reference(identity, probe)
        existing = baskets.get(reference)
        if existing is None:
            basket = _new_basket(command, _quotes(command.references, invoices, now), identity, now)
            try:
                existing = baskets.add(replace(basket, reference=reference))
            except ReferenceTakenError:
                continue
            if existing is None:
                return replace(basket, reference=reference), True
        if existing.identity == identity:
            if existing.fingerprint != command.fingerprint:
                raise IdempotencyConflictError("the Idempotency-Key came before with another body")
            return existing, False
    raise BusyError("no free reference")


@dataclass(frozen=True, slots=True)
class BasketStanding:
    """A basket with its invoices as of now, in the basket's order."""

    basket: Basket
    invoices: tuple[Invoice, ...]

    @property
    def is_paid(self) -> bool:
        return all(invoice.state is InvoiceState.PAID for invoice in self.invoices)


def show_basket(
    reference: str, *, baskets: BasketRepository, invoices: InvoiceRepository, clock: Clock
) -> BasketStanding:
    """Whoever knows its reference may see it, as it may be paid. Raises NotFoundError for what does not exist."""
    basket = baskets.get(reference) if is_reference(reference) else None
    if basket is None:
        raise NotFoundError("basket")
    now = clock.now()
    found = invoices.get_many([quote.reference for quote in basket.quotes])
    return BasketStanding(basket, tuple(as_of(invoice, now) for invoice in found))


def _new_basket(command: CreateBasket, quotes: Sequence[Quote], identity: str, now: datetime) -> Basket:
    agencies = {quote.agency for quote in quotes}
    return Basket(
        reference="",
        agency=agencies.pop() if len(agencies) == 1 else ANY_AGENCY,
        currency="BHD",
        quotes=tuple(quotes),
        created_at=now,
        identity=identity,
        fingerprint=command.fingerprint,
        correlation_id=command.correlation_id,
        history=(Entry(CREATED, now, sum(quote.amount for quote in quotes)),),
    )


def _quotes(references: tuple[str, ...], invoices: InvoiceRepository, now: datetime) -> list[Quote]:
    _require_count(references)
    found = {invoice.reference: invoice for invoice in invoices.get_many([*filter(is_reference, set(references))])}
    quotes, errors = [], []
    for position, reference in enumerate(references):
        field = f"references.{position}"
        if reference in references[:position]:
            errors.append(FieldError(field, "duplicate"))
        elif reference not in found:
            errors.append(FieldError(field, "unknown_reference"))
        else:
            try:
                quotes.append(quote_of(as_of(found[reference], now), now))
            except MizanError:
                errors.append(FieldError(field, "not_payable"))
    if errors:
        raise InvalidInputError(errors)
    return quotes


def _require_count(references: tuple[str, ...]) -> None:
    if len(references) < LINE_COUNT_MIN:
        raise InvalidInputError.of("references", "too_few")
    if len(references) > LINE_COUNT_MAX:
        raise InvalidInputError.of("references", "too_many")
