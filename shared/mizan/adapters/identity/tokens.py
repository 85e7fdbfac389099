"""Personal tokens of an OpenID Connect issuer: signature, issuer, audience, times and subject, in that order.

Sources: RFC 7519 (claims: 4.1), RFC 8725 (best practice: one algorithm per key, 3.1; issuer and audience, 3.8, 3.9).
Imports PyJWT and cryptography: only a call with a token loads this module, never one with a key.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import jwt

from mizan.adapters.identity.key_set import IssuerKeys
from mizan.application.ports_auth import Clock, Identity
from mizan.domain.errors import UnauthenticatedError

ALGORITHMS = frozenset({"RS256", "ES256"})
"""Never `none`, never a shared secret: with HS256 an issuer's public key would be everybody's signing key."""

TOKEN_LENGTH_MAX = 8192
LEEWAY = timedelta(seconds=60)
_KEY_ID_LENGTH_MAX = 256
_SUBJECT = re.compile(r"[\x21-\x7e]{1,255}")  # OpenID Connect Core, section 2: at most 255 ASCII characters


class OidcTokens:
    """Trusts one issuer, for tokens made for one audience. `allow_loopback`: http, on this machine alone."""

    def __init__(self, issuer: str, audience: str, clock: Clock, *, allow_loopback: bool) -> None:
        self._issuer, self._audience, self._clock = issuer, audience, clock
        self._keys = IssuerKeys(issuer, clock, allow_loopback=allow_loopback)

    def identity_in(self, token: str) -> Identity:
        claims = self._verified(token)
        self._refuse_wrong_times(claims)
        subject = claims["sub"]
        if not isinstance(subject, str) or _SUBJECT.fullmatch(subject) is None:
            raise UnauthenticatedError("no usable subject")
        return Identity(self._issuer, subject)

    def _verified(self, token: str) -> Mapping[str, Any]:
        """The claims behind a good signature. The key decides about the algorithm; the header only has to agree."""
        algorithm, key_id = _header_of(token)
        key = self._keys.find(key_id)
        if key is None:
            raise UnauthenticatedError("unknown signing key")
        if key.algorithm != algorithm:
            raise UnauthenticatedError("another algorithm than the key's")
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key.public_key,
                algorithms=[key.algorithm],
                issuer=self._issuer,
                audience=self._audience,
                options={
                    "require": ["exp", "iat", "iss", "aud", "sub"],
                    "verify_exp": False,  # the times are ours to judge, by our own clock
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise UnauthenticatedError(f"token refused: {type(error).__name__}") from None
        return claims

    def _refuse_wrong_times(self, claims: Mapping[str, Any]) -> None:
        """NumericDates in whole seconds: NaN and its like compare with nothing, and would never expire."""
        now, leeway = int(self._clock.now().timestamp()), int(LEEWAY.total_seconds())
        starts = [claims["iat"], *([claims["nbf"]] if "nbf" in claims else [])]
        if not all(type(instant) is int for instant in (claims["exp"], *starts)):
            raise UnauthenticatedError("a time that is no whole second")
        if claims["exp"] + leeway <= now:
            raise UnauthenticatedError("expired token")
        if any(instant - leeway > now for instant in starts):
            raise UnauthenticatedError("token of the future")


def _header_of(token: str) -> tuple[str, str]:
    """Algorithm and key id, unverified: they only choose the key. Raises UnauthenticatedError before any look-up."""
    if len(token) > TOKEN_LENGTH_MAX:
        raise UnauthenticatedError("token too long")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise UnauthenticatedError("not a token") from None
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise UnauthenticatedError("an algorithm that is not taken")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= _KEY_ID_LENGTH_MAX:
        raise UnauthenticatedError("no signing key named")
    return algorithm, key_id
