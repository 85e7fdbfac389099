"""A stable address before the engine: the API's id changes between deployments, people's links must not.

Bytes pass unchanged both ways: path, query, headers and body, never a redirect followed.
"""

import http.client
import json
import threading
import uuid
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from infra.local.ports import LOOPBACK

_BODY_LIMIT_BYTES = 10 * 1024 * 1024  # API Gateway's own
_UPSTREAM_SECONDS = 35.0  # API Gateway gives an integration 29
_IN_FLIGHT_MAX = 6
"""Calls that the engine works on at once; more wait their turn. It starts a process per concurrent call, and forty cold
starts on a laptop's few cores would outlast every timeout."""
_HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512
    allow_reuse_address = True
    upstream: "Upstream"
    turns = threading.BoundedSemaphore(_IN_FLIGHT_MAX)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is not news."""


class Upstream:
    """The engine's address and the API's path under it; `prefix` is None until a deployment is there."""

    def __init__(self, port: int, prefix: Callable[[], str | None]) -> None:
        self.port = port
        self.prefix = prefix


class _Relay(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 75
    server: _Server
    _connection: http.client.HTTPConnection | None = None

    def _relay(self) -> None:
        prefix = self.server.upstream.prefix()
        body = self._body()
        if body is None:
            return
        if prefix is None:
            self._problem(503, "starting", "The platform is starting", "المنصة قيد التشغيل")
            return
        if not self.path.startswith("/"):
            self._problem(400, "invalid-input", "The address cannot be used", "تعذّر استخدام العنوان")
            return
        try:
            with self.server.turns:
                answer = self._ask(prefix + self.path, body)
                content = answer.read()
        except (OSError, http.client.HTTPException):
            self._drop_connection()
            self._problem(502, "unreachable", "The platform cannot be reached", "تعذّر الوصول إلى المنصة")
            return
        self._answer(answer, content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _relay  # noqa: N815 - names of http.server

    def _body(self) -> bytes | None:
        """The request's body; None when it was refused and answered."""
        if "transfer-encoding" in self.headers:
            self.close_connection = True
            self._problem(411, "invalid-input", "Send a Content-Length", "أرسل Content-Length")
            return None
        length = self.headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit():
            self.close_connection = True
            self._problem(400, "invalid-input", "Content-Length is not a number", "قيمة Content-Length ليست رقمًا")
            return None
        if int(length) > _BODY_LIMIT_BYTES:
            self.close_connection = True
            self._problem(413, "too-large", "Request too large", "الطلب كبير جدًا")
            return None
        return self.rfile.read(int(length))

    def _ask(self, path: str, body: bytes) -> http.client.HTTPResponse:
        """Ask the engine over this client's own connection, once more when the kept connection had gone stale."""
        kept = self._connection is not None
        try:
            return self._ask_once(path, body)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self._drop_connection()
            if not kept:
                raise
            return self._ask_once(path, body)

    def _ask_once(self, path: str, body: bytes) -> http.client.HTTPResponse:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                LOOPBACK, self.server.upstream.port, timeout=_UPSTREAM_SECONDS
            )
        upstream = self._connection
        upstream.putrequest(self.command, path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                upstream.putheader(name, value)
        upstream.endheaders(body or None)
        return upstream.getresponse()

    def _answer(self, answer: http.client.HTTPResponse, content: bytes) -> None:
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP | {"content-length"}:
                self.send_header(name, value)
        bodiless = answer.status in (204, 304)
        if self.command == "HEAD":
            self.send_header("Content-Length", answer.getheader("content-length") or "0")
        elif not bodiless:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD" and not bodiless:
            self.wfile.write(content)

    def _problem(self, status: int, slug: str, title: str, title_ar: str) -> None:
        identity = str(uuid.uuid4())
        problem = {
            "type": f"https://mizan.invalid/problems/{slug}",
            "title": title,
            "title_ar": title_ar,
            "status": status,
            "detail": title,
            "detail_ar": title_ar,
            "instance": f"urn:mizan:request:{identity}",
            "correlation_id": identity,
            "errors": [],
        }
        content = json.dumps(problem, ensure_ascii=False).encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/problem+json")
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def finish(self) -> None:
        """The client is done, so is its connection to the engine."""
        self._drop_connection()
        super().finish()

    def log_message(self, *_: Any) -> None:
        """The functions log; the relay does not."""


class Front:
    """Serves the API on its stable port, in threads of this process."""

    def __init__(self, port: int, upstream: Upstream) -> None:
        self._server = _Server((LOOPBACK, port), _Relay)
        self._server.upstream = upstream
        self._thread = threading.Thread(target=self._server.serve_forever, name="front", daemon=True)
        self.url = f"http://{LOOPBACK}:{port}"

    def start(self) -> None:
        """Serve from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
