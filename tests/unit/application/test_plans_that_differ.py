"""Plans whose legs and what is owed have come apart: amended under a payer, parts beside the plan, parts taken back."""

from dataclasses import replace
from datetime import date

import pytest

from mizan.domain.invoices import Invoice
from mizan.domain.payments import Payment
from mizan.domain.quotes import quote_of
from mizan.domain.terms import Leg, PartialRule, Plan, Terms
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform, a_creation
from tests.fakes.samples import captured

MONTHLY = Plan("monthly", (Leg(5_000, date(2026, 3, 1)), Leg(4_000, date(2026, 4, 1)), Leg(3_500, date(2026, 5, 1))))
OTHER = Plan("other", (Leg(6_000, date(2026, 3, 1)), Leg(6_500, date(2026, 4, 1))))


@pytest.fixture
def platform() -> Platform:
    return Platform()


def raised(platform: Platform, **terms: object) -> Invoice:
    return platform.create(a_creation(terms=Terms(**terms)))[0]  # type: ignore[arg-type]  # each test names fields


def paid(platform: Platform, payment: Payment) -> Invoice:
    platform.gateway.inquiries[payment.payment_id.removeprefix("pay_")] = captured(payment)
    platform.resolver().resolve(platform.payments.rows[payment.payment_id])
    return platform.invoices.rows[payment.reference]


def owed(invoice: Invoice) -> tuple[int, str | None, int | None]:
    quote = quote_of(invoice, NOON)
    return quote.amount, quote.plan, quote.leg


def test_a_leg_of_a_plan_that_was_amended_away_is_money_like_any_other(platform: Platform) -> None:
    """The payer was on the gateway's page: 5.000 are taken, and the rest of 12.500 stays payable."""
    invoice = raised(platform, plans=(MONTHLY,))
    payment, _ = platform.start(invoice.reference, plan="monthly")
    stored = platform.invoices.rows[invoice.reference]
    platform.invoices.rows[invoice.reference] = replace(stored, terms=Terms(plans=(OTHER,)))

    after = paid(platform, payment)

    assert (after.outstanding, after.plan, after.legs_paid) == (7_500, None, ())
    assert owed(after) == (7_500, None, None)


def test_the_last_leg_takes_what_the_legs_do_not_add_up_to(platform: Platform) -> None:
    """The plan's legs were amended after the first was begun: 5.000 of 12.500 paid, one leg left: 7.500."""
    invoice = raised(platform, plans=(MONTHLY,))
    payment, _ = platform.start(invoice.reference, plan="monthly")
    stored = platform.invoices.rows[invoice.reference]
    changed = replace(OTHER, plan_id="monthly")
    platform.invoices.rows[invoice.reference] = replace(stored, terms=Terms(plans=(changed,)))

    after = paid(platform, payment)

    assert owed(after) == (7_500, "monthly", 1)
    assert paid(platform, platform.start(invoice.reference, "try-2")[0]).outstanding == 0


def test_a_part_beside_the_plan_makes_the_next_leg_no_more_than_is_owed(platform: Platform) -> None:
    """5.000 by the plan and 5.500 begun before it was bound: 2.000 are owed, not the leg's 4.000."""
    invoice = raised(platform, plans=(MONTHLY,))
    terms = replace(invoice.terms, partial=PartialRule())
    platform.invoices.rows[invoice.reference] = replace(invoice, terms=terms)
    leg, _ = platform.start(invoice.reference, plan="monthly")
    part, _ = platform.start(invoice.reference, "try-2", amount=5_500)
    paid(platform, leg)

    after = paid(platform, part)

    assert owed(after) == (2_000, "monthly", 1)
    assert paid(platform, platform.start(invoice.reference, "try-3")[0]).outstanding == 0
