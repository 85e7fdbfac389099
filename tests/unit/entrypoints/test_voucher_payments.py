"""Paying with a voucher's code over the API's own function."""

from typing import Any

import pytest

from functions.start_payment.handler import lambda_handler as start_handler
from mizan.application.ports_vouchers import IssueVoucher
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.samples import an_invoice
from tests.unit.application.test_book_notice import KIOSK
from tests.unit.entrypoints.calls import Answer, an_event, call


def a_code(platform: Platform, amount: int = 20_000) -> str:
    command = IssueVoucher(KIOSK, "cash-1", "cpr:800101123", amount, "BHD", NOON, "corr-v")
    return platform.voucher_desk().issue(command)[1]


def start(reference: str, body: dict[str, Any], key: str = "p-1") -> Answer:
    event = an_event("POST", f"/v1/invoices/{reference}/payments", body, headers={"Idempotency-Key": key})
    return call(start_handler, event)


def test_a_voucher_pays_at_once_and_the_answer_has_the_code_of_what_it_left(platform: Platform) -> None:
    """The same request again is answered with the same payment and the same code."""
    reference, code = platform.with_invoice(an_invoice()).reference, a_code(platform)

    first = start(reference, {"method": "voucher", "voucher_code": code})
    again = start(reference, {"method": "voucher", "voucher_code": code})

    assert (first.status, first.json["state"], first.json["method"]) == (201, "succeeded", "voucher")
    assert (first.json["is_final"], first.json["voucher_change"]["amount"]) == (True, 7_500)
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("body", "status", "wrong"),
    [
        ({"method": "voucher"}, 422, {"voucher_code": "missing"}),
        ({"method": "voucher", "voucher_code": "12"}, 422, {"voucher_code": "bad_format"}),
        ({"method": "debit_card", "voucher_code": "1" * 16}, 422, {"voucher_code": "voucher_alone"}),
        ({"method": "voucher", "voucher_code": "1" * 16, "plan": "two"}, 422, {"method": "voucher_pays_what_is_due"}),
        ({"method": "voucher", "voucher_code": "1" * 16}, 404, {}),
        ({"method": "kiosk"}, 422, {"method": "method_starts_elsewhere"}),
    ],
)
def test_what_cannot_be_paid_with_a_voucher_is_refused_by_name(
    platform: Platform, body: dict[str, Any], status: int, wrong: dict[str, str]
) -> None:
    reference = platform.with_invoice(an_invoice()).reference

    answer = start(reference, body)

    assert answer.status == status
    assert {error["field"]: error["code"] for error in answer.json["errors"]} == wrong


def test_a_used_code_is_a_conflict_that_names_the_state(platform: Platform) -> None:
    first, second = (platform.with_invoice(an_invoice(number)).reference for number in (1, 2))
    code = a_code(platform)
    start(first, {"method": "voucher", "voucher_code": code})

    refused = start(second, {"method": "voucher", "voucher_code": code}, "p-2")

    assert (refused.status, refused.json["current"], refused.json["possible"]) == (409, "spent", [])


def test_who_pays_another_persons_bill_with_a_voucher_is_on_the_payment(platform: Platform) -> None:
    reference, code = platform.with_invoice(an_invoice()).reference, a_code(platform)
    payer = {"name": "Ahmed Ali", "cpr": "800101123"}

    answer = start(reference, {"method": "voucher", "voucher_code": code, "payer": payer})

    (payment,) = platform.payments.rows.values()
    assert answer.status == 201
    assert payment.payer is not None
    assert (payment.payer.name, payment.payer.cpr) == ("Ahmed Ali", "800101123")
