"""An issuer that a test plays: its keys, its documents, and tokens right and wrong."""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from mizan.adapters.identity.documents import IssuerUnavailableError
from tests.fakes.clock import NOON

ISSUER, AUDIENCE, SUBJECT = "https://id.invalid/realm", "mizan", "p-1"
EC_KEY, OTHER_EC_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NOW = int(NOON.timestamp())
CLAIMS = {"iss": ISSUER, "aud": AUDIENCE, "sub": SUBJECT, "iat": NOW, "nbf": NOW, "exp": NOW + 300}


def jwk_of(private_key: Any, kid: str, **changes: Any) -> dict[str, Any]:
    """The public half as a JWKS lists it; `changes` with None take a member out."""
    algorithm = RSAAlgorithm if isinstance(private_key, rsa.RSAPrivateKey) else ECAlgorithm
    public: dict[str, Any] = algorithm.to_jwk(private_key.public_key(), as_dict=True)
    members = {**public, "kid": kid, "use": "sig", **changes}
    return {name: value for name, value in members.items() if value is not None}


def token(
    changes: dict[str, Any] | None = None, *, key: Any = EC_KEY, algorithm: str = "ES256", kid: str | None = "ec"
) -> str:
    """A good token, but for `changes` of its claims (None takes one out) and what else is named."""
    claims = {name: value for name, value in (CLAIMS | (changes or {})).items() if value is not None}
    return jwt.encode(claims, key, algorithm, headers={} if kid is None else {"kid": kid})


def raw_token(header: Any, claims: Any = None, *, secret: bytes = b"") -> str:
    """What no library would make: any header, signed with HMAC-SHA256 of `secret`, or not at all."""
    parts = ".".join(_encoded(json.dumps(part).encode()) for part in (header, CLAIMS if claims is None else claims))
    signature = _encoded(hmac.digest(secret, parts.encode(), hashlib.sha256)) if secret else ""
    return f"{parts}.{signature}"


def public_pem(private_key: Any) -> bytes:
    """The public key as everybody can download it."""
    pem: bytes = private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class PretendIssuer:
    """Stands where documents are fetched. `asked` keeps the addresses; `is_away` makes every fetch fail."""

    def __init__(self) -> None:
        self.keys = [jwk_of(EC_KEY, "ec"), jwk_of(RSA_KEY, "rsa")]
        self.issuer = ISSUER
        self.is_away = False
        self.asked: list[str] = []

    @property
    def refresh_count(self) -> int:
        """How often its keys were asked for."""
        return sum(url.endswith("/openid-configuration") for url in self.asked)

    def fetch(self, url: str, *, allow_loopback: bool) -> dict[str, Any]:
        self.asked.append(url)
        if self.is_away:
            raise IssuerUnavailableError(url)
        documents: dict[str, dict[str, Any]] = {
            f"{ISSUER}/.well-known/openid-configuration": {"issuer": self.issuer, "jwks_uri": f"{ISSUER}/jwks"},
            f"{ISSUER}/jwks": {"keys": self.keys},
        }
        return documents[url]
