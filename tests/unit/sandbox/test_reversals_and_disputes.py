"""A capture that is taken back after all, and one that the payer's bank disputes."""

import json
from typing import Any

import pytest

from infra.sandbox_gateway.chalicelib.outbox import pump
from infra.sandbox_gateway.chalicelib.world import CallbackReply
from tests.unit.sandbox.worlds import TERMINAL, Scene

TRACK_ID = "123456789012345678654321"
REFUND_TRACK = "900000000000000000000001"


@pytest.fixture
def paid(scene: Scene) -> dict[str, Any]:
    """BHD 10.500, captured and acknowledged."""
    return scene.pay(scene.open_payment())


def _actions(scene: Scene, day: str = "2026-11-25") -> list[str]:
    return [fields[-1] for fields in scene.settlement(day)[:-1]]


def _post(scene: Scene, path: str, body: Any = None) -> dict[str, Any]:
    reply = scene.call("POST", f"/sandbox/{path}", body)
    return dict(json.loads(reply.body)) | {"http": reply.status}


# -- reversals ------------------------------------------------------------------------------------------------------


def test_an_acknowledged_capture_can_be_reversed(scene: Scene, paid: dict[str, Any]) -> None:
    """CAPTURED until then, VOIDED from then on; the line has the purchase's numbers and its sum goes."""
    before = scene.inquire(TRACK_ID)["result"]
    scene.later(hours=1)

    reversed_one = _post(scene, f"payments/{paid['payment_id']}/reverse")

    assert (before, reversed_one["state"], scene.inquire(TRACK_ID)["result"]) == ("CAPTURED", "voided", "VOIDED")
    purchase, reversal, trailer = scene.settlement()
    assert reversal[2:6] == purchase[2:6]
    assert (reversal[8], reversal[9], reversal[11], reversal[13]) == (
        "10.500",
        "0.000",
        "2026-11-25T10:00:00Z",
        "REVERSAL",
    )
    assert trailer[2:5] == ["2", "0.000", "0.100"]


def test_a_reversal_on_a_later_day_is_in_that_days_file(scene: Scene, paid: dict[str, Any]) -> None:
    """The purchase settled; a day later it is taken back."""
    scene.later(days=1)
    _post(scene, f"payments/{paid['payment_id']}/reverse")

    assert (_actions(scene), _actions(scene, "2026-11-26")) == (["PURCHASE"], ["REVERSAL"])


@pytest.mark.parametrize("case", ["unknown", "declined", "voided", "reversed", "refunded"])
def test_only_a_whole_capture_is_reversed(scene: Scene, case: str) -> None:
    """Anything else is refused and stays as it is."""
    if case == "voided":
        scene.reply = CallbackReply(500, "")
    paid = scene.pay(scene.open_payment(), "4415550112345678" if case == "declined" else "4600410112345678")
    if case == "reversed":
        _post(scene, f"payments/{paid['payment_id']}/reverse")
    if case == "refunded":
        scene.refund(paid, REFUND_TRACK, "1.000")
    lines = _actions(scene)

    refused = _post(scene, f"payments/{'1' if case == 'unknown' else paid['payment_id']}/reverse")

    codes = {"unknown": (404, "unknown_payment"), "refunded": (409, "partly_refunded")}
    assert (refused["http"], refused["code"]) == codes.get(case, (409, "not_captured"))
    assert _actions(scene) == lines


def test_a_scripted_payment_is_voided_though_it_was_acknowledged(scene: Scene) -> None:
    """Notified at once, CAPTURED for a while, then VOIDED at its own instant, whoever asks first."""
    scene.script("void_after", delay_seconds=600)
    paid = scene.pay(scene.open_payment())
    before = scene.inquire(TRACK_ID)["result"]

    scene.later(seconds=601)

    assert (paid["state"], len(scene.posted), before) == ("captured", 1, "CAPTURED")
    assert scene.inquire(TRACK_ID)["result"] == "VOIDED"
    assert scene.settlement()[1][11:14:2] == ["2026-11-25T09:10:00Z", "REVERSAL"]


def test_what_was_voided_already_is_not_reversed_again(scene: Scene) -> None:
    """No acknowledgement: one VOID, and the script finds nothing left to take back."""
    scene.script("void_after", delay_seconds=1)
    scene.reply = CallbackReply(500, "")
    scene.pay(scene.open_payment())
    scene.later(seconds=2)

    pump(scene.world)

    assert _actions(scene) == ["PURCHASE", "VOID"]


def test_a_refund_before_the_scripted_void_keeps_the_payment(scene: Scene) -> None:
    """A part went back: the rest is not reversed."""
    scene.script("void_after", delay_seconds=1)
    paid = scene.pay(scene.open_payment())
    scene.refund(paid, REFUND_TRACK, "1.000")
    scene.later(seconds=2)

    assert scene.inquire(TRACK_ID)["result"] == "CAPTURED"
    assert _actions(scene) == ["PURCHASE", "REFUND"]


# -- disputes -------------------------------------------------------------------------------------------------------


