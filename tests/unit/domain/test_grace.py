"""Time stands still for a demand whose service was given while nothing could be paid: each date at both its edges."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from mizan.domain.calendar import end_of_day
from mizan.domain.errors import IllegalTransitionError
from mizan.domain.invoices import (
    GRACE,
    Grace,
    Invoice,
    InvoiceEvent,
    InvoiceState,
    as_of,
    changed,
    end_for,
    is_overdue,
    possible_events,
)
from mizan.domain.quotes import quote_of
from mizan.domain.stand_ins import Outcome, stand_in_of
from mizan.domain.terms import Leg, Plan
from tests.fakes.samples import an_invoice
from tests.fakes.terms_samples import DISCOUNT, DUE, LATE, with_terms

TICK = timedelta(microseconds=1)


def served(invoice: Invoice, day: date) -> Invoice:
    """Served at three in the afternoon of a Bahrain day, so that the day ends within the grace."""
    at = end_of_day(day) - timedelta(hours=9)
    before = as_of(invoice, at)
    return changed(
        before,
        InvoiceEvent.STAND_IN,
        at,
        amount=before.outstanding,
        actor="key:key-1",
        note="All rails down.",
        grace=Grace(at, at + GRACE),
    )


def until(invoice: Invoice) -> datetime:
    assert invoice.grace is not None
    return invoice.grace.until


def test_a_due_day_that_ends_within_the_grace_ends_with_it() -> None:
    """Due on the 15th, served that afternoon: overdue from the 16th at three, and the history says so."""
    invoice = served(an_invoice(), DUE)
    assert until(invoice) == datetime(2026, 3, 16, 12, 0, tzinfo=UTC)

    before, after = as_of(invoice, until(invoice) - TICK), as_of(invoice, until(invoice))

    assert (before.state, is_overdue(before, until(invoice) - TICK)) == (InvoiceState.ISSUED, False)
    assert (after.state, is_overdue(after, until(invoice))) == (InvoiceState.OVERDUE, True)
    assert after.history[-1].at == until(invoice)


def test_a_late_charge_starts_when_the_grace_ends() -> None:
    """BHD 0.500 more from the 20th; served on the 19th, from the afternoon of the 20th."""
    invoice = served(with_terms(late=LATE), LATE.starts_on - timedelta(days=1))

    quotes = [quote_of(as_of(invoice, at), at) for at in (until(invoice) - TICK, until(invoice))]

    assert [quote.amount for quote in quotes] == [12_500, 13_000]


def test_an_early_discount_is_kept_until_the_grace_ends() -> None:
    """BHD 1.000 less up to the 10th; served that afternoon, up to the next."""
    invoice = served(with_terms(discount=DISCOUNT), DISCOUNT.until)

    quotes = [quote_of(invoice, at) for at in (until(invoice) - TICK, until(invoice))]

    assert [(quote.amount, quote.discharge) for quote in quotes] == [(11_500, 12_500), (12_500, 12_500)]


def test_a_demand_expires_when_the_grace_ends() -> None:
    """Its last day ended within the grace: it can be paid until three the next afternoon, and no longer."""
    invoice = served(with_terms(expires_on=DUE), DUE)

    last = until(invoice) - TICK

    assert quote_of(as_of(invoice, last), last).valid_until == until(invoice)
    assert as_of(invoice, until(invoice)).state is InvoiceState.EXPIRED


def test_an_instalment_falls_due_when_the_grace_ends() -> None:
    """The first leg's day is judged like any other."""
    plan = Plan("two", (Leg(6_500, DUE), Leg(6_000, date(2026, 4, 15))))
    invoice = served(with_terms(plans=(plan,), changes={"plan": "two"}), DUE)

    states = [as_of(invoice, at).state for at in (until(invoice) - TICK, until(invoice))]

    assert states == [InvoiceState.ISSUED, InvoiceState.OVERDUE]


def test_a_quote_of_the_grace_holds_until_it_ends() -> None:
    """Nothing changes before: not midnight, and at least half an hour, as for everybody."""
    invoice = served(an_invoice(), DUE)
    end = until(invoice)

    assert quote_of(invoice, end - timedelta(hours=20)).valid_until == end
    assert quote_of(invoice, end - timedelta(minutes=1)).valid_until == end - timedelta(minutes=1) + timedelta(
        minutes=30
    )


def test_what_was_late_before_stays_late() -> None:
    """Time stood still; it did not go back: charge and state are as they were when the service was given."""
    invoice = served(with_terms(late=LATE), LATE.starts_on + timedelta(days=1))
    now = until(invoice) - TICK

    assert as_of(invoice, now).state is InvoiceState.OVERDUE
    assert is_overdue(invoice, now)
    assert quote_of(invoice, now).amount == 13_000


@pytest.mark.parametrize("days", [-3, 3])
def test_days_that_end_outside_the_grace_end_as_for_everybody(days: int) -> None:
    """Nothing is shifted for good."""
    invoice = served(an_invoice(), DUE)

    assert end_for(invoice, DUE + timedelta(days=days)) == end_of_day(DUE + timedelta(days=days))


def test_a_demand_is_served_once_and_only_while_it_is_owed() -> None:
    """A second day would be a habit; what is paid, stopped or over needs none."""
    invoice = served(an_invoice(), DUE)
    owed = {InvoiceState.ISSUED, InvoiceState.PARTIALLY_PAID, InvoiceState.OVERDUE, InvoiceState.CONTESTED}

    assert InvoiceEvent.STAND_IN not in possible_events(invoice)
    with pytest.raises(IllegalTransitionError):
        served(invoice, DUE)
    for state in InvoiceState:
        is_possible = InvoiceEvent.STAND_IN in possible_events(an_invoice(state=state))
        assert is_possible is (state in owed)


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (InvoiceState.PAID, Outcome.PAID),
        (InvoiceState.OVERDUE, Outcome.OWED),
        (InvoiceState.HELD, Outcome.OWED),
        (InvoiceState.EXPIRED, Outcome.CLOSED),
        (InvoiceState.WRITTEN_OFF, Outcome.CLOSED),
    ],
)
def test_what_became_of_the_money_is_read_from_the_invoice(state: InvoiceState, outcome: Outcome) -> None:
    """Nothing is counted twice or kept apart: the invoice alone says whether it was paid."""
    found = stand_in_of(replace(served(an_invoice(), DUE), state=state))

    assert found is not None
    assert (found.outcome, found.amount, found.reason, found.actor) == (outcome, 12_500, "All rails down.", "key:key-1")
    assert found.until - found.at == GRACE


def test_an_invoice_that_was_not_served_so_is_no_stand_in() -> None:
    """Most never are."""
    assert stand_in_of(an_invoice()) is None
