"""A payment made for somebody else names who pays; their data is sealed, masked and part of what the key stands for."""

from typing import Any

import pytest

from functions.create_basket.handler import lambda_handler as create_basket_handler
from functions.read_payments.handler import lambda_handler as read_handler
from functions.start_payment.handler import lambda_handler as start_handler
from mizan.domain.invoices import Customer
from mizan.entrypoints.masking import masked
from tests.fakes.platform import Platform
from tests.fakes.samples import an_invoice
from tests.unit.entrypoints.calls import Answer, an_event, call

EMPLOYER = {"name": "Gulf Clearing W.L.L.", "name_ar": "الخليج للتخليص", "cr": "12345-1"}
NOBODY_ELSE = {"name_ar": None, "cpr": None, "cr": None, "passport": None}


def start(path: str, payer: Any = None, key: str = "p-1") -> Answer:
    body = {"method": "debit_card"} | ({} if payer is None else {"payer": payer})
    return call(start_handler, an_event("POST", path, body, headers={"Idempotency-Key": key}))


def test_who_pays_is_on_the_attempt_and_read_back(platform: Platform) -> None:
    """The customer stays whom the invoice bills."""
    reference = platform.with_invoice().reference

    started = start(f"/v1/invoices/{reference}/payments", EMPLOYER)
    payment_id = started.json["payment_id"]
    read = call(read_handler, an_event("GET", f"/v1/payments/{payment_id}"))

    assert started.status == 201
    assert started.json["payer"] == read.json["payer"] == NOBODY_ELSE | EMPLOYER
    assert platform.payments.rows[payment_id].payer == Customer(**EMPLOYER)
    assert platform.invoices.rows[reference].customer.name != EMPLOYER["name"]


def test_an_employer_pays_a_basket_of_many_peoples_invoices(platform: Platform) -> None:
    """One attempt, one payer, every invoice its own line."""
    references = [platform.with_invoice(an_invoice(number)).reference for number in (1, 2, 3)]
    event = an_event("POST", "/v1/baskets", {"references": references}, headers={"Idempotency-Key": "b-1"})
    basket = call(create_basket_handler, event).json["reference"]

    started = start(f"/v1/baskets/{basket}/payments", EMPLOYER)

    assert (started.status, started.json["amount"], started.json["surcharge"]) == (201, 37_500, 0)
    assert started.json["payer"]["name"] == EMPLOYER["name"]
    assert [line["reference"] for line in started.json["lines"]] == references


def test_without_one_whom_the_invoice_bills_pays(platform: Platform) -> None:
    """Nothing is made up."""
    started = start(f"/v1/invoices/{platform.with_invoice().reference}/payments")

    assert started.json["payer"] is None


def test_the_same_key_with_another_payer_is_another_request(platform: Platform) -> None:
    """The original's payer stands; the same one again is the same attempt."""
    path = f"/v1/invoices/{platform.with_invoice().reference}/payments"
    first = start(path, EMPLOYER)

    same, other, nobody = start(path, EMPLOYER), start(path, EMPLOYER | {"cr": "12345-2"}), start(path)

    assert (same.status, same.headers["Idempotent-Replayed"]) == (201, "true")
    assert same.json["payment_id"] == first.json["payment_id"]
    for conflict in (other, nobody):
        assert conflict.status == 409
        assert conflict.json["type"].endswith("idempotency-conflict")


@pytest.mark.parametrize(
    ("payer", "wrong"),
    [
        ({}, {"payer.name": "missing"}),
        ({"name": ""}, {"payer.name": "empty"}),
        ({"name": "A\u202eB"}, {"payer.name": "unsafe_characters"}),
        ({"name": "A", "cpr": "123"}, {"payer.cpr": "bad_cpr"}),
        ({"name": "A", "cr": "x", "passport": "!"}, {"payer.cr": "bad_cr", "payer.passport": "bad_passport"}),
        ({"name": "A", "phone": "+97333000000"}, {"payer.phone": "unknown_field"}),
        ("Maryam", {"payer": "not_an_object"}),
    ],
)
def test_every_wrong_field_of_the_payer_is_named(platform: Platform, payer: Any, wrong: dict[str, str]) -> None:
    """422, and nothing is started."""
    answer = start(f"/v1/invoices/{platform.with_invoice().reference}/payments", payer)

    assert (answer.status, answer.wrong) == (422, wrong)
    assert platform.payments.rows == {}


def test_who_pays_never_stands_in_a_log_line() -> None:
    """Whole, by the field's name."""
    assert masked({"payer": EMPLOYER, "passport": "AB1234567"}) == {"payer": "***", "passport": "***"}
