"""The issuer's keys: fetched when needed, not oftener; an issuer that is away is nobody's fault but its own."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from mizan.adapters.identity.documents import IssuerUnavailableError
from mizan.adapters.identity.key_set import KEYS_AGE_MAX, REFRESH_PAUSE, RETRY_PAUSE, keys_in
from mizan.adapters.identity.tokens import OidcTokens
from mizan.domain.errors import UnauthenticatedError
from tests.fakes.clock import FakeClock
from tests.unit.identity.issuers import EC_KEY, OTHER_EC_KEY, RSA_KEY, PretendIssuer, jwk_of, token

SHORT_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  # what must be refused
MOMENT = timedelta(seconds=1)
ROTATED = token({"exp": 2_000_000_000}, key=OTHER_EC_KEY, kid="new")
LASTING = token({"exp": 2_000_000_000})


def test_keys_are_fetched_once_and_kept(tokens: OidcTokens, issuer: PretendIssuer) -> None:
    """A warm function asks nobody."""
    for _ in range(3):
        tokens.identity_in(token())

    assert issuer.refresh_count == 1


def test_a_rotated_key_is_found_after_a_minute_and_strangers_kids_ask_no_oftener(
    tokens: OidcTokens, issuer: PretendIssuer, clock: FakeClock
) -> None:
    """Anybody can name a key id: that must not become a way to flood the issuer."""
    tokens.identity_in(LASTING)
    issuer.keys = [jwk_of(OTHER_EC_KEY, "new")]

    clock.advance(REFRESH_PAUSE - MOMENT)
    for _ in range(5):
        with pytest.raises(UnauthenticatedError, match="unknown signing key"):
            tokens.identity_in(ROTATED)
    asked_before = issuer.refresh_count
    clock.advance(MOMENT)
    tokens.identity_in(ROTATED)

    assert (asked_before, issuer.refresh_count) == (1, 2)


def test_a_withdrawn_key_is_trusted_for_ten_minutes_and_no_longer(
    tokens: OidcTokens, issuer: PretendIssuer, clock: FakeClock
) -> None:
    """Nothing else would tell a warm function."""
    tokens.identity_in(LASTING)
    issuer.keys = [jwk_of(OTHER_EC_KEY, "new")]

    clock.advance(KEYS_AGE_MAX - MOMENT)
    tokens.identity_in(LASTING)
    clock.advance(MOMENT)

    with pytest.raises(UnauthenticatedError, match="unknown signing key"):
        tokens.identity_in(LASTING)


def test_an_issuer_that_is_away_refuses_nobody(tokens: OidcTokens, issuer: PretendIssuer, clock: FakeClock) -> None:
    """500, not 401: the token may be good. It is asked again after five seconds, not at every call."""
    issuer.is_away = True
    for _ in range(3):
        with pytest.raises(IssuerUnavailableError):
            tokens.identity_in(token())
    asked_while_away = issuer.refresh_count
    issuer.is_away = False
    clock.advance(RETRY_PAUSE)

    assert tokens.identity_in(token()).subject == "p-1"
    assert (asked_while_away, issuer.refresh_count) == (1, 2)


def test_known_keys_serve_on_while_an_unknown_one_cannot_be_asked_for(
    tokens: OidcTokens, issuer: PretendIssuer, clock: FakeClock
) -> None:
    """A stranger's key id during an outage hurts nobody else."""
    tokens.identity_in(LASTING)
    issuer.is_away = True
    clock.advance(REFRESH_PAUSE)

    with pytest.raises(IssuerUnavailableError):
        tokens.identity_in(ROTATED)
    assert tokens.identity_in(LASTING).subject == "p-1"


def test_a_discovery_document_of_another_issuer_is_not_used(tokens: OidcTokens, issuer: PretendIssuer) -> None:
    """OpenID Connect Discovery, 4.3: the two must be the same to the letter."""
    issuer.issuer = "https://id.invalid/realm/"

    with pytest.raises(IssuerUnavailableError, match="another issuer"):
        tokens.identity_in(token())


def test_a_set_without_a_usable_key_is_an_outage(tokens: OidcTokens, issuer: PretendIssuer) -> None:
    """An empty set is a fault of the issuer, not of everybody's token."""
    issuer.keys = []

    with pytest.raises(IssuerUnavailableError):
        tokens.identity_in(token())


PASSED_OVER: dict[str, Any] = {
    "a secret": {"kty": "oct", "kid": "x", "k": "c2VjcmV0"},
    "for encryption": jwk_of(RSA_KEY, "x", use="enc"),
    "for another algorithm": jwk_of(RSA_KEY, "x", alg="PS256"),
    "another curve": jwk_of(ec.generate_private_key(ec.SECP384R1()), "x"),
    "short RSA": jwk_of(SHORT_RSA_KEY, "x"),
    "without id": {**jwk_of(EC_KEY, "x"), "kid": None},
    "an id that is no text": {**jwk_of(EC_KEY, "x"), "kid": 7},
    "incomplete": jwk_of(EC_KEY, "x", y=None),
    "off the curve": jwk_of(EC_KEY, "x", y=jwk_of(OTHER_EC_KEY, "x")["y"]),
    "no modulus": jwk_of(RSA_KEY, "x", n=None),
    "no object": "key",
}


@pytest.mark.parametrize("jwk", PASSED_OVER.values(), ids=PASSED_OVER)
def test_a_key_that_cannot_verify_for_us_is_passed_over(jwk: Any) -> None:
    """The others of the set stay good."""
    assert set(keys_in({"keys": [jwk, jwk_of(EC_KEY, "ec")]})) == {"ec"}


def test_the_first_of_two_keys_with_one_id_counts() -> None:
    """A set that repeats an id cannot change what it means."""
    keys = keys_in({"keys": [jwk_of(EC_KEY, "k"), jwk_of(RSA_KEY, "k")]})

    assert keys["k"].algorithm == "ES256"
