"""What goes back at the sandbox: refunds in parts, what is refused, scripts, and the lines of the settlement file."""

import json
from typing import Any

import pytest

from infra.sandbox_gateway.chalicelib.outbox import pump
from infra.sandbox_gateway.chalicelib.world import CallbackReply
from tests.unit.sandbox.worlds import KEY, TERMINAL, Scene, purchase_fields

TRACK_ID = "123456789012345678654321"
REFUND_TRACK = "900000000000000000000001"
OTHER_TRACK = "900000000000000000000002"


@pytest.fixture
def paid(scene: Scene) -> dict[str, Any]:
    """BHD 10.500, captured and acknowledged."""
    return scene.pay(scene.open_payment())


def _actions(scene: Scene, day: str = "2026-11-25") -> list[str]:
    return [fields[-1] for fields in scene.settlement(day)[:-1]]


def test_a_refund_goes_back_under_its_own_numbers(scene: Scene, paid: dict[str, Any]) -> None:
    """CAPTURED, 00, "10.5", today's MMDD; the paymentId is the original's, everything else its own."""
    answered = scene.refund(paid, REFUND_TRACK)

    assert (answered["status"], answered["result"], answered["authRespCode"]) == ("1", "CAPTURED", "00")
    assert (answered["trackId"], answered["amt"], answered["date"]) == (REFUND_TRACK, "10.5", "1125")
    assert answered["paymentId"] == paid["payment_id"]
    assert answered["transId"] != paid["tran_id"]
    assert answered["ref"] != paid["rrn"]


def test_a_refund_is_found_by_its_own_track_id(scene: Scene, paid: dict[str, Any]) -> None:
    """The inquiry repeats the answer; the original's own stays CAPTURED with its own amount."""
    answered = scene.refund(paid, REFUND_TRACK, "4.000")

    found, original = scene.inquire(REFUND_TRACK), scene.inquire(TRACK_ID)

    same = ("result", "transId", "ref", "trackId", "amt", "paymentId")
    assert {name: found[name] for name in same} == {name: answered[name] for name in same}
    assert (original["result"], original["amt"], original["transId"]) == ("CAPTURED", "10.5", paid["tran_id"])


@pytest.mark.parametrize(
    ("udf5", "column"),
    [("TRANID", "tran_id"), ("TransID", "tran_id"), ("TrackID", "track_id"), ("PaymentID", "payment_id")],
)
def test_the_original_may_be_named_by_several_numbers(
    scene: Scene, paid: dict[str, Any], udf5: str, column: str
) -> None:
    """`udf5` says what `transId` holds."""
    assert scene.refund(paid, REFUND_TRACK, udf5=udf5, transId=paid[column])["result"] == "CAPTURED"


def test_parts_may_go_back_until_nothing_is_left(scene: Scene, paid: dict[str, Any]) -> None:
    """4.000 and 6.500 of 10.500; one fils more is IPAY0300024 and is written nowhere."""
    first = scene.refund(paid, REFUND_TRACK, "4.000")
    too_much = scene.refund(paid, OTHER_TRACK, "6.501")
    rest = scene.refund(paid, OTHER_TRACK, "6.500")

    assert (first["result"], rest["result"]) == ("CAPTURED", "CAPTURED")
    assert (too_much["status"], too_much["error"]) == ("2", "IPAY0300024")
    assert scene.refund(paid, "3", "0.001")["error"] == "IPAY0300024"
    assert _actions(scene) == ["PURCHASE", "REFUND", "REFUND"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"transId": "1"}, "IPAY0100263"),
        ({"udf5": "Colour"}, "IPAY0100036"),
        ({"amt": "10.5005"}, "IPAY0100025"),
        ({"amt": "0.000"}, "IPAY0100025"),
        ({"amt": "-1.000"}, "IPAY0100025"),
        ({"currencycode": "414"}, "IPAY0100022"),
        ({"trackId": "abc"}, "IPAY0100124"),
        ({"trackId": TRACK_ID}, "IPAY0100124"),
        ({"password": "wrong"}, "IPAY0100015"),
        ({"action": "3"}, "IPAY0100124"),
    ],
)
def test_a_refund_that_cannot_be_is_refused(
    scene: Scene, paid: dict[str, Any], changes: dict[str, str], code: str
) -> None:
    """Unknown original, unknown selector, bad amount, another currency, a used track id: nothing goes back."""
    refused = scene.refund(paid, REFUND_TRACK, **changes)

    assert (refused["status"], refused["error"]) == ("2", code)
    assert _actions(scene) == ["PURCHASE"]


