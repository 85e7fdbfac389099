"""Invoices with terms, and a basket: due on 15 March 2026, BHD 12.500."""

from dataclasses import replace
from datetime import date
from typing import Any

from mizan.domain.baskets import ANY_AGENCY, Basket
from mizan.domain.history import Entry
from mizan.domain.invoices import Invoice
from mizan.domain.quotes import quote_of
from mizan.domain.terms import EarlyDiscount, LateCharge, Leg, PartialRule, Plan, Terms
from tests.fakes.clock import NOON
from tests.fakes.samples import a_reference, an_invoice

DUE = date(2026, 3, 15)
DISCOUNT = EarlyDiscount(1_000, date(2026, 3, 10))
LATE = LateCharge(500, date(2026, 3, 20))
PARTIAL = PartialRule(1_000, 6_000)
MONTHLY = Plan("monthly", (Leg(5_000, DUE), Leg(4_000, date(2026, 4, 15)), Leg(3_500, date(2026, 5, 15))))
HALVES = Plan("halves", (Leg(6_500, DUE), Leg(6_000, date(2026, 4, 15))))


def with_terms(number: int = 1, *, changes: dict[str, Any] | None = None, **terms: Any) -> Invoice:
    """An invoice under these terms; `changes` are the invoice's own."""
    return an_invoice(number, terms=Terms(**terms), **(changes or {}))


def a_basket(*invoices: Invoice, number: int = 100, **changes: Any) -> Basket:
    """The invoices (two of two agencies where none are given) quoted at noon under one reference."""
    invoices = invoices or (an_invoice(1), an_invoice(2, agency="health", service="clinic-fees"))
    agencies = {invoice.agency for invoice in invoices}
    quotes = tuple(quote_of(invoice, NOON) for invoice in invoices)
    basket = Basket(
        reference=a_reference(number),
        agency=agencies.pop() if len(agencies) == 1 else ANY_AGENCY,
        currency="BHD",
        quotes=quotes,
        created_at=NOON,
        identity=f"basket-{number}",
        fingerprint="basket-body",
        correlation_id="corr-5",
        history=(Entry("create", NOON, sum(quote.amount for quote in quotes)),),
    )
    return replace(basket, **changes)
