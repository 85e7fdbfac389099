"""Tokens judged against an issuer that the test plays, at a time that stands still."""

import pytest

from mizan.adapters.identity import key_set
from mizan.adapters.identity.tokens import OidcTokens
from tests.fakes.clock import FakeClock
from tests.unit.identity.issuers import AUDIENCE, ISSUER, PretendIssuer


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> PretendIssuer:
    issuer = PretendIssuer()
    monkeypatch.setattr(key_set, "fetch_document", issuer.fetch)
    return issuer


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def tokens(issuer: PretendIssuer, clock: FakeClock) -> OidcTokens:
    return OidcTokens(ISSUER, AUDIENCE, clock, allow_loopback=False)
