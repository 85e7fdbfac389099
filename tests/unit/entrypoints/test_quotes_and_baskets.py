"""Quotes, baskets, payments in parts and "is this paid?", over the fakes."""

from datetime import date
from typing import Any

import pytest

from functions.check_invoice.handler import lambda_handler as check_handler
from functions.create_basket.handler import lambda_handler as create_basket_handler
from functions.quote_invoice.handler import lambda_handler as quote_handler
from functions.read_baskets.handler import lambda_handler as read_basket_handler
from functions.read_payments.handler import lambda_handler as read_payments_handler
from functions.start_payment.handler import lambda_handler as start_handler
from mizan.domain.invoices import InvoiceState
from mizan.domain.terms import Leg, PartialRule, Plan, Terms
from tests.fakes.platform import Platform, a_creation
from tests.fakes.samples import ACCOUNT, a_payment, a_reference, an_invoice, settled
from tests.unit.entrypoints.calls import Answer, an_event, call

PLAN = Plan("two", (Leg(5_000, date(2026, 3, 10)), Leg(7_500, date(2026, 3, 20))))
TERMS = Terms(partial=PartialRule(1_000, 9_000), plans=(PLAN,))


def quote(reference: str, body: Any, key: str | None = None, **changes: Any) -> Answer:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return call(quote_handler, an_event("POST", f"/v1/invoices/{reference}/quote", body, headers=headers, **changes))


def basket(references: Any, key: str | None = "b-1", **changes: Any) -> Answer:
    headers = {"Idempotency-Key": key} if key is not None else {}
    event = an_event("POST", "/v1/baskets", {"references": references}, headers=headers, **changes)
    return call(create_basket_handler, event)


def start(path: str, body: Any = None, key: str = "p-1", **changes: Any) -> Answer:
    event = an_event(
        "POST", path, {"method": "debit_card", **(body or {})}, headers={"Idempotency-Key": key}, **changes
    )
    return call(start_handler, event)


def owed(platform: Platform, number: int = 1, **changes: Any) -> str:
    return platform.with_invoice(an_invoice(number, **({"terms": TERMS} | changes))).reference


@pytest.mark.parametrize(
    ("body", "amount", "plan", "leg"),
    [({}, 12_500, None, None), ({"plan": "two"}, 5_000, "two", 0), ({"amount": 2_000}, 2_000, None, None)],
)
def test_a_quote_says_what_to_pay_and_until_when(
    platform: Platform, body: Any, amount: int, plan: str | None, leg: int | None
) -> None:
    """To the end of the Bahrain day; asked again it is the same quote."""
    reference = owed(platform)

    first, again = quote(reference, body, "q"), quote(reference, body)

    assert (first.status, first.json["amount"], first.json["discharge"]) == (201, amount, amount)
    assert (first.json["plan"], first.json["leg"]) == (plan, leg)
    assert first.json["valid_until"] == "2026-03-01T21:00:00Z"
    assert again.text == first.text
    assert len(platform.quotes.rows) == 1


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"amount": 999}, {"amount": "below_minimum"}),
        ({"amount": 9_001}, {"amount": "above_maximum"}),
        ({"amount": 12_501}, {"amount": "amount_above_due"}),
        ({"amount": 0}, {"amount": "amount_not_positive"}),
        ({"amount": "2000"}, {"amount": "not_an_integer"}),
        ({"amount": 10**60}, {"amount": "amount_too_large"}),
        ({"plan": "three"}, {"plan": "unknown_plan"}),
        ({"plan": "Two!"}, {"plan": "bad_format"}),
        ({"plan": "two", "amount": 1}, {"amount": "not_the_leg"}),
        ({"price": 1}, {"price": "unknown_field"}),
    ],
)
def test_a_quote_that_the_terms_do_not_allow_is_refused(platform: Platform, body: Any, wrong: dict[str, str]) -> None:
    """Named by field; nothing is kept."""
    answer = quote(owed(platform), body)

    assert (answer.status, answer.wrong) == (422, wrong)
    assert platform.quotes.rows == {}


def test_nothing_is_quoted_for_what_is_foreign_or_not_payable(platform: Platform) -> None:
    """404, and 409 with the state."""
    paid = owed(platform, 2, state=InvoiceState.PAID, outstanding=0)

    assert quote(owed(platform), {}, agency="health").status == 404
    assert quote(a_reference(9), {}).status == 404
    answer = quote(paid, {})
    assert (answer.status, answer.json["current"]) == (409, "paid")


def test_a_quotes_key_with_another_body_is_a_conflict(platform: Platform) -> None:
    """The key is bound to the question."""
    reference = owed(platform)
    quote(reference, {"amount": 2_000}, "k")

    assert quote(reference, {"amount": 3_000}, "k").json["type"].rpartition("/")[2] == "idempotency-conflict"


