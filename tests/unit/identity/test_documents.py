"""Fetching an issuer's document: over TLS, small, soon, and from where it was said to be."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mizan.adapters.identity import documents
from mizan.adapters.identity.documents import DOCUMENT_BYTES_MAX, IssuerUnavailableError, fetch_document

ANSWERS: dict[str, tuple[int, bytes]] = {
    "/good?p=1": (200, b'{"a": 1}'),
    "/moved": (302, b'{"a": 1}'),
    "/broken": (500, b'{"a": 1}'),
    "/list": (200, b"[]"),
    "/html": (200, b"<html>"),
    "/deep": (200, b"[" * 60_000),
    "/latin": (200, b'{"a": "\xff"}'),
    "/large": (200, b'{"a": "' + b"x" * DOCUMENT_BYTES_MAX + b'"}'),
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/silent":
                time.sleep(0.5)
                return
            status, content = ANSWERS.get(self.path, (200, b"{"))
            self.send_response(status)
            self.send_header("Location", "/good?p=1")
            self.end_headers()
            self.wfile.write(content)
            while self.path == "/slow":  # a byte at a time, for as long as anybody reads
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.02)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A reader that hangs up is what some of these tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_document_is_fetched_with_its_query(server: str) -> None:
    """Some issuers tell their key sets apart by it."""
    assert fetch_document(f"{server}/good?p=1", allow_loopback=True) == {"a": 1}


@pytest.mark.parametrize(
    "path", ["/moved", "/broken", "/list", "/html", "/deep", "/latin", "/large", "/slow", "/silent"]
)
def test_what_is_no_document_is_an_outage(server: str, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Also a redirect, which nobody follows; one that never ends is given up in time."""
    monkeypatch.setattr(documents, "WAIT_SECONDS", 0.2)
    monkeypatch.setattr(documents, "DOCUMENT_SECONDS_MAX", 0.2)
    started = time.monotonic()

    with pytest.raises(IssuerUnavailableError):
        fetch_document(server + path, allow_loopback=True)

    assert time.monotonic() - started < 2


def test_an_issuer_that_is_not_there_is_an_outage(server: str) -> None:
    """Nobody listens on port 1."""
    with pytest.raises(IssuerUnavailableError, match="ConnectionRefusedError"):
        fetch_document("http://127.0.0.1:1/good", allow_loopback=True)


@pytest.mark.parametrize(
    ("url", "allow_loopback"),
    [
        ("http://127.0.0.1:1/x", False),
        ("http://id.invalid/x", True),
        ("http://127.0.0.1.id.invalid/x", True),
        ("http://127.0.0.1@id.invalid/x", True),
        ("file:///etc/passwd", True),
        ("https://", True),
        ("https://[/x", True),
        ("None", True),
        ("", True),
    ],
)
def test_without_tls_only_this_machine_is_asked_and_only_where_that_is_allowed(url: str, allow_loopback: bool) -> None:
    """Keys that came in the clear are anybody's keys."""
    with pytest.raises(IssuerUnavailableError, match=r"https is needed|ValueError"):
        fetch_document(url, allow_loopback=allow_loopback)
