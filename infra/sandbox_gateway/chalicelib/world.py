"""What every part of the sandbox is given: its settings, its store, its clock, and the way it calls back."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from .store import Store


@dataclass(frozen=True, slots=True)
class Settings:
    """`public_url` is where payers reach the sandbox (no trailing slash). `loopback_only` limits what it calls back."""

    state_dir: Path
    public_url: str
    loopback_only: bool = True
    ack_timeout_seconds: float = 10.0
    page_lifetime_seconds: int = 900
    instance: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read SANDBOX_STATE_DIR, SANDBOX_PUBLIC_URL, SANDBOX_LOOPBACK_ONLY and the optional timings."""
        return cls(
            state_dir=Path(environment.get("SANDBOX_STATE_DIR", "/tmp/sandbox-gateway")),  # noqa: S108  # a deployed function's only disk
            public_url=environment.get("SANDBOX_PUBLIC_URL", "http://127.0.0.1:8090").rstrip("/"),
            loopback_only=environment.get("SANDBOX_LOOPBACK_ONLY", "true") != "false",
            ack_timeout_seconds=float(environment.get("SANDBOX_ACK_TIMEOUT_SECONDS", "10")),
            page_lifetime_seconds=int(environment.get("SANDBOX_PAGE_LIFETIME_SECONDS", "900")),
            instance=environment.get("SANDBOX_INSTANCE", ""),
        )


@dataclass(frozen=True, slots=True)
class CallbackReply:
    """What a merchant answered: `status` None when nothing came back in time."""

    status: int | None
    body: str


Post = Callable[[str, bytes, float, Mapping[str, str]], CallbackReply]
"""(address, body, timeout in seconds, headers; a form's where none says otherwise) → the merchant's reply."""


@dataclass(frozen=True, slots=True)
class SentReply:
    """What a biller answered: `status` None when nothing came back in time."""

    status: int | None
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


Send = Callable[[str, bytes, Mapping[str, str], float], SentReply]
"""(address, body, headers, timeout in seconds) → the biller's reply."""


def send_nowhere(url: str, _body: bytes, _headers: Mapping[str, str], _timeout_seconds: float) -> SentReply:
    """A world without a network."""
    return SentReply(None, f"nobody is at {url}")


@dataclass(frozen=True, slots=True)
class World:
    """The sandbox's surroundings; tests replace the clock, the sleep and the post."""

    settings: Settings
    store: Store
    post: Post
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    sleep: Callable[[float], None] = time.sleep
    send: Send = send_nowhere


def day_number(moment: datetime) -> str:
    """Year and day of the year, `2019351`: the start of the gateway's numbers."""
    return moment.strftime("%Y%j")


def new_payment_id(moment: datetime) -> str:
    """18 digits shaped like the gateway's, `100` + day + 8 that nobody can guess from another payment."""
    return f"100{day_number(moment)}{secrets.randbelow(10**8):08d}"


def new_tran_id(moment: datetime) -> str:
    """15 digits: day + 8."""
    return f"{day_number(moment)}{secrets.randbelow(10**8):08d}"


def new_rrn(moment: datetime) -> str:
    """12 digits: last digit of the year, day of the year, hour, and six drawn."""
    return f"{day_number(moment)[3:]}{moment:%H}{secrets.randbelow(10**6):06d}"


def new_auth_code() -> str:
    """Six digits."""
    return f"{secrets.randbelow(10**6):06d}"
