"""Refunds over HTTP: asked for, decided by a person, followed, redeemed; every refusal named in both languages."""

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.work_refund.handler import lambda_handler as work_handler
from mizan.domain.errors import OutcomeUnknownError
from mizan.domain.payments import Payment
from tests.fakes.giving_back import IBAN, a_paid_invoice
from tests.fakes.platform import Platform
from tests.unit.entrypoints.calls import Answer
from tests.unit.refunds.http import Api, api_over

ORDER = {"seen_refundable": 12_500, "amount": 5_000, "destination": "instrument", "reason": "Paid for the wrong branch"}
PAYEE = {"name": "Maryam Ali", "iban": IBAN, "identifier": "cpr:900101123"}
CASH = ORDER | {"destination": "cash_code", "beneficiary": PAYEE}


@pytest.fixture
def payment(platform: Platform) -> Payment:
    return a_paid_invoice(platform)[1]


@pytest.fixture
def api(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Api:
    return api_over(platform, monkeypatch)


def ask(api: Api, payment: Payment, order: Any = ORDER, key: str | None = "key-1", **who: Any) -> Answer:
    return api.post(f"/v1/payments/{payment.payment_id}/refunds", order, key, **who)


def work(answer: Answer, platform: Platform) -> Any:
    """The worker takes what the stream handed over."""
    reference = next(iter(platform.invoices.rows))
    body = json.dumps({"pk": f"INV#{reference}", "sk": f"RFD#{answer.json['refund_id']}"})
    return work_handler({"Records": [{"messageId": "m-1", "body": body, "eventSource": "aws:sqs"}]}, None)


def test_a_small_refund_is_asked_for_and_carried_out(platform: Platform, api: Api, payment: Payment) -> None:
    """201 approved by the rule; the worker sends it; reading shows what happened in both languages."""
    asked = ask(api, payment)

    assert work(asked, platform) == {"batchItemFailures": []}
    read = api.get(f"/v1/refunds/{asked.json['refund_id']}").json

    assert (asked.status, asked.json["state"], asked.json["possible"]) == (201, "approved", [])
    assert (read["state"], read["amount"], read["disposition"]) == ("completed", 5_000, "allocated")
    assert (read["maker"], read["checker"]) == ("key:key-1", "rule:below-limit")
    assert [entry["event"] for entry in read["timeline"]] == ["request", "approve", "send", "complete"]
    assert [entry["actor"] for entry in read["timeline"]] == ["key:key-1", "rule:below-limit", None, None]
    assert (read["timeline"][3]["label"], read["timeline"][3]["label_ar"]) == ("Paid back", "رُد المبلغ")
    assert read["follow_url"].endswith(f"/pay/{payment.reference}/refunds/{read['refund_id']}")
    assert read["cash_code"] is None


def test_a_payment_shows_what_of_it_can_still_go_back(api: Api, payment: Payment) -> None:
    """What a caller states as seen: the share's own `left`."""
    ask(api, payment)

    shown = api.get(f"/v1/payments/{payment.payment_id}").json

    (line,) = shown["lines"]
    assert line["shares"] == [
        {"disposition": "allocated", "amount": 12_500, "left": 7_500, "reserved": 5_000, "is_dormant": False}
    ]
    assert (shown["refundable"], shown["is_final"]) == (7_500, True)
    assert [entry["event"] for entry in shown["timeline"]] == ["create", "start", "capture", "confirm", "reserve"]


def test_a_stale_view_is_412_with_what_is_left(api: Api, payment: Payment) -> None:
    """In fils, as a number."""
    ask(api, payment)

    answer = ask(api, payment, key="key-2")

    assert (answer.status, answer.json["type"].rpartition("/")[2]) == (412, "stale-view")
    assert answer.json["current"] == 7_500


def test_a_repeat_is_marked_and_another_body_is_a_conflict(api: Api, payment: Payment) -> None:
    """One refund by one key; without a key there is none."""
    first, again = ask(api, payment), ask(api, payment)

    assert (again.status, again.text) == (201, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert ask(api, payment, ORDER | {"amount": 4_999}).status == 409
    assert ask(api, payment, key=None).wrong == {"Idempotency-Key": "missing"}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"amount": 0}, {"amount": "amount_not_positive"}),
        ({"amount": "5000"}, {"amount": "not_an_integer"}),
        ({"seen_refundable": -1}, {"seen_refundable": "too_small"}),
        ({"seen_refundable": 12_500.0}, {"seen_refundable": "not_an_integer"}),
        ({"destination": "cheque"}, {"destination": "unknown_value"}),
        ({"disposition": "lost"}, {"disposition": "unknown_value"}),
        ({"reason": ""}, {"reason": "empty"}),
        ({"note": "x"}, {"note": "unknown_field"}),
        ({"destination": "iban", "beneficiary": PAYEE | {"iban": "BH00"}}, {"beneficiary.iban": "bad_iban"}),
        ({"beneficiary": PAYEE | {"identifier": "900101123"}}, {"beneficiary.identifier": "bad_identifier"}),
        ({"destination": "iban"}, {"beneficiary": "missing"}),
        ({"beneficiary": PAYEE}, {"beneficiary": "not_with_instrument"}),
        ({"amount": 12_501}, {"amount": "above_refundable"}),
    ],
)
def test_what_is_wrong_is_named(api: Api, payment: Payment, changes: dict[str, Any], wrong: dict[str, str]) -> None:
    """422, field by field, before anything is promised."""
    answer = ask(api, payment, ORDER | changes)

    assert (answer.status, answer.wrong) == (422, wrong)


