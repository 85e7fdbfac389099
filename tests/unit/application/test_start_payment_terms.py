"""Starting an attempt by terms: a leg, a part, a stored quote, a basket; and each of them twice."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mizan.application.quote_invoice import quote_invoice
from mizan.domain.calendar import end_of_day
from mizan.domain.errors import (
    IdempotencyConflictError,
    IllegalTransitionError,
    InvalidInputError,
    MizanError,
)
from mizan.domain.invoices import Invoice, InvoiceState
from mizan.domain.payments import Payment, PaymentState
from mizan.domain.quotes import QUOTE_LIFETIME_MIN, Quote
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.samples import ACCOUNT, CALLER, a_reference, an_invoice
from tests.fakes.terms_samples import DISCOUNT, DUE, HALVES, MONTHLY, PARTIAL, a_basket, with_terms

EVERYTHING: dict[str, Any] = {"discount": DISCOUNT, "partial": PARTIAL, "plans": (MONTHLY, HALVES)}
WAYS: dict[str, dict[str, Any]] = {"all": {}, "a leg": {"plan": "monthly"}, "a part": {"amount": 2_500}}


@pytest.fixture
def platform() -> Platform:
    return Platform()


def quoted(platform: Platform, invoice: Invoice, **asked: Any) -> tuple[str, Quote]:
    return quote_invoice(
        invoice.reference,
        caller=CALLER,
        payables=platform.payables(),
        quotes=platform.quotes,
        invoices=platform.invoices,
        clock=platform.clock,
        **asked,
    )


def lines_of(payment: Payment) -> list[tuple[int, int, str | None, int | None]]:
    return [(line.amount, line.discharge, line.plan, line.leg) for line in payment.lines]


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({}, (11_500, 12_500, None, None)),
        ({"plan": "monthly"}, (5_000, 5_000, "monthly", 0)),
        ({"amount": 2_500}, (2_500, 2_500, None, None)),
    ],
    ids=WAYS,
)
def test_the_gateway_is_asked_for_what_was_quoted(
    platform: Platform, asked: dict[str, Any], line: tuple[int, int, str | None, int | None]
) -> None:
    """The attempt remembers what its money discharges, of which leg, and until when that holds."""
    invoice = platform.with_invoice(with_terms(**EVERYTHING))

    payment, is_new = platform.start(invoice.reference, **asked)

    assert is_new
    assert lines_of(payment) == [line]
    assert payment.lines[0].valid_until == end_of_day(NOON.date())
    assert (payment.amount, [request.amount for request in platform.gateway.initiated]) == (line[0], [line[0]])
    assert payment.history[0].amount == line[0]


@pytest.mark.parametrize("asked", WAYS.values(), ids=WAYS)
def test_a_repeat_is_the_same_attempt_and_another_way_of_paying_is_a_conflict(
    platform: Platform, asked: dict[str, Any]
) -> None:
    """Plan, amount and quote belong to the body that the key stands for."""
    invoice = platform.with_invoice(with_terms(**EVERYTHING))
    first, _ = platform.start(invoice.reference, **asked)

    again = platform.start(invoice.reference, **asked)

    assert again == (first, False)
    for other in (*WAYS.values(), {"quote_id": "qte_1"}, {"plan": "halves"}, {"amount": 2_501}):
        if other != asked:
            with pytest.raises(IdempotencyConflictError):
                platform.start(invoice.reference, **other)
    assert len(platform.gateway.initiated) == 1


@pytest.mark.parametrize("asked", WAYS.values(), ids=WAYS)
def test_a_repeat_is_answered_though_it_could_not_be_started_any_more(
    platform: Platform, asked: dict[str, Any]
) -> None:
    """Paid since, another plan begun since, the account closed since: the attempt as it stands."""
    invoice = platform.with_invoice(with_terms(**EVERYTHING))
    first, _ = platform.start(invoice.reference, **asked)
    platform.invoices.rows[invoice.reference] = replace(invoice, state=InvoiceState.PAID, outstanding=0)
    paid = platform.start(invoice.reference, **asked)
    platform.invoices.rows[invoice.reference] = replace(
        invoice, state=InvoiceState.PARTIALLY_PAID, outstanding=6_000, plan="halves", legs_paid=(0,)
    )
    bound = platform.start(invoice.reference, **asked)
    platform.accounts.rows[ACCOUNT.token] = replace(ACCOUNT, is_active=False)
    closed = platform.start(invoice.reference, **asked)

    assert [paid, bound, closed] == [(first, False)] * 3


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({"plan": "weekly"}, "plan", "unknown_plan"),
        ({"plan": "monthly", "amount": 1}, "amount", "not_the_leg"),
        ({"amount": 1}, "amount", "below_minimum"),
        ({"quote_id": "qte_0"}, "quote_id", "unknown_quote"),
    ],
)
def test_what_the_terms_do_not_allow_is_refused_before_anything_is_stored_or_asked(
    platform: Platform, asked: dict[str, Any], field: str, code: str
) -> None:
    """422 with the field."""
    invoice = platform.with_invoice(with_terms(**EVERYTHING))

    with pytest.raises(InvalidInputError, match=f"{field}: {code}"):
        platform.start(invoice.reference, **asked)

    assert (platform.payments.rows, platform.gateway.initiated) == ({}, [])


def test_an_invoice_is_paid_as_of_now(platform: Platform) -> None:
    """Stored as issued, overdue by now: it is payable; expired by now: it is not."""
    overdue = platform.with_invoice(an_invoice(1))
    expired = platform.with_invoice(with_terms(2, expires_on=DUE))
    platform.clock.instant = end_of_day(DUE)

    assert platform.start(overdue.reference)[0].state is PaymentState.PENDING
    with pytest.raises(IllegalTransitionError, match="invoice is expired"):
        platform.start(expired.reference)


# -- stored quotes ----------------------------------------------------------------------------------------------------


def test_a_quote_is_kept_and_asked_for_again_it_is_the_same(platform: Platform) -> None:
    """One id while nothing changed that day; another amount, plan, day or change of the invoice is another quote."""
    invoice = platform.with_invoice(with_terms(**EVERYTHING))

    quote_id, quote = quoted(platform, invoice)
    platform.clock.advance(timedelta(hours=3))
    same = quoted(platform, invoice)
    others = [quoted(platform, invoice, plan="monthly")[0], quoted(platform, invoice, amount=2_500)[0]]
    platform.clock.advance(timedelta(days=1))
    others.append(quoted(platform, invoice)[0])

    assert same == (quote_id, quote)
    assert (quote.amount, quote.discharge) == (11_500, 12_500)
    assert len({quote_id, *others}) == 4
    assert platform.quotes.rows[invoice.reference, quote_id] == quote


def test_a_quote_holds_as_it_was_given_until_its_time_is_over(platform: Platform) -> None:
    """To the last moment before; from that instant on it is refused by name."""
    invoice = platform.with_invoice(with_terms(**EVERYTHING))
    quote_id, quote = quoted(platform, invoice, plan="monthly")
    platform.clock.instant = quote.valid_until - timedelta(microseconds=1)

    payment, _ = platform.start(invoice.reference, quote_id=quote_id)
    platform.clock.advance(timedelta(microseconds=1))

    assert lines_of(payment) == [(5_000, 5_000, "monthly", 0)]
    assert payment.lines[0].valid_until == payment.created_at + QUOTE_LIFETIME_MIN  # as long as a gateway's page
    with pytest.raises(InvalidInputError, match="quote_id: quote_expired"):
        platform.start(invoice.reference, "try-2", quote_id=quote_id)
    assert platform.start(invoice.reference, quote_id=quote_id) == (payment, False)


def test_a_quote_that_a_part_has_overtaken_is_refused(platform: Platform) -> None:
    """It would discharge more than is owed by now."""
    invoice = platform.with_invoice(with_terms(**EVERYTHING))
    quote_id, _ = quoted(platform, invoice)
    platform.invoices.rows[invoice.reference] = replace(invoice, state=InvoiceState.PARTIALLY_PAID, outstanding=12_499)

    with pytest.raises(InvalidInputError, match="quote_id: quote_overtaken"):
        platform.start(invoice.reference, quote_id=quote_id)


def test_a_quote_of_a_demand_that_was_withdrawn_is_refused(platform: Platform) -> None:
    """409 with what stood there, not a page to pay on."""
    invoice = platform.with_invoice()
    quote_id, _ = quoted(platform, invoice)
    platform.invoices.rows[invoice.reference] = replace(invoice, state=InvoiceState.CANCELLED)

    with pytest.raises(IllegalTransitionError, match="invoice is cancelled: pay is not possible"):
        platform.start(invoice.reference, quote_id=quote_id)


def test_another_invoices_quote_is_unknown(platform: Platform) -> None:
    """A quote is beside its invoice and found nowhere else."""
    invoice, other = (platform.with_invoice(an_invoice(number)) for number in (1, 2))
    quote_id, _ = quoted(platform, other)

    with pytest.raises(InvalidInputError, match="quote_id: unknown_quote"):
        platform.start(invoice.reference, quote_id=quote_id)


# -- baskets ----------------------------------------------------------------------------------------------------------

PLATFORM_ACCOUNT = replace(ACCOUNT, token="tok-platform", agency="*", account_id="acc-9")


def with_basket(platform: Platform, *invoices: Invoice) -> str:
    """A basket over two agencies, and the platform's own merchant account."""
    invoices = invoices or (an_invoice(1), an_invoice(2, agency="health", service="clinic-fees"))
    for invoice in invoices:
        platform.with_invoice(invoice)
    platform.accounts.rows[PLATFORM_ACCOUNT.token] = PLATFORM_ACCOUNT
    basket = a_basket(*invoices)
    platform.baskets.add(basket)
    return basket.reference


