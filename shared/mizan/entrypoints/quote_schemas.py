"""Quotes and baskets as JSON."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from mizan.application.create_basket import BasketStanding
from mizan.domain.baskets import LINE_COUNT_MAX, Basket
from mizan.domain.invoices import InvoiceState
from mizan.domain.quotes import Quote
from mizan.entrypoints.fields import Amount, PlanId
from mizan.entrypoints.timeline import BASKET_LABELS, TimelineEntryModel, timeline_of

REQUEST = ConfigDict(strict=True, extra="forbid", frozen=True)
BASKET_LINE_COUNT_MIN = 2


class QuoteRequest(BaseModel):
    """What the payer wants to pay; nothing: all that is due."""

    model_config = REQUEST

    plan: PlanId | None = Field(None, description="One of the invoice's plans.")
    amount: Amount | None = Field(None, description="A part, in fils.")


class QuoteModel(BaseModel):
    """What to pay until `valid_until`. Amounts in fils; instants in UTC."""

    quote_id: str = Field(description="Start the payment with it.", examples=["qte_5f1c2f0d6c9a4b7e8d3f2a1b"])
    reference: str
    amount: int = Field(description="What to pay.")
    discharge: int = Field(description="How much of the invoice's face amount that settles.")
    valid_until: datetime
    plan: str | None
    leg: int | None = Field(description="Which instalment of the plan, from 0.")


class CreateBasketRequest(BaseModel):
    """Invoices to pay at once, of whichever agencies."""

    model_config = REQUEST

    references: list[Annotated[str, StringConstraints(max_length=40)]] = Field(
        min_length=BASKET_LINE_COUNT_MIN, max_length=LINE_COUNT_MAX, description="Their payment references."
    )


class BasketLineModel(BaseModel):
    """One invoice of a basket: what it costs there, as quoted when the basket was made, and where it stands."""

    reference: str
    agency: str
    service: str
    amount: int
    state: InvoiceState | None = Field(description="Where the invoice stands now; null right after creation.")


class BasketModel(BaseModel):
    """Several invoices under one payment reference. Amounts in fils; instants in UTC."""

    reference: str = Field(description="18 digits, a string. What the payer types.")
    amount: int
    currency: str
    valid_until: datetime = Field(description="Until when the amount holds; paid later, it is quoted anew.")
    is_paid: bool | None = Field(description="Whether every invoice is paid; null right after creation.")
    lines: list[BasketLineModel]
    created_at: datetime
    pay_url: str
    timeline: list[TimelineEntryModel]


def quote_model(quote_id: str, quote: Quote) -> QuoteModel:
    return QuoteModel(
        quote_id=quote_id,
        reference=quote.reference,
        amount=quote.amount,
        discharge=quote.discharge,
        valid_until=quote.valid_until,
        plan=quote.plan,
        leg=quote.leg,
    )


def new_basket_model(basket: Basket, public_url: str) -> BasketModel:
    """As it was created: a replay is answered with the same."""
    return _basket_model(basket, public_url, {}, is_paid=None)


def basket_model(standing: BasketStanding, public_url: str) -> BasketModel:
    states = {invoice.reference: invoice.state for invoice in standing.invoices}
    return _basket_model(standing.basket, public_url, states, is_paid=standing.is_paid)


def _basket_model(
    basket: Basket, public_url: str, states: dict[str, InvoiceState], *, is_paid: bool | None
) -> BasketModel:
    lines = [
        BasketLineModel(
            reference=quote.reference,
            agency=quote.agency,
            service=quote.service,
            amount=quote.amount,
            state=states.get(quote.reference),
        )
        for quote in basket.quotes
    ]
    return BasketModel(
        reference=basket.reference,
        amount=basket.amount,
        currency=basket.currency,
        valid_until=basket.valid_until,
        is_paid=is_paid,
        lines=lines,
        created_at=basket.created_at,
        pay_url=f"{public_url}/pay/{basket.reference}",
        timeline=timeline_of(basket.history, BASKET_LABELS),
    )
