"""The BENEFIT gateway over a scripted line: what is sent, and what every kind of silence means."""

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from mizan.adapters.gateways.benefit import trandata
from mizan.adapters.gateways.benefit.gateway import BenefitGateway
from mizan.adapters.gateways.transport import NO_HEADERS, HttpAnswer, HttpTransport
from mizan.application.ports import InitiationRequest, InitiationStarted, InquiryOutcome, InquiryResult, PaymentGateway
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError
from tests.unit.gateways.accounts import KEY, MORNING, TRACK_ID, account

PAGE = "https://gateway.example/payment/paymentpage.htm?PaymentID=100201935166676976"
REQUEST = InitiationRequest(
    track_id=TRACK_ID,
    amount=10_500,
    currency="BHD",
    notification_url="https://api.example/callbacks/benefit/token",
    error_url="https://api.example/callbacks/benefit/token/error",
)


class ScriptedTransport:
    """Answers what it was given and keeps what it was sent."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self.answer = HttpAnswer(status, body)
        self.sent: list[tuple[str, bytes]] = []

    def exchange(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] = NO_HEADERS) -> HttpAnswer:
        assert method == "POST"
        assert headers == NO_HEADERS
        self.sent.append((url, body))
        return self.answer


def _started() -> bytes:
    return json.dumps([{"status": "1", "result": PAGE}]).encode()


def _inquire(gateway: PaymentGateway) -> InquiryResult:
    return gateway.inquire(account(), track_id=TRACK_ID, amount=10_500, currency="BHD", captured_near=MORNING)


def test_a_purchase_is_sent_as_the_wire_format_says() -> None:
    """An array of one around an array of one: id in clear, the rest in trandata; three decimals; blank udfs."""
    transport = ScriptedTransport(_started())

    result = BenefitGateway(transport).initiate(account(base_url="https://gateway.example/"), REQUEST)

    assert result == InitiationStarted("100201935166676976", PAGE)
    [(url, body)] = transport.sent
    assert url == "https://gateway.example/payment/API/hosted.htm"
    [outer] = json.loads(body)
    assert set(outer) == {"id", "trandata"}
    assert outer["id"] == "10000001"
    assert outer["trandata"] == outer["trandata"].upper()
    [plaintext] = trandata.candidates([KEY], outer["trandata"])
    assert json.loads(plaintext) == [
        {
            "amt": "10.500",
            "action": "1",
            "cardType": "D",
            "password": "password-1",
            "id": "10000001",
            "currencycode": "048",
            "trackId": TRACK_ID,
            "udf1": "",
            "udf2": "",
            "udf3": "",
            "udf4": "",
            "udf5": "",
            "responseURL": "https://api.example/callbacks/benefit/token",
            "errorURL": "https://api.example/callbacks/benefit/token/error",
        }
    ]


def test_an_inquiry_asks_by_track_id() -> None:
    """action 8; udf5 says what transId holds; the word can be configured, as a sister gateway wants another."""
    transport = ScriptedTransport(b'[{"status":"2","error":"IPAY0100263"}]')

    result = _inquire(BenefitGateway(transport, inquiry_selector="TRANID"))

    assert result == InquiryResult(InquiryOutcome.NOT_FOUND, TRACK_ID)
    [(url, body)] = transport.sent
    assert url == "https://gateway.example/payment/API/tranportal.htm"
    [plaintext] = trandata.candidates([KEY], json.loads(body)[0]["trandata"])
    [fields] = json.loads(plaintext)
    asked = {name: fields[name] for name in ("action", "udf5", "transId", "trackId", "amt")}
    assert asked == {"action": "8", "udf5": "TRANID", "transId": TRACK_ID, "trackId": TRACK_ID, "amt": "10.500"}


@pytest.mark.parametrize("status", [302, 400, 500, 503, 504])
def test_any_other_http_status_on_initiation_leaves_the_outcome_unknown(status: int) -> None:
    """A proxy's error page says nothing about what the gateway did."""
    with pytest.raises(OutcomeUnknownError):
        BenefitGateway(ScriptedTransport(b"<html></html>", status)).initiate(account(), REQUEST)


