"""The issuer's signing keys by their id, held in the process: read from its discovery document and its JWKS.

Sources: OpenID Connect Discovery 1.0 (section 4), RFC 7517 (keys), RFC 7518 (RS256: 3.3, ES256: 3.4).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jwt import PyJWK, PyJWTError

from mizan.adapters.identity.documents import IssuerUnavailableError, fetch_document
from mizan.application.ports_auth import Clock

REFRESH_PAUSE = timedelta(minutes=1)
"""How often an unknown key id may send us to the issuer: anybody can make one up."""

RETRY_PAUSE = timedelta(seconds=5)
"""How often an issuer that did not answer is asked again."""

KEYS_AGE_MAX = timedelta(minutes=10)
"""A key that the issuer withdrew is trusted no longer than this."""

RSA_BITS_MIN = 2048
_PUBLIC_MEMBERS = {"RS256": ("n", "e"), "ES256": ("crv", "x", "y")}
_ALGORITHMS = {("RSA", None): "RS256", ("EC", "P-256"): "ES256"}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key, and the one algorithm that it verifies: a token cannot choose another for it."""

    algorithm: str
    public_key: Any


class IssuerKeys:
    """Asks the issuer when a key id is unknown, and when the keys have grown old."""

    def __init__(self, issuer: str, clock: Clock, *, allow_loopback: bool) -> None:
        self._issuer, self._clock, self._allow_loopback = issuer, clock, allow_loopback
        self._keys: dict[str, SigningKey] = {}
        self._fetched_at: datetime | None = None
        self._failed_at: datetime | None = None

    def find(self, key_id: str) -> SigningKey | None:
        """The key with this id; None where the issuer has none. Raises IssuerUnavailableError where nobody can say."""
        now = self._clock.now()
        if self._is_due(key_id, now):
            self._refresh(now)
        return self._keys.get(key_id)

    def _is_due(self, key_id: str, now: datetime) -> bool:
        if self._fetched_at is None:
            return True
        age = now - self._fetched_at
        return age >= KEYS_AGE_MAX or (key_id not in self._keys and age >= REFRESH_PAUSE)

    def _refresh(self, now: datetime) -> None:
        if self._failed_at is not None and now - self._failed_at < RETRY_PAUSE:
            raise IssuerUnavailableError("it did not answer a moment ago")
        try:
            self._keys = keys_in(self._fetch_set())
        except IssuerUnavailableError:
            self._failed_at = now
            raise
        self._fetched_at, self._failed_at = now, None

    def _fetch_set(self) -> dict[str, Any]:
        url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        discovery = fetch_document(url, allow_loopback=self._allow_loopback)
        if discovery.get("issuer") != self._issuer:
            raise IssuerUnavailableError(f"{url}: it names another issuer")
        return fetch_document(str(discovery.get("jwks_uri")), allow_loopback=self._allow_loopback)


def keys_in(key_set: Mapping[str, Any]) -> dict[str, SigningKey]:
    """The keys of a JWKS that can verify for us; others (encryption, other curves, secrets) are passed over.

    Raises IssuerUnavailableError where not one is left.
    """
    listed = key_set.get("keys")
    found: dict[str, SigningKey] = {}
    for jwk in listed if isinstance(listed, list) else []:
        key = _signing_key(jwk) if isinstance(jwk, dict) else None
        if key is not None and isinstance(jwk.get("kid"), str):
            found.setdefault(jwk["kid"], key)
    if not found:
        raise IssuerUnavailableError("it shows no key that could sign")
    return found


def _signing_key(jwk: Mapping[str, Any]) -> SigningKey | None:
    algorithm = _ALGORITHMS.get((str(jwk.get("kty")), jwk.get("crv")))
    if algorithm is None or jwk.get("alg", algorithm) != algorithm or jwk.get("use", "sig") != "sig":
        return None
    public = {name: jwk.get(name) for name in ("kty", *_PUBLIC_MEMBERS[algorithm])}
    try:
        key = PyJWK(public, algorithm).key
    except (PyJWTError, ValueError, TypeError):
        return None
    if algorithm == "RS256" and key.key_size < RSA_BITS_MIN:
        return None
    return SigningKey(algorithm, key)
