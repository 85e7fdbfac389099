"""The payout bank over a scripted line: what is signed and sent, how answers are read, what silence means."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.adapters.gateways.payout_bank import codes
from mizan.adapters.gateways.payout_bank.bank import HttpPayoutBank
from mizan.adapters.gateways.transport import NO_HEADERS, HttpAnswer
from mizan.application.ports_refunds import NameMatch, PayoutRequest, RefundOutcome, RefundResult
from mizan.domain.errors import GatewayError, GatewayUnavailableError, OutcomeUnknownError
from mizan.domain.payments import Decline
from tests.unit.gateways.accounts import MORNING, account

PAYOUT_ID = "700000000000000000000001"
REQUEST = PayoutRequest(PAYOUT_ID, "BH67BMAG00001299123456", "مريم علي", 12_500, "BHD", "Refund 4820193")
FIELDS = {
    "payout_id": PAYOUT_ID,
    "status": "settled",
    "transaction": "202632900000001",
    "amount": "12.500",
    "currency": "BHD",
    "settled_at": "2026-11-25T06:00:00+00:00",
    "reason": None,
}
ACCOUNT = replace(account(), gateway="payout_bank", agency="*", terminal_id="treasury")


class Line:
    """Answers what it was given and keeps what it was sent."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self.answer = HttpAnswer(status, body)
        self.sent: list[tuple[str, str, bytes, Mapping[str, str]]] = []

    def exchange(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] = NO_HEADERS) -> HttpAnswer:
        self.sent.append((method, url, body, headers))
        return self.answer


def _bank(line: Line) -> HttpPayoutBank:
    return HttpPayoutBank(lambda: ACCOUNT, line, now=lambda: MORNING)


CALLS: tuple[Callable[[HttpPayoutBank], RefundResult], ...] = (
    lambda bank: bank.pay(REQUEST),
    lambda bank: bank.inquire(PAYOUT_ID),
)


def _answer(**changes: object) -> bytes:
    return json.dumps(FIELDS | changes).encode()


def _refusal(code: str) -> bytes:
    return json.dumps({"code": code, "detail": "no"}).encode()


def test_an_order_is_sent_whole_and_signed() -> None:
    """The signature is reckoned here from the description: method, path, second, hash of the body."""
    line = Line(_answer())

    _bank(line).pay(REQUEST)

    [(method, url, body, headers)] = line.sent
    assert (method, url) == ("POST", "https://gateway.example/bank/payouts")
    assert json.loads(body) == {
        "payout_id": PAYOUT_ID,
        "iban": "BH67BMAG00001299123456",
        "name": "مريم علي",
        "amount": "12.500",
        "currency": "BHD",
        "remittance": "Refund 4820193",
    }
    text = f"POST\n/bank/payouts\n{int(MORNING.timestamp())}\n{hashlib.sha256(body).hexdigest()}"
    assert dict(headers) == {
        "X-Client-Id": "treasury",
        "X-Api-Key": "password-1",
        "X-Timestamp": str(int(MORNING.timestamp())),
        "X-Signature": hmac.new(ACCOUNT.secrets.resource_key.encode(), text.encode(), hashlib.sha256).hexdigest(),
    }


def test_a_question_is_signed_over_an_empty_body() -> None:
    """GET with the payout id in the path."""
    line = Line(_answer())

    _bank(line).inquire(PAYOUT_ID)

    [(method, url, body, headers)] = line.sent
    text = f"GET\n/bank/payouts/{PAYOUT_ID}\n{int(MORNING.timestamp())}\n{hashlib.sha256(b'').hexdigest()}"
    signed = hmac.new(ACCOUNT.secrets.resource_key.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert (method, url, body) == ("GET", f"https://gateway.example/bank/payouts/{PAYOUT_ID}", b"")
    assert headers["X-Signature"] == signed


def test_whose_account_it_is_never_shows_in_a_repr() -> None:
    """What is logged by accident must not say who is paid."""
    assert "BMAG" not in repr(REQUEST)
    assert "مريم" not in repr(REQUEST)


@pytest.mark.parametrize("status", [200, 201])
def test_a_settled_transfer_is_completed_at_the_banks_instant(status: int) -> None:
    """200 when the bank knew it already."""
    assert _bank(Line(_answer(), status)).pay(REQUEST) == RefundResult(
        RefundOutcome.COMPLETED, PAYOUT_ID, "202632900000001", completed_at=MORNING
    )


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"status": "pending", "settled_at": None}, RefundOutcome.PENDING),
        ({"status": "rejected", "reason": {"code": "AC04"}}, RefundOutcome.FAILED),
        ({"status": "returned", "reason": {"code": "BE01"}}, RefundOutcome.FAILED),
        ({"status": "returned", "reason": None}, RefundOutcome.FAILED),
        ({"status": "SETTLED"}, RefundOutcome.UNKNOWN),
        ({"status": "booked"}, RefundOutcome.UNKNOWN),
        ({"status": ""}, RefundOutcome.UNKNOWN),
    ],
)
def test_statuses_are_read_through_the_table(changes: dict[str, object], outcome: RefundOutcome) -> None:
    """By paying and by asking; what is not in it is unknown."""
    for result in (_bank(Line(_answer(**changes))).pay(REQUEST), _bank(Line(_answer(**changes))).inquire(PAYOUT_ID)):
        assert (result.outcome, result.track_id, result.completed_at) == (outcome, PAYOUT_ID, None)
        assert (result.decline is not None) == (outcome is RefundOutcome.FAILED)


