"""The payout bank: who may speak, what it refuses, once per payout id, and what becomes of a transfer."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.sandbox_gateway.chalicelib.ibans import is_iban
from infra.sandbox_gateway.chalicelib.outbox import pump
from mizan.domain import iban as platform_iban
from tests.unit.sandbox.worlds import API_KEY, CLIENT, SIGNING_SECRET, Scene

PAYOUT_ID = "700000000000000000000001"
ORDER = {
    "payout_id": PAYOUT_ID,
    "iban": "BH67BMAG00001299123456",
    "name": "Maryam Ali",
    "amount": "12.500",
    "currency": "BHD",
    "remittance": "Refund 4820193",
}


def _pay(scene: Scene, **changes: str) -> dict[str, Any]:
    reply = scene.bank("POST", "/bank/payouts", ORDER | changes)
    return {"http": reply.status} | (json.loads(reply.body) if reply.content_type == "application/json" else {})


def _read(scene: Scene, payout_id: str = PAYOUT_ID) -> dict[str, Any]:
    reply = scene.bank("GET", f"/bank/payouts/{payout_id}")
    return {"http": reply.status} | (json.loads(reply.body) if reply.content_type == "application/json" else {})


def _script(scene: Scene, outcome: str, **details: Any) -> None:
    body = {"terminal_id": CLIENT, "outcome": outcome} | details
    assert scene.call("POST", "/sandbox/scenarios", body).status == 201


def test_a_transfer_is_settled_and_can_be_read(scene: Scene) -> None:
    """201 with the bank's own number; the same picture afterwards."""
    paid = _pay(scene)

    assert paid == {
        "http": 201,
        "payout_id": PAYOUT_ID,
        "status": "settled",
        "transaction": paid["transaction"],
        "amount": "12.500",
        "currency": "BHD",
        "settled_at": "2026-11-25T09:00:00+00:00",
        "reason": None,
    }
    assert len(paid["transaction"]) == 15
    assert _read(scene) == paid | {"http": 200}


def test_the_same_payout_again_is_the_same_transfer(scene: Scene) -> None:
    """Idempotent by payout id: 200, one transfer."""
    first, second = _pay(scene), _pay(scene)

    shown = json.loads(scene.call("GET", "/sandbox/payouts", client_id=CLIENT).body)["payouts"]
    assert second == first | {"http": 200}
    assert len(shown) == 1


@pytest.mark.parametrize(
    "changes", [{"amount": "12.501"}, {"iban": "BH57NBOB00001234567890"}, {"name": "M"}, {"remittance": "r"}]
)
def test_a_payout_id_with_another_order_is_refused(scene: Scene, changes: dict[str, str]) -> None:
    """409; the first stands."""
    first = _pay(scene)

    refused = _pay(scene, **changes)

    assert (refused["http"], refused["code"]) == (409, "payout_id_reused")
    assert _read(scene) == first | {"http": 200}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"payout_id": "7"}, "bad_payout_id"),
        ({"iban": "BH67BMAG00001299123457"}, "bad_iban"),
        ({"iban": "bh67BMAG00001299123456"}, "bad_iban"),
        ({"currency": "USD"}, "bad_currency"),
        ({"amount": "12.5"}, "bad_amount"),
        ({"amount": "0.000"}, "bad_amount"),
        ({"amount": "-1.000"}, "bad_amount"),
        ({"name": ""}, "bad_field"),
        ({"remittance": "x" * 141}, "bad_field"),
        ({"surprise": "1"}, "bad_fields"),
    ],
)
def test_a_wrong_order_is_422_and_nothing_is_paid(scene: Scene, changes: dict[str, str], code: str) -> None:
    """With a stable code."""
    refused = _pay(scene, **changes)

    assert (refused["http"], refused["code"]) == (422, code)
    assert json.loads(scene.call("GET", "/sandbox/payouts").body) == {"payouts": []}


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[]", 422), (b"\xff", 400)])
def test_a_body_that_is_no_object_is_refused(scene: Scene, body: bytes, status: int) -> None:
    """Signed nonsense is still nonsense."""
    assert scene.bank("POST", "/bank/payouts", body).status == status


# -- who speaks -----------------------------------------------------------------------------------------------------


def test_the_signature_is_an_hmac_over_method_path_time_and_body(scene: Scene) -> None:
    """Written here from the description, not from the code."""
    body = json.dumps(ORDER).encode()
    stamp = str(int(scene.now.timestamp()))
    text = f"POST\n/bank/payouts\n{stamp}\n{hashlib.sha256(body).hexdigest()}"
    signed = hmac.new(SIGNING_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()

    assert scene.bank("POST", "/bank/payouts", body, X_Signature=signed).status == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Client_Id": "somebody"},
        {"X_Client_Id": ""},
        {"X_Api_Key": "wrong"},
        {"X_Api_Key": API_KEY[:-1]},
        {"X_Signature": "0" * 64},
        {"X_Signature": ""},
        {"X_Signature": "é"},
        {"X_Timestamp": "now"},
        {"X_Timestamp": ""},
        {"X_Timestamp": "٣"},
        {"X_Timestamp": "9" * 400},
    ],
)
def test_anyone_else_is_401_and_is_not_told_why(scene: Scene, headers: dict[str, str]) -> None:
    """Client, key, time and signature must all be right; nothing is paid."""
    refused = scene.bank("POST", "/bank/payouts", ORDER, **headers)

    assert (refused.status, json.loads(refused.body)["code"]) == (401, "unauthenticated")
    assert json.loads(scene.call("GET", "/sandbox/payouts").body) == {"payouts": []}