def test_everything_that_is_missing_is_named_at_once(api: Api, payment: Payment) -> None:
    """Not only the first."""
    answer = ask(api, payment, {})

    assert answer.wrong == {"seen_refundable": "missing", "destination": "missing", "reason": "missing"}


def test_a_printed_iban_is_read_and_shown_masked(platform: Platform, api: Api, payment: Payment) -> None:
    """In groups and small letters as people type it; no answer gives it back."""
    printed = "bh67 BMAG 0000 1299 1234 56"
    asked = ask(api, payment, ORDER | {"destination": "iban", "beneficiary": PAYEE | {"iban": printed}})
    work(asked, platform)

    assert asked.json["beneficiary"] == {
        "name": "M••• A•••",
        "iban": "BH67**************3456",
        "identifier": "cpr:••••••123",
    }
    assert [paid.iban for paid in platform.bank.paid] == [IBAN]


def test_above_the_limit_another_person_decides(platform: Platform, api: Api) -> None:
    """A key is refused as no person, the maker as the same person, a person above their limit with the limit."""
    _, payment = a_paid_invoice(platform, amount=100_000)
    order = ORDER | {"seen_refundable": 100_000, "amount": 60_000}
    asked = ask(api, payment, order, person="amal")
    path = f"/v1/refunds/{asked.json['refund_id']}/approve"

    refusals = [
        api.post(path),
        api.post(path, person="amal"),
        api.post(path, person="badr", approval_limit="59999"),
        api.post(path, person="badr", scopes="refunds:write"),
        api.post(path, person="badr", agency="health"),
    ]
    approved = api.post(path, person="badr", approval_limit="60000")

    assert (asked.json["state"], asked.json["possible"]) == ("requested", ["approve", "reject", "withdraw"])
    assert [(answer.status, answer.json["type"].rpartition("/")[2]) for answer in refusals] == [
        (403, "person-required"),
        (409, "same-person"),
        (403, "above-limit"),
        (403, "forbidden"),
        (404, "not-found"),
    ]
    assert refusals[2].json["limit"] == 59_999
    assert (approved.status, approved.json["state"], approved.json["checker"]) == (200, "approved", "badr")


def test_a_request_is_rejected_by_another_or_withdrawn_by_its_maker(platform: Platform, api: Api) -> None:
    """Each frees its amount; the other's way is refused by name."""
    _, payment = a_paid_invoice(platform, amount=100_000)
    order = ORDER | {"seen_refundable": 100_000, "amount": 60_000}
    first = ask(api, payment, order, person="amal").json["refund_id"]
    rejected = api.post(f"/v1/refunds/{first}/reject", person="badr")
    second = ask(api, payment, order, key="key-2", person="amal").json["refund_id"]

    foreign = api.post(f"/v1/refunds/{second}/withdraw", person="badr")
    withdrawn = api.post(f"/v1/refunds/{second}/withdraw", person="amal")

    assert rejected.json["state"] == "rejected"
    assert (foreign.status, foreign.json["type"].rpartition("/")[2]) == (403, "not-the-maker")
    assert withdrawn.json["state"] == "withdrawn"
    assert api.post(f"/v1/refunds/{first}/approve", person="badr").json["current"] == "rejected"
    assert api.get(f"/v1/payments/{payment.payment_id}").json["refundable"] == 100_000


