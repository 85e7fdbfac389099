"""What happens to a payment at the sandbox: cards, scripts, acknowledgements, voids, inquiries."""

import json
from urllib.parse import parse_qs, parse_qsl

import pytest

from infra.sandbox_gateway.chalicelib import crypto
from infra.sandbox_gateway.chalicelib.errors import GatewayRefusalError
from infra.sandbox_gateway.chalicelib.outbox import pump
from infra.sandbox_gateway.chalicelib.store import Store
from infra.sandbox_gateway.chalicelib.world import CallbackReply
from tests.unit.sandbox.worlds import BACK, KEY, NOON, Scene, purchase_fields

TRACK_ID = "123456789012345678654321"


def _opened(body: bytes) -> dict[str, str]:
    [fields] = json.loads(crypto.decrypt(KEY, parse_qs(body.decode())["trandata"][0]))
    assert isinstance(fields, dict)
    return fields


def test_an_approved_card_is_captured_and_notified_before_the_payer_goes_back(scene: Scene) -> None:
    """Form post to responseURL without its query string; clear `result` empty; "10.5"; MMDD in Bahrain."""
    payment_id = scene.open_payment()

    paid = scene.pay(payment_id)

    [(url, body)] = scene.posted
    clear = dict(parse_qsl(body.decode(), keep_blank_values=True))
    sealed = _opened(body)
    assert url == "http://127.0.0.1:8080/callbacks/benefit/token"
    assert (clear["paymentid"], clear["trackid"], clear["result"], clear["amt"]) == (payment_id, TRACK_ID, "", "10.5")
    assert (sealed["result"], sealed["authRespCode"], sealed["amt"]) == ("CAPTURED", "00", "10.5")
    assert (sealed["paymentId"], sealed["trackId"], sealed["date"]) == (payment_id, TRACK_ID, "1125")
    assert (sealed["ref"], sealed["transId"]) == (paid["rrn"], paid["tran_id"])
    assert (len(sealed["paymentId"]), len(sealed["transId"]), len(sealed["ref"])) == (18, 15, 12)
    back = paid["browser_return"]
    assert back["url"] == BACK
    assert back["fields"] == {"trandata": clear["trandata"], "paymentid": payment_id}


def test_no_card_number_is_kept(scene: Scene) -> None:
    """Only the last four digits survive, in the answer and in the file on disk."""
    paid = scene.pay(scene.open_payment(), "4600 4101 1234 5678")

    files = [path.read_bytes() for path in scene.directory.iterdir()]
    assert paid["masked_card"] == "************5678"
    assert not any(b"4600410112345678" in content or b"4600 4101" in content for content in files)


@pytest.mark.parametrize(
    "reply",
    [
        CallbackReply(None, "TimeoutError"),
        CallbackReply(500, f"REDIRECT={BACK}"),
        CallbackReply(302, ""),
        CallbackReply(200, ""),
        CallbackReply(200, "OK"),
        CallbackReply(200, f"REDIRECT={BACK}\n"),
        CallbackReply(200, f"<html>REDIRECT={BACK}</html>"),
        CallbackReply(200, "REDIRECT=https://elsewhere.example/"),
    ],
)
def test_a_capture_without_an_exact_acknowledgement_is_voided(scene: Scene, reply: CallbackReply) -> None:
    """Exactly `REDIRECT=` and an address; no HTML, no line end, status 200. The void is money too."""
    scene.reply = reply

    paid = scene.pay(scene.open_payment())

    assert (paid["state"], paid["browser_return"]) == ("voided", None)
    assert scene.inquire(TRACK_ID)["result"] == "VOIDED"
    with scene.world.store.write() as session:
        actions = [movement.action for movement in session.movements(NOON, NOON.replace(hour=10))]
    assert actions == ["PURCHASE", "VOID"]


def test_a_decline_without_an_acknowledgement_stays_a_decline(scene: Scene) -> None:
    """There is nothing to void."""
    scene.reply = CallbackReply(500, "")

    assert scene.pay(scene.open_payment(), "4415550112345678")["state"] == "not_captured"
    assert scene.inquire(TRACK_ID)["authRespCode"] == "51"


def test_a_query_string_in_the_acknowledgement_is_stripped(scene: Scene) -> None:
    """BENEFIT strips it from every address."""
    scene.reply = CallbackReply(200, f"REDIRECT={BACK}?reference=1")

    assert scene.pay(scene.open_payment())["browser_return"]["url"] == BACK


