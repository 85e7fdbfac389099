"""How every API function speaks HTTP: problem details, correlation ids, strict bodies, one log line per call.

app = APIGatewayRestResolver(enable_validation=True)
install(app)
…routes…
lambda_handler = serve(app)
"""

import base64
import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from mizan.domain.accounts import Caller
from mizan.domain.errors import (
    FieldError,
    ForbiddenError,
    InvalidInputError,
    MizanError,
    NotFoundError,
    PersonRequiredError,
    UnauthenticatedError,
)
from mizan.entrypoints import json_body
from mizan.entrypoints.correlation import CORRELATION_HEADER, correlation_of, header_of
from mizan.entrypoints.observability import correlate, count, flush, logger
from mizan.entrypoints.problem_texts import KINDS
from mizan.entrypoints.problems import CONTENT_TYPE, Problem, WrongField, not_found_route, problem_of
from mizan.entrypoints.validation_errors import wrong_fields

Event = dict[str, Any]
Content = TypeVar("Content")

JSON_CONTENT_TYPE = "application/json"
REPLAYED_HEADER = "Idempotent-Replayed"
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}

_METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


# -- what handlers use ----------------------------------------------------------------------------------------------


def install(app: APIGatewayRestResolver) -> None:
    """Every error of this app becomes a problem, and every result compact JSON in UTF-8."""
    app.use([_write_json])
    app.not_found(lambda _: _respond(app, not_found_route()))
    app.exception_handler(MizanError)(lambda error: _respond(app, _problem_of_error(error)))
    app.exception_handler(RequestValidationError)(lambda error: _respond(app, _problem_of_validation(app, error)))
    app.exception_handler(Exception)(lambda error: _respond(app, _internal(error)))


def caller_of(app: APIGatewayRestResolver, scope: str, *alternatives: str) -> Caller:
    """Who calls, key or person, as the authoriser found. Raises ForbiddenError where they have neither `scope` nor one
    of its alternatives.
    """
    context = app.current_event.raw_event["requestContext"].get("authorizer") or {}
    if not context.get("key_id"):
        raise UnauthenticatedError
    caller = Caller(
        agency=context["agency"],
        role=context["role"],
        key_id=context["key_id"],
        scopes=frozenset(context["scopes"].split()),
        person=context.get("person"),
        approval_limit=int(context["approval_limit"]) if "approval_limit" in context else None,
    )
    if caller.scopes.isdisjoint((scope, *alternatives)):
        raise ForbiddenError(scope)
    return caller


def person_of(app: APIGatewayRestResolver, scope: str) -> Caller:
    """Which person calls. Raises PersonRequiredError where an API key does, ForbiddenError without `scope`."""
    caller = caller_of(app, scope)
    if caller.person is None:
        raise PersonRequiredError
    return caller


def owner_of(caller: Caller, agency: str | None) -> str:
    """Whose objects are listed: the caller's own, or those of the agency that a platform role names."""
    owner = agency or caller.agency
    if owner == "*":
        raise InvalidInputError.of("agency", "missing")
    if not caller.may_see(owner):
        raise NotFoundError("agency")
    return owner


def require_no_body(app: APIGatewayRestResolver) -> None:
    """Where the address says everything, a body would be misunderstood. Raises InvalidInputError naming its members."""
    members = json.loads(app.current_event.raw_event.get("body") or "{}")  # `serve` has read it strictly already
    if members:
        raise InvalidInputError([FieldError(name, "unknown_field") for name in members])


def correlation_id(app: APIGatewayRestResolver) -> str:
    """The caller's X-Correlation-Id where it is well-formed, else the request's own id."""
    return correlation_of(app.current_event.raw_event)


def created(content: Content, *, is_new: bool = True) -> Response[Content]:
    """201 with what was created; a replay is the same answer, marked."""
    headers = {} if is_new else {REPLAYED_HEADER: "true"}
    return Response(status_code=201, content_type=JSON_CONTENT_TYPE, body=content, headers=headers)


def serve(app: APIGatewayRestResolver) -> Callable[[Event, Any], Event]:
    """The Lambda handler of an app: reads the body strictly, adds the headers that every answer has, logs one line."""

    def lambda_handler(event: Event, context: Any) -> Event:
        started = time.monotonic()
        correlate(correlation_of(event))
        try:
            answer = _answer(app, event, context)
            _log(event, answer["statusCode"], started)
        finally:
            flush()
        return answer

    return lambda_handler


# -- the call -------------------------------------------------------------------------------------------------------


