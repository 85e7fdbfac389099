"""Disputes and credits over HTTP."""

from typing import Any

import pytest

from mizan.domain.payments import Payment
from tests.fakes.giving_back import a_paid_invoice
from tests.fakes.platform import Platform
from tests.fakes.samples import an_invoice
from tests.unit.entrypoints.calls import Answer
from tests.unit.refunds.http import Api, api_over

NOTICE = {"case_number": "CASE-1", "reason": "10.4", "respond_by": "2026-03-20"}
FINANCE: dict[str, Any] = {"agency": "*", "person": "dana"}


@pytest.fixture
def payment(platform: Platform) -> Payment:
    return a_paid_invoice(platform)[1]


@pytest.fixture
def api(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Api:
    return api_over(platform, monkeypatch)


def notify(api: Api, payment: Payment, **changes: Any) -> Answer:
    return api.post(f"/v1/payments/{payment.payment_id}/disputes", NOTICE | changes)


def test_a_dispute_is_recorded_answered_and_lost(platform: Platform, api: Api, payment: Payment) -> None:
    """The invoice is owed again; what happened is read in order."""
    noted = notify(api, payment)
    path = f"/v1/disputes/{noted.json['dispute_id']}"

    api.post(f"{path}/evidence", {"note": "Signed receipt 4711"})
    represented = api.post(f"{path}/represent")
    lost = api.post(f"{path}/lose", **FINANCE)

    read = api.get(path).json
    assert (noted.status, noted.json["state"], noted.json["amount"]) == (201, "notified", 12_500)
    assert noted.json["portions"] == [{"reference": payment.reference, "disposition": "allocated", "amount": 12_500}]
    assert (noted.json["respond_by"], noted.json["possible"]) == (
        "2026-03-20",
        ["add_evidence", "accept", "win", "lose"],
    )
    assert (represented.json["state"], lost.json["state"]) == ("represented", "lost")
    assert [entry["event"] for entry in read["timeline"]] == ["notify", "add_evidence", "represent", "lose"]
    assert read["evidence"] == ["Signed receipt 4711"]
    assert platform.invoices.rows[payment.reference].outstanding == 12_500
    assert api.get(f"/v1/payments/{payment.payment_id}").json["state"] == "charged_back"


def test_the_same_case_is_one_dispute(api: Api, payment: Payment) -> None:
    """Marked as a repeat; with another body 409; listed once."""
    first, again = notify(api, payment), notify(api, payment)

    assert (again.status, again.text) == (201, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert notify(api, payment, reason="other").json["type"].endswith("idempotency-conflict")
    assert len(api.get(f"/v1/payments/{payment.payment_id}/disputes").json["items"]) == 1


def test_the_bank_s_decision_is_recorded_by_the_treasurys_people(api: Api, payment: Payment) -> None:
    """A key, and an agency's person, are refused by name."""
    path = f"/v1/disputes/{notify(api, payment).json['dispute_id']}/win"

    answers = [api.post(path), api.post(path, person="amal"), api.post(path, **FINANCE)]

    kinds = [answer.json["type"].rpartition("/")[2] if answer.status != 200 else "ok" for answer in answers]
    assert kinds == ["person-required", "finance-only", "ok"]
    assert answers[1].status == 403


def test_an_agency_accepts_a_dispute(platform: Platform, api: Api, payment: Payment) -> None:
    """It is lost by that."""
    path = f"/v1/disputes/{notify(api, payment).json['dispute_id']}"

    assert api.post(f"{path}/accept").json["state"] == "lost"

    assert api.post(f"{path}/represent").status == 409
    assert platform.invoices.rows[payment.reference].outstanding == 12_500


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"respond_by": "20-03-2026"}, {"respond_by": "bad_date"}),
        ({"case_number": "two words"}, {"case_number": "not_visible_ascii"}),
        ({"amount": 12_501}, {"amount": "above_refundable"}),
        ({"amount": -1}, {"amount": "amount_not_positive"}),
    ],
)
def test_what_is_wrong_with_a_notice_is_named(
    api: Api, payment: Payment, changes: dict[str, Any], wrong: dict[str, str]
) -> None:
    """422."""
    assert notify(api, payment, **changes).wrong == wrong


def test_another_agency_finds_no_dispute(api: Api, payment: Payment) -> None:
    """404 by every way."""
    path = f"/v1/disputes/{notify(api, payment).json['dispute_id']}"

    answers = [
        api.get(path, agency="health"),
        api.get(f"/v1/payments/{payment.payment_id}/disputes", agency="health"),
        api.post(f"{path}/accept", agency="health"),
        api.post(f"{path}/evidence", {"note": "x"}, agency="health"),
        api.get("/v1/disputes/dsp_1"),
    ]

    assert [answer.status for answer in answers] == [404] * 5


def test_an_overpayment_is_credited_once(platform: Platform, api: Api, payment: Payment) -> None:
    """The other invoice is paid at once; a repeat is marked; a stale view is 412."""
    _, second = a_paid_invoice(platform, serial=1)
    other = platform.with_invoice(an_invoice(2))
    body = {
        "reference": second.reference,
        "to_reference": other.reference,
        "amount": 12_500,
        "seen_refundable": 12_500,
    }
    path = f"/v1/payments/{second.payment_id}/credits"

    first, again, stale = (api.post(path, body, "c-1"), api.post(path, body, "c-1"), api.post(path, body, "c-2"))

    assert (first.status, first.json["refundable"]) == (201, 0)
    assert (again.status, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert (stale.status, stale.json["current"]) == (412, 0)
    assert api.post(path, body | {"amount": 1}, "c-1").status == 409
    assert api.post(path, body).wrong == {"Idempotency-Key": "missing"}
    assert platform.invoices.rows[other.reference].outstanding == 0
    assert first.json["timeline"][-1]["label_ar"] == "قُيّد المبلغ لفاتورة"