def test_a_second_card_finds_the_payment_decided(scene: Scene) -> None:
    """Double clicks charge once."""
    payment_id = scene.open_payment()
    scene.pay(payment_id)

    again = scene.call("POST", f"/sandbox/payments/{payment_id}/card", {"card": "4600410112345678"})

    assert (again.status, json.loads(again.body)["code"]) == (409, "already_decided")
    assert len(scene.posted) == 1


def test_an_expired_page_takes_no_card(scene: Scene) -> None:
    """Fifteen minutes, then nothing is charged any more."""
    payment_id = scene.open_payment()
    scene.later(minutes=15)

    late = scene.call("POST", f"/sandbox/payments/{payment_id}/card", {"card": "4600410112345678"})

    assert (late.status, json.loads(late.body)["code"]) == (410, "page_expired")
    assert scene.inquire(TRACK_ID)["error"] == "IPAY0100263"


def test_a_delayed_notification_waits_for_its_time_and_survives_a_crash(scene: Scene) -> None:
    """It is a stored row: a new process over the same directory sends it when due, not before."""
    scene.script("delayed_callback", delay_seconds=60)
    scene.pay(scene.open_payment())
    Store(scene.directory)  # what a restart does

    early = pump(scene.world)
    scene.later(seconds=61)
    sent = pump(scene.world)

    assert (early, sent, len(scene.posted)) == (0, 1, 1)
    assert pump(scene.world) == 0


def test_a_delivery_that_died_with_its_process_is_sent_again(scene: Scene) -> None:
    """Claimed and not finished at `kill -9`: at least once, like the real gateway."""
    scene.script("delayed_callback", delay_seconds=1)
    scene.pay(scene.open_payment())
    scene.later(seconds=2)
    with scene.world.store.write() as session:
        assert session.claim_delivery(scene.now) is not None

    assert pump(scene.world) == 0
    Store(scene.directory)

    assert pump(scene.world) == 1


def test_duplicates_are_the_same_bytes_and_only_the_first_can_void(scene: Scene) -> None:
    """Three deliveries on request."""
    scene.script("duplicate_callbacks")

    paid = scene.pay(scene.open_payment())

    assert (len(scene.posted), len(set(scene.posted)), paid["state"]) == (3, 1, "captured")
    assert [delivery["kind"] for delivery in paid["deliveries"]] == ["notification", "extra", "extra"]


def test_another_amount_is_taken_told_and_settled(scene: Scene) -> None:
    """The notification, the inquiry and the file agree on what was really charged."""
    scene.script("wrong_amount", amount="9.750")

    scene.pay(scene.open_payment())

    assert _opened(scene.posted[0][1])["amt"] == "9.75"
    assert scene.inquire(TRACK_ID)["amt"] == "9.75"
    assert ",9.750," in scene.call("GET", "/sandbox/settlements/all/2026-11-25.csv").body


@pytest.mark.parametrize(("forged_with", "opens"), [("other", False), ("terminal", True)])
def test_a_forgery_charges_nothing_and_claims_everything(scene: Scene, forged_with: str, *, opens: bool) -> None:
    """With another key it does not open; with the terminal's own it does: only the inquiry tells."""
    scene.script("forged_callback", forged_with=forged_with)

    paid = scene.pay(scene.open_payment())

    [(_, body)] = scene.posted
    assert paid["state"] == "not_captured"
    assert scene.inquire(TRACK_ID)["result"] == "NOT CAPTURED"
    if opens:
        assert _opened(body)["result"] == "CAPTURED"
    else:
        with pytest.raises(GatewayRefusalError, match="IPAY0100013"):
            _opened(body)


def test_a_truncated_notification_is_cut_but_the_money_is_taken(scene: Scene) -> None:
    """Half of the trandata arrives."""
    scene.script("truncated_callback")

    scene.pay(scene.open_payment())

    with pytest.raises(GatewayRefusalError, match="IPAY0100013"):
        _opened(scene.posted[0][1])
    assert scene.inquire(TRACK_ID)["result"] == "CAPTURED"


@pytest.mark.parametrize(
    ("outcome", "state", "result"),
    [
        ("host_timeout", "host_timeout", "HOST TIMEOUT"),
        ("denied_by_risk", "denied_by_risk", "DENIED BY RISK"),
        ("cancel", "canceled", "CANCELED"),
        ("decline", "not_captured", "NOT CAPTURED"),
    ],
)
def test_a_scripted_result_beats_the_card(scene: Scene, outcome: str, state: str, result: str) -> None:
    """An approved card ends otherwise; no money line is written."""
    scene.script(outcome)

    assert scene.pay(scene.open_payment())["state"] == state
    assert scene.inquire(TRACK_ID)["result"] == result
    assert "DETAIL" not in scene.call("GET", "/sandbox/settlements/all/2026-11-25.csv").body


