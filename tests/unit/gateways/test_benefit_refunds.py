"""BENEFIT's refunds over a scripted line: what is sent, how answers are read, what silence and errors mean."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.adapters.gateways.benefit import refund_codes, trandata
from mizan.adapters.gateways.benefit.refunds import BenefitRefunds
from mizan.adapters.gateways.transport import NO_HEADERS, HttpAnswer
from mizan.application.ports_refunds import RefundOutcome, RefundRequest, RefundResult
from mizan.domain.errors import GatewayError, GatewayUnavailableError, OutcomeUnknownError
from mizan.domain.payments import Capture, Decline
from tests.unit.gateways.accounts import FOREIGN_KEY, KEY, MORNING, TRACK_ID, account

REFUND_TRACK = "900000000000000000000001"
ORIGINAL = Capture(
    amount=10_500,
    currency="BHD",
    transaction="201935166561122",
    gateway_payment="100201935166676976",
    rrn="935110000001",
    auth_code="000000",
    captured_at=MORNING,
)
REQUEST = RefundRequest(REFUND_TRACK, 4_000, "BHD", ORIGINAL, TRACK_ID)
FIELDS = {
    "paymentId": "100201935166676976",
    "result": "CAPTURED",
    "ref": "935110000009",
    "transId": "201935166569999",
    "date": "1125",
    "trackId": REFUND_TRACK,
    "amt": "4.0",
    "authRespCode": "00",
    "authCode": "000001",
}


class Line:
    """Answers what it was given and keeps what it was sent."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self.answer = HttpAnswer(status, body)
        self.sent: list[tuple[str, bytes]] = []

    def exchange(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] = NO_HEADERS) -> HttpAnswer:
        assert (method, headers) == ("POST", NO_HEADERS)
        self.sent.append((url, body))
        return self.answer

    def plaintext(self) -> dict[str, str]:
        [(_, body)] = self.sent
        [opened] = trandata.candidates([KEY], json.loads(body)[0]["trandata"])
        [fields] = json.loads(opened)
        return dict(fields)


def _sealed(key: str = KEY, /, **changes: object) -> bytes:
    text = json.dumps([{name: value for name, value in (FIELDS | changes).items() if value is not None}])
    return json.dumps([{"status": "1", "trandata": trandata.close(key, text)}]).encode()


def _error(code: str) -> bytes:
    return json.dumps([{"status": "2", "error": code, "errorText": f"{code}-No."}]).encode()


def _refund(line: Line, request: RefundRequest = REQUEST, *, now: datetime = MORNING) -> RefundResult:
    return BenefitRefunds(line, now=lambda: now).refund(account(), request)


def _inquire(line: Line) -> RefundResult:
    refunds = BenefitRefunds(line, now=lambda: MORNING)
    return refunds.inquire_refund(account(), track_id=REFUND_TRACK, amount=4_000, currency="BHD")


def test_a_refund_is_sent_in_the_sister_gateways_shape() -> None:
    """action 2, its own track id, the original's transaction in transId, what it is in udf5 (rails 1, [weak])."""
    line = Line(_sealed())

    _refund(line)

    assert line.sent[0][0] == "https://gateway.example/payment/API/tranportal.htm"
    assert line.plaintext() == {
        "amt": "4.000",
        "action": "2",
        "cardType": "D",
        "password": "password-1",
        "id": "10000001",
        "currencycode": "048",
        "trackId": REFUND_TRACK,
        "udf1": "",
        "udf2": "",
        "udf3": "",
        "udf4": "",
        "udf5": "TRANID",
        "transId": "201935166561122",
    }


def test_the_selector_is_configuration() -> None:
    """Doubtful facts are settings."""
    line = Line(_sealed())

    BenefitRefunds(line, refund_selector="TransID", now=lambda: MORNING).refund(account(), REQUEST)

    assert line.plaintext()["udf5"] == "TransID"


def test_an_inquiry_asks_by_the_refunds_own_track_id() -> None:
    """And for the refund's amount."""
    line = Line(_sealed())

    _inquire(line)

    asked = line.plaintext()
    assert {name: asked[name] for name in ("action", "udf5", "transId", "trackId", "amt")} == {
        "action": "8",
        "udf5": "TrackID",
        "transId": REFUND_TRACK,
        "trackId": REFUND_TRACK,
        "amt": "4.000",
    }


@pytest.mark.parametrize("ask", [_refund, _inquire], ids=["refund", "inquiry"])
def test_a_captured_refund_is_completed_with_its_own_numbers(ask: Callable[[Line], RefundResult]) -> None:
    """The gateway's transaction, the RRN, and the day it says: that day's settlement file holds it."""
    assert ask(Line(_sealed())) == RefundResult(
        RefundOutcome.COMPLETED,
        REFUND_TRACK,
        "201935166569999",
        rrn="935110000009",
        completed_at=MORNING,
    )


