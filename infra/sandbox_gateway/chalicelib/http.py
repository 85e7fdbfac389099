"""Requests and replies as plain values, and the one outgoing call the sandbox makes."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from .errors import ControlError
from .world import CallbackReply, SentReply

DROP_CONNECTION = "X-Sandbox-Drop-Connection"
"""A reply with this header is never sent: the local server closes the line instead."""
REPLY_BYTES_MAX = 64_000


@dataclass(frozen=True, slots=True)
class Inbound:
    """A request: path values, query values, raw body; method, address and headers for what is signed over them."""

    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    method: str = ""
    target: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """By its name in lower case; empty when absent."""
        return next((value for key, value in self.headers.items() if key.lower() == name), "")

    def form(self) -> dict[str, str]:
        """The body as a URL-encoded form; the first value of a name counts."""
        pairs = parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return dict(reversed(pairs))

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object. Raises ControlError 400."""
        try:
            document = json.loads(self.body or b"{}")
        except ValueError as error:
            raise ControlError(400, "not_json", "the body is not JSON") from error
        if not isinstance(document, dict):
            raise ControlError(400, "not_an_object", "the body is a JSON object")
        return document


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `body` is already text."""

    status: int
    body: str
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)


def json_reply(document: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(document, ensure_ascii=False), "application/json")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_keywords: Any) -> None:
        """A merchant's redirect is not followed: the acknowledgement is in the body or nowhere."""


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def post_form(url: str, body: bytes, timeout_seconds: float, headers: Mapping[str, str]) -> CallbackReply:
    """POST a form (or what `headers` say it is) and read the reply; no redirect, no proxy. Never raises for what the
    merchant does.
    """
    sent = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "sandbox-gateway", **headers}
    request = urllib.request.Request(url, data=body, headers=sent, method="POST")  # noqa: S310  # urls.may_be_called
    try:
        with _OPENER.open(request, timeout=timeout_seconds) as response:
            return CallbackReply(response.status, response.read(REPLY_BYTES_MAX).decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        with error:
            return CallbackReply(error.code, error.read(REPLY_BYTES_MAX).decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException) as error:
        return CallbackReply(None, type(error).__name__)


def send(url: str, body: bytes, headers: Mapping[str, str], timeout_seconds: float) -> SentReply:
    """POST a body as it is; no redirect, no proxy. Never raises for what the other side does."""
    request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")  # noqa: S310  # urls.may_be_called
    try:
        with _OPENER.open(request, timeout=timeout_seconds) as response:
            return _sent(response.status, response)
    except urllib.error.HTTPError as error:
        with error:
            return _sent(error.code, error)
    except (OSError, http.client.HTTPException) as error:
        return SentReply(None, type(error).__name__)


def _sent(status: int, response: Any) -> SentReply:
    return SentReply(status, response.read(REPLY_BYTES_MAX).decode("utf-8", "replace"), dict(response.headers.items()))
