"""Several invoices under one reference: made once, naming everything that keeps one of them out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.application.create_basket import BasketStanding, CreateBasket, create_basket, show_basket
from mizan.domain.accounts import Caller
from mizan.domain.baskets import LINE_COUNT_MAX, Basket
from mizan.domain.calendar import end_of_day
from mizan.domain.errors import (
    BusyError,
    FieldError,
    IdempotencyConflictError,
    InvalidInputError,
    NotFoundError,
)
from mizan.domain.history import Entry
from mizan.domain.invoices import InvoiceState
from mizan.domain.references import PROBE_COUNT_MAX, is_reference
from tests.fakes.clock import NOON, FakeDerivation
from tests.fakes.platform import Platform
from tests.fakes.samples import CALLER, STRANGER, a_reference, an_invoice
from tests.fakes.terms_samples import DISCOUNT, DUE, with_terms

ONE, TWO, THREE = (a_reference(number) for number in (1, 2, 3))


@pytest.fixture
def platform() -> Platform:
    """Invoices 1 (discounted) and 3 are ours, 2 is the health agency's."""
    platform = Platform()
    platform.with_invoice(with_terms(1, discount=DISCOUNT))
    platform.with_invoice(an_invoice(2, agency="health", service="clinic-fees"))
    platform.with_invoice(an_invoice(3))
    return platform


def create(platform: Platform, *references: str, key: str = "basket-1", caller: Caller = CALLER) -> tuple[Basket, bool]:
    return create_basket(
        CreateBasket(references, key, "corr-6"),
        caller=caller,
        invoices=platform.invoices,
        baskets=platform.baskets,
        derivation=platform.derivation,
        clock=platform.clock,
    )


def wrong(platform: Platform, *references: str) -> tuple[FieldError, ...]:
    with pytest.raises(InvalidInputError) as caught:
        create(platform, *references)
    assert platform.baskets.rows == {}
    return caught.value.fields


def test_a_basket_quotes_each_of_its_invoices_as_of_now(platform: Platform) -> None:
    """11.500 with the discount and 12.500: BHD 24.000 until the end of the day, for both agencies."""
    basket, is_new = create(platform, ONE, TWO)

    assert is_new
    assert [(quote.reference, quote.agency, quote.amount, quote.discharge) for quote in basket.quotes] == [
        (ONE, "moic", 11_500, 12_500),
        (TWO, "health", 12_500, 12_500),
    ]
    assert (basket.amount, basket.valid_until) == (24_000, end_of_day(NOON.date()))
    assert (basket.agency, basket.currency, basket.history) == ("*", "BHD", (Entry("create", NOON, 24_000),))
    assert is_reference(basket.reference)
    assert basket.reference not in platform.invoices.rows
    assert platform.baskets.rows == {basket.reference: basket}


def show(platform: Platform, reference: str) -> BasketStanding:
    return show_basket(reference, baskets=platform.baskets, invoices=platform.invoices, clock=platform.clock)


def test_a_basket_of_one_agencys_invoices_is_that_agencys(platform: Platform) -> None:
    """Its money comes in through that agency's own account."""
    basket, _ = create(platform, ONE, THREE)

    assert basket.agency == "moic"


def test_a_basket_is_seen_by_whoever_has_its_reference(platform: Platform) -> None:
    """Knowing a reference is enough to pay it; a mistyped or unknown one is 404, as is an invoice's."""
    basket, _ = create(platform, ONE, TWO)

    shown = show(platform, basket.reference)

    assert shown.basket == basket
    assert [invoice.reference for invoice in shown.invoices] == [ONE, TWO]
    assert not shown.is_paid
    for reference in ("12", basket.reference[:-1] + "x", a_reference(9), ONE):
        with pytest.raises(NotFoundError, match="basket"):
            show(platform, reference)


