"""Serving while nothing can be paid: only then, once, with who and why; and what the programme reads of it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from mizan.application.read_stand_ins import StandInFigures, read_stand_ins
from mizan.application.stand_in import StandIns
from mizan.domain.accounts import MerchantAccount
from mizan.domain.calendar import business_date
from mizan.domain.errors import (
    BusyError,
    IdempotencyConflictError,
    IllegalTransitionError,
    InvalidInputError,
    NotFoundError,
    RouteOpenError,
)
from mizan.domain.health import RailHealth, RailState
from mizan.domain.invoices import Invoice, InvoiceEvent, InvoiceState
from mizan.domain.operators import Operator, OperatorState
from mizan.domain.services import Service
from mizan.domain.stand_ins import Outcome
from tests.fakes.billers import FakeOperatorRepository
from tests.fakes.clock import NOON
from tests.fakes.journeys import a_service_with_ways
from tests.fakes.platform import Platform
from tests.fakes.samples import ACCOUNT, CALLER, STRANGER, FakeServiceCatalogue, an_invoice
from tests.fakes.stand_ins import FakeStandInList
from tests.fakes.world import FakeAccountDirectory

RESERVE = replace(ACCOUNT, account_id="acc-2", token="tok-moic-2", rank=1)
KIOSK = replace(ACCOUNT, account_id="kiosks", token="tok-k", agency="*", method="kiosk", operator="fastpay")
TREASURY = replace(CALLER, agency="*")
REASON = "All rails are down; the licence ends today."
TODAY = business_date(NOON)


class Case:
    """An agency whose service offers every way, with these accounts; the rails of some are down."""

    def __init__(
        self, *accounts: MerchantAccount, down: tuple[MerchantAccount, ...] = (), is_licensed: bool = True
    ) -> None:
        self.platform = Platform(accounts=FakeAccountDirectory(*accounts))
        self.platform.services = FakeServiceCatalogue(a_service_with_ways())
        self.invoice = self.platform.with_invoice(an_invoice())
        state = OperatorState.ACTIVE if is_licensed else OperatorState.SUSPENDED
        self.operators = FakeOperatorRepository(
            Operator("fastpay", "Fastpay", "فاست", "L-1", ("kiosks",), 0, 1_000_000, state, NOON)
        )
        for account in down:
            self.set_rail(account, RailState.DOWN)

    def set_rail(self, account: MerchantAccount, state: RailState) -> None:
        self.platform.rails.heads[account.account_id] = RailHealth(account.account_id, state)

    def serve(self, reason: str = REASON, key: str = "serve-1", **changes: Any) -> Any:
        desk = StandIns(
            invoices=self.platform.invoices,
            services=self.platform.services,
            availability=self.platform.router(),
            operators=self.operators,
            clock=self.platform.clock,
        )
        given: dict[str, Any] = {"caller": CALLER, "idempotency_key": key} | changes
        return desk.serve_unpaid(self.invoice.reference, reason, **given)

    def stored(self) -> Invoice:
        return self.platform.invoices.rows[self.invoice.reference]

    def figures(self, first: date = TODAY, last: date = TODAY, **changes: Any) -> StandInFigures:
        given: dict[str, Any] = {"caller": CALLER, "limit": 100} | changes
        return read_stand_ins(
            first,
            last,
            **given,
            stand_ins=FakeStandInList(self.platform.invoices),
            invoices=self.platform.invoices,
            services=self.platform.services,
            clock=self.platform.clock,
        )


def open_methods(case: Case) -> tuple[str, ...]:
    with pytest.raises(RouteOpenError) as caught:
        case.serve()
    return caught.value.available


# -- when -------------------------------------------------------------------------------------------------------------


def test_while_every_route_is_down_the_agency_may_serve_and_it_is_taken_down() -> None:
    """Who, why, what was owed, and until when time stands still: on the invoice's own history, in one write."""
    case = Case(ACCOUNT, RESERVE, down=(ACCOUNT, RESERVE))

    found, is_new = case.serve()

    assert is_new
    assert (found.amount, found.outcome, found.reason, found.actor) == (12_500, Outcome.OWED, REASON, "key:key-1")
    assert (found.at, found.until) == (NOON, NOON + timedelta(hours=24))
    stored = case.stored()
    assert stored.state is InvoiceState.ISSUED
    assert (stored.history[-1].event, stored.history[-1].note) == (InvoiceEvent.STAND_IN, REASON)
    assert stored.sequence == case.invoice.sequence + 1


def test_while_one_route_is_open_it_is_refused_with_what_is_open() -> None:
    """One of two terminals is enough; nothing is written."""
    case = Case(ACCOUNT, RESERVE, down=(ACCOUNT,))

    assert open_methods(case) == ("debit_card",)
    assert case.stored() == case.invoice


def test_a_rail_that_is_being_tried_is_down_until_it_is_back() -> None:
    """One payment in ten seconds may be trying it: a queue of people cannot wait for that."""
    case = Case(ACCOUNT)
    case.set_rail(ACCOUNT, RailState.PROBING)

    assert case.serve()[1]


