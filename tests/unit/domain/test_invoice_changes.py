"""What happens to an invoice is written down in it, and time does what only time does."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.domain.calendar import end_of_day
from mizan.domain.errors import IllegalTransitionError
from mizan.domain.history import Entry
from mizan.domain.invoices import (
    INVOICE_STATES,
    ONLY_WHILE_UNPAID,
    Customer,
    InvoiceEvent,
    InvoiceState,
    as_of,
    changed,
    possible_events,
)
from mizan.domain.terms import Terms
from tests.fakes.clock import NOON
from tests.fakes.samples import an_invoice
from tests.fakes.terms_samples import DUE, with_terms

TICK = timedelta(microseconds=1)
LAST_DAY = date(2026, 3, 31)
LATER = NOON + timedelta(hours=1)


def test_a_change_is_an_entry_and_the_sequence_counts_them() -> None:
    """Event, instant, amount, who did it and what a part leaves owed; the invoice as it was is untouched."""
    before = an_invoice()

    after = changed(before, InvoiceEvent.PAY_PART, LATER, amount=2_500, actor="key:k", outstanding=10_000)

    assert after.history == (*before.history, Entry("pay_part", LATER, 2_500, "key:k", 10_000))
    assert (before.sequence, after.sequence) == (1, 2)
    assert (after.state, after.outstanding, after.updated_at) == (InvoiceState.PARTIALLY_PAID, 10_000, LATER)
    assert before.state is InvoiceState.ISSUED


@pytest.mark.parametrize("event", sorted(ONLY_WHILE_UNPAID))
def test_what_holds_money_is_neither_amended_nor_withdrawn(event: InvoiceEvent) -> None:
    """A refund comes first: refused in whatever state, and not among what is possible."""
    overdue = an_invoice(state=InvoiceState.OVERDUE)
    partly = replace(overdue, outstanding=12_499)

    assert event in possible_events(overdue)
    assert event not in possible_events(partly)
    assert set(possible_events(partly)) == set(INVOICE_STATES.possible(InvoiceState.OVERDUE)) - ONLY_WHILE_UNPAID
    with pytest.raises(IllegalTransitionError) as caught:
        changed(partly, event, LATER)
    assert caught.value.possible == possible_events(partly)


@pytest.mark.parametrize(
    ("now", "state"),
    [(end_of_day(DUE) - TICK, InvoiceState.ISSUED), (end_of_day(DUE), InvoiceState.OVERDUE)],
    ids=["last instant of the day", "midnight"],
)
def test_an_invoice_falls_due_at_the_end_of_its_bahrain_day(now: datetime, state: InvoiceState) -> None:
    """15 March, 24:00 in Bahrain, which is 21:00 UTC."""
    assert as_of(an_invoice(), now).state is state


@pytest.mark.parametrize(
    ("now", "state"),
    [(end_of_day(LAST_DAY) - TICK, InvoiceState.OVERDUE), (end_of_day(LAST_DAY), InvoiceState.EXPIRED)],
    ids=["last instant of the day", "midnight"],
)
def test_a_demand_expires_at_the_end_of_its_last_bahrain_day(now: datetime, state: InvoiceState) -> None:
    """Overdue until then."""
    assert as_of(with_terms(expires_on=LAST_DAY), now).state is state


def test_the_entries_say_when_it_came_to_be_so_and_not_when_somebody_looked() -> None:
    """Looked at a year later: fallen due on 15 March and expired on the 31st, in that order; no write is pretended."""
    invoice = with_terms(expires_on=LAST_DAY)

    seen = as_of(invoice, NOON + timedelta(days=365))

    assert seen.history[1:] == (
        Entry("fall_due", end_of_day(DUE)),
        Entry("expire", end_of_day(LAST_DAY)),
    )
    assert seen.updated_at == invoice.updated_at


def test_a_demand_whose_last_day_is_its_due_day_does_both_at_once() -> None:
    """In that order."""
    seen = as_of(with_terms(expires_on=DUE), end_of_day(DUE))

    assert [entry.event for entry in seen.history] == ["issue", "fall_due", "expire"]
    assert seen.state is InvoiceState.EXPIRED


def test_an_entry_of_time_never_comes_before_what_is_written_already() -> None:
    """Released after its due day: it falls due then, not in the past. The history stays in order."""
    held = changed(an_invoice(), InvoiceEvent.HOLD, end_of_day(DUE) - timedelta(days=1))
    released_at = end_of_day(DUE) + timedelta(days=5)
    released = changed(as_of(held, released_at), InvoiceEvent.RELEASE, released_at)

    seen = as_of(released, released_at + timedelta(days=1))

    assert [(entry.event, entry.at) for entry in seen.history[-2:]] == [
        ("release", released_at),
        ("fall_due", released_at),
    ]


@pytest.mark.parametrize(
    "state",
    sorted(set(InvoiceState) - {InvoiceState.ISSUED, InvoiceState.PARTIALLY_PAID, InvoiceState.OVERDUE}),
)
def test_time_moves_nothing_that_is_stopped_or_over(state: InvoiceState) -> None:
    """A draft, a contested or held demand, and whatever is paid or given up: as it is, years later."""
    invoice = with_terms(expires_on=LAST_DAY, changes={"state": state})

    assert as_of(invoice, NOON + timedelta(days=3_000)) == invoice


@given(
    days=st.lists(st.integers(-40, 400), min_size=1, max_size=6).map(sorted),
    due=st.integers(0, 60),
    lifetime=st.none() | st.integers(0, 60),
    state=st.sampled_from(InvoiceState),
)
def test_looking_once_or_often_is_the_same(
    days: list[int], due: int, lifetime: int | None, state: InvoiceState
) -> None:
    """Idempotent, whatever was looked at in between; the history only grows and stays in order."""
    due_date = NOON.date() + timedelta(days=due)
    terms = Terms(expires_on=None if lifetime is None else due_date + timedelta(days=lifetime))
    invoice = an_invoice(state=state, due_date=due_date, terms=terms)
    often = invoice
    for day in days:
        often = as_of(often, NOON + timedelta(days=day))

    once = as_of(invoice, NOON + timedelta(days=days[-1]))

    assert often == once == as_of(once, NOON + timedelta(days=days[-1]))
    assert once.history[: invoice.sequence] == invoice.history
    instants = [entry.at for entry in once.history]
    assert instants == sorted(instants)


def test_a_payer_is_searched_by_every_number_that_names_them() -> None:
    """CPR, CR and passport, each under its kind; a name alone is no identifier."""
    customer = Customer("Ali", cpr="900101123", cr="12345-1", passport="A1234567")

    assert customer.identifiers == ("cpr:900101123", "cr:12345-1", "passport:A1234567")
    assert Customer("Ali", phone="+97330000000").identifiers == ()