def test_a_page_error_is_told_in_plain_fields(scene: Scene) -> None:
    """errorURL: mixed key case, no trandata; the reply may still send the payer back."""
    scene.script("error_notice")

    paid = scene.pay(scene.open_payment())

    [(url, body)] = scene.posted
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    assert url.endswith("/token/error")
    assert (fields["trackid"], fields["ErrorText"][:11], "trandata" in fields) == (TRACK_ID, "IPAY0100124", False)
    assert paid["browser_return"]["fields"] == {"paymentid": paid["payment_id"]}
    assert scene.inquire(TRACK_ID)["error"] == "IPAY0100263"


@pytest.mark.parametrize(("outcome", "found"), [("timeout", False), ("timeout_then_success", True)])
def test_a_lost_first_answer_hides_nothing_or_a_charge(scene: Scene, outcome: str, *, found: bool) -> None:
    """504 after the scripted wait; then the inquiry knows whether money moved. Nobody is notified."""
    scene.script(outcome, hang_seconds=12)

    body = [{"id": "10000001", "trandata": crypto.encrypt(KEY, json.dumps([purchase_fields()]))}]
    reply = scene.call("POST", "/payment/API/hosted.htm", body)

    assert (reply.status, scene.slept, scene.posted) == (504, [12.0], [])
    assert (scene.inquire(TRACK_ID).get("result") == "CAPTURED") is found


def test_a_script_for_a_track_id_comes_before_one_for_the_terminal(scene: Scene) -> None:
    """And each is used up once."""
    scene.script("cancel")
    body = {"track_id": "2", "outcome": "decline", "code": "61"}
    scene.call("POST", "/sandbox/scenarios", body)

    second = scene.pay(scene.open_payment(trackId="2"))
    first = scene.pay(scene.open_payment(trackId="1"))
    third = scene.pay(scene.open_payment(trackId="3"))

    assert (second["auth_resp_code"], first["state"], third["state"]) == ("61", "canceled", "captured")


def test_the_inquiry_is_unavailable_as_often_as_scripted(scene: Scene) -> None:
    """503, 503, then the truth."""
    scene.script("inquiry_unavailable", times=2)
    scene.pay(scene.open_payment())

    answers = [scene.inquire(TRACK_ID) for _ in range(3)]

    assert [answered.get("http", answered.get("result")) for answered in answers] == [503, 503, "CAPTURED"]


@pytest.mark.parametrize(
    ("udf5", "column"),
    [("TrackID", "track_id"), ("PaymentID", "payment_id"), ("TransID", "tran_id"), ("SeqNum", "rrn")],
)
def test_an_inquiry_may_ask_by_any_of_four_numbers(scene: Scene, udf5: str, column: str) -> None:
    """`udf5` says what `transId` holds."""
    paid = scene.pay(scene.open_payment())

    answered = scene.inquire(TRACK_ID, udf5=udf5, transId=paid[column])

    assert answered["paymentId"] == paid["payment_id"]


def test_an_inquiry_with_an_unknown_selector_is_a_udf_mismatch(scene: Scene) -> None:
    """IPAY0100036."""
    assert scene.inquire(TRACK_ID, udf5="TRANID")["error"] == "IPAY0100036"


def test_another_terminal_finds_nothing(scene: Scene) -> None:
    """A payment belongs to its terminal."""
    scene.pay(scene.open_payment())
    other = {"terminal_id": "20000002", "password": "p2", "resource_key": KEY}
    scene.call("POST", "/sandbox/merchants", other)
    fields = purchase_fields() | {
        "action": "8",
        "id": "20000002",
        "password": "p2",
        "udf5": "TrackID",
        "transId": TRACK_ID,
    }
    body = [{"id": "20000002", "trandata": crypto.encrypt(KEY, json.dumps([fields]))}]

    [refused] = json.loads(scene.call("POST", "/payment/API/tranportal.htm", body).body)

    assert refused["error"] == "IPAY0100263"


def test_a_number_that_is_taken_is_drawn_again(scene: Scene) -> None:
    """Two payments never share a number: a settlement file in which they did would be refused as doubled."""
    taken = scene.open_payment()
    draws = iter([taken, taken, "free"])
    with scene.world.store.write() as session:
        number = session.unused("payment_id", lambda _now: next(draws), NOON)

    assert number == "free"
