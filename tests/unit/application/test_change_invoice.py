"""What an agency does to its own demand: each event from each state is done, done before, or refused with a reason."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from mizan.application.change_invoice import Amendment, amend_invoice, change_invoice
from mizan.domain.calendar import end_of_day
from mizan.domain.errors import BusyError, ConflictError, IllegalTransitionError, InvalidInputError, NotFoundError
from mizan.domain.history import Entry
from mizan.domain.invoices import (
    CHANGE_COUNT_MAX,
    Customer,
    Invoice,
    InvoiceEvent,
    InvoiceLine,
    InvoiceState,
    possible_events,
)
from mizan.domain.terms import EarlyDiscount, Terms
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.samples import CALLER, STRANGER, an_invoice
from tests.fakes.store import FakeInvoiceRepository
from tests.fakes.terms_samples import DUE

S, E = InvoiceState, InvoiceEvent
ACTIONS = [E.ISSUE, E.CANCEL, E.CONTEST, E.HOLD, E.RELEASE, E.WRITE_OFF]
LATER = timedelta(minutes=5)


@pytest.fixture
def platform() -> Platform:
    return Platform()


def change(platform: Platform, invoice: Invoice, event: InvoiceEvent, **changes: Any) -> Invoice:
    given: dict[str, Any] = {"caller": CALLER, "invoices": platform.invoices, "clock": platform.clock} | changes
    return change_invoice(invoice.reference, event, **given)


def amend(platform: Platform, invoice: Invoice, **changes: Any) -> Invoice:
    return amend_invoice(
        invoice.reference,
        Amendment(**changes),
        caller=CALLER,
        invoices=platform.invoices,
        services=platform.services,
        clock=platform.clock,
    )


OUTCOMES: dict[InvoiceEvent, dict[InvoiceState, InvoiceState]] = {
    E.ISSUE: {S.DRAFT: S.ISSUED},
    E.CANCEL: dict.fromkeys((S.DRAFT, S.ISSUED, S.OVERDUE, S.CONTESTED, S.HELD, S.CANCELLED), S.CANCELLED),
    E.CONTEST: dict.fromkeys((S.ISSUED, S.OVERDUE, S.CONTESTED), S.CONTESTED),
    E.HOLD: dict.fromkeys((S.ISSUED, S.OVERDUE, S.HELD), S.HELD),
    E.RELEASE: dict.fromkeys((S.CONTESTED, S.HELD), S.ISSUED),
    E.WRITE_OFF: dict.fromkeys((S.ISSUED, S.OVERDUE, S.CONTESTED, S.HELD, S.EXPIRED, S.WRITTEN_OFF), S.WRITTEN_OFF),
}
"""The rule, written out once more and independently of the tables under test: an unpaid demand."""

WITH_MONEY: dict[InvoiceEvent, dict[InvoiceState, InvoiceState]] = {
    E.ISSUE: {},
    E.CANCEL: {},
    E.CONTEST: dict.fromkeys((S.PARTIALLY_PAID, S.OVERDUE, S.CONTESTED), S.CONTESTED),
    E.HOLD: dict.fromkeys((S.PARTIALLY_PAID, S.OVERDUE, S.HELD), S.HELD),
    E.RELEASE: dict.fromkeys((S.CONTESTED, S.HELD), S.PARTIALLY_PAID),
    E.WRITE_OFF: dict.fromkeys(
        (S.PARTIALLY_PAID, S.OVERDUE, S.CONTESTED, S.HELD, S.EXPIRED, S.WRITTEN_OFF), S.WRITTEN_OFF
    ),
}
UNPAID = set(S) - {S.PARTIALLY_PAID, S.PAID}
HOLDING = {S.PARTIALLY_PAID, S.OVERDUE, S.CONTESTED, S.HELD, S.EXPIRED, S.WRITTEN_OFF}
CASES = [
    *((event, state, 12_500, OUTCOMES) for event, state in product(ACTIONS, sorted(UNPAID))),
    *((event, state, 10_000, WITH_MONEY) for event, state in product(ACTIONS, sorted(HOLDING))),
    *((event, S.PAID, 0, WITH_MONEY) for event in ACTIONS),
]


@pytest.mark.parametrize(("event", "state", "outstanding", "rule"), CASES)
def test_each_event_in_each_state_has_its_one_outcome(
    platform: Platform,
    event: InvoiceEvent,
    state: InvoiceState,
    outstanding: int,
    rule: dict[InvoiceEvent, dict[InvoiceState, InvoiceState]],
) -> None:
    """The state that follows, stored once with who did it; or 409 with where it stood and what would do instead, and
    nothing written.
    """
    begun = (Entry("draft" if state is S.DRAFT else "issue", NOON, 12_500), Entry("hold", NOON))
    history = begun[:1] if state in {S.DRAFT, S.ISSUED} else begun
    invoice = platform.with_invoice(an_invoice(state=state, outstanding=outstanding, history=history))
    platform.clock.advance(LATER)
    is_repeat = event is E.ISSUE and state is S.ISSUED
    target = S.ISSUED if is_repeat else rule[event].get(state)

    if target is None:
        with pytest.raises(IllegalTransitionError) as caught:
            change(platform, invoice, event)
        assert (caught.value.current, caught.value.possible) == (state, possible_events(invoice))
        assert str(event) == caught.value.event or event is E.RELEASE
        assert platform.invoices.rows[invoice.reference] == invoice
        return
    after = change(platform, invoice, event)
    assert after == platform.invoices.rows[invoice.reference]
    assert (after.state, after.outstanding, after.amount) == (target, outstanding, 12_500)
    is_done_before = state is target and event not in {E.RELEASE}
    assert after.sequence == invoice.sequence + (not is_done_before)
    if not is_done_before:
        assert (after.history[-1].actor, after.history[-1].at) == ("key:key-1", NOON + LATER)


@pytest.mark.parametrize("event", ACTIONS)
def test_asked_twice_the_second_is_answered_like_the_first(platform: Platform, event: InvoiceEvent) -> None:
    """And writes nothing."""
    state = {E.ISSUE: S.DRAFT, E.RELEASE: S.HELD}.get(event, S.ISSUED)
    invoice = platform.with_invoice(an_invoice(state=state, history=(Entry("draft", NOON, 12_500),)))
    first = change(platform, invoice, event)
    platform.clock.advance(LATER)

    assert change(platform, invoice, event) == first == platform.invoices.rows[invoice.reference]


def test_a_release_is_known_as_a_repeat_though_the_demand_was_paid_in_part_since(platform: Platform) -> None:
    """The last thing that people did was to release it; money and time do not count."""
    invoice = platform.with_invoice(an_invoice(state=S.HELD))
    released = change(platform, invoice, E.RELEASE)
    paid = replace(
        released,
        state=S.PARTIALLY_PAID,
        outstanding=10_000,
        history=(*released.history, Entry("pay_part", NOON, 2_500)),
    )
    platform.invoices.rows[invoice.reference] = paid

    assert change(platform, invoice, E.RELEASE) == paid


def test_a_second_hold_can_be_released_again(platform: Platform) -> None:
    """A release after another hold is a new one, not a repeat of the first."""
    invoice = platform.with_invoice()
    for event in (E.HOLD, E.RELEASE, E.HOLD):
        change(platform, invoice, event)

    after = change(platform, invoice, E.RELEASE)

    assert (after.state, after.sequence) == (S.ISSUED, 5)


def test_what_time_did_is_stored_with_the_next_change(platform: Platform) -> None:
    """Held after its due day: it fell due first, and both are in the history."""
    invoice = platform.with_invoice()
    platform.clock.instant = end_of_day(DUE) + timedelta(days=1)

    held = change(platform, invoice, E.HOLD)

    assert [entry.event for entry in held.history] == ["issue", "fall_due", "hold"]
    assert held.history[1].at == end_of_day(DUE)


def test_a_demand_that_is_released_after_its_due_day_is_overdue_at_once(platform: Platform) -> None:
    """What is answered is the invoice as of now."""
    invoice = platform.with_invoice(an_invoice(state=S.HELD))
    platform.clock.instant = end_of_day(DUE) + timedelta(days=1)

    assert change(platform, invoice, E.RELEASE).state is S.OVERDUE


def test_a_stranger_changes_nothing(platform: Platform) -> None:
    """404 for each event; the invoice stays."""
    invoice = platform.with_invoice()

    for event in ACTIONS:
        with pytest.raises(NotFoundError, match="invoice"):
            change(platform, invoice, event, caller=STRANGER)

    assert platform.invoices.rows == {invoice.reference: invoice}


def test_a_history_that_is_too_long_takes_no_more_changes(platform: Platform) -> None:
    """Sixty entries: 409, also for an amendment; what stops the demand stays possible, and so does a repeat."""
    history = tuple(Entry("hold", NOON) for _ in range(CHANGE_COUNT_MAX))
    full = platform.with_invoice(an_invoice(1, history=history))
    held = platform.with_invoice(an_invoice(2, state=S.HELD, history=history))

    with pytest.raises(ConflictError, match="too often"):
        change(platform, full, E.CONTEST)
    with pytest.raises(ConflictError, match="too often"):
        amend(platform, full, due_date=DUE + timedelta(days=1))
    assert change(platform, held, E.HOLD) == held
    assert change(platform, full, E.CANCEL).state is S.CANCELLED


# -- amendments -------------------------------------------------------------------------------------------------------

AMENDMENTS: dict[str, dict[str, Any]] = {
    "customer": {"customer": Customer("Fatima Ahmed", cr="12345-1")},
    "lines": {"lines": (InvoiceLine("Corrected fee", 9_000),)},
    "due date": {"due_date": date(2026, 4, 1)},
    "terms": {"terms": Terms(discount=EarlyDiscount(500, DUE))},
    "metadata": {"metadata": {"branch": "Muharraq"}},
}


@pytest.mark.parametrize("changes", AMENDMENTS.values(), ids=AMENDMENTS)
@pytest.mark.parametrize("state", [S.DRAFT, S.ISSUED, S.OVERDUE])
def test_what_is_amended_changes_and_the_rest_stays(
    platform: Platform, changes: dict[str, Any], state: InvoiceState
) -> None:
    """Lines bring their total with them; a draft stays a draft, an overdue demand is issued anew."""
    invoice = platform.with_invoice(an_invoice(state=state))
    platform.clock.advance(LATER)

    after = amend(platform, invoice, **changes)

    amount = 9_000 if "lines" in changes else 12_500
    assert after == replace(
        invoice,
        state=S.DRAFT if state is S.DRAFT else S.ISSUED,
        amount=amount,
        outstanding=amount,
        updated_at=NOON + LATER,
        history=(
            *invoice.history,
            Entry("amend", NOON + LATER, amount if "lines" in changes else None, "key:key-1"),
        ),
        **changes,
    )
    assert platform.invoices.rows[invoice.reference] == after
    assert platform.invoices.revisions[invoice.reference] == invoice


@pytest.mark.parametrize("changes", [{}, *AMENDMENTS.values()], ids=["nothing", *AMENDMENTS])
def test_the_same_amendment_again_changes_nothing(platform: Platform, changes: dict[str, Any]) -> None:
    """It is answered with the invoice as it stands."""
    invoice = platform.with_invoice()
    once = amend(platform, invoice, **changes)
    platform.clock.advance(LATER)

    assert amend(platform, invoice, **changes) == once == platform.invoices.rows[invoice.reference]
    assert once.sequence == (2 if changes else 1)


@pytest.mark.parametrize(
    ("state", "outstanding"),
    [
        (S.PARTIALLY_PAID, 10_000),
        (S.OVERDUE, 10_000),
        (S.PAID, 0),
        (S.CONTESTED, 12_500),
        (S.HELD, 12_500),
        (S.CANCELLED, 12_500),
        (S.SUPERSEDED, 12_500),
        (S.WRITTEN_OFF, 12_500),
        (S.EXPIRED, 12_500),
    ],
)
def test_what_holds_money_or_is_not_asked_for_is_not_amended(
    platform: Platform, state: InvoiceState, outstanding: int
) -> None:
    """409 with what is possible; nothing is written."""
    invoice = platform.with_invoice(an_invoice(state=state, outstanding=outstanding))

    with pytest.raises(IllegalTransitionError) as caught:
        amend(platform, invoice, due_date=date(2026, 4, 1))

    assert (caught.value.current, caught.value.event) == (state, "amend")
    assert "amend" not in caught.value.possible
    assert platform.invoices.rows == {invoice.reference: invoice}


def test_an_amendment_that_contradicts_the_terms_is_refused_with_each_field(platform: Platform) -> None:
    """The discount would be more than the new amount, and end after the new due day."""
    invoice = platform.with_invoice(an_invoice(terms=Terms(discount=EarlyDiscount(1_000, DUE))))

    with pytest.raises(InvalidInputError) as caught:
        amend(platform, invoice, lines=(InvoiceLine("Fee", 1_000),), due_date=DUE - timedelta(days=1))

    assert {error.code for error in caught.value.fields} == {"discount_too_large", "date_after_due"}
    assert platform.invoices.rows == {invoice.reference: invoice}


class Meddling(FakeInvoiceRepository):
    """Before the first write, somebody else does what `meddle` does."""

    def __init__(self) -> None:
        super().__init__()
        self.meddle: Callable[[], object] | None = None

    def replace(self, before: Invoice, after: Invoice) -> bool:
        meddle, self.meddle = self.meddle, None
        if meddle is not None:
            meddle()
        return super().replace(before, after)


def test_a_part_that_comes_first_wins_over_the_amendment(platform: Platform) -> None:
    """The write is conditional; the second look finds money on it and refuses."""
    platform.invoices = invoices = Meddling()
    invoice = platform.with_invoice()
    paid = replace(invoice, state=S.PARTIALLY_PAID, outstanding=1, history=(*invoice.history, Entry("pay_part", NOON)))
    invoices.meddle = lambda: invoices.rows.update({invoice.reference: paid})

    with pytest.raises(IllegalTransitionError):
        amend(platform, invoice, due_date=date(2026, 4, 1))

    assert invoices.rows == {invoice.reference: paid}
    assert invoices.revisions == {}


def test_two_amendments_of_one_sight_are_both_made(platform: Platform) -> None:
    """Of different fields: the slower is made over the faster, none is lost."""
    platform.invoices = invoices = Meddling()
    invoice = platform.with_invoice()
    invoices.meddle = lambda: amend(platform, invoice, metadata={"branch": "Muharraq"})

    after = amend(platform, invoice, due_date=date(2026, 4, 1))

    assert (after.due_date, after.metadata, after.sequence) == (date(2026, 4, 1), {"branch": "Muharraq"}, 3)
    assert invoices.revisions[invoice.reference] == invoice


def test_an_amendment_gives_up_after_a_bounded_number_of_collisions(platform: Platform) -> None:
    """BusyError: a retry is safe, nothing was written."""

    class Contended(FakeInvoiceRepository):
        def replace(self, before: Invoice, after: Invoice) -> bool:
            return False

    platform.invoices = Contended()
    invoice = platform.with_invoice()

    with pytest.raises(BusyError):
        amend(platform, invoice, due_date=date(2026, 4, 1))
    assert platform.invoices.rows == {invoice.reference: invoice}
