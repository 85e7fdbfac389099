"""What checking a key or a person needs from the world. Kept apart from `ports`: the authoriser loads nothing else."""

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


@dataclass(frozen=True, slots=True)
class Person:
    """What administration granted to a subject of an issuer. `agency` is its code, or "*" for a platform role.

    `approval_limit` is the largest amount, in fils, that they may approve at once; None: no limit was set.
    """

    subject: str
    issuer: str
    agency: str
    role: str
    scopes: tuple[str, ...]
    approval_limit: int | None
    is_active: bool

    @property
    def key_id(self) -> str:
        """What stands where a key's id would; no key's id has a colon."""
        return f"sub:{self.subject}"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a token proves: a subject is unique within its issuer alone."""

    issuer: str
    subject: str


class ApiKeys(Protocol):
    def find(self, digest: str) -> ApiKey | None:
        """The key whose SHA-256 (hex) is `digest`. Strongly consistent: a revoked key stops at once."""
        ...


class People(Protocol):
    def find(self, subject: str) -> Person | None:
        """What the subject was granted. Strongly consistent: a revoked person stops at once."""
        ...


class PersonalTokens(Protocol):
    def identity_in(self, token: str) -> Identity:
        """Whom the token proves, now. Raises UnauthenticatedError where it proves nobody; any other error where the
        issuer cannot be asked, for then the token may be good."""
        ...


class Clock(Protocol):
    def now(self) -> datetime: ...