def test_another_amount_than_was_ordered_is_unknown() -> None:
    """12.501 for 12.500: a case for people, not a completed refund."""
    assert _bank(Line(_answer(amount="12.501"))).pay(REQUEST).outcome is RefundOutcome.UNKNOWN


@pytest.mark.parametrize(
    ("settled_at", "instant"),
    [
        ("2026-11-25T09:00:00+03:00", MORNING),
        ("2026-11-25T06:00:00Z", MORNING),
        ("2026-11-25T06:00:00", None),
        ("yesterday", None),
        (None, None),
        (5, None),
    ],
)
def test_an_instant_that_cannot_be_read_does_not_undo_a_transfer(settled_at: object, instant: datetime | None) -> None:
    """The money moved; when exactly is left to the caller's clock."""
    result = _bank(Line(_answer(settled_at=settled_at))).inquire(PAYOUT_ID)

    assert (result.outcome, result.completed_at) == (RefundOutcome.COMPLETED, instant)
    assert instant is None or instant.tzinfo is UTC


@pytest.mark.parametrize("code", sorted(codes.REFUSAL_TEXTS))
def test_a_refused_order_failed_with_its_code(code: str) -> None:
    """In the bank's own words: nothing was paid."""
    result = _bank(Line(_refusal(code), 422)).pay(REQUEST)

    assert result.outcome is RefundOutcome.FAILED
    assert result.decline is not None
    assert result.decline.code == code


def test_a_bank_that_does_not_know_us_did_nothing() -> None:
    """401 in its own words: our key, no verdict on the order; for a question the same."""
    for call in CALLS:
        with pytest.raises(GatewayUnavailableError):
            call(_bank(Line(_refusal("unauthenticated"), 401)))


@pytest.mark.parametrize(("status", "code"), [(409, "payout_id_reused"), (422, "bad_payout_id"), (400, "surprise")])
def test_any_other_refusal_is_unknown(status: int, code: str) -> None:
    """An id that came before with another order: only asking can tell what became of it."""
    assert _bank(Line(_refusal(code), status)).pay(REQUEST) == RefundResult(RefundOutcome.UNKNOWN, PAYOUT_ID)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (503, b""),
        (504, b"<html></html>"),
        (302, b""),
        (403, b"<html></html>"),
        (422, b'{"code":5}'),
        (200, b""),
        (200, b"[]"),
        (200, b"null"),
        (200, _answer(payout_id="7")),
        (200, _answer(payout_id=7)),
        (200, _answer(transaction="")),
        (200, _answer(transaction="x" * 65)),
        (200, _answer(amount="12.5005")),
        (200, _answer(amount=12.5)),
        (200, _answer(amount=None)),
        (200, _answer(currency="XXX")),
        (200, _answer(status=None)),
    ],
)
def test_an_order_without_a_readable_answer_is_unknown(status: int, body: bytes) -> None:
    """A proxy's 403 proves nothing; a number where a text should be is not this bank's form."""
    with pytest.raises(OutcomeUnknownError):
        _bank(Line(body, status)).pay(REQUEST)