def test_a_refund_that_was_completed_days_ago_keeps_its_day() -> None:
    """MMDD without a year: the last instant of that day in Bahrain, not the moment of asking."""
    result = _inquire(Line(_sealed(date="1122")))

    assert result.completed_at == datetime(2026, 11, 22, 20, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize("ask", [_refund, _inquire], ids=["refund", "inquiry"])
@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"result": "captured"}, RefundOutcome.COMPLETED),
        ({"result": " CAPTURED "}, RefundOutcome.COMPLETED),
        ({"authRespCode": "05"}, RefundOutcome.UNKNOWN),
        ({"authRespCode": None}, RefundOutcome.UNKNOWN),
        ({"result": "PROCESSING", "authRespCode": ""}, RefundOutcome.PENDING),
        ({"result": "HOST TIMEOUT", "authRespCode": ""}, RefundOutcome.PENDING),
        ({"result": "NOT CAPTURED", "authRespCode": "61"}, RefundOutcome.FAILED),
        ({"result": "NOT CAPTURED", "authRespCode": "00"}, RefundOutcome.UNKNOWN),
        ({"result": "DENIED BY RISK", "authRespCode": ""}, RefundOutcome.FAILED),
        ({"result": "VOIDED"}, RefundOutcome.UNKNOWN),
        ({"result": "CANCELED"}, RefundOutcome.UNKNOWN),
        ({"result": "REFUNDED"}, RefundOutcome.UNKNOWN),
        ({"result": ""}, RefundOutcome.UNKNOWN),
        ({"result": None}, RefundOutcome.UNKNOWN),
        ({"amt": "4.001"}, RefundOutcome.UNKNOWN),
        ({"amt": "4.000"}, RefundOutcome.COMPLETED),
    ],
)
def test_results_are_read_through_the_table(
    ask: Callable[[Line], RefundResult], changes: dict[str, str | None], outcome: RefundOutcome
) -> None:
    """What is not in it, contradicts its code, or names another amount is unknown: never done, never failed."""
    result = ask(Line(_sealed(KEY, **changes)))

    assert (result.outcome, result.track_id) == (outcome, REFUND_TRACK)
    assert (result.decline is not None) == (outcome is RefundOutcome.FAILED)
    assert (result.completed_at is not None) == (outcome is RefundOutcome.COMPLETED)


def test_a_decline_keeps_the_issuers_code_and_has_a_text_for_people() -> None:
    """In both languages."""
    result = _refund(Line(_sealed(result="NOT CAPTURED", authRespCode="61")))

    assert result.decline is not None
    assert result.decline.code == "61"
    assert (result.decline.text, result.decline.text_ar) == ("The bank declined the refund.", "رفض البنك رد المبلغ.")


@pytest.mark.parametrize("code", ["IPAY0300024", "IPAY0100263", "IPAY0100022", "IPAY0100025"])
def test_a_refusal_that_is_a_verdict_fails_the_refund(code: str) -> None:
    """Over-refund, unknown original, amount, currency: nothing went back and nothing will."""
    result = _refund(Line(_error(code)))

    assert result.outcome is RefundOutcome.FAILED
    assert result.decline is not None
    assert (result.decline.code, result.track_id) == (code, REFUND_TRACK)


@pytest.mark.parametrize("code", sorted(refund_codes.SETUP_ERRORS))
def test_a_refused_terminal_is_no_verdict_on_the_refund(code: str) -> None:
    """Our password, our key: nothing happened there."""
    with pytest.raises(GatewayUnavailableError, match=code):
        _refund(Line(_error(code)))


@pytest.mark.parametrize("code", ["IPAY0100124", "IPAY9999999"])
def test_any_other_error_is_unknown(code: str) -> None:
    """ "Problem validating" may mean that this track id was seen before: only an inquiry can tell."""
    assert _refund(Line(_error(code))) == RefundResult(RefundOutcome.UNKNOWN, REFUND_TRACK)


def test_a_track_id_that_the_gateway_never_saw_is_not_found() -> None:
    """By the inquiry alone."""
    assert _inquire(Line(_error("IPAY0100263"))) == RefundResult(RefundOutcome.NOT_FOUND, REFUND_TRACK)


def test_an_inquiry_that_is_refused_can_be_repeated() -> None:
    """Also where the same code would fail a refund: an inquiry decides nothing by being refused."""
    with pytest.raises(GatewayUnavailableError):
        _inquire(Line(_error("IPAY0300024")))


@pytest.mark.parametrize(("days", "is_asked"), [(14, True), (15, False)])
def test_after_fourteen_days_the_gateway_is_not_asked(days: int, *, is_asked: bool) -> None:
    """A decline of ours: the payer's money has to go another way."""
    line = Line(_sealed(date=f"{MORNING + timedelta(days=days):%m%d}"))

    result = _refund(line, now=MORNING + timedelta(days=days))

    assert (result.outcome is RefundOutcome.COMPLETED, len(line.sent)) == (is_asked, int(is_asked))
    if not is_asked:
        assert result == RefundResult(RefundOutcome.FAILED, REFUND_TRACK, decline=refund_codes.TOO_OLD)


