"""Who is behind an API key? Every no is the same no: unknown, expired and revoked look alike from outside."""

import hashlib
import re

from mizan.application.ports_auth import ApiKey, ApiKeys, Clock
from mizan.domain.errors import UnauthenticatedError

KEY_PREFIX = "mzk_"
_KEY = re.compile(rf"{KEY_PREFIX}[A-Za-z0-9_-]{{43}}")


def authenticate(key: str, *, keys: ApiKeys, clock: Clock) -> ApiKey:
    """The stored key. Raises UnauthenticatedError; what has not a key's shape costs no look-up."""
    if _KEY.fullmatch(key) is None:
        raise UnauthenticatedError("not a key")
    found = keys.find(digest_of(key))
    if found is None:
        raise UnauthenticatedError("unknown key")
    if found.is_revoked or found.expires_at <= clock.now():
        raise UnauthenticatedError("expired or revoked key")
    return found


def digest_of(key: str) -> str:
    """What is stored of a key: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()
