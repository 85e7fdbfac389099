"""What every store of quotes and baskets promises: what was said first stands."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.domain.baskets import Basket
from mizan.domain.errors import ReferenceTakenError
from mizan.domain.quotes import Quote, quote_of
from tests.contract.store.conftest import Store
from tests.fakes.clock import NOON
from tests.fakes.samples import a_reference, an_invoice
from tests.fakes.terms_samples import MONTHLY, a_basket, with_terms


@pytest.mark.parametrize(
    "quote",
    [quote_of(an_invoice(), NOON), quote_of(with_terms(plans=(MONTHLY,)), NOON, plan="monthly")],
    ids=["all that is due", "a leg"],
)
def test_a_quote_reads_back_equal(store: Store, quote: Quote) -> None:
    """Amounts to the fils, its end to the microsecond, plan and leg (the first is 0, not none)."""
    assert store.quotes.keep("qte_1", quote, NOON) == quote

    assert store.quotes.get(quote.reference, "qte_1") == quote


def test_what_was_quoted_first_stands(store: Store) -> None:
    """The same id again is answered with what is there; another invoice's same id is another quote."""
    first, other = quote_of(an_invoice(), NOON), quote_of(an_invoice(2), NOON)
    store.quotes.keep("qte_1", first, NOON)

    assert store.quotes.keep("qte_1", replace(first, amount=1), NOON + timedelta(days=1)) == first
    assert store.quotes.keep("qte_1", other, NOON) == other

    assert store.quotes.get(first.reference, "qte_1") == first
    assert store.quotes.get(other.reference, "qte_1") == other


def test_what_was_never_quoted_is_none(store: Store) -> None:
    """Neither an unknown id nor an unknown invoice is an error."""
    assert store.quotes.get(a_reference(1), "qte_1") is None


@pytest.mark.parametrize(
    "basket", [a_basket(), a_basket(*(an_invoice(number) for number in range(20)))], ids=["two agencies", "twenty"]
)
def test_a_basket_reads_back_equal(store: Store, basket: Basket) -> None:
    """Every quote in its order."""
    assert store.baskets.add(basket) is None

    assert store.baskets.get(basket.reference) == basket


def test_a_second_basket_under_the_same_reference_is_refused_with_what_is_there(store: Store) -> None:
    """Nothing is overwritten."""
    basket = a_basket()
    store.baskets.add(basket)

    assert store.baskets.add(replace(basket, identity="another", fingerprint="another")) == basket

    assert store.baskets.get(basket.reference) == basket


def test_a_basket_that_is_not_there_is_none(store: Store) -> None:
    """No error: the use case decides what that means."""
    assert store.baskets.get(a_reference(5)) is None


def test_baskets_and_invoices_share_one_space_of_references(store: Store) -> None:
    """What is taken by the one is not taken by the other, and neither reads as the other."""
    basket, invoice = a_basket(number=1), an_invoice(2)
    store.baskets.add(basket)
    store.invoices.add(invoice)

    with pytest.raises(ReferenceTakenError):
        store.invoices.add(an_invoice(1))
    with pytest.raises(ReferenceTakenError):
        store.baskets.add(a_basket(number=2))

    assert (store.baskets.get(basket.reference), store.invoices.get(basket.reference)) == (basket, None)
    assert (store.baskets.get(invoice.reference), store.invoices.get(invoice.reference)) == (None, invoice)
    assert store.invoices.get_many([basket.reference, invoice.reference]) == [invoice]


def test_a_basket_is_not_among_a_days_invoices(store: Store) -> None:
    """The listing is of demands; a basket is a way to pay them."""
    store.baskets.add(a_basket(an_invoice(1), an_invoice(2)))

    assert store.invoices.list_day("moic", NOON.date(), limit=9, cursor=None).references == ()