def test_the_days_are_days_in_bahrain() -> None:
    """Captured at 23:30, refunded at 00:30 fifteen Bahrain days later: fourteen and a bit by the clock."""
    late = replace(ORIGINAL, captured_at=datetime(2026, 11, 25, 20, 30, tzinfo=UTC))
    line = Line(_sealed())

    result = _refund(line, replace(REQUEST, original=late), now=datetime(2026, 12, 9, 21, 30, tzinfo=UTC))

    assert (result.decline, line.sent) == (refund_codes.TOO_OLD, [])


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (302, b""),
        (500, b""),
        (503, b""),
        (504, b""),
        (200, b""),
        (200, b"<html></html>"),
        (200, b'[{"status":"3"}]'),
        (200, b'[{"status":"2"}]'),
        (200, b'[{"status":"1","trandata":"00"}]'),
        (200, _sealed(FOREIGN_KEY)),
        (200, _sealed(trackId="abc")),
        (200, _sealed(transId="")),
        (200, _sealed(amt="4,000")),
    ],
)
def test_a_refund_without_a_readable_answer_is_unknown(status: int, body: bytes) -> None:
    """503 included: some proxy between may have passed it on."""
    with pytest.raises(OutcomeUnknownError):
        _refund(Line(body, status))


@pytest.mark.parametrize(("status", "error"), [(503, GatewayUnavailableError), (500, OutcomeUnknownError)])
def test_an_inquiry_without_a_readable_answer_raises(status: int, error: type[GatewayError]) -> None:
    """Asked again later; nothing is made up."""
    with pytest.raises(error):
        _inquire(Line(b"", status))


@pytest.mark.parametrize(
    "request_",
    [
        replace(REQUEST, track_id="rfd_1"),
        replace(REQUEST, currency="KWD", original=replace(ORIGINAL, currency="KWD")),
    ],
    ids=["letters", "currency"],
)
def test_a_refund_that_cannot_be_written_down_sends_nothing(request_: RefundRequest) -> None:
    """Letters in a track id, a currency that BENEFIT does not take."""
    line = Line(_sealed())

    with pytest.raises(GatewayUnavailableError):
        _refund(line, request_)

    assert line.sent == []


@pytest.mark.parametrize(("amount", "currency"), [(0, "BHD"), (-1, "BHD"), (10_501, "BHD"), (4_000, "KWD")])
def test_a_refund_is_a_part_of_its_capture(amount: int, currency: str) -> None:
    """More than was taken, nothing, or another currency is no request at all."""
    with pytest.raises(ValueError, match="part of its capture"):
        RefundRequest(REFUND_TRACK, amount, currency, ORIGINAL, TRACK_ID)


WORDS = st.sampled_from([*refund_codes.OUTCOMES, "VOIDED", "captured", "", "X"]) | st.text(max_size=8)
VALUES = st.none() | st.text(max_size=12) | st.integers() | st.floats() | st.sampled_from(["00", "4.0", REFUND_TRACK])


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, VALUES) | {"result": WORDS}),
    st.sampled_from([KEY, FOREIGN_KEY]),
)
def test_whatever_an_answer_holds_it_is_a_result_or_a_named_error(changes: dict[str, object], key: str) -> None:
    """Nothing but GatewayErrors leaves the adapter; COMPLETED only with 00, the amount and a transaction."""
    line = Line(_sealed(key, **changes))
    for ask in (_refund, _inquire):
        line.sent.clear()
        try:
            result = ask(line)
        except GatewayError:
            continue
        if result.outcome is RefundOutcome.COMPLETED:
            assert result.transaction
            assert {**FIELDS, **changes}["authRespCode"] == "00"


@given(st.binary(max_size=200), st.sampled_from([200, 204, 301, 400, 401, 500, 503]))
def test_whatever_bytes_come_back_it_is_a_result_or_a_named_error(body: bytes, status: int) -> None:
    """Also what is no JSON at all."""
    for ask in (_refund, _inquire):
        with pytest.raises(GatewayError):
            ask(Line(body, status))


@pytest.mark.parametrize(
    "decline",
    [*(refund_codes.refusal_of(code) for code in refund_codes.REFUSAL_TEXTS), refund_codes.TOO_OLD],
    ids=lambda decline: decline.code,
)
def test_every_refusal_is_told_in_both_languages(decline: Decline) -> None:
    """English without Arabic letters, Arabic with them."""
    assert decline.text.isascii()
    assert any("؀" <= letter <= "ۿ" for letter in decline.text_ar)