def test_an_unreadable_first_answer_leaves_the_outcome_unknown() -> None:
    """Never a decline."""
    with pytest.raises(OutcomeUnknownError):
        BenefitGateway(ScriptedTransport(b"<html></html>")).initiate(account(), REQUEST)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (503, b"", GatewayUnavailableError),
        (500, b"", OutcomeUnknownError),
        (200, b"<html></html>", OutcomeUnknownError),
        (200, b'[{"status":"1","trandata":"00"}]', OutcomeUnknownError),
        (200, b'[{"status":"2","error":"IPAY0100015"}]', GatewayUnavailableError),
    ],
)
def test_an_inquiry_without_a_readable_answer_raises(status: int, body: bytes, error: type[Exception]) -> None:
    """No result is made up: the sweep asks again."""
    with pytest.raises(error):
        _inquire(BenefitGateway(ScriptedTransport(body, status)))


def test_an_account_that_cannot_be_used_sends_nothing() -> None:
    """A malformed key: nothing can have happened at the gateway."""
    transport = ScriptedTransport(_started())

    with pytest.raises(GatewayUnavailableError):
        BenefitGateway(transport).initiate(account(key="short"), REQUEST)

    assert transport.sent == []


@pytest.mark.parametrize(
    "changes",
    [{"track_id": "pay_1"}, {"notification_url": "https://a.example/?q=1"}, {"error_url": "http://a.example/"}],
)
def test_a_request_that_benefit_would_mangle_sends_nothing(changes: dict[str, str]) -> None:
    """Query strings would be stripped, letters refused: better found here."""
    transport = ScriptedTransport(_started())
    request = InitiationRequest(**{name: getattr(REQUEST, name) for name in REQUEST.__slots__} | changes)

    with pytest.raises(GatewayUnavailableError):
        BenefitGateway(transport).initiate(account(), request)

    assert transport.sent == []


# -- the real line --------------------------------------------------------------------------------------------------


@contextmanager
def _listener(reply: bytes | None) -> Iterator[str]:
    """A server that reads a request and then sends `reply` and closes; with None it stays silent."""
    released = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                if reply is None:
                    released.wait(5)
                else:
                    connection.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        released.set()
        thread.join()


def test_a_refused_connection_means_that_nothing_happened() -> None:
    """The request never left: a retry is safe."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(GatewayUnavailableError):
        HttpTransport().exchange("POST", f"http://127.0.0.1:{port}/x", b"[]")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\npart",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 70_000,
    ],
)
def test_a_line_that_breaks_after_the_request_leaves_the_outcome_unknown(reply: bytes) -> None:
    """Dropped, cut short, not HTTP, or endless: the gateway may have acted."""
    with _listener(reply) as url, pytest.raises(OutcomeUnknownError):
        HttpTransport().exchange("POST", f"{url}/x", b"[]")


def test_a_silent_gateway_leaves_the_outcome_unknown() -> None:
    """A timeout is never a decline."""
    with _listener(None) as url, pytest.raises(OutcomeUnknownError):
        HttpTransport(read_timeout_seconds=0.2).exchange("POST", f"{url}/x", b"[]")


def test_a_whole_answer_is_returned_with_its_status() -> None:
    """Status and bytes, as they came."""
    with _listener(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno") as url:
        answer = HttpTransport().exchange("POST", f"{url}/x", b"[]")

    assert answer == HttpAnswer(404, b"no")


def test_plain_http_to_another_machine_sends_nothing() -> None:
    """Secrets leave only over TLS; loopback is the sandbox."""
    with pytest.raises(GatewayUnavailableError, match="https"):
        HttpTransport().exchange("POST", "http://gateway.example/x", b"[]")