def test_a_cash_code_is_shown_again_to_who_may_ask_for_refunds_and_to_nobody_else(
    platform: Platform, api: Api, payment: Payment
) -> None:
    """Not before it is offered, not in lists, not to readers, not after it was used."""
    asked = ask(api, payment, CASH)
    path = f"/v1/refunds/{asked.json['refund_id']}"
    before = api.get(path).json["cash_code"]
    work(asked, platform)

    shown = [api.get(path).json["cash_code"] for _ in range(2)]
    listed = api.get(f"/v1/payments/{payment.payment_id}/refunds").json["items"]
    reader = api.get(path, scopes="payments:read").json

    code = platform.derivation.cash_code(asked.json["refund_id"])
    assert (before, shown) == (None, [code, code])
    assert [item["cash_code"] for item in listed] == [None]
    assert (reader["cash_code"], reader["state"]) == (None, "redeemable")
    redeem(api, code)
    assert api.get(path).json["cash_code"] is None


def redeem(api: Api, code: str, identifier: str = "cpr:900101123", key: str | None = "kiosk-1") -> Answer:
    return api.post("/v1/cash-outs/redeem", {"code": code, "identifier": identifier}, key, agency="*")


def test_a_kiosk_redeems_a_code_once(platform: Platform, api: Api, payment: Payment) -> None:
    """201 with what to hand out; a repeat is marked; another call 409; another person 404."""
    asked = ask(api, payment, CASH)
    work(asked, platform)
    code = platform.derivation.cash_code(asked.json["refund_id"])

    other, done, again, second = (
        redeem(api, code, "passport:AB123456"),
        redeem(api, code),
        redeem(api, code),
        redeem(api, code, key="kiosk-2"),
    )

    assert [one.status for one in (other, done, again, second)] == [404, 201, 201, 409]
    assert (done.json["amount"], done.json["currency"], done.json["state"]) == (5_000, "BHD", "completed")
    assert (again.text, again.headers["Idempotent-Replayed"]) == (done.text, "true")
    assert other.json["detail_ar"] == "لا يوجد رمز صرف بهذا الرقم."
    assert redeem(api, "12", key=None).wrong == {"code": "bad_format", "Idempotency-Key": "missing"}
    body = {"code": code, "identifier": "cpr:900101123"}
    assert api.post("/v1/cash-outs/redeem", body, "k", scopes="refunds:write").status == 403


def test_the_worker_takes_an_unanswered_refund_off_its_queue(platform: Platform, api: Api, payment: Payment) -> None:
    """The next inquiry is scheduled: the sweep brings it, and nothing piles up in the queue. A stranger goes back."""
    platform.gateway.refunding.script = OutcomeUnknownError("timed out")
    asked = ask(api, payment)
    work(asked, platform)
    platform.gateway.refunding.truths[asked.json["refund_id"].removeprefix("rfd_")] = OutcomeUnknownError("away")
    platform.clock.advance(timedelta(minutes=2))

    assert work(asked, platform) == {"batchItemFailures": []}

    missing = json.dumps({"pk": "INV#1", "sk": "RFD#rfd_000000000000000000900000"})
    record = {"messageId": "m-9", "body": missing, "eventSource": "aws:sqs"}
    with pytest.raises(Exception, match=r"m-9|All records failed"):
        work_handler({"Records": [record]}, None)


def test_another_agency_finds_nothing(api: Api, payment: Payment) -> None:
    """404 by every way."""
    asked = ask(api, payment)
    refund_id = asked.json["refund_id"]

    answers = [
        ask(api, payment, agency="health"),
        api.get(f"/v1/refunds/{refund_id}", agency="health"),
        api.get(f"/v1/payments/{payment.payment_id}/refunds", agency="health"),
        api.post(f"/v1/refunds/{refund_id}/withdraw", agency="health"),
        api.get("/v1/refunds/rfd_1"),
    ]

    assert [answer.status for answer in answers] == [404] * 5
