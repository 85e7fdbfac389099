"""Reading a key or a person without an SDK: what is asked, what is tried again, and what is not."""

import http.client
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from mizan.adapters.dynamodb import signed_reads
from mizan.adapters.dynamodb.items import pack
from mizan.adapters.dynamodb.keys import DynamoApiKeys
from mizan.adapters.dynamodb.people import DynamoPeople, person_item
from mizan.adapters.dynamodb.signed_reads import ATTEMPT_COUNT_MAX, SignedReads, TableReadError
from mizan.application.ports_auth import ApiKey, Person
from tests.fakes.clock import FakeClock

ITEM = {
    "pk": "KEY#d",
    "sk": "HEAD",
    "key_id": "key_1",
    "name": "Ministry",
    "agency": "moic",
    "role": "agency",
    "scopes": ["invoices:write"],
    "expires_at": "2027-01-01T00:00:00+00:00",
    "revoked": False,
}
FOUND = (200, json.dumps({"Item": pack(ITEM)}).encode())
HANG_UP = (0, b"")


def error(status: int, name: str) -> tuple[int, bytes]:
    return status, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{name}", "message": "…"}).encode()


class Table:
    """A table that answers what it was told, in order; then the last answer for ever."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = [FOUND]
        self.requests: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.connection_count = 0


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    table = Table()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            table.connection_count += 1

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            table.requests.append((dict(self.headers.items()), body))
            status, content = table.answers.pop(0) if len(table.answers) > 1 else table.answers[0]
            if (status, content) == HANG_UP:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setattr(signed_reads, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(signed_reads, "TIMEOUT_SECONDS", 0.5)
    yield table
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def reads(table: Table) -> Iterator[SignedReads]:
    reads = SignedReads("mizan", FakeClock())
    yield reads
    reads.close()


@pytest.fixture
def keys(reads: SignedReads) -> DynamoApiKeys:
    return DynamoApiKeys(reads)


def test_a_key_is_read_consistently_by_its_hash(table: Table, keys: DynamoApiKeys) -> None:
    """One signed GetItem; what comes back is typed, the expiry aware UTC."""
    key = keys.find("d")

    ((headers, request),) = table.requests
    assert key == ApiKey("key_1", "moic", "agency", ("invoices:write",), datetime(2027, 1, 1, tzinfo=UTC), False)
    assert request == {"TableName": "mizan", "Key": {"pk": {"S": "KEY#d"}, "sk": {"S": "HEAD"}}, "ConsistentRead": True}
    assert headers["X-Amz-Target"] == "DynamoDB_20120810.GetItem"
    assert headers["X-Amz-Date"] == "20260301T090000Z"
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=testing/20260301/me-south-1/dynamodb/")


@pytest.mark.parametrize("limit", [None, 0, 250_000])
def test_a_person_is_read_as_they_were_stored(table: Table, reads: SignedReads, limit: int | None) -> None:
    """Over the same connection and as consistently; a limit of nothing is not the same as none."""
    person = Person("p-1", "https://id.invalid", "*", "finance", ("refunds:approve",), limit, True)
    table.answers = [(200, json.dumps({"Item": pack(person_item(person))}).encode())]

    found = DynamoPeople(reads).find("p-1")

    ((_, request),) = table.requests
    assert found == person
    assert request == {
        "TableName": "mizan",
        "Key": {"pk": {"S": "PER#p-1"}, "sk": {"S": "HEAD"}},
        "ConsistentRead": True,
    }


def test_a_key_that_is_not_there_is_none(table: Table, keys: DynamoApiKeys) -> None:
    """DynamoDB leaves `Item` out."""
    table.answers = [(200, b"{}")]

    assert keys.find("d") is None


def test_the_connection_is_kept_between_calls(table: Table, keys: DynamoApiKeys) -> None:
    """A warm function pays for no handshake."""
    assert keys.find("d") == keys.find("d")
    assert (len(table.requests), table.connection_count) == (2, 1)


@pytest.mark.parametrize(
    "trouble",
    [HANG_UP, error(500, "InternalServerError"), error(400, "ThrottlingException"), (503, b"<html>busy</html>")],
    ids=["hang up", "internal", "throttled", "no JSON"],
)
def test_trouble_that_passes_is_tried_again(table: Table, keys: DynamoApiKeys, trouble: tuple[int, bytes]) -> None:
    """A read may be repeated; a kept connection may have gone stale."""
    table.answers = [trouble, FOUND]

    assert keys.find("d") is not None
    assert len(table.requests) == 2


def test_trouble_that_stays_is_an_error_after_three_attempts(table: Table, keys: DynamoApiKeys) -> None:
    """Bounded: the function has five seconds."""
    table.answers = [error(500, "InternalServerError")]

    with pytest.raises(TableReadError, match="InternalServerError"):
        keys.find("d")
    assert len(table.requests) == ATTEMPT_COUNT_MAX


def test_a_refusal_is_not_tried_again(table: Table, keys: DynamoApiKeys) -> None:
    """A wrong signature or a missing table stays wrong."""
    table.answers = [error(400, "AccessDeniedException")]

    with pytest.raises(TableReadError, match=r"400 .*AccessDeniedException"):
        keys.find("d")
    assert len(table.requests) == 1


def test_without_an_endpoint_it_speaks_tls_to_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address of production is made from the region alone."""
    opened: list[tuple[str, float]] = []

    class Refusing:
        def __init__(self, host: str, timeout: float) -> None:
            opened.append((host, timeout))
            raise OSError("not in a test")

    monkeypatch.setattr(signed_reads, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(http.client, "HTTPSConnection", Refusing)

    with pytest.raises(TableReadError):
        SignedReads("mizan", FakeClock()).head("KEY#d")
    assert set(opened) == {("dynamodb.me-south-1.amazonaws.com", signed_reads.TIMEOUT_SECONDS)}
