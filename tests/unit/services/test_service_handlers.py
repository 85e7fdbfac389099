"""The two functions as API Gateway calls them, over a catalogue in memory."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from functions.check_phase.handler import lambda_handler as check_phase
from functions.read_services.handler import lambda_handler as read_services
from mizan import bootstrap
from tests.fakes.clock import FakeClock
from tests.fakes.samples import FakeServiceCatalogue
from tests.unit.services.samples import a_service

CONTEXT = SimpleNamespace(
    function_name="f", memory_limit_in_mb=128, invoked_function_arn="arn:aws:lambda:::f", aws_request_id="1"
)
CATALOGUE = FakeServiceCatalogue(a_service(), a_service(code="advertising-permit"))


@pytest.fixture(autouse=True)
def wiring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Noon of 1 March 2026 in Bahrain."""
    monkeypatch.setattr(bootstrap, "services", lambda: CATALOGUE)
    clock = FakeClock()
    monkeypatch.setattr(bootstrap, "clock", lambda: clock)


def event(path: str, query: dict[str, str] | None = None, scopes: str = "services:read") -> dict[str, Any]:
    return {
        "resource": path,
        "path": path,
        "httpMethod": "GET",
        "headers": {},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {
            "requestId": "req-1",
            "authorizer": {"agency": "moic", "role": "counter", "key_id": "key-1", "scopes": scopes},
        },
    }


def check(query: dict[str, str] | None, code: str = "building-permit", **changes: Any) -> tuple[int, dict[str, Any]]:
    answer = check_phase(event(f"/v1/services/{code}/phase-check", query, **changes), CONTEXT)
    return answer["statusCode"], json.loads(answer["body"])


def read(path: str, **changes: Any) -> tuple[int, dict[str, Any]]:
    answer = read_services(event(path, **changes), CONTEXT)
    return answer["statusCode"], json.loads(answer["body"])


def wrong(problem: dict[str, Any]) -> set[tuple[str, str]]:
    assert all(error["message"] and error["message_ar"] for error in problem["errors"])
    return {(error["field"], error["code"]) for error in problem["errors"]}


def test_the_counter_is_told_no_since_when_why_and_what_is_open_instead() -> None:
    """The whole answer, as the counter's system reads it."""
    status, body = check({"channel": "counter_cash", "on": "2026-01-01"})

    assert status == 200
    assert {name: body[name] for name in body if name not in ("reason", "channels")} == {
        "service": "building-permit",
        "channel": "counter_cash",
        "on": "2026-01-01",
        "allowed": False,
        "phase": 1,
        "since": "2026-01-01",
    }
    assert body["reason"]["code"] == "cash_stopped"
    assert body["reason"]["text"]
    assert body["reason"]["text_ar"]
    assert [channel["code"] for channel in body["channels"]] == ["counter_card", "online", "kiosk"]
    assert body["channels"][2] == {
        "code": "kiosk",
        "name": "By kiosk",
        "name_ar": "قناة",
        "needs_card": False,
        "needs_smartphone": False,
        "steps": ["Give the payment reference."],
        "steps_ar": ["قدّم رقم الدفع."],
    }


def test_without_a_date_the_answer_is_for_today_in_bahrain() -> None:
    """And it says which day that was."""
    status, body = check({"channel": "counter_cash"})

    assert (status, body["on"], body["allowed"]) == (200, "2026-03-01", False)


def test_before_cash_stopped_the_counter_is_told_yes() -> None:
    """`since` is null: nothing had changed yet."""
    status, body = check({"channel": "counter_cash", "on": "2025-12-31"})

    assert (status, body["allowed"], body["phase"], body["since"]) == (200, True, 0, None)


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        (None, {("channel", "missing")}),
        ({"channel": "cash"}, {("channel", "unknown_channel")}),
        ({"channel": ""}, {("channel", "unknown_channel")}),
        ({"channel": "kiosk", "on": "01/02/2026"}, {("on", "bad_date")}),
        ({"channel": "kiosk", "on": "2026-02-30"}, {("on", "bad_date")}),
        ({"channel": "kiosk", "on": "1700000000"}, {("on", "bad_date")}),
        ({"channel": "kiosk", "on": ""}, {("on", "bad_date")}),
        ({"channel": "cash", "on": "soon"}, {("channel", "unknown_channel"), ("on", "bad_date")}),
        ({"channel": "kiosk", "at": "2026-01-01"}, {("at", "unknown_parameter")}),
    ],
)
def test_every_wrong_parameter_is_named_at_once(query: dict[str, str] | None, errors: set[tuple[str, str]]) -> None:
    """422, in English and Arabic; a mistyped date or channel is never answered as if it were another."""
    status, problem = check(query)

    assert (status, wrong(problem)) == (422, errors)


@pytest.mark.parametrize("code", ["no-such", "CR", "x" * 500])
def test_an_unknown_service_is_404_everywhere(code: str) -> None:
    """Whatever the code looks like."""
    for status, problem in (check({"channel": "kiosk"}, code=code), read(f"/v1/services/{code}")):
        assert (status, problem["type"]) == (404, "https://mizan.invalid/problems/not-found")
        assert problem["detail_ar"]


def test_a_key_without_the_scope_reads_nothing() -> None:
    """services:read is needed by all three routes."""
    answers = [
        check({"channel": "kiosk"}, scopes="invoices:read"),
        read("/v1/services", scopes="invoices:read"),
        read("/v1/services/building-permit", scopes=""),
    ]

    assert [status for status, _ in answers] == [403, 403, 403]


def test_services_are_listed_by_code_with_todays_phase() -> None:
    """The short form: dates, no channels."""
    status, body = read("/v1/services")

    assert status == 200
    assert [item["code"] for item in body["items"]] == ["advertising-permit", "building-permit"]
    assert body["items"][1] == {
        "code": "building-permit",
        "agency": "municipalities",
        "name": "Building permit",
        "name_ar": "رخصة البناء",
        "phase": 1,
        "phases": {
            "cash_stopped_on": "2026-01-01",
            "electronic_invoices_on": "2027-01-01",
            "fully_digital_on": "2028-01-01",
        },
        "allows_partial": False,
        "lacks_plain_channel": False,
    }


def test_one_service_comes_with_the_channels_that_are_open_today() -> None:
    """Cash has stopped on that day and is not among them."""
    status, body = read("/v1/services/building-permit")

    assert (status, body["phase"], body["exemptions"]) == (200, 1, [])
    assert [channel["code"] for channel in body["channels"]] == ["counter_card", "online", "kiosk"]