def test_a_basket_is_paid_at_once_through_the_platforms_own_account(platform: Platform) -> None:
    """BHD 25.000 asked for once, a line for each invoice, and whose each is."""
    reference = with_basket(platform)

    payment, _ = platform.start(reference)

    assert [(line.reference, line.agency, line.service, line.amount) for line in payment.lines] == [
        (an_invoice(1).reference, "moic", "cr-registration", 12_500),
        (an_invoice(2).reference, "health", "clinic-fees", 12_500),
    ]
    assert (payment.reference, payment.agency, payment.service) == (reference, "*", "basket")
    assert (payment.amount, payment.account_id) == (25_000, "acc-9")
    assert payment.payment_id.startswith(f"pay_{reference}")
    assert [request.amount for request in platform.gateway.initiated] == [25_000]


def test_a_basket_of_one_agency_goes_through_that_agencys_account(platform: Platform) -> None:
    """Its money is that agency's alone."""
    reference = with_basket(platform, an_invoice(1), an_invoice(2))

    payment, _ = platform.start(reference)

    assert (payment.agency, payment.account_id) == ("moic", "acc-1")


def test_a_basket_is_quoted_again_when_it_is_paid(platform: Platform) -> None:
    """The discount has lapsed since it was made: what is due now is asked for, not what was due then."""
    reference = with_basket(platform, with_terms(1, discount=DISCOUNT), an_invoice(2))
    platform.clock.instant = end_of_day(DISCOUNT.until)

    assert platform.start(reference)[0].amount == 25_000


