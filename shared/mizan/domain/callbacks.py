"""A gateway's delivery, kept as it came before anything is made of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

CALLBACK_SHARD_COUNT = 8
BODY_BYTES_MAX = 64_000
"""Largest body kept whole; a gateway's messages are under 4 KB. A longer one is cut here and quarantined."""


TRACK_HEADER = "mizan-track"
"""Not a header of any gateway: under it the platform notes which attempt's page a browser came back to."""


@dataclass(frozen=True, slots=True)
class RawCallback:
    """`channel`: notification (server to server), error (errorURL), return (the payer's browser). `received_at` UTC.
    `headers`: those that the gateway signs by or names the delivery by (`CallbackManners.kept_headers`), lower case.
    """

    gateway: str
    account_token: str
    channel: str
    body: bytes
    content_type: str
    received_at: datetime
    correlation_id: str
    is_truncated: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        return hashlib.sha256(b"\x1f".join([self.account_token.encode(), self.channel.encode(), self.body])).hexdigest()

    @property
    def shard(self) -> int:
        return int(self.digest[:8], 16) % CALLBACK_SHARD_COUNT

    @property
    def minute(self) -> str:
        return f"{self.received_at:%Y%m%d%H%M}"


@dataclass(frozen=True, slots=True)
class CallbackKey:
    """Where a raw callback is stored; what queues carry instead of its content."""

    pk: str
    sk: str