@pytest.mark.parametrize(("seconds", "status"), [(-300, 201), (300, 201), (-301, 401), (301, 401)])
def test_a_signature_is_good_for_five_minutes(scene: Scene, seconds: int, status: int) -> None:
    """Properly signed, and old, or from the future."""
    body = json.dumps(ORDER).encode()
    stamp = str(int(scene.now.timestamp()) + seconds)
    text = f"POST\n/bank/payouts\n{stamp}\n{hashlib.sha256(body).hexdigest()}"
    signed = hmac.new(SIGNING_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()

    assert scene.bank("POST", "/bank/payouts", body, X_Timestamp=stamp, X_Signature=signed).status == status


def test_another_clients_payout_is_not_there(scene: Scene) -> None:
    """404, as for one that never was."""
    _pay(scene)
    other = {"client_id": "other", "api_key": API_KEY, "signing_secret": SIGNING_SECRET}
    assert scene.call("POST", "/sandbox/bank-clients", other).status == 201

    assert scene.bank("GET", f"/bank/payouts/{PAYOUT_ID}", X_Client_Id="other").status == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"client_id": "c", "api_key": "k" * 16},
        {"client_id": "", "api_key": "k" * 16, "signing_secret": "s" * 16},
        {"client_id": "c", "api_key": "short", "signing_secret": "s" * 16},
        {"client_id": "c", "api_key": "k" * 16, "signing_secret": 5},
        {"client_id": "c", "api_key": "k" * 16, "signing_secret": "s" * 16, "more": "x"},
    ],
)
def test_a_client_is_registered_whole_or_not_at_all(scene: Scene, body: dict[str, Any]) -> None:
    """And its secrets are never shown."""
    assert scene.call("POST", "/sandbox/bank-clients", body).status == 422


# -- what becomes of a transfer -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "end", "reason"), [("", "settled", None), ("AC06", "rejected", "AC06")])
def test_a_pending_transfer_is_decided_later(scene: Scene, code: str, end: str, reason: str | None) -> None:
    """At its own instant, by whoever looks next."""
    _script(scene, "payout_pending", delay_seconds=3600, code=code)
    first = _pay(scene)
    scene.later(seconds=3601)

    decided = _read(scene)

    assert (first["http"], first["status"], first["settled_at"], first["reason"]) == (201, "pending", None, None)
    assert (decided["status"], decided["transaction"]) == (end, first["transaction"])
    assert decided["settled_at"] == ("2026-11-25T10:00:00+00:00" if end == "settled" else None)
    assert (decided["reason"] or {}).get("code") == reason


def test_a_rejected_transfer_says_why(scene: Scene) -> None:
    """Nothing left the bank."""
    _script(scene, "payout_rejected")

    rejected = _pay(scene)

    assert (rejected["status"], rejected["reason"]) == ("rejected", {"code": "AC04", "text": "The account is closed."})


def test_a_settled_transfer_may_come_back(scene: Scene) -> None:
    """Settled for two days, then returned by the payee's bank."""
    _script(scene, "payout_returned", delay_seconds=3600, code="BE01")
    first = _pay(scene)
    scene.later(seconds=3600)
    pump(scene.world)

    returned = _read(scene)

    assert (first["status"], returned["status"], returned["reason"]["code"]) == ("settled", "returned", "BE01")
    assert returned["settled_at"] == first["settled_at"]


@pytest.mark.parametrize(("outcome", "status"), [("payout_timeout", 404), ("payout_timeout_then_success", 200)])
def test_a_lost_answer_hides_nothing_or_a_transfer(scene: Scene, outcome: str, status: int) -> None:
    """504; only asking tells."""
    _script(scene, outcome, hang_seconds=9)

    lost = _pay(scene)

    assert (lost, scene.slept, _read(scene)["http"]) == ({"http": 504}, [9.0], status)


def test_the_bank_may_be_away_for_questions(scene: Scene) -> None:
    """503, then the truth."""
    _script(scene, "payout_success", inquiry_unavailable=1)
    _pay(scene)

    assert [_read(scene)["http"] for _ in range(2)] == [503, 200]


def test_a_script_may_name_one_payout(scene: Scene) -> None:
    """By its id, where the tests know it."""
    scene.call("POST", "/sandbox/scenarios", {"track_id": PAYOUT_ID, "outcome": "payout_rejected"})

    other = _pay(scene, payout_id="7" * 24)

    assert (other["status"], _pay(scene)["status"]) == ("settled", "rejected")


# -- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("iban", "result"),
    [
        ("BH67BMAG00001299123456", "match"),
        ("BH77SAND00000000000001", "close_match"),
        ("BH50SAND00000000000002", "no_match"),
        ("BH23SAND00000000000003", "unavailable"),
    ],
)
def test_magic_accounts_belong_to_somebody_else(scene: Scene, iban: str, result: str) -> None:
    """By the last four characters."""
    reply = scene.bank("POST", "/bank/name-check", {"iban": iban, "name": "Maryam Ali"})

    assert (reply.status, json.loads(reply.body)) == (200, {"result": result})


def test_a_name_check_of_no_account_is_422(scene: Scene) -> None:
    """The same check of the number as for paying."""
    reply = scene.bank("POST", "/bank/name-check", {"iban": "BH00", "name": "Maryam Ali"})

    assert (reply.status, json.loads(reply.body)["code"]) == (422, "bad_iban")


@given(st.text(st.sampled_from("BHG0123456789MAG"), max_size=36))
def test_the_banks_check_of_an_iban_agrees_with_the_platforms(text: str) -> None:
    """Two writings of one standard, over all the check digits that are issued: one of them is right."""
    for digits in range(2, 99):
        candidate = f"{text[:2]}{digits:02d}{text[4:]}"
        assert is_iban(candidate) == platform_iban.is_iban(candidate)
