"""A development issuer of personal tokens, so that people exist on a laptop. Not an identity provider: it knows four
sample people and their sample passwords, and answers this machine alone.

issuer = LocalIssuer(8060, Path(".mizan/issuer"))
issuer.start()
issuer.admit({"finance_maker": LocalPerson("local-finance-maker", "password")})
issuer.token_for("local-finance-maker")
"""

import hashlib
import hmac
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from jwt.algorithms import ECAlgorithm

from infra.local.ports import LOOPBACK
from infra.local.state import write_private

AUDIENCE = "mizan-local"
TOKEN_LIFETIME = timedelta(hours=12)
_ALGORITHM = "ES256"
_FORM_BYTES_MAX = 4096
_DISCOVERY, _KEYS, _TOKEN = "/.well-known/openid-configuration", "/jwks", "/token"


@dataclass(frozen=True)
class LocalPerson:
    """One who can get a token: `subject` is their `sub`; the password is a sample, in no `repr`."""

    subject: str
    password: str = field(repr=False)


class LocalIssuer:
    """Serves discovery, key set and `POST /token` on loopback, in threads of this process; its key is in `folder`."""

    def __init__(self, port: int, folder: Path) -> None:
        self.url = f"http://{LOOPBACK}:{port}"
        self.token_url = self.url + _TOKEN
        self._port = port
        self._key = _key_in(folder / "signing-key.pem")
        public = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self._kid = hashlib.sha256(public).hexdigest()[:16]
        self._people: dict[str, LocalPerson] = {}
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        """Serve from now on. Raises OSError where the port is taken."""
        self._server = _Server((LOOPBACK, self._port), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="issuer", daemon=True).start()

    def stop(self) -> None:
        """Stop serving and free the port. Does nothing where it does not serve."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def admit(self, people: Mapping[str, LocalPerson]) -> None:
        """From now on these, by their user names, and nobody else."""
        self._people = dict(people)

    def token_for(self, subject: str, *, lifetime: timedelta = TOKEN_LIFETIME) -> str:
        """A token that proves the subject to the local platform."""
        now = datetime.now(UTC)
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
        }
        return jwt.encode(claims, self._key, _ALGORITHM, headers={"kid": self._kid})

    def document(self, path: str) -> dict[str, Any] | None:
        """What is served at a path; None where there is nothing."""
        return {_DISCOVERY: self._discovery(), _KEYS: self._key_set()}.get(path)

    def grant(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and body of a token request (RFC 6749, sections 4.3, 5.1 and 5.2)."""
        if form.get("grant_type") != "password":
            return 400, {"error": "unsupported_grant_type"}
        person = self._people.get(form.get("username", ""))
        if person is None or not hmac.compare_digest(person.password.encode(), form.get("password", "").encode()):
            return 400, {"error": "invalid_grant"}
        seconds = int(TOKEN_LIFETIME.total_seconds())
        return 200, {"access_token": self.token_for(person.subject), "token_type": "Bearer", "expires_in": seconds}

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "jwks_uri": self.url + _KEYS,
            "token_endpoint": self.token_url,
            "grant_types_supported": ["password"],
            "token_endpoint_auth_methods_supported": ["none"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [_ALGORITHM],
        }

    def _key_set(self) -> dict[str, Any]:
        public = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": self._kid, "use": "sig", "alg": _ALGORITHM}]}


def _key_in(path: Path) -> ec.EllipticCurvePrivateKey:
    """The key that is kept there; made at the first start, readable by the owner alone."""
    if not path.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        write_private(path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds another kind of key: remove it")
    return key


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is not news."""


def _handler(issuer: LocalIssuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:  # the name that http.server looks for
            document = issuer.document(self.path)
            self._answer(*((404, {"error": "not_found"}) if document is None else (200, document)))

        def do_POST(self) -> None:  # the same
            length = self.headers.get("content-length", "")
            is_number = length.isascii() and length.isdigit()
            if self.path != _TOKEN or not is_number or int(length) > _FORM_BYTES_MAX:
                self._answer(400, {"error": "invalid_request"})
                return
            fields = parse_qs(self.rfile.read(int(length)).decode("utf-8", "replace"))
            self._answer(*issuer.grant({name: values[0] for name, values in fields.items()}))

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response_only(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Tokens and passwords are nothing to log."""

    return Handler
