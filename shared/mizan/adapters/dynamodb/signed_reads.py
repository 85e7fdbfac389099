"""Single items read with a signed POST and no SDK: what the authoriser's cold start can afford."""

import http.client
import json
import os
import time
from typing import Any
from urllib.parse import urlsplit

from mizan.adapters.aws.sigv4 import Credentials, signed
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.application.ports_auth import Clock

ATTEMPT_COUNT_MAX = 3
TIMEOUT_SECONDS = 1.2
"""Three attempts and their pauses take under four seconds; with an issuer's five, under the function's ten."""

PAUSE_SECONDS = 0.05
_RETRYABLE = (
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "InternalServerError",
)


class TableReadError(Exception):
    """The table could not be asked. The caller is answered 500, never 401: what they sent may be good."""


class SignedReads:
    """One kept connection; a read may be repeated, so every failure before an answer is tried again."""

    def __init__(self, table: str, clock: Clock) -> None:
        self._table, self._clock = table, clock
        self._region = os.environ.get("AWS_REGION") or os.environ["AWS_DEFAULT_REGION"]
        endpoint = os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") or os.environ.get("AWS_ENDPOINT_URL")
        self._endpoint = urlsplit(endpoint or f"https://dynamodb.{self._region}.amazonaws.com")
        self._connection: http.client.HTTPConnection | None = None

    def head(self, pk: str) -> dict[str, Any] | None:
        """The item `pk` / `HEAD`, read strongly; None where there is none. Raises TableReadError."""
        request = {"TableName": self._table, "Key": pack({"pk": pk, "sk": "HEAD"}), "ConsistentRead": True}
        answer = self._ask(json.dumps(request).encode())
        return unpack(answer["Item"]) if "Item" in answer else None

    def close(self) -> None:
        """Give the connection up; the next read opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, body: bytes) -> dict[str, Any]:
        trouble = ""
        for attempt in range(ATTEMPT_COUNT_MAX):
            if attempt:
                time.sleep(PAUSE_SECONDS * attempt)
            try:
                status, content = self._send(body)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                trouble = type(error).__name__
                continue
            if status == http.client.OK:
                return dict(json.loads(content))
            trouble = _trouble_of(status, content)
            if status < http.client.INTERNAL_SERVER_ERROR and not trouble.endswith(_RETRYABLE):
                break
        raise TableReadError(trouble)

    def _send(self, body: bytes) -> tuple[int, bytes]:
        headers = signed(
            {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.GetItem"},
            body,
            host=self._endpoint.netloc,
            region=self._region,
            service="dynamodb",
            credentials=Credentials.of_environment(),
            now=self._clock.now(),
        )
        if self._connection is None:
            self._connection = self._connect()
        self._connection.request("POST", "/", body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def _connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._endpoint.scheme == "https" else http.client.HTTPConnection
        return kind(self._endpoint.netloc, timeout=TIMEOUT_SECONDS)


def _trouble_of(status: int, content: bytes) -> str:
    try:
        return f"{status} {json.loads(content)['__type']}"
    except (ValueError, KeyError, TypeError):
        return str(status)
