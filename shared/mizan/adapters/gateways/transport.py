"""One HTTP exchange of JSON, which knows whether the other side may have seen it. No proxy, no redirect followed."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol
from urllib.parse import urlsplit

from mizan.adapters.gateways.addresses import is_secure_url
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError

CONNECT_TIMEOUT_SECONDS = 3.0
READ_TIMEOUT_SECONDS = 10.0
ANSWER_BYTES_MAX = 64_000
JSON_HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "Connection": "close"}
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    body: bytes


class Transport(Protocol):
    def exchange(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] = NO_HEADERS) -> HttpAnswer:
        """Send a request (a query string in `url` is not sent) and read the whole answer, whatever its status.

        Raises GatewayUnavailableError when nothing was sent, OutcomeUnknownError when no whole answer came back.
        """
        ...


class HttpTransport:
    """Timeouts in seconds: to connect (TLS included), and for each read."""

    def __init__(
        self,
        *,
        connect_timeout_seconds: float = CONNECT_TIMEOUT_SECONDS,  # a wait, not money
        read_timeout_seconds: float = READ_TIMEOUT_SECONDS,
    ) -> None:
        self._connect_timeout_seconds = connect_timeout_seconds
        self._read_timeout_seconds = read_timeout_seconds

    def exchange(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] = NO_HEADERS) -> HttpAnswer:
        """See Transport. An address that is neither https nor on this machine gets nothing."""
        if not is_secure_url(url):
            raise GatewayUnavailableError("the gateway's address is not https")
        connection = self._connect(url)
        try:
            connection.request(method, urlsplit(url).path, body=body or None, headers={**JSON_HEADERS, **headers})
            response = connection.getresponse()
            answer = response.read(ANSWER_BYTES_MAX + 1)
        except (OSError, http.client.HTTPException) as error:
            raise OutcomeUnknownError(f"no answer: {type(error).__name__}") from error
        finally:
            connection.close()
        if len(answer) > ANSWER_BYTES_MAX or response.length:  # `length` is what the header promised and nobody read
            raise OutcomeUnknownError("the answer is cut short or too long")
        return HttpAnswer(response.status, answer)

    def _connect(self, url: str) -> http.client.HTTPConnection:
        """An open connection; until here the gateway has seen no request."""
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self._connect_timeout_seconds)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise GatewayUnavailableError(f"cannot connect: {type(error).__name__}") from error
        connection.sock.settimeout(self._read_timeout_seconds)
        return connection