def test_money_that_is_told_of_is_down_only_without_an_active_account_or_with_its_operator_suspended() -> None:
    """A kiosk has no calls to count: where the platform has an account for it, people are sent there."""
    assert open_methods(Case(ACCOUNT, KIOSK, down=(ACCOUNT,))) == ("kiosk",)
    assert Case(ACCOUNT, replace(KIOSK, is_active=False), down=(ACCOUNT,)).serve()[1]
    assert Case(ACCOUNT, KIOSK, down=(ACCOUNT,), is_licensed=False).serve()[1]


def test_an_account_that_does_not_take_this_amount_is_no_way_to_pay_it() -> None:
    """Rules of accounts are rules of routes."""
    case = Case(ACCOUNT, replace(RESERVE, settings={"amount_max": "1000"}), down=(ACCOUNT,))

    assert case.serve()[1]


def test_a_service_that_offers_nothing_has_no_outage() -> None:
    """A catalogue without routes is a fault to be mended, not a reason to give services away."""
    case = Case(ACCOUNT, down=(ACCOUNT,))
    bare: Service = replace(
        a_service_with_ways(), channels=tuple(replace(one, routes=()) for one in a_service_with_ways().channels)
    )
    case.platform.services = FakeServiceCatalogue(bare)

    assert open_methods(case) == ()


@pytest.mark.parametrize("state", [InvoiceState.PAID, InvoiceState.CANCELLED, InvoiceState.DRAFT, InvoiceState.HELD])
def test_what_is_not_owed_now_is_not_served(state: InvoiceState) -> None:
    """The refusal says what is possible instead."""
    case = Case(ACCOUNT, down=(ACCOUNT,))
    case.invoice = case.platform.with_invoice(an_invoice(2, state=state))

    with pytest.raises(IllegalTransitionError) as caught:
        case.serve()

    assert caught.value.current == state
    assert InvoiceEvent.STAND_IN not in caught.value.possible


def test_another_agencys_invoice_is_not_there() -> None:
    """404, as for everything of theirs."""
    with pytest.raises(NotFoundError):
        Case(ACCOUNT, down=(ACCOUNT,)).serve(caller=STRANGER)


# -- again ------------------------------------------------------------------------------------------------------------


def test_asked_again_it_is_answered_as_it_stands_even_when_a_route_is_open_by_then() -> None:
    """A lost answer is no second decision: same key or not, the same reason is the same stand-in."""
    case = Case(ACCOUNT, down=(ACCOUNT,))
    first, _ = case.serve()
    case.set_rail(ACCOUNT, RailState.UP)
    case.platform.clock.advance(timedelta(hours=2))

    assert case.serve() == (first, False)
    assert case.serve(key="serve-2") == (first, False)
    assert case.stored().sequence == case.invoice.sequence + 1


def test_the_same_key_with_another_reason_is_a_conflict() -> None:
    """It stands for one request."""
    case = Case(ACCOUNT, down=(ACCOUNT,))
    case.serve()

    with pytest.raises(IdempotencyConflictError):
        case.serve("Another reason.")


def test_it_is_served_once() -> None:
    """A second grace for another reason is refused."""
    case = Case(ACCOUNT, down=(ACCOUNT,))
    case.serve()

    with pytest.raises(IllegalTransitionError):
        case.serve("Still down.", key="serve-2")


def test_an_invoice_that_keeps_changing_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounded, and nothing is written."""
    case = Case(ACCOUNT, down=(ACCOUNT,))
    monkeypatch.setattr(case.platform.invoices, "replace", lambda _before, _after: False)

    with pytest.raises(BusyError):
        case.serve()


# -- afterwards -------------------------------------------------------------------------------------------------------


def test_the_figures_say_what_was_served_paid_later_and_is_still_owed() -> None:
    """An agency sees its own, the treasury all; the list is cut, the figures are not."""
    case = Case(ACCOUNT, down=(ACCOUNT,))
    for number in (1, 2, 3):
        case.invoice = case.platform.with_invoice(an_invoice(number))
        case.serve(key=f"serve-{number}")
    paid, part = (
        case.platform.invoices.rows[an_invoice(1).reference],
        case.platform.invoices.rows[an_invoice(2).reference],
    )
    case.platform.invoices.rows[paid.reference] = replace(paid, state=InvoiceState.PAID, outstanding=0)
    case.platform.invoices.rows[part.reference] = replace(part, state=InvoiceState.PARTIALLY_PAID, outstanding=2_500)

    figures = case.figures(limit=1)

    assert figures.counts == {Outcome.PAID: 1, Outcome.OWED: 2, Outcome.CLOSED: 0}
    assert figures.amounts == {Outcome.PAID: 12_500, Outcome.OWED: 15_000, Outcome.CLOSED: 0}
    assert [one.reference for one in figures.items] == [min(paid.reference, part.reference, case.invoice.reference)]
    assert case.figures(caller=TREASURY).counts == figures.counts
    assert sum(case.figures(caller=STRANGER).counts.values()) == 0
    assert sum(case.figures(TODAY + timedelta(days=1), TODAY + timedelta(days=9)).counts.values()) == 0


@pytest.mark.parametrize(("days", "code"), [(-1, "date_before_start"), (366, "range_too_long")])
def test_days_in_the_wrong_order_or_too_many_are_refused(days: int, code: str) -> None:
    """The field is named."""
    with pytest.raises(InvalidInputError) as caught:
        Case(ACCOUNT).figures(TODAY, TODAY + timedelta(days=days))

    (wrong,) = caught.value.fields
    assert (wrong.field, wrong.code) == ("to", code)