def test_a_dispute_is_a_notice_in_a_list_and_moves_nothing(scene: Scene, paid: dict[str, Any]) -> None:
    """The payment's numbers, the dispute's own reference, the reason, thirty days to answer."""
    notified = _post(scene, f"payments/{paid['payment_id']}/dispute", {"amount": "4.000", "reason": "never received"})

    [listed] = json.loads(scene.call("GET", "/sandbox/disputes", terminal_id=TERMINAL).body)["disputes"]
    assert notified == {"http": 201} | listed
    assert (listed["state"], listed["amount"], listed["amount_fils"]) == ("notified", "4.000", 4_000)
    assert (listed["track_id"], listed["tran_id"], listed["reason"]) == (TRACK_ID, paid["tran_id"], "never received")
    assert (listed["rrn"] == paid["rrn"], listed["respond_by"]) == (False, "2026-12-25T09:00:00+00:00")
    assert (_actions(scene), scene.inquire(TRACK_ID)["result"]) == (["PURCHASE"], "CAPTURED")


def test_a_lost_dispute_is_charged_back(scene: Scene, paid: dict[str, Any]) -> None:
    """A line with the purchase's numbers and the dispute's reference, on the day it was lost."""
    dispute = _post(scene, f"payments/{paid['payment_id']}/dispute")
    scene.later(days=3)

    lost = _post(scene, f"disputes/{dispute['dispute_id']}/lose")

    [line, trailer] = scene.settlement("2026-11-28")
    assert (lost["state"], lost["decided_at"]) == ("lost", "2026-11-28T09:00:00+00:00")
    assert line[2:6] == [TRACK_ID, paid["payment_id"], paid["tran_id"], dispute["rrn"]]
    assert (line[8], line[9], line[13]) == ("10.500", "0.000", "CHARGEBACK")
    assert trailer[2:5] == ["1", "-10.500", "0.000"]


def test_a_won_dispute_moves_nothing(scene: Scene, paid: dict[str, Any]) -> None:
    """And the money may be disputed again."""
    dispute = _post(scene, f"payments/{paid['payment_id']}/dispute")

    won = _post(scene, f"disputes/{dispute['dispute_id']}/win")

    assert (won["state"], _actions(scene)) == ("won", ["PURCHASE"])
    assert _post(scene, f"payments/{paid['payment_id']}/dispute")["http"] == 201


def test_what_was_charged_back_cannot_be_refunded_too(scene: Scene, paid: dict[str, Any]) -> None:
    """4.000 of 10.500 are gone: 6.500 are left."""
    dispute = _post(scene, f"payments/{paid['payment_id']}/dispute", {"amount": "4.000"})
    _post(scene, f"disputes/{dispute['dispute_id']}/lose")

    assert scene.refund(paid, REFUND_TRACK, "6.501")["error"] == "IPAY0300024"
    assert scene.refund(paid, REFUND_TRACK, "6.500")["result"] == "CAPTURED"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"amount": "10.501"}, 422, "bad_amount"),
        ({"amount": "0.000"}, 422, "bad_amount"),
        ({"amount": "1.00001"}, 422, "bad_amount"),
        ({"amount": 4}, 422, "bad_amount"),
        ({"reason": 4}, 422, "bad_text"),
        ({"reason": "x" * 201}, 422, "bad_text"),
    ],
)
def test_a_wrong_dispute_is_422(
    scene: Scene, paid: dict[str, Any], body: dict[str, Any], status: int, code: str
) -> None:
    """Nothing is queued."""
    refused = _post(scene, f"payments/{paid['payment_id']}/dispute", body)

    assert (refused["http"], refused["code"]) == (status, code)
    assert json.loads(scene.call("GET", "/sandbox/disputes").body) == {"disputes": []}


def test_disputes_never_exceed_the_capture(scene: Scene, paid: dict[str, Any]) -> None:
    """Open ones count: 6.500 beside 4.000, and not a fils more."""
    _post(scene, f"payments/{paid['payment_id']}/dispute", {"amount": "4.000"})
    _post(scene, f"payments/{paid['payment_id']}/dispute")

    refused = _post(scene, f"payments/{paid['payment_id']}/dispute", {"amount": "0.001"})

    notices = json.loads(scene.call("GET", "/sandbox/disputes").body)["disputes"]
    assert [notice["amount_fils"] for notice in notices] == [4_000, 6_500]
    assert refused["code"] == "bad_amount"


def test_a_dispute_is_decided_once(scene: Scene, paid: dict[str, Any]) -> None:
    """Losing twice would take the money twice."""
    dispute = _post(scene, f"payments/{paid['payment_id']}/dispute")
    _post(scene, f"disputes/{dispute['dispute_id']}/lose")

    again = [_post(scene, f"disputes/{dispute['dispute_id']}/{verdict}") for verdict in ("lose", "win")]

    assert [(refused["http"], refused["code"]) for refused in again] == [(409, "already_decided")] * 2
    assert _actions(scene) == ["PURCHASE", "CHARGEBACK"]
    assert _post(scene, "disputes/none/lose")["code"] == "unknown_dispute"


def test_only_a_capture_can_be_disputed(scene: Scene) -> None:
    """A decline has taken nothing."""
    declined = scene.pay(scene.open_payment(), "4415550112345678")

    assert _post(scene, f"payments/{declined['payment_id']}/dispute")["code"] == "not_captured"
    assert _post(scene, "payments/1/dispute")["code"] == "unknown_payment"