@pytest.mark.parametrize(
    ("body", "amount", "leg"),
    [({"plan": "two"}, 5_000, 0), ({"amount": 2_000}, 2_000, None), ({}, 12_500, None)],
)
def test_a_payment_takes_what_was_chosen(platform: Platform, body: Any, amount: int, leg: int | None) -> None:
    """The attempt says what it pays, line by line; the same key with another choice is 409."""
    reference = owed(platform)

    answer = start(f"/v1/invoices/{reference}/payments", body)
    other = start(f"/v1/invoices/{reference}/payments", {"amount": 1_234})

    assert (answer.status, answer.json["amount"]) == (201, amount)
    (line,) = answer.json["lines"]
    assert (line["reference"], line["amount"], line["leg"], line["discharged"]) == (reference, amount, leg, 0)
    assert (other.status, other.json["type"].rpartition("/")[2]) == (409, "idempotency-conflict")
    assert len(platform.payments.rows) == 1


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"quote_id": "qte_" + "0" * 24}, {"quote_id": "unknown_quote"}),
        ({"quote_id": "nonsense"}, {"quote_id": "bad_format"}),
        ({"quote_id": "qte_00", "amount": 2_000}, {"quote_id": "quote_says_it_all"}),
        ({"plan": "two", "amount": True}, {"amount": "not_an_integer"}),
    ],
)
def test_a_payment_of_what_was_never_quoted_is_refused(platform: Platform, body: Any, wrong: dict[str, str]) -> None:
    """Nothing is started."""
    answer = start(f"/v1/invoices/{owed(platform)}/payments", body)

    assert (answer.status, answer.wrong) == (422, wrong)
    assert platform.payments.rows == {}


def test_a_quote_that_was_overtaken_by_an_amendment_starts_nothing(platform: Platform) -> None:
    """What the payer was told is no longer what is owed: a new quote is needed."""
    reference = owed(platform, terms=Terms())
    quote_id = quote(reference, {}).json["quote_id"]
    platform.with_invoice(an_invoice(1, amount=20_000))

    answer = start(f"/v1/invoices/{reference}/payments", {"quote_id": quote_id})

    assert (answer.status, answer.wrong) == (422, {"quote_id": "quote_overtaken"})


def test_a_quote_of_an_instalment_that_was_paid_since_starts_nothing(platform: Platform) -> None:
    """One leg is paid once."""
    reference = owed(platform)
    quote_id = quote(reference, {"plan": "two"}).json["quote_id"]
    part_paid = {"state": InvoiceState.PARTIALLY_PAID, "outstanding": 7_500, "plan": "two", "legs_paid": (0,)}
    platform.with_invoice(an_invoice(1, terms=TERMS, **part_paid))

    answer = start(f"/v1/invoices/{reference}/payments", {"quote_id": quote_id})

    assert (answer.status, answer.wrong) == (422, {"quote_id": "quote_overtaken"})


# -- baskets --------------------------------------------------------------------------------------------------------


def test_a_basket_is_made_once_read_by_who_knows_it_and_paid_whole(platform: Platform) -> None:
    """Of two agencies, through the platform's own account; its lines say what each costs and where each stands."""
    platform.accounts.rows[ACCOUNT.token] = ACCOUNT
    references = [owed(platform, 1, terms=Terms()), owed(platform, 2, agency="health", service="clinic-fees")]

    first, again = basket(references), basket(list(reversed(references)))
    shown = call(read_basket_handler, an_event("GET", f"/v1/baskets/{first.json['reference']}", agency="traffic"))

    assert (first.status, first.json["amount"], first.json["is_paid"]) == (201, 25_000, None)
    assert [line["reference"] for line in first.json["lines"]] == references
    assert (again.status, again.text, again.headers["Idempotent-Replayed"]) == (201, first.text, "true")
    assert (shown.status, shown.json["is_paid"]) == (200, False)
    assert [line["state"] for line in shown.json["lines"]] == ["issued", "issued"]
    assert "Maryam" not in shown.text


@pytest.mark.parametrize(
    ("references", "wrong"),
    [
        ([], {"references": "too_few"}),
        ([a_reference(1)], {"references": "too_few"}),
        ([a_reference(1)] * 21, {"references": "too_many"}),
        ([a_reference(1), a_reference(1)], {"references.1": "duplicate"}),
        ([a_reference(1), a_reference(9)], {"references.1": "unknown_reference"}),
        ([a_reference(1), "1" * 18], {"references.1": "unknown_reference"}),
        ([a_reference(1), "x" * 41], {"references.1": "too_long"}),
        ([a_reference(1), 7], {"references.1": "not_text"}),
        ([a_reference(3), a_reference(1)], {"references.0": "not_payable"}),
        ("no list", {"references": "not_a_list"}),
    ],
)
def test_a_basket_of_what_cannot_be_paid_names_each(platform: Platform, references: Any, wrong: dict[str, str]) -> None:
    """Nothing is made."""
    owed(platform, 1)
    owed(platform, 3, state=InvoiceState.HELD)

    answer = basket(references)

    assert (answer.status, answer.wrong) == (422, wrong)
    assert platform.baskets.rows == {}


