"""What to pay now, and until when that holds. Money is judged by the rail's own payment time against it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mizan.domain.calendar import business_date, end_of_day
from mizan.domain.errors import IllegalTransitionError, InvalidInputError
from mizan.domain.invoices import (
    INVOICE_STATES,
    Invoice,
    InvoiceEvent,
    InvoiceState,
    end_for,
    is_over,
    possible_events,
)
from mizan.domain.terms import PartialRule, Plan

QUOTE_LIFETIME_MIN = timedelta(minutes=30)
"""A quote asked for just before midnight still holds for as long as a payer may take on a gateway's page."""


@dataclass(frozen=True, slots=True)
class Quote:
    """`amount` fils to pay until `valid_until` (UTC), which discharge `discharge` fils of the invoice's face amount:
    less after a late charge, more after an early discount. `plan` and `leg` (0-based) where it is an instalment.
    """

    reference: str
    agency: str
    service: str
    amount: int
    discharge: int
    valid_until: datetime
    plan: str | None = None
    leg: int | None = None


def quote_of(invoice: Invoice, now: datetime, *, plan: str | None = None, amount: int | None = None) -> Quote:
    """What to pay now: a leg of `plan`, a part of `amount` fils, or what is due. `invoice` as of now.

    Raises IllegalTransitionError where nothing can be paid, InvalidInputError on a plan or an amount that the terms
    do not allow.
    """
    if not is_payable(invoice):
        raise IllegalTransitionError("invoice", invoice.state, InvoiceEvent.PAY, possible_events(invoice))
    chosen = plan or (invoice.plan if invoice.plan and invoice.terms.plan(invoice.plan) else None)
    if chosen is not None:
        return _leg_quote(invoice, _plan_of(invoice, chosen), now, amount)
    quote = _full_quote(invoice, now)
    return quote if amount is None or amount == quote.amount else _part_quote(invoice, amount, now)


def amount_due(invoice: Invoice, now: datetime) -> int | None:
    """What a quote says now, in fils; None where nothing can be paid. `invoice` as of now."""
    return quote_of(invoice, now).amount if is_payable(invoice) else None


def still_holds(quote: Quote, invoice: Invoice) -> bool:
    """Whether a stored quote still says what this invoice asks for: it was not amended, paid or bound since."""
    if quote.plan is None:
        is_whole = quote.discharge == invoice.outstanding
        return invoice.plan is None and (is_whole or _is_part(quote, invoice))
    plan = invoice.terms.plan(quote.plan)
    is_bound_elsewhere = invoice.plan != quote.plan and not (invoice.plan is None and invoice.is_untouched)
    return plan is not None and not is_bound_elsewhere and _next_leg(invoice, plan) == (quote.leg, quote.discharge)


def _is_part(quote: Quote, invoice: Invoice) -> bool:
    rule = invoice.terms.partial
    return rule is not None and rule.minimum <= quote.discharge < invoice.outstanding


def is_payable(invoice: Invoice) -> bool:
    """Whether an attempt may be started. An expired demand takes only what was paid before it expired."""
    can_pay = INVOICE_STATES.allows(invoice.state, InvoiceEvent.PAY)
    return can_pay and invoice.state is not InvoiceState.EXPIRED


def _plan_of(invoice: Invoice, plan_id: str) -> Plan:
    plan = invoice.terms.plan(plan_id)
    if plan is None:
        raise InvalidInputError.of("plan", "unknown_plan")
    is_bound = invoice.plan is not None or not invoice.is_untouched
    if is_bound and invoice.plan != plan_id:
        raise InvalidInputError.of("plan", "plan_excluded")
    return plan


def _leg_quote(invoice: Invoice, plan: Plan, now: datetime, amount: int | None) -> Quote:
    number, owed = _next_leg(invoice, plan)
    late = _late_charge(invoice, now) if owed == invoice.outstanding else 0
    if amount is not None and amount != owed + late:
        raise InvalidInputError.of("amount", "not_the_leg")
    return replace(_quote(invoice, now, owed + late, owed), plan=plan.plan_id, leg=number)


def _next_leg(invoice: Invoice, plan: Plan) -> tuple[int | None, int]:
    """The next leg to pay and how much of it is owed, in fils. The last one takes what the legs and the invoice differ
    by, after a part that came beside the plan or a chargeback of a part; None: all legs are paid, and a rest is owed.
    """
    unpaid = [at for at in range(len(plan.legs)) if at not in invoice.legs_paid]
    if len(unpaid) <= 1:
        return (unpaid[0] if unpaid else None), invoice.outstanding
    return unpaid[0], min(plan.legs[unpaid[0]].amount, invoice.outstanding)


def _full_quote(invoice: Invoice, now: datetime) -> Quote:
    return _quote(
        invoice, now, invoice.outstanding + _late_charge(invoice, now) - _discount(invoice, now), invoice.outstanding
    )


def _part_quote(invoice: Invoice, amount: int, now: datetime) -> Quote:
    rule: PartialRule | None = invoice.terms.partial
    if rule is None:
        raise InvalidInputError.of("amount", "no_partial_payment")
    if amount >= invoice.outstanding:
        raise InvalidInputError.of("amount", "amount_above_due")
    if amount < rule.minimum:
        raise InvalidInputError.of("amount", "below_minimum")
    if rule.maximum is not None and amount > rule.maximum:
        raise InvalidInputError.of("amount", "above_maximum")
    return _quote(invoice, now, amount, amount)


def _quote(invoice: Invoice, now: datetime, amount: int, discharge: int) -> Quote:
    grace = invoice.grace
    holds_until = grace.until if grace is not None and grace.covers(now) else end_of_day(business_date(now))
    quote = Quote(invoice.reference, invoice.agency, invoice.service, amount, discharge, holds_until)
    return lasting(quote, invoice, now)


def lasting(quote: Quote, invoice: Invoice, now: datetime) -> Quote:
    """The quote, held for at least as long as a payer may take on a gateway's page; no longer than the demand lives."""
    valid_until = max(quote.valid_until, now + QUOTE_LIFETIME_MIN)
    if invoice.terms.expires_on is not None:
        valid_until = min(valid_until, end_for(invoice, invoice.terms.expires_on))
    return replace(quote, valid_until=valid_until)


def _discount(invoice: Invoice, now: datetime) -> int:
    discount = invoice.terms.discount
    return discount.amount if discount is not None and is_early(invoice, now) else 0


def is_early(invoice: Invoice, now: datetime) -> bool:
    """Whether the early discount is to be had at `now`."""
    discount = invoice.terms.discount
    return discount is not None and invoice.is_untouched and not is_over(invoice, discount.until, now)


def _late_charge(invoice: Invoice, now: datetime) -> int:
    late = invoice.terms.late
    if late is None or invoice.state is InvoiceState.CONTESTED:
        return 0
    return late.amount if is_over(invoice, late.starts_on - timedelta(days=1), now) else 0
