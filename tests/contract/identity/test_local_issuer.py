"""The local issuer and the authoriser's own verifier, over real HTTP: what one makes, the other takes."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.issuer import AUDIENCE, TOKEN_LIFETIME, LocalIssuer, LocalPerson
from infra.local.ports import LOOPBACK
from mizan.adapters.aws.clock import SystemClock
from mizan.adapters.identity.documents import IssuerUnavailableError
from mizan.adapters.identity.tokens import OidcTokens
from mizan.application.ports_auth import Identity
from mizan.domain.errors import UnauthenticatedError

CREDENTIALS = {"grant_type": "password", "username": "finance_maker", "password": "sample-1"}
PEOPLE = {
    "finance_maker": LocalPerson("local-finance-maker", "sample-1"),
    "finance_checker": LocalPerson("local-finance-checker", "sample-2"),
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[LocalIssuer]:
    issuer = LocalIssuer(free_port(), tmp_path / "issuer")
    issuer.start()
    issuer.admit(PEOPLE)
    yield issuer
    issuer.stop()


def verifier(issuer: LocalIssuer, audience: str = AUDIENCE, *, allow_loopback: bool = True) -> OidcTokens:
    return OidcTokens(issuer.url, audience, SystemClock(), allow_loopback=allow_loopback)


def ask(issuer: LocalIssuer, **changes: str) -> httpx.Response:
    return httpx.post(issuer.token_url, data=CREDENTIALS | changes, timeout=10, trust_env=False)


def test_a_token_for_the_right_password_proves_its_person(issuer: LocalIssuer) -> None:
    """Through discovery and key set, as with any issuer; good for twelve hours."""
    answer = ask(issuer)

    assert answer.status_code == 200
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 43_200)
    assert verifier(issuer).identity_in(answer.json()["access_token"]) == Identity(issuer.url, "local-finance-maker")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"password": "sample-2"}, "invalid_grant"),
        ({"password": ""}, "invalid_grant"),
        ({"username": "nobody"}, "invalid_grant"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"password": "x" * 5_000}, "invalid_request"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_nobody_gets_a_token_without_the_right_password(
    issuer: LocalIssuer, changes: dict[str, str], error: str
) -> None:
    """A wrong name and a wrong password look alike."""
    answer = ask(issuer, **changes)

    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_there_is_nothing_else_at_the_issuer(issuer: LocalIssuer) -> None:
    """No key, no people, no console."""
    for path in ("/", "/token", "/signing-key.pem", "/jwks/../signing-key.pem"):
        assert httpx.get(issuer.url + path, timeout=10, trust_env=False).status_code == 404


def test_the_key_set_shows_the_public_half_alone(issuer: LocalIssuer) -> None:
    """`d` is what signs."""
    ((key,),) = httpx.get(f"{issuer.url}/jwks", timeout=10, trust_env=False).json().values()

    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_the_key_is_kept_between_runs_and_for_its_owner_alone(issuer: LocalIssuer, tmp_path: Path) -> None:
    """A token outlives a restart of the platform."""
    token = issuer.token_for("local-operator")
    issuer.stop()
    again = LocalIssuer(int(issuer.url.rpartition(":")[2]), tmp_path / "issuer")
    again.start()

    identity = verifier(again).identity_in(token)
    again.stop()

    assert identity.subject == "local-operator"
    assert (tmp_path / "issuer" / "signing-key.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("audience", "lifetime"),
    [("another", TOKEN_LIFETIME), (AUDIENCE, timedelta(minutes=-2))],
    ids=["audience", "expired"],
)
def test_its_tokens_are_for_one_audience_and_a_time(issuer: LocalIssuer, audience: str, lifetime: timedelta) -> None:
    """By the real clock."""
    token = issuer.token_for("local-operator", lifetime=lifetime)

    with pytest.raises(UnauthenticatedError):
        verifier(issuer, audience).identity_in(token)


def test_a_stranger_with_an_issuer_of_their_own_proves_nobody(issuer: LocalIssuer, tmp_path: Path) -> None:
    """The same address and subject, another key: what a token claims is not what it proves."""
    stranger = LocalIssuer(int(issuer.url.rpartition(":")[2]), tmp_path / "stranger")

    with pytest.raises(UnauthenticatedError, match="unknown signing key"):
        verifier(issuer).identity_in(stranger.token_for("local-finance-checker"))


@pytest.mark.parametrize("trouble", ["stopped", "loopback not allowed"])
def test_an_issuer_that_cannot_be_asked_is_an_outage(issuer: LocalIssuer, trouble: str) -> None:
    """Never a refusal; and outside the laptop an issuer without TLS is not asked at all."""
    token = issuer.token_for("local-operator")
    options: dict[str, Any] = {"allow_loopback": trouble == "stopped"}
    if trouble == "stopped":
        issuer.stop()

    with pytest.raises(IssuerUnavailableError):
        verifier(issuer, **options).identity_in(token)