def test_a_track_id_is_used_once_for_whatever(scene: Scene, paid: dict[str, Any]) -> None:
    """A second refund, and a purchase, under a refund's number are refused: resending never doubles."""
    scene.refund(paid, REFUND_TRACK, "1.000")

    assert scene.refund(paid, REFUND_TRACK, "1.000")["error"] == "IPAY0100124"
    assert scene.initiate(trackId=REFUND_TRACK)["error"] == "IPAY0100124"
    assert _actions(scene) == ["PURCHASE", "REFUND"]


@pytest.mark.parametrize(("days", "is_taken"), [(14, True), (15, False)])
def test_fourteen_days_later_is_the_last_day(scene: Scene, paid: dict[str, Any], days: int, *, is_taken: bool) -> None:
    """Calendar days in Bahrain."""
    scene.later(days=days)

    answered = scene.refund(paid, REFUND_TRACK)

    assert answered.get("result", answered.get("error")) == ("CAPTURED" if is_taken else "IPAY0100124")


@pytest.mark.parametrize("reply", [CallbackReply(500, ""), None])
def test_what_was_never_captured_or_was_voided_has_nothing_to_give(scene: Scene, reply: CallbackReply | None) -> None:
    """Not found, as far as a refund is concerned."""
    if reply is None:
        unpaid = scene.pay(scene.open_payment(), "4415550112345678")
    else:
        scene.reply = reply
        unpaid = scene.pay(scene.open_payment())

    assert scene.refund(unpaid, REFUND_TRACK)["error"] == "IPAY0100263"


def test_another_terminals_payment_is_not_there(scene: Scene, paid: dict[str, Any]) -> None:
    """A payment belongs to its terminal."""
    scene.call("POST", "/sandbox/merchants", {"terminal_id": "20000002", "password": "p2", "resource_key": KEY})
    other = scene.refund(paid, REFUND_TRACK, id="20000002", password="p2")

    assert other["error"] == "IPAY0100006"  # the envelope still says who speaks


# -- scripts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("outcome", "is_done"), [("refund_timeout", False), ("refund_timeout_then_success", True)])
def test_a_lost_answer_hides_nothing_or_a_refund(
    scene: Scene, paid: dict[str, Any], outcome: str, *, is_done: bool
) -> None:
    """504; the inquiry by the refund's track id tells which it was."""
    scene.script(outcome, hang_seconds=12)

    lost = scene.refund(paid, REFUND_TRACK)

    found = scene.inquire(REFUND_TRACK)
    assert (lost, scene.slept) == ({"http": 504}, [12.0])
    assert found.get("result", found.get("error")) == ("CAPTURED" if is_done else "IPAY0100263")
    assert _actions(scene) == (["PURCHASE", "REFUND"] if is_done else ["PURCHASE"])


def test_a_declined_refund_takes_nothing_from_the_original(scene: Scene, paid: dict[str, Any]) -> None:
    """NOT CAPTURED with the code; the whole can still go back under another track id."""
    scene.script("refund_decline", code="61")

    declined = scene.refund(paid, REFUND_TRACK)

    assert (declined["result"], declined["authRespCode"], declined["authCode"]) == ("NOT CAPTURED", "61", "")
    assert scene.inquire(REFUND_TRACK)["result"] == "NOT CAPTURED"
    assert scene.refund(paid, OTHER_TRACK)["result"] == "CAPTURED"


def test_a_refund_can_be_refused_with_the_gateways_own_code(scene: Scene, paid: dict[str, Any]) -> None:
    """`status:"2"`: nothing is kept under the track id."""
    scene.script("refund_decline", code="IPAY0100008")

    assert scene.refund(paid, REFUND_TRACK)["error"] == "IPAY0100008"
    assert scene.inquire(REFUND_TRACK)["error"] == "IPAY0100263"


@pytest.mark.parametrize(("code", "end"), [("", "CAPTURED"), ("61", "NOT CAPTURED")])
def test_a_refund_by_hand_is_processing_first(scene: Scene, paid: dict[str, Any], code: str, end: str) -> None:
    """Its amount is held for it meanwhile; what it ends as comes after the delay and not before."""
    scene.script("refund_processing", delay_seconds=3600, code=code)
    first = scene.refund(paid, REFUND_TRACK, "10.000")
    too_much = scene.refund(paid, OTHER_TRACK, "1.000")
    before, lines_before = scene.inquire(REFUND_TRACK)["result"], _actions(scene)

    scene.later(seconds=3600)

    assert (first["result"], first["authRespCode"], before) == ("PROCESSING", "", "PROCESSING")
    assert (too_much["error"], lines_before) == ("IPAY0300024", ["PURCHASE"])
    assert scene.inquire(REFUND_TRACK)["result"] == end
    assert _actions(scene) == (["PURCHASE", "REFUND"] if end == "CAPTURED" else ["PURCHASE"])


