"""API keys on the embedded engine: what administration writes, the authoriser's own client reads."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.setup import KeyGrant, add_key
from mizan.adapters.dynamodb.keys import DynamoApiKeys
from mizan.adapters.dynamodb.signed_reads import SignedReads
from mizan.application.authenticate import authenticate
from mizan.domain.errors import UnauthenticatedError
from tests.fakes.clock import FakeClock

GRANT = KeyGrant("Ministry", "moic", "agency", ("invoices:write", "invoices:read"), datetime(2027, 1, 1, tzinfo=UTC))


@pytest.mark.engine
def test_a_key_that_was_added_is_found_and_another_is_not(
    ministack: tuple[Callable[[], Any], str], ministack_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the table, with our own signature."""
    make_client, table = ministack
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack_url)
    key = add_key(make_client(), table, GRANT)

    with closing(SignedReads(table, FakeClock())) as reads:
        keys = DynamoApiKeys(reads)
        found = authenticate(key, keys=keys, clock=FakeClock())
        with pytest.raises(UnauthenticatedError):
            authenticate("mzk_" + "A" * 43, keys=keys, clock=FakeClock())

    assert (found.agency, found.role, found.scopes) == ("moic", "agency", GRANT.scopes)
    assert (found.expires_at, found.is_revoked) == (GRANT.expires_at, False)
