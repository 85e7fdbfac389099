"""POSTs webhooks over HTTP/1.1: to the checked address, within one deadline for everything, no redirects, no cookies.

`http.client` frames and reads the messages; the connection is made here, because it must go to the address that was
checked, and because a socket's own timeout starts anew with every byte that a slow receiver drips.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from functools import cache

from mizan.adapters.notifications.targets import (
    ForbiddenTargetError,
    Resolve,
    Target,
    resolve_addresses,
    resolve_target,
)
from mizan.application.ports_webhooks import SendResult

TIMEOUT_SECONDS = 5.0
USER_AGENT = "Mizan-Webhooks/1"
CONTENT_TYPE = "application/json"


@cache
def default_tls() -> ssl.SSLContext:
    """The system's authorities, host names checked; built once, it costs 20 ms."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class HttpWebhookSender:
    """Implements `WebhookSender`. A redirect is an answer like any other: not a success."""

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        timeout_seconds: float = TIMEOUT_SECONDS,
        resolve: Resolve = resolve_addresses,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_loopback, self._timeout_seconds = allow_loopback, timeout_seconds
        self._resolve, self._tls = resolve, tls

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> SendResult:
        try:
            target = resolve_target(url, allow_loopback=self._allow_loopback, resolve=self._resolve)
            return SendResult(self._post(target, headers, body))
        except ForbiddenTargetError as error:
            return SendResult(None, error.code)
        except ssl.SSLError:
            return SendResult(None, "tls")
        except TimeoutError:
            return SendResult(None, "timeout")
        except OSError:
            return SendResult(None, "unreachable")
        except (http.client.HTTPException, ValueError):
            return SendResult(None, "unreadable")

    def _post(self, target: Target, headers: Mapping[str, str], body: bytes) -> int:
        """The status. The answer's body is nobody's business and is not read."""
        deadline = _Deadline(self._timeout_seconds)
        exchange = http.client.HTTPConnection(target.host, target.port)
        link = _DeadlineSocket(self._connect(target, deadline), deadline)
        exchange.sock = link  # http.client uses its sendall, makefile and close only
        try:
            own = {"Host": target.authority, "User-Agent": USER_AGENT, "Content-Type": CONTENT_TYPE}
            exchange.request("POST", target.path, body, {**own, "Connection": "close", **headers})
            return exchange.getresponse().status
        finally:
            exchange.close()
            link.close()

    def _connect(self, target: Target, deadline: "_Deadline") -> socket.socket:
        failure: OSError = OSError("no address")
        for address in target.addresses:
            try:
                link = socket.create_connection((address, target.port), timeout=deadline.left())
            except TimeoutError:
                raise
            except OSError as error:
                failure = error
                continue
            return self._secure(link, target) if target.is_tls else link
        raise failure

    def _secure(self, link: socket.socket, target: Target) -> socket.socket:
        """TLS for the name that was asked for, whatever the address. The handshake is held to the socket's timeout."""
        try:
            return (self._tls or default_tls()).wrap_socket(link, server_hostname=target.host)
        except BaseException:
            link.close()
            raise


class _Deadline:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until the end, above zero. Raises TimeoutError after it."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the deadline is over")
        return seconds


class _DeadlineSocket:
    """A socket whose every operation ends by the deadline, in the shape that `http.client` uses."""

    def __init__(self, link: socket.socket, deadline: _Deadline) -> None:
        self._link, self._deadline = link, deadline

    def sendall(self, content: bytes) -> None:
        self._link.settimeout(self._deadline.left())
        self._link.sendall(content)

    def receive(self, buffer: memoryview) -> int:
        self._link.settimeout(self._deadline.left())
        return self._link.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_DeadlineReader(self))

    def close(self) -> None:
        self._link.close()


class _DeadlineReader(io.RawIOBase):
    """Reads from the socket and leaves closing it to who made it."""

    def __init__(self, link: _DeadlineSocket) -> None:
        self._link = link

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # narrower than the stub's Buffer
        return self._link.receive(buffer)
