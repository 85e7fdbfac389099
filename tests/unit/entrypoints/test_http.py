"""The HTTP contract that every API function keeps, over a small app of its own."""

import io
import json
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Query
from pydantic import BaseModel, ConfigDict

from mizan.domain.errors import (
    AboveLimitError,
    BusyError,
    ConflictError,
    FinanceOnlyError,
    GatewayUnavailableError,
    IdempotencyConflictError,
    IllegalTransitionError,
    InvalidCallbackError,
    InvalidInputError,
    MethodUnavailableError,
    MizanError,
    NotFoundError,
    NotTheMakerError,
    OutcomeUnknownError,
    RouteOpenError,
    SamePersonError,
    StaleViewError,
)
from mizan.entrypoints.http import caller_of, correlation_id, created, install, person_of, serve
from mizan.entrypoints.json_body import BODY_BYTES_MAX
from tests.unit.entrypoints.calls import an_event, call

PROBLEM = "application/problem+json"
MEMBERS = {
    "type", "title", "title_ar", "status", "detail", "detail_ar", "instance", "correlation_id", "errors"
}  # fmt: skip
REFUSALS: dict[str, Exception] = {
    "invalid": InvalidInputError.of("service", "unknown_service"),
    "missing": NotFoundError("invoice"),
    "conflict": ConflictError("secret detail"),
    "idempotency": IdempotencyConflictError("secret detail"),
    "transition": IllegalTransitionError("invoice", "paid", "cancel", ("refund",)),
    "same person": SamePersonError("secret detail"),
    "stale": StaleViewError(12_500),
    "not the maker": NotTheMakerError("secret detail"),
    "limit": AboveLimitError(50_000),
    "finance": FinanceOnlyError("secret detail"),
    "method": MethodUnavailableError("debit_card", ("wallet",)),
    "route": RouteOpenError(("wallet",)),
    "busy": BusyError("secret detail"),
    "gateway": GatewayUnavailableError("secret detail"),
    "unknown": OutcomeUnknownError("secret detail"),
    "callback": InvalidCallbackError("secret detail"),
    "bug": RuntimeError("secret detail"),
}


