"""Between API Gateway and the pages: what a request asks for, and answers that are HTML whatever happens."""

import base64
import secrets
import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from mizan.domain.errors import MizanError, NotFoundError
from mizan.entrypoints.correlation import CORRELATION_HEADER, correlation_of, header_of
from mizan.entrypoints.observability import correlate, count, flush, logger
from mizan.entrypoints.pages.find_page import not_found_page
from mizan.entrypoints.pages.language import choose_language
from mizan.entrypoints.pages.layout import Page, View
from mizan.entrypoints.pages.trouble_page import trouble_page

Event = dict[str, Any]

LANGUAGE_COOKIE = "mizan_lang"
FORM_CONTENT_TYPE = "application/x-www-form-urlencoded"
RESULT_FIELDS = ("trandata", "TransactionIdentifier")
"""By which a form is known to be a gateway's: BENEFIT's, SADAD's."""
TOKEN_BYTES = 18
TOKEN_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def view_of(event: Event, public_url: str, *, form_language: str | None = None, query: str = "") -> View:
    """The page's language and address. `query`: what the language switch keeps of the query."""
    asked = form_language or (event.get("queryStringParameters") or {}).get("lang")
    language = choose_language(asked, _remembered(event), header_of(event, "Accept-Language"))
    return View(language, urlsplit(public_url).path, quote(event["path"]), query)


def show(page: Page, event: Event) -> Response[str]:
    """The page; a language that was chosen by the switch is remembered for the way back from the gateway."""
    headers = dict(page.headers)
    chosen = (event.get("queryStringParameters") or {}).get("lang")
    if chosen in ("ar", "en"):
        headers["Set-Cookie"] = f"{LANGUAGE_COOKIE}={chosen}; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax"
    return Response(page.status, content_type="text/html; charset=utf-8", body=page.html, headers=headers)


def go_to(location: str) -> Response[str]:
    """303: what follows is a GET, and going back does not send a form again."""
    headers = {"Location": location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Response(303, content_type="text/plain", body="", headers=headers)


def new_token() -> str:
    """For one form: makes its submission one attempt, however often it is sent."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def is_token(text: str) -> bool:
    return len(text) == len(new_token()) and TOKEN_CHARACTERS.issuperset(text)


def brought_back(event: Event) -> tuple[bytes, str] | None:
    """What the browser carries back from a gateway, and its content type: the form, or the query as if it were one.

    None where it brings no result (a reload, a cancelled page): there is nothing to keep.
    """
    body = event.get("body") or ""
    posted = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    query = event.get("multiValueQueryStringParameters") or {}
    if any(name.encode() in posted for name in RESULT_FIELDS):
        return posted, header_of(event, "Content-Type")
    if any(name in query for name in RESULT_FIELDS):
        return urlencode(query, doseq=True).encode(), FORM_CONTENT_TYPE
    return None


def install_pages(app: APIGatewayRestResolver, public_url: Callable[[], str]) -> None:
    """Whatever goes wrong in a route is a page too: the number to check, or the number for the help desk."""

    def not_found(_: Exception) -> Response[str]:
        event: Event = app.current_event.raw_event
        return show(not_found_page(view_of(event, public_url()), ""), event)

    def trouble(error: Exception) -> Response[str]:
        event: Event = app.current_event.raw_event
        is_known = isinstance(error, MizanError)
        logger.error("refused" if is_known else "unexpected", exc_info=error)
        count("PayPageTrouble" if is_known else "InternalError")
        view = view_of(event, public_url())
        return show(trouble_page(view, correlation_of(event), status=503 if is_known else 500), event)

    app.not_found(not_found)
    app.exception_handler(NotFoundError)(not_found)
    app.exception_handler(Exception)(trouble)


def serve_pages(app: APIGatewayRestResolver) -> Callable[[Event, Any], Event]:
    """The Lambda handler of an app of pages: one log line per request, under its correlation id."""

    def lambda_handler(event: Event, context: Any) -> Event:
        started = time.monotonic()
        correlate(correlation_of(event))
        try:
            answer = app.resolve(event, context)
            answer["multiValueHeaders"].setdefault(CORRELATION_HEADER, [correlation_of(event)])
            spent = round((time.monotonic() - started) * 1000)
            line = {"method": event["httpMethod"], "route": event.get("resource"), "status": answer["statusCode"]}
            logger.info("answered", extra={**line, "duration_ms": spent})
        finally:
            flush()
        return answer

    return lambda_handler


def _remembered(event: Event) -> str | None:
    try:
        cookie = SimpleCookie(header_of(event, "Cookie")).get(LANGUAGE_COOKIE)
    except CookieError:
        return None
    return cookie.value if cookie else None
