"""The platform's API as an agency's system calls it."""

import time
from typing import Any

import httpx

PAUSES_SECONDS = (1, 3)


class ApiError(Exception):
    """An answer that the caller did not expect; the message holds the status and the problem's text."""


class Api:
    """`key` is an API key. Every method answers the JSON body; a status other than `expect` raises ApiError."""

    def __init__(
        self, base_url: str, key: str, *, correlation_id: str | None = None, timeout_seconds: int = 30
    ) -> None:
        headers = {"X-Api-Key": key} | ({"X-Correlation-Id": correlation_id} if correlation_id else {})
        self._client = httpx.Client(base_url=base_url, headers=headers, timeout=timeout_seconds, trust_env=False)

    def get(self, path: str, *, expect: int = 200, **query: Any) -> Any:
        return self._json(self._client.get(path, params=query), expect)

    def post(self, path: str, body: Any = None, *, idempotency_key: str | None = None, expect: int = 200) -> Any:
        """Where no answer came back (502) and a key says that it is the same request, it is made again."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        response = self._client.post(path, json=body, headers=headers)
        for pause in PAUSES_SECONDS if idempotency_key else ():
            if response.status_code != httpx.codes.BAD_GATEWAY:
                break
            time.sleep(pause)
            response = self._client.post(path, json=body, headers=headers)
        return self._json(response, expect)

    def delete(self, path: str) -> None:
        self._check(self._client.delete(path), httpx.codes.NO_CONTENT)

    def download(self, path: str) -> bytes:
        response = self._client.get(path, follow_redirects=True)
        self._check(response, 200)
        return response.content

    def find(self, path: str) -> Any | None:
        """The body, or None where there is nothing (404)."""
        response = self._client.get(path)
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        return self._json(response, 200)

    def close(self) -> None:
        self._client.close()

    def _json(self, response: httpx.Response, expect: int) -> Any:
        self._check(response, expect)
        return response.json()

    @staticmethod
    def _check(response: httpx.Response, expect: int) -> None:
        if response.status_code != expect:
            request = response.request
            raise ApiError(f"{request.method} {request.url} answered {response.status_code}: {response.text[:600]}")