def test_a_repeat_of_a_baskets_payment_is_the_same_attempt(platform: Platform) -> None:
    """Also after one of its invoices was paid by another way."""
    reference = with_basket(platform)
    first, _ = platform.start(reference)
    platform.invoices.rows[a_reference(1)] = an_invoice(1, state=InvoiceState.PAID, outstanding=0)

    assert platform.start(reference) == (first, False)
    with pytest.raises(IllegalTransitionError, match="invoice is paid"):
        platform.start(reference, "try-2")


@pytest.mark.parametrize("asked", [{"plan": "monthly"}, {"amount": 1}, {"quote_id": "qte_1"}])
def test_a_basket_is_paid_whole(platform: Platform, asked: dict[str, Any]) -> None:
    """Neither in parts nor by a plan nor by a quote of its own."""
    reference = with_basket(platform)

    with pytest.raises(InvalidInputError, match="reference: basket_paid_whole"):
        platform.start(reference, **asked)
    with pytest.raises(MizanError, match="basket_paid_whole"):
        quote_invoice(
            reference,
            caller=CALLER,
            payables=platform.payables(),
            quotes=platform.quotes,
            invoices=platform.invoices,
            clock=platform.clock,
        )


def test_a_basket_over_several_agencies_needs_the_platforms_account(platform: Platform) -> None:
    """Where there is none the method is refused by name, and nothing is stored."""
    reference = with_basket(platform)
    platform.accounts.rows.pop(PLATFORM_ACCOUNT.token)

    with pytest.raises(InvalidInputError, match="method: method_not_available"):
        platform.start(reference)
    assert platform.payments.rows == {}
