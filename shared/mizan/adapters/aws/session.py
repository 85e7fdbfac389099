"""One boto3 session per process, one client per service: a session costs 50 ms (measured); clients are thread-safe."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 5
ATTEMPT_COUNT_MAX = 4


@cache
def _session() -> Any:
    return boto3.session.Session()


@cache
def client(service: str) -> Any:
    """The shared low-level client of a service; `AWS_ENDPOINT_URL` points it at the local engine."""
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPT_COUNT_MAX},
    )
    return _session().client(service, config=config)