def test_a_refund_by_hand_settles_on_the_day_it_ended(scene: Scene, paid: dict[str, Any]) -> None:
    """At its own instant, whoever looks, and whenever: asked for a day later, the files are the same."""
    scene.script("refund_processing", delay_seconds=3600 * 20)
    scene.refund(paid, REFUND_TRACK)
    scene.later(days=2)
    pump(scene.world)

    assert (_actions(scene), _actions(scene, "2026-11-26")) == (["PURCHASE"], ["REFUND"])
    assert scene.settlement("2026-11-26")[0][11] == "2026-11-26T05:00:00Z"


def test_a_script_for_a_payments_track_id_is_for_its_refund(scene: Scene, paid: dict[str, Any]) -> None:
    """The refund's own number is not known before it is asked for."""
    scene.call("POST", "/sandbox/scenarios", {"track_id": TRACK_ID, "outcome": "refund_decline"})
    other = scene.pay(scene.open_payment(trackId="2"))

    assert scene.refund(other, OTHER_TRACK)["result"] == "CAPTURED"
    assert scene.refund(paid, REFUND_TRACK)["result"] == "NOT CAPTURED"


def test_the_inquiry_of_a_refund_is_unavailable_as_often_as_scripted(scene: Scene, paid: dict[str, Any]) -> None:
    """503, then the truth."""
    scene.script("refund_success", inquiry_unavailable=1)
    scene.refund(paid, REFUND_TRACK)

    assert [scene.inquire(REFUND_TRACK).get("http"), scene.inquire(REFUND_TRACK).get("result")] == [503, "CAPTURED"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"outcome": "refund_decline", "code": "fifty"}, "unknown_code"),
        ({"outcome": "refund_decline", "code": "IPAY9999999"}, "unknown_code"),
        ({"outcome": "payout_rejected", "code": "51"}, "unknown_code"),
        ({"outcome": "refund_processing", "delay_seconds": -1}, "bad_number"),
        ({"outcome": "refund_nonsense"}, "unknown_outcome"),
    ],
)
def test_a_wrong_script_for_what_goes_back_is_422(scene: Scene, body: dict[str, Any], code: str) -> None:
    """And nothing is scripted."""
    reply = scene.call("POST", "/sandbox/scenarios", {"terminal_id": TERMINAL} | body)

    assert (reply.status, json.loads(reply.body)["code"]) == (422, code)
    assert json.loads(scene.call("GET", "/sandbox/scenarios").body) == {"scenarios": []}


# -- the settlement file --------------------------------------------------------------------------------------------


def test_a_refund_is_a_line_with_its_own_numbers_and_no_fee(scene: Scene, paid: dict[str, Any]) -> None:
    """Σ = 10.500 - 4.000; the purchase's fee is kept, and none is taken or given back for the refund."""
    scene.refund(paid, REFUND_TRACK, "4.000")

    purchase, refund, trailer = scene.settlement()

    [kept] = json.loads(scene.call("GET", "/sandbox/refunds", payment_id=paid["payment_id"]).body)["refunds"]
    assert purchase[2:6] == [TRACK_ID, paid["payment_id"], paid["tran_id"], paid["rrn"]]
    assert refund[2:6] == [REFUND_TRACK, paid["payment_id"], kept["tran_id"], kept["rrn"]]
    assert (refund[8], refund[9], refund[13]) == ("4.000", "0.000", "REFUND")
    assert trailer == ["TRAILER", TERMINAL, "2", "6.500", "0.100", "BHD", "2026-11-25"]


def test_refunds_of_earlier_days_may_make_a_day_negative(scene: Scene, paid: dict[str, Any]) -> None:
    """A day on which money only went back."""
    scene.later(days=1)
    scene.refund(paid, REFUND_TRACK)

    assert scene.settlement("2026-11-26")[-1] == ["TRAILER", TERMINAL, "1", "-10.500", "0.000", "BHD", "2026-11-26"]


def test_refunds_are_listed_with_their_payment(scene: Scene, paid: dict[str, Any]) -> None:
    """The control API shows what the outside world knows."""
    scene.refund(paid, REFUND_TRACK, "4.000")

    shown = json.loads(scene.call("GET", f"/sandbox/transactions/{paid['payment_id']}").body)

    [refund] = shown["refunds"]
    assert (refund["track_id"], refund["amount_fils"], refund["state"]) == (REFUND_TRACK, 4_000, "captured")
    assert purchase_fields()["trackId"] == shown["track_id"]