class Line(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    amount: int


class Order(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    name: str
    lines: list[Line]
    inner: Line | None = None


app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post("/v1/orders", status_code=201)
def order(
    request: Order, key: Annotated[str | None, Header(alias="Idempotency-Key", max_length=9)] = None
) -> Response[Order]:
    return created(request, is_new=key is None)


@app.get("/v1/orders/<reference>")
def read(reference: str, limit: Annotated[int, Query(le=5)] = 3) -> Order:
    if reference in REFUSALS:
        raise REFUSALS[reference]
    if reference == "misfit":
        return {"name": 1}  # type: ignore[return-value]  # an answer that breaks its own promise, on purpose
    return Order(name=f"سارة {limit}", lines=[])


@app.get("/v1/whoami")
def whoami() -> dict[str, str]:
    caller = caller_of(app, "invoices:read")
    return {"agency": caller.agency, "role": caller.role, "key_id": caller.key_id, "call": correlation_id(app)}


@app.get("/v1/whoami/in-person")
def who_in_person() -> dict[str, str | int | None]:
    caller = person_of(app, "refunds:approve")
    return {"person": caller.person, "key_id": caller.key_id, "approval_limit": caller.approval_limit}


lambda_handler = serve(app)


def test_an_answer_is_compact_json_with_arabic_as_it_is() -> None:
    """No escapes, no blanks: what is read in a log or a terminal is what was meant."""
    answer = call(lambda_handler, an_event("GET", "/v1/orders/1"))

    assert answer.status == 200
    assert answer.text == '{"name":"سارة 3","lines":[],"inner":null}'
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["/v1/orders/1", "/v1/orders/bug", "/v1/nothing-here"])
def test_every_answer_carries_the_correlation_id_and_is_kept_by_nobody(path: str) -> None:
    """Good or bad: the caller's id, no caching, no sniffing, no framing."""
    answer = call(lambda_handler, an_event("GET", path, headers={"x-correlation-id": "agency_call-7"}))

    assert answer.headers["X-Correlation-Id"] == "agency_call-7"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("given", ["", "has blank", "x" * 65, "line\nbreak", "<script>", "سارة"])
def test_a_correlation_id_that_is_not_well_formed_is_replaced_by_the_requests(given: str) -> None:
    """It goes into logs and headers: nothing is copied there that could write lines of its own."""
    answer = call(lambda_handler, an_event("GET", "/v1/whoami", headers={"X-Correlation-Id": given}))

    assert answer.headers["X-Correlation-Id"] == "request-1"
    assert answer.json["call"] == "request-1"


def test_a_problem_has_every_member_in_both_languages() -> None:
    """RFC 9457 with our own members; `type` is the stable part."""
    answer = call(lambda_handler, an_event("GET", "/v1/orders/missing", headers={"X-Correlation-Id": "c-1"}))

    problem = answer.json
    assert (answer.status, answer.headers["Content-Type"]) == (404, PROBLEM)
    assert set(problem) == MEMBERS
    assert problem["type"] == "https://mizan.invalid/problems/not-found"
    assert (problem["detail"], problem["detail_ar"]) == ("There is no such invoice.", "لا توجد فاتورة بهذا الرقم.")
    assert (problem["status"], problem["correlation_id"]) == (404, "c-1")
    assert problem["instance"] == "urn:mizan:request:request-1"


@pytest.mark.parametrize(
    ("reference", "status", "slug"),
    [
        ("invalid", 422, "invalid-input"),
        ("missing", 404, "not-found"),
        ("conflict", 409, "conflict"),
        ("idempotency", 409, "idempotency-conflict"),
        ("transition", 409, "illegal-transition"),
        ("same person", 409, "same-person"),
        ("stale", 412, "stale-view"),
        ("not the maker", 403, "not-the-maker"),
        ("limit", 403, "above-limit"),
        ("finance", 403, "finance-only"),
        ("method", 503, "method-unavailable"),
        ("route", 409, "route-open"),
        ("busy", 503, "busy"),
        ("gateway", 502, "gateway-unavailable"),
        ("unknown", 502, "outcome-unknown"),
        ("callback", 500, "internal"),
        ("bug", 500, "internal"),
        ("misfit", 500, "internal"),
    ],
)
def test_each_error_is_its_problem_and_leaks_nothing(reference: str, status: int, slug: str) -> None:
    """One table from slug to status; what an exception says to us is not said to callers."""
    answer = call(lambda_handler, an_event("GET", f"/v1/orders/{reference}"))

    assert (answer.status, answer.headers["Content-Type"]) == (status, PROBLEM)
    assert answer.json["type"].endswith(f"/{slug}")
    assert "secret" not in answer.text
    assert "RuntimeError" not in answer.text


def test_an_illegal_transition_says_what_is_and_what_is_possible() -> None:
    """A caller can act on it without reading prose."""
    problem = call(lambda_handler, an_event("GET", "/v1/orders/transition")).json

    assert (problem["current"], problem["possible"]) == ("paid", ["refund"])
    assert "paid" in problem["detail"]
    assert "paid" in problem["detail_ar"]


def test_busy_says_when_to_come_again() -> None:
    """503 without Retry-After makes callers hammer."""
    assert call(lambda_handler, an_event("GET", "/v1/orders/busy")).headers["Retry-After"] == "1"


def test_every_wrong_field_is_named_at_once_by_its_path() -> None:
    """One round trip finds all that is wrong, in the body and the headers."""
    body = {"lines": [{"amount": 1.0}, {"amount": "5"}, {"amount": True, "vat": 1}, 7], "inner": [], "extra": None}
    answer = call(lambda_handler, an_event("POST", "/v1/orders", body, headers={"idempotency-key": "far-too-long"}))

    assert answer.status == 422
    assert answer.wrong == {
        "Idempotency-Key": "too_long",
        "name": "missing",
        "lines.0.amount": "not_an_integer",
        "lines.1.amount": "not_an_integer",
        "lines.2.amount": "not_an_integer",
        "lines.2.vat": "unknown_field",
        "lines.3": "not_an_object",
        "inner": "not_an_object",
        "extra": "unknown_field",
    }


def test_a_limit_that_is_broken_is_said() -> None:
    """The code is for programs, the message for people."""
    (error,) = call(lambda_handler, an_event("GET", "/v1/orders/1", query={"limit": "9"})).json["errors"]

    assert error["code"] == "too_large"
    assert error["message"].endswith("Limit: 5.")
    assert error["message_ar"].endswith("الحد: 5.")


@pytest.mark.parametrize("query", [{"limti": "3"}, {"limti": "3", "limit": "4"}])
def test_a_mistyped_query_parameter_is_refused(query: dict[str, str]) -> None:
    """Taken as left out, the answer would be to another question."""
    assert call(lambda_handler, an_event("GET", "/v1/orders/1", query=query)).wrong == {"limti": "unknown_parameter"}


def test_unknown_parameters_are_named_beside_the_other_errors() -> None:
    """Every wrong thing at once, wherever it is found."""
    answer = call(lambda_handler, an_event("GET", "/v1/orders/1", query={"limti": "3", "limit": "x"}))

    assert answer.wrong == {"limit": "not_an_integer", "limti": "unknown_parameter"}


@pytest.mark.parametrize(
    "body",
    [
        "{",
        " ",
        '{"a":1,}',
        '{"a":NaN}',
        '{"a":1,"a":2}',
        '{"name":"\\ud800"}',
        "[" * 50_000,
        b"\xff\xfe{}",
        b"\x00",
    ],
)
def test_what_is_not_json_is_400(body: str | bytes) -> None:
    """Two readers must not read two things: repeated members, NaN, half characters, other encodings."""
    answer = call(lambda_handler, an_event("POST", "/v1/orders", body))

    assert (answer.status, answer.json["type"].rpartition("/")[2]) == (400, "malformed-request")


@pytest.mark.parametrize("body", [None, ""])
def test_a_body_that_is_needed_and_not_there_is_a_missing_field(body: str | None) -> None:
    """Nothing was malformed: something was left out."""
    answer = call(lambda_handler, an_event("POST", "/v1/orders", body))

    assert (answer.status, answer.wrong) == (422, {"body": "missing"})


def test_base64_that_is_none_is_400() -> None:
    """The flag says base64, the text is not."""
    event = an_event("POST", "/v1/orders", "{}!") | {"isBase64Encoded": True}

    assert call(lambda_handler, event).status == 400


@pytest.mark.parametrize("body", ["[]", '[{"name":"a","lines":[]}]', '"text"', "7", "null", "true"])
def test_a_body_that_is_not_an_object_is_refused(body: str) -> None:
    """The framework would unwrap a list of one."""
    answer = call(lambda_handler, an_event("POST", "/v1/orders", body))

    assert (answer.status, answer.wrong) == (422, {"body": "not_an_object"})


def test_an_integer_of_five_thousand_digits_is_an_integer_too_large_for_its_field() -> None:
    """Python refuses to convert it; the caller hears about the field, not about Python."""
    body = '{"name":"a","lines":[{"amount":' + "9" * 5_000 + '},{"amount":"x"}]}'

    answer = call(lambda_handler, an_event("POST", "/v1/orders", body))

    assert (answer.status, answer.wrong) == (422, {"lines.1.amount": "not_an_integer"})


def test_a_body_in_base64_is_read_alike() -> None:
    """API Gateway encodes bodies of types it takes for binary."""
    body = json.dumps({"name": "سارة", "lines": []}).encode()

    assert call(lambda_handler, an_event("POST", "/v1/orders", body)).json["name"] == "سارة"


def test_another_content_type_is_415() -> None:
    """A form is not JSON, even where its text would parse."""
    event = an_event("POST", "/v1/orders", "{}", headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert call(lambda_handler, event).status == 415


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_is_known_whatever_its_case_and_parameters(content_type: str) -> None:
    """Media types are case-insensitive (RFC 9110)."""
    event = an_event("POST", "/v1/orders", {"name": "a", "lines": []}, headers={"content-type": content_type})

    assert call(lambda_handler, event).status == 201


def test_a_body_that_is_too_large_is_413() -> None:
    """Refused before it is parsed."""
    body = json.dumps({"name": "x" * BODY_BYTES_MAX, "lines": []})

    assert call(lambda_handler, an_event("POST", "/v1/orders", body)).status == 413


@pytest.mark.parametrize(("headers", "mark"), [({}, None), ({"Idempotency-Key": "k,1"}, "true")])
def test_a_creation_is_201_and_a_replay_is_marked(headers: dict[str, str], mark: str | None) -> None:
    """The same answer, so that a retry needs no special case; the mark for those who want to know."""
    answer = call(lambda_handler, an_event("POST", "/v1/orders", {"name": "a", "lines": []}, headers=headers))

    assert answer.status == 201
    assert answer.headers.get("Idempotent-Replayed") == mark


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/nothing"), ("DELETE", "/v1/orders"), ("GET", "/")])
def test_no_route_is_404_whatever_its_query(method: str, path: str) -> None:
    """Unknown methods too: API Gateway itself knows no 405."""
    answer = call(lambda_handler, an_event(method, path, query={"a": "b"}))

    assert (answer.status, answer.json["type"].rpartition("/")[2]) == (404, "not-found")
    assert answer.json["detail"] == "There is nothing at this address."


def test_the_caller_is_whom_the_authoriser_found() -> None:
    """Agency, role and key come from the context alone."""
    assert call(lambda_handler, an_event("GET", "/v1/whoami", agency="*")).json == {
        "agency": "*",
        "role": "agency",
        "key_id": "key-1",
        "call": "request-1",
    }


def test_a_key_without_the_scope_is_403_and_names_it() -> None:
    """Who administers keys learns what to grant."""
    answer = call(lambda_handler, an_event("GET", "/v1/whoami", scopes="invoices:write payments:read"))

    assert answer.status == 403
    assert "invoices:read" in answer.json["detail"]
    assert "invoices:read" in answer.json["detail_ar"]


@pytest.mark.parametrize(("given", "limit"), [("250000", 250_000), ("0", 0), (None, None)])
def test_a_person_is_known_by_subject_with_the_limit_in_fils(given: str | None, limit: int | None) -> None:
    """The context carries digits; a limit of nothing is a limit, and none at all is none."""
    event = an_event(
        "GET", "/v1/whoami/in-person", agency="*", scopes="refunds:approve", person="p-1", approval_limit=given
    )

    assert call(lambda_handler, event).json == {"person": "p-1", "key_id": "sub:p-1", "approval_limit": limit}


def test_where_a_person_is_required_a_key_is_refused_whatever_its_scopes() -> None:
    """Two keys can be one person: what needs four eyes needs identities."""
    answer = call(lambda_handler, an_event("GET", "/v1/whoami/in-person", scopes="refunds:approve"))

    assert (answer.status, answer.json["type"].rpartition("/")[2]) == (403, "person-required")
    assert answer.json["detail"].startswith("A person has to do this, under a personal identity")


def test_a_person_without_the_scope_is_403_like_a_key() -> None:
    """Being somebody is not being allowed."""
    answer = call(lambda_handler, an_event("GET", "/v1/whoami/in-person", scopes="refunds:write", person="p-1"))

    assert (answer.status, answer.json["type"].rpartition("/")[2]) == (403, "forbidden")


def test_a_person_may_do_what_a_key_may_where_either_will_do() -> None:
    """`caller_of` asks for a scope, not for a kind of credential."""
    event = an_event("GET", "/v1/whoami", agency="*", scopes="invoices:read", person="p-1")

    assert call(lambda_handler, event).json["key_id"] == "sub:p-1"


@pytest.mark.parametrize(("person", "actor"), [("p-1", "p-1"), ("maryam@example.invalid", "***"), (None, None)])
def test_the_line_of_a_call_names_the_person_who_acted(
    logged_lines: io.StringIO, person: str | None, actor: str | None
) -> None:
    """The subject, an opaque id at the issuer; one that is an e-mail address is personal data and masked."""
    call(lambda_handler, an_event("GET", "/v1/whoami", scopes="invoices:read", person=person))

    lines = [json.loads(line) for line in logged_lines.getvalue().splitlines()]
    (line,) = [line for line in lines if line["message"] == "answered"]
    assert line.get("actor") == actor
    assert "maryam" not in json.dumps(lines)


def test_without_an_authoriser_nobody_is_let_in() -> None:
    """A route that lost its authoriser in the template fails closed."""
    answer = call(lambda_handler, an_event("GET", "/v1/whoami", agency=None))

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_field_name_from_outside_is_cut_and_freed_of_what_no_text_should_carry() -> None:
    """Names of unknown fields are the caller's own text."""
    answer = call(
        lambda_handler, an_event("POST", "/v1/orders", {"a\u202eb": 1, "x" * 500: 1, "name": "n", "lines": []})
    )

    assert set(answer.wrong) == {"a\ufffdb", "x" * 120 + "…"}


def test_one_line_is_logged_per_call_without_path_body_or_person(logged_lines: io.StringIO) -> None:
    """The template of the route, the status and who called; never what was in it."""
    call(lambda_handler, an_event("POST", "/v1/orders", {"name": "Maryam Ali", "lines": []}))

    lines = [json.loads(line) for line in logged_lines.getvalue().splitlines()]
    (line,) = [line for line in lines if line["message"] == "answered"]
    logged: dict[str, Any] = {name: line[name] for name in ("method", "route", "status", "agency", "key_id")}
    assert logged == {"method": "POST", "route": "/v1/orders", "status": 201, "agency": "moic", "key_id": "key-1"}
    assert "Maryam" not in json.dumps(lines)


def test_the_refusals_are_every_error_that_a_call_can_meet() -> None:
    """A new error class without a problem of its own is noticed here."""
    slugs = {error.slug for error in REFUSALS.values() if isinstance(error, MizanError)}

    assert slugs | {
        "unauthenticated",
        "forbidden",
        "person-required",
        "gateway",
        "file-quarantined",
        "internal",
    } == _slugs(MizanError)


def _slugs(kind: type[MizanError]) -> set[str]:
    return {kind.slug}.union(*(_slugs(child) for child in kind.__subclasses__()))