@pytest.mark.parametrize("references", [(ONE, TWO), (TWO, ONE)], ids=["the same order", "another order"])
def test_a_repeat_is_the_same_basket(platform: Platform, references: tuple[str, ...]) -> None:
    """Also though an invoice was paid since; which invoices counts, not their order."""
    first, _ = create(platform, ONE, TWO)
    platform.invoices.rows[ONE] = replace(platform.invoices.rows[ONE], state=InvoiceState.PAID, outstanding=0)
    platform.clock.advance(timedelta(days=20))

    assert create(platform, *references) == (first, False)


def test_the_same_key_with_other_invoices_is_a_conflict(platform: Platform) -> None:
    """And with one more, and with one less; another key or another maker makes another basket."""
    first, _ = create(platform, ONE, TWO)

    for references in ((ONE, THREE), (ONE, TWO, THREE)):
        with pytest.raises(IdempotencyConflictError):
            create(platform, *references)

    others = [create(platform, ONE, THREE, key="basket-2"), create(platform, ONE, THREE, caller=STRANGER)]
    assert [is_new for _, is_new in others] == [True, True]
    assert len({first.reference, *(basket.reference for basket, _ in others)}) == 3


def test_everything_that_keeps_an_invoice_out_is_named_by_its_position(platform: Platform) -> None:
    """Unknown, mistyped, doubled, not payable: each at once."""
    paid = platform.with_invoice(an_invoice(4, state=InvoiceState.PAID, outstanding=0)).reference
    draft = platform.with_invoice(an_invoice(5, state=InvoiceState.DRAFT)).reference

    named = wrong(platform, ONE, a_reference(9), "12", ONE, paid, draft)

    assert named == (
        FieldError("references.1", "unknown_reference"),
        FieldError("references.2", "unknown_reference"),
        FieldError("references.3", "duplicate"),
        FieldError("references.4", "not_payable"),
        FieldError("references.5", "not_payable"),
    )


def test_an_invoice_that_has_expired_by_now_is_not_payable(platform: Platform) -> None:
    """As of now, not as stored."""
    expired = platform.with_invoice(with_terms(4, expires_on=DUE)).reference
    platform.clock.instant = end_of_day(DUE)

    assert wrong(platform, ONE, expired) == (FieldError("references.1", "not_payable"),)


def test_a_basket_in_a_basket_is_unknown(platform: Platform) -> None:
    """Only invoices go in."""
    basket, _ = create(platform, ONE, TWO)

    with pytest.raises(InvalidInputError, match=r"references\.1: unknown_reference"):
        create(platform, ONE, basket.reference, key="basket-2")


def test_two_invoices_at_least_and_twenty_at_most(platform: Platform) -> None:
    """One is paid by itself; twenty-one are more than one transaction settles."""
    references = [platform.with_invoice(an_invoice(number)).reference for number in range(10, 31)]

    assert wrong(platform) == (FieldError("references", "too_few"),)
    assert wrong(platform, ONE) == (FieldError("references", "too_few"),)
    assert wrong(platform, *references) == (FieldError("references", "too_many"),)
    assert len(create(platform, *references[:LINE_COUNT_MAX])[0].quotes) == LINE_COUNT_MAX == 20


def test_a_reference_that_an_invoice_has_is_probed_past(platform: Platform) -> None:
    """Baskets and invoices share one space: the next probe is taken, and a repeat finds it again."""
    platform.derivation = FakeDerivation(collision_count=1)
    platform.with_invoice(an_invoice(reference=platform.derivation.reference("any", 0)))

    basket, is_new = create(platform, ONE, TWO)

    assert is_new
    assert create(platform, ONE, TWO) == (basket, False)


def test_a_reference_that_another_basket_has_is_probed_past_and_bounded(platform: Platform) -> None:
    """Sixteen collisions in a row are a bug: BusyError."""
    platform.derivation = FakeDerivation(collision_count=1)
    first, _ = create(platform, ONE, TWO)

    second, is_new = create(platform, ONE, TWO, key="basket-2")

    assert (is_new, second.reference != first.reference) == (True, True)
    platform.derivation = FakeDerivation(collision_count=PROBE_COUNT_MAX)
    with pytest.raises(BusyError):
        create(platform, ONE, TWO, key="basket-3")
