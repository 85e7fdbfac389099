"""A token proves a person, or nobody: every way in which it can be wrong."""

from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mizan.adapters.identity.tokens import TOKEN_LENGTH_MAX, OidcTokens
from mizan.application.ports_auth import Identity
from mizan.domain.errors import UnauthenticatedError
from tests.unit.identity.issuers import (
    CLAIMS,
    EC_KEY,
    ISSUER,
    NOW,
    OTHER_EC_KEY,
    RSA_KEY,
    SUBJECT,
    PretendIssuer,
    public_pem,
    raw_token,
    token,
)

PROVEN = Identity(ISSUER, SUBJECT)
SECRET = b"0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "good",
    [
        token(),
        token(key=RSA_KEY, algorithm="RS256", kid="rsa"),
        token({"nbf": None}),
        token({"aud": ["another", "mizan"]}),
        token({"exp": NOW - 59}),
        token({"iat": NOW + 60, "nbf": NOW + 60}),
        token({"name": "Maryam", "email": "m@example.invalid", "scope": "everything"}),
    ],
    ids=["ES256", "RS256", "no nbf", "one of two audiences", "within leeway", "ahead within leeway", "more claims"],
)
def test_a_good_token_proves_its_subject(tokens: OidcTokens, good: str) -> None:
    """Both algorithms; clocks may differ by a minute; what else it claims grants nothing."""
    assert tokens.identity_in(good) == PROVEN


def _with_signature_of(one: str, other: str) -> str:
    return f"{one.rpartition('.')[0]}.{other.rpartition('.')[2]}"


WRONG = {
    "expired": (token({"exp": NOW - 60}), "expired token"),
    "not yet valid": (token({"nbf": NOW + 61}), "token of the future"),
    "issued in the future": (token({"iat": NOW + 61}), "token of the future"),
    "another issuer": (token({"iss": "https://id.invalid"}), "token refused: InvalidIssuerError"),
    "another audience": (token({"aud": "another"}), "token refused: InvalidAudienceError"),
    "an audience that only contains ours": (token({"aud": "mizan-test"}), "token refused: InvalidAudienceError"),
    "another's key": (token(key=OTHER_EC_KEY), "token refused: InvalidSignatureError"),
    "unknown kid": (token(kid="nobody"), "unknown signing key"),
    "no kid": (token(kid=None), "no signing key named"),
    "empty kid": (token(kid=""), "no signing key named"),
    "endless kid": (token(kid="k" * 300), "no signing key named"),
    "no exp": (token({"exp": None}), "token refused: MissingRequiredClaimError"),
    "no iat": (token({"iat": None}), "token refused: MissingRequiredClaimError"),
    "no iss": (token({"iss": None}), "token refused: MissingRequiredClaimError"),
    "no aud": (token({"aud": None}), "token refused: MissingRequiredClaimError"),
    "no sub": (token({"sub": None}), "token refused: MissingRequiredClaimError"),
    "empty sub": (token({"sub": ""}), "no usable subject"),
    "endless sub": (token({"sub": "s" * 256}), "no usable subject"),
    "a sub with a blank": (token({"sub": "p 1"}), "no usable subject"),
    "a sub with a line break": (token({"sub": "p-1\n"}), "no usable subject"),
    "ES256 without a signature": (raw_token({"alg": "ES256", "kid": "ec"}), "token refused: InvalidSignatureError"),
    "a fraction of a second": (token({"exp": NOW + 300.5}), "a time that is no whole second"),
    "never": (token({"exp": float("nan")}), "a time that is no whole second"),
    "true": (token({"exp": True}), "a time that is no whole second"),
    "text": (token({"nbf": str(NOW)}), "a time that is no whole second"),
    "alg none": (raw_token({"alg": "none", "kid": "ec"}), "an algorithm that is not taken"),
    "alg None": (raw_token({"alg": "None", "kid": "ec"}), "an algorithm that is not taken"),
    "alg missing": (raw_token({"kid": "ec"}), "an algorithm that is not taken"),
    "alg a list": (raw_token({"alg": ["ES256"], "kid": "ec"}), "an algorithm that is not taken"),
    "HS256 with a secret": (
        jwt.encode(CLAIMS, SECRET, "HS256", headers={"kid": "ec"}),
        "an algorithm that is not taken",
    ),
    "HS256 with the public key": (
        raw_token({"alg": "HS256", "kid": "rsa"}, secret=public_pem(RSA_KEY)),
        "an algorithm that is not taken",
    ),
    "RS256 of the public key": (
        raw_token({"alg": "RS256", "kid": "rsa"}, secret=public_pem(RSA_KEY)),
        "token refused: InvalidSignatureError",
    ),
    "PS256": (token(key=RSA_KEY, algorithm="PS256", kid="rsa"), "an algorithm that is not taken"),
    "RS256 with another's kid": (token(key=RSA_KEY, algorithm="RS256"), "another algorithm than the key's"),
    "an extension": (
        raw_token({"alg": "ES256", "kid": "ec", "crit": ["b64"], "b64": False}),
        "not a token",
    ),
    "an unknown extension": (raw_token({"alg": "ES256", "kid": "ec", "crit": ["x"], "x": 1}), "not a token"),
    "a key of its own": (
        jwt.encode(CLAIMS, OTHER_EC_KEY, "ES256", headers={"kid": "own", "jku": "https://evil.invalid/jwks"}),
        "unknown signing key",
    ),
    "oversized": (token({"padding": "x" * TOKEN_LENGTH_MAX}), "token too long"),
    "another's signature": (_with_signature_of(token(), token({"sub": "p-2"})), "token refused: InvalidSignatureError"),
    "cut": (token()[:-1], "not a token"),
    "two parts": (token().rpartition(".")[0], "not a token"),
    "a header that is a list": (raw_token([]), "not a token"),
    "deep nesting": ("W" + "1tb" * 2000 + ".e30.", "not a token"),
    "empty": ("", "not a token"),
}


@pytest.mark.parametrize(("bad", "reason"), WRONG.values(), ids=WRONG)
def test_a_wrong_token_proves_nobody(tokens: OidcTokens, bad: str, reason: str) -> None:
    """One kind of error whatever is wrong; the reason is for our own log."""
    with pytest.raises(UnauthenticatedError) as refusal:
        tokens.identity_in(bad)

    assert str(refusal.value) == reason


@pytest.mark.parametrize("claims", [[], "text", None, 7])
def test_a_signed_payload_that_is_no_object_proves_nobody(tokens: OidcTokens, claims: Any) -> None:
    """Also behind a right signature."""
    signed = jwt.PyJWS().encode(jwt.utils.force_bytes(repr(claims)), EC_KEY, "ES256", headers={"kid": "ec"})

    with pytest.raises(UnauthenticatedError, match="DecodeError"):
        tokens.identity_in(signed)


def test_what_is_no_token_costs_the_issuer_nothing(tokens: OidcTokens, issuer: PretendIssuer) -> None:
    """Whatever the header rules out is refused before any document is fetched."""
    for bad in (raw_token({"alg": "none", "kid": "ec"}), token(kid=None), "x" * 9_000, "a.b.c"):
        with pytest.raises(UnauthenticatedError):
            tokens.identity_in(bad)

    assert issuer.asked == []


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200) | st.builds(raw_token, st.recursive(st.none() | st.text(), st.lists)))
def test_any_text_at_all_is_refused_quietly(tokens: OidcTokens, text: str) -> None:
    """A stranger's header must be a 401, never a fault of ours."""
    with pytest.raises(UnauthenticatedError):
        tokens.identity_in(text)