def test_a_basket_needs_a_key_and_the_key_binds_the_references(platform: Platform) -> None:
    """422 without, 409 with other references."""
    one, two, three = (owed(platform, number) for number in (1, 2, 3))
    basket([one, two])

    assert basket([one, two], None).wrong == {"Idempotency-Key": "missing"}
    assert basket([one, three]).json["type"].rpartition("/")[2] == "idempotency-conflict"


@pytest.mark.parametrize("body", [{"plan": "two"}, {"amount": 1_000}, {"quote_id": "qte_00"}])
def test_a_basket_is_not_paid_in_part(platform: Platform, body: Any) -> None:
    """Neither by plan nor by amount."""
    reference = basket([owed(platform, 1), owed(platform, 2)]).json["reference"]

    assert start(f"/v1/baskets/{reference}/payments", body).wrong == {"reference": "basket_paid_whole"}


def test_a_baskets_payment_is_seen_by_each_agency_that_it_pays(platform: Platform) -> None:
    """And by nobody else; both addresses start the same attempt."""
    reference = basket([owed(platform, 1), owed(platform, 2)]).json["reference"]

    first = start(f"/v1/baskets/{reference}/payments")
    again = start(f"/v1/invoices/{reference}/payments")
    listed = [
        call(read_payments_handler, an_event("GET", "/v1/payments", query={"reference": reference}, agency=agency))
        for agency in ("moic", "health")
    ]

    assert (first.status, first.json["amount"], again.text) == (201, 25_000, first.text)
    assert [len(answer.json["items"]) for answer in listed] == [1, 0]


def test_a_basket_with_a_paid_line_says_so_and_starts_nothing(platform: Platform) -> None:
    """409 with the state of the invoice that stands in the way."""
    reference = basket([owed(platform, 1), owed(platform, 2)]).json["reference"]
    owed(platform, 2, state=InvoiceState.PAID, outstanding=0)

    answer = start(f"/v1/baskets/{reference}/payments")

    assert (answer.status, answer.json["current"]) == (409, "paid")
    assert platform.payments.rows == {}


# -- is this paid? --------------------------------------------------------------------------------------------------


def check(path: str, query: dict[str, str] | None = None, **changes: Any) -> Answer:
    return call(check_handler, an_event("GET", path, query=query, **changes))


def test_the_counter_learns_everything_in_one_call(platform: Platform) -> None:
    """State, what is due, and the newest capture with the bank's reference; nothing personal."""
    invoice = platform.with_invoice(an_invoice(state=InvoiceState.PAID, outstanding=0))
    platform.with_payment(settled(a_payment(invoice, 1)))
    platform.with_payment(a_payment(invoice, 2))

    answer = check(f"/v1/invoices/{invoice.reference}/status", scopes="invoices:read")

    assert answer.status == 200
    assert (answer.json["state"], answer.json["is_paid"], answer.json["amount_due"]) == ("paid", True, None)
    assert answer.json["last_payment"]["amount"] == 12_500
    assert answer.json["last_payment"]["rrn"] == "000000000001"
    assert answer.json["open_payment_id"] == a_payment(invoice, 2).payment_id
    assert "Maryam" not in answer.text
    assert "900101123" not in answer.text


def test_the_counter_may_ask_by_the_agencys_own_number(platform: Platform) -> None:
    """Found with no index, by its agency alone."""
    invoice, _ = platform.create(a_creation())

    by_number = check("/v1/invoices/status", {"invoice_number": "2026-0001"})

    assert (by_number.status, by_number.json["reference"]) == (200, invoice.reference)
    assert (by_number.json["is_paid"], by_number.json["amount_due"]) == (False, 12_500)
    assert check("/v1/invoices/status", {"invoice_number": "2026-0001"}, agency="health").status == 404
    assert check("/v1/invoices/status", {"invoice_number": "2026-0002"}).status == 404
    assert check("/v1/invoices/status", {}).wrong == {"invoice_number": "missing"}
    assert check("/v1/invoices/status", {"invoice_number": "a b"}).wrong == {"invoice_number": "not_visible_ascii"}


def test_a_foreign_or_mistyped_reference_has_no_status(platform: Platform) -> None:
    """404 alike."""
    reference = owed(platform)

    for path, agency in ((reference, "health"), (a_reference(8), "moic"), ("1" * 18, "moic")):
        assert check(f"/v1/invoices/{path}/status", agency=agency).status == 404