def test_a_payout_that_the_bank_never_saw_is_not_found() -> None:
    """In its own words, not by a bare 404."""
    assert _bank(Line(_refusal("unknown_payout"), 404)).inquire(PAYOUT_ID) == RefundResult(
        RefundOutcome.NOT_FOUND, PAYOUT_ID
    )
    with pytest.raises(OutcomeUnknownError):
        _bank(Line(b"<html></html>", 404)).inquire(PAYOUT_ID)
    with pytest.raises(GatewayUnavailableError):
        _bank(Line(_refusal("no_such_route"), 404)).inquire(PAYOUT_ID)


@pytest.mark.parametrize(("status", "error"), [(503, GatewayUnavailableError), (500, OutcomeUnknownError)])
def test_a_question_without_an_answer_raises(status: int, error: type[GatewayError]) -> None:
    """Asked again later."""
    with pytest.raises(error):
        _bank(Line(b"", status)).inquire(PAYOUT_ID)


def test_without_an_account_nothing_is_sent() -> None:
    """The treasury has not set its bank up yet."""
    line = Line(_answer())
    bank = HttpPayoutBank(lambda: None, line, now=lambda: MORNING)

    with pytest.raises(GatewayUnavailableError):
        bank.pay(REQUEST)

    assert bank.check_name("BH67BMAG00001299123456", "x") is NameMatch.UNAVAILABLE
    assert line.sent == []


def test_a_currency_without_an_exponent_is_not_sent() -> None:
    """Nothing can have happened."""
    line = Line(_answer())

    with pytest.raises(GatewayUnavailableError):
        _bank(line).pay(replace(REQUEST, currency="USD"))

    assert line.sent == []


@pytest.mark.parametrize(
    ("status", "body", "match"),
    [
        (200, b'{"result":"match"}', NameMatch.MATCH),
        (200, b'{"result":"close_match"}', NameMatch.CLOSE),
        (200, b'{"result":"no_match"}', NameMatch.NO_MATCH),
        (200, b'{"result":"unavailable"}', NameMatch.UNAVAILABLE),
        (200, b'{"result":"MATCH"}', NameMatch.UNAVAILABLE),
        (200, b'{"result":1}', NameMatch.UNAVAILABLE),
        (200, b"", NameMatch.UNAVAILABLE),
        (422, _refusal("bad_iban"), NameMatch.UNAVAILABLE),
        (503, b'{"result":"match"}', NameMatch.UNAVAILABLE),
    ],
)
def test_a_name_check_is_a_word_of_the_table_or_unavailable(status: int, body: bytes, match: NameMatch) -> None:
    """It never raises, and silence is never a match."""
    assert _bank(Line(body, status)).check_name("BH67BMAG00001299123456", "Maryam") is match


VALUES = st.none() | st.text(max_size=8) | st.integers() | st.floats() | st.lists(st.none(), max_size=1)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, VALUES | st.sampled_from(["settled", "12.500", "BHD"]))),
    st.sampled_from([200, 201, 404, 409, 422, 503]),
)
def test_whatever_an_answer_holds_it_is_a_result_or_a_named_error(changes: dict[str, object], status: int) -> None:
    """COMPLETED only with a settled status, a transaction, and by paying also the amount."""
    body = _answer(**changes)
    for call in CALLS:
        try:
            result = call(_bank(Line(body, status)))
        except GatewayError:
            continue
        if result.outcome is RefundOutcome.COMPLETED:
            assert json.loads(body)["status"] == "settled"
            assert result.transaction


@given(st.binary(max_size=200), st.sampled_from([200, 201, 301, 400, 404, 500, 503]))
def test_whatever_bytes_come_back_it_is_a_named_error(body: bytes, status: int) -> None:
    """And a name that cannot be checked is unavailable."""
    for call in CALLS:
        with pytest.raises(GatewayError):
            call(_bank(Line(body, status)))
    assert _bank(Line(body, status)).check_name("BH00", "x") is NameMatch.UNAVAILABLE


@pytest.mark.parametrize(
    "decline",
    [codes.reason_of(code) for code in [*codes.REASON_TEXTS, "ZZ99"]]
    + [decline for code in codes.REFUSAL_TEXTS if (decline := codes.refusal_of(code))],
    ids=lambda decline: decline.code,
)
def test_every_reason_is_told_in_both_languages(decline: Decline) -> None:
    """English without Arabic letters, Arabic with them."""
    assert decline.text.isascii()
    assert any("؀" <= letter <= "ۿ" for letter in decline.text_ar)
