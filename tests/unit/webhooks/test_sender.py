"""Sending over real sockets: to the checked address, by one deadline, believing only a readable 2xx."""

import socket
import time
from pathlib import Path

import pytest

from mizan.adapters.notifications.sender import HttpWebhookSender
from mizan.application.ports_webhooks import SendResult
from tests.unit.webhooks.receivers import LOOPBACK, Receiver, answering, certificate_for, dripping_receiver

BODY = '{"reference":"سجل"}'.encode()
SIGNED = {"webhook-id": "evt_1", "webhook-timestamp": "1", "webhook-signature": "v1,abc"}


def to_loopback(host: str, port: int) -> list[str]:
    return [LOOPBACK]


def sender(timeout_seconds: float = 5.0) -> HttpWebhookSender:
    return HttpWebhookSender(allow_loopback=True, timeout_seconds=timeout_seconds, resolve=to_loopback)


def test_posts_the_very_bytes_with_the_signed_headers() -> None:
    """What is signed is what arrives, as JSON, at the path and query that the agency gave."""
    with Receiver(204).serving() as receiver:
        result = sender().send(f"http://127.0.0.1:{receiver.port}/hooks?a=1", SIGNED, BODY)

    ((path, headers, body),) = receiver.posts
    assert result == SendResult(204)
    assert result.is_accepted
    assert (path, body) == ("/hooks?a=1", BODY)
    assert headers.items() >= SIGNED.items()
    assert headers["host"] == f"127.0.0.1:{receiver.port}"
    assert headers["content-type"] == "application/json"


def test_redirect_is_an_answer_and_is_not_followed() -> None:
    """A receiver must not be able to send our request on to an address that nobody checked."""
    with Receiver().serving() as inside, Receiver(307, f"http://127.0.0.1:{inside.port}/").serving() as receiver:
        result = sender().send(f"http://127.0.0.1:{receiver.port}/", SIGNED, BODY)

    assert result == SendResult(307)
    assert not result.is_accepted
    assert inside.posts == []


def test_name_is_resolved_once_and_the_checked_address_is_used() -> None:
    """DNS rebinding: a name that answers public at the check and private at the connection gains nothing."""
    answers = [[LOOPBACK], ["10.0.0.1"]]
    rebinding = HttpWebhookSender(allow_loopback=True, resolve=lambda host, port: answers.pop(0))

    with Receiver().serving() as receiver:
        result = rebinding.send(f"http://rebinding.example:{receiver.port}/", SIGNED, BODY)

    assert result == SendResult(200)
    assert answers == [["10.0.0.1"]]
    assert receiver.posts[0][1]["host"] == f"rebinding.example:{receiver.port}"


def test_private_address_is_not_connected_to() -> None:
    """The check is made again at every sending: a name may have moved since it was registered."""
    moved = HttpWebhookSender(resolve=to_loopback)

    with Receiver().serving() as receiver:
        result = moved.send(f"https://moved.example:{receiver.port}/", SIGNED, BODY)

    assert result == SendResult(None, "url_not_public")
    assert receiver.posts == []


def test_tls_holds_the_name_against_the_certificate(tmp_path: Path) -> None:
    """The connection goes to an address, but the certificate must be for the name."""
    server_tls, client_tls = certificate_for("hooks.example", tmp_path)
    secure = HttpWebhookSender(allow_loopback=True, resolve=to_loopback, tls=client_tls)

    with Receiver().serving(server_tls) as receiver:
        right = secure.send(f"https://hooks.example:{receiver.port}/", SIGNED, BODY)
        wrong = secure.send(f"https://other.example:{receiver.port}/", SIGNED, BODY)

    assert right == SendResult(200)
    assert wrong == SendResult(None, "tls")
    assert len(receiver.posts) == 1


def test_certificate_of_an_unknown_authority_is_refused(tmp_path: Path) -> None:
    """Without a context of its own the sender trusts the system's authorities only."""
    server_tls, _ = certificate_for("hooks.example", tmp_path)

    with Receiver().serving(server_tls) as receiver:
        result = sender().send(f"https://hooks.example:{receiver.port}/", SIGNED, BODY)

    assert result == SendResult(None, "tls")
    assert receiver.posts == []


def test_receiver_that_drips_is_cut_off_by_the_deadline() -> None:
    """Bytes that keep coming do not keep us: the deadline is one for the whole exchange."""
    with dripping_receiver(0.05) as port:
        start = time.monotonic()
        result = sender(0.4).send(f"http://127.0.0.1:{port}/", SIGNED, BODY)
        took = time.monotonic() - start

    assert result == SendResult(None, "timeout")
    assert took < 2


def test_receiver_that_never_answers_is_cut_off() -> None:
    """A connection that is taken and left alone ends by the deadline."""
    with socket.create_server((LOOPBACK, 0)) as silent:
        result = sender(0.3).send(f"http://127.0.0.1:{silent.getsockname()[1]}/", SIGNED, BODY)

    assert result == SendResult(None, "timeout")


def test_closed_port_is_unreachable() -> None:
    """Nothing listens: a failure to try again, not an exception."""
    with socket.create_server((LOOPBACK, 0)) as closing:
        port = closing.getsockname()[1]

    assert sender().send(f"http://127.0.0.1:{port}/", SIGNED, BODY) == SendResult(None, "unreachable")


@pytest.mark.parametrize(
    ("answer", "error"),
    [(b"SSH-2.0-OpenSSH\r\n", "unreadable"), (b"HTTP/1.1 abc\r\n\r\n", "unreadable"), (b"", "unreachable")],
)
def test_what_is_not_http_is_not_success(answer: bytes, error: str) -> None:
    """Only a status that can be read counts."""
    with answering(answer) as port:
        result = sender().send(f"http://127.0.0.1:{port}/", SIGNED, BODY)

    assert result == SendResult(None, error)


def test_next_address_is_tried_when_the_first_does_not_take_the_connection() -> None:
    """A name with an IPv6 address that this network cannot reach still has its IPv4 one."""
    both = HttpWebhookSender(allow_loopback=True, resolve=lambda host, port: ["::1", LOOPBACK])

    with Receiver().serving() as receiver:
        result = both.send(f"http://two.example:{receiver.port}/", SIGNED, BODY)

    assert result == SendResult(200)
