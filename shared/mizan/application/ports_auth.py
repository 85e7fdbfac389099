"""What checking a key needs from the world. Kept apart from `ports`: the authoriser loads nothing else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is stored about a key; never the key itself. `agency` is its code, or "*" for a platform role."""

    key_id: str
    agency: str
    role: str
    scopes: tuple[str, ...]
    expires_at: datetime
    is_revoked: bool


class ApiKeys(Protocol):
    def find(self, digest: str) -> ApiKey | None:
        """The key whose SHA-256 (hex) is `digest`. Strongly consistent: a revoked key stops at once."""
        ...


class Clock(Protocol):
    def now(self) -> datetime: ...