def _answer(app: APIGatewayRestResolver, event: Event, context: Any) -> Event:
    try:
        answer = app.resolve(_with_strict_body(event), context)
    except json_body.UnreadableBodyError as error:
        answer = _proxy_answer(event, error.problem)
    except Exception as error:  # whatever breaks beside the handlers is answered as a problem too
        answer = _proxy_answer(event, _internal(error))
    headers = answer["multiValueHeaders"]
    for name, value in {CORRELATION_HEADER: correlation_of(event), **SECURITY_HEADERS}.items():
        headers.setdefault(name, [value])
    return answer


def _with_strict_body(event: Event) -> Event:
    """The event with its body read strictly and written again, so that the validator sees what was checked."""
    text = event.get("body")
    if event["httpMethod"] not in _METHODS_WITH_BODY or not text:
        return event
    if header_of(event, "Content-Type").split(";")[0].strip().lower() not in ("", JSON_CONTENT_TYPE):
        raise json_body.UnreadableBodyError(Problem("unsupported-media-type"))
    body = _body_bytes(text, is_base64=bool(event.get("isBase64Encoded")))
    headers = {name: value for name, value in (event.get("headers") or {}).items() if name.lower() != "content-type"}
    headers["Content-Type"] = JSON_CONTENT_TYPE  # the framework compares it case by case
    return {**event, "headers": headers, "body": json_body.normalise(body), "isBase64Encoded": False}


def _body_bytes(text: str, *, is_base64: bool) -> bytes:
    try:
        return base64.b64decode(text, validate=True) if is_base64 else text.encode()
    except ValueError:
        raise json_body.UnreadableBodyError(Problem("malformed-request")) from None


def _log(event: Event, status: int, started: float) -> None:
    context = event["requestContext"].get("authorizer") or {}
    logger.info(
        "answered",
        extra={
            "method": event["httpMethod"],
            "route": event.get("resource"),
            "status": status,
            "duration_ms": round((time.monotonic() - started) * 1000),
            "agency": context.get("agency"),
            "key_id": context.get("key_id"),
            "actor": context.get("person"),
        },
    )


def _write_json(app: APIGatewayRestResolver, next_middleware: NextMiddleware) -> Response[Any]:
    if unknown := _unknown_parameters(app):
        raise RequestValidationError([{"type": "unknown_parameter", "loc": ("query", name)} for name in unknown])
    response: Response[Any] = next_middleware(app)
    if response.is_json() and not isinstance(response.body, str):
        response.body = json_body.write(response.body)
    return response


def _unknown_parameters(app: APIGatewayRestResolver) -> list[str]:
    """A mistyped parameter must not be taken as left out: the answer would be to another question."""
    route = app.context["_route"]
    if route.rule.pattern == _NO_ROUTE_PATTERN:
        return []
    known = {param.alias for param in route.dependant.query_params}
    return [name for name in app.current_event.query_string_parameters if name not in known]


_NO_ROUTE_PATTERN = r"^.*/*$"  # how the resolver marks what it found no route for


# -- problems -------------------------------------------------------------------------------------------------------


def _problem_of_error(error: MizanError) -> Problem:
    return problem_of(error) if error.slug in KINDS else _internal(error)


def _problem_of_validation(app: APIGatewayRestResolver, error: RequestValidationError) -> Problem:
    errors = error.errors()
    if any(found["loc"][:1] == ("response",) for found in errors):  # our own answer does not fit: the fault is ours
        logger.error("answer does not fit", extra={"found": [(found["loc"], found["type"]) for found in errors]})
        count("InternalError")
        return Problem("internal")
    unknown = [WrongField(name, "unknown_parameter") for name in _unknown_parameters(app)]
    return Problem("invalid-input", errors=list(dict.fromkeys([*wrong_fields(errors), *unknown])))


def _internal(error: Exception) -> Problem:
    logger.error("unexpected", exc_info=error)
    count("InternalError")
    return Problem("internal")


def _respond(app: APIGatewayRestResolver, problem: Problem) -> Response[str]:
    event = app.current_event.raw_event
    return Response(
        status_code=problem.status, content_type=CONTENT_TYPE, body=_document(event, problem), headers=problem.headers
    )


def _proxy_answer(event: Event, problem: Problem) -> Event:
    headers = {"Content-Type": CONTENT_TYPE, **problem.headers}
    return {
        "statusCode": problem.status,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "body": _document(event, problem),
        "isBase64Encoded": False,
    }


def _document(event: Event, problem: Problem) -> str:
    return json_body.write(problem.as_document(correlation_of(event), str(event["requestContext"]["requestId"])))
