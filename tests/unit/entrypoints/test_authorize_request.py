"""The authoriser: a good key is let in with what it may do; every other is one and the same no."""

import hashlib
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.authorize_request.handler import lambda_handler
from mizan import bootstrap
from mizan.application.ports_auth import ApiKey
from tests.fakes.clock import NOON, FakeClock
from tests.unit.entrypoints.calls import an_event

UNAUTHORIZED = r"^Unauthorized$"
KEY = "mzk_" + "Ab-_9" * 8 + "xyz"
METHOD_ARN = "arn:aws:execute-api:me-south-1:000000000000:api1/prod/POST/v1/invoices"
STORED = ApiKey("key_1", "moic", "agency", ("invoices:write", "invoices:read"), NOON + timedelta(days=1), False)


class FakeApiKeys:
    """Holds KEY, as its hash; remembers what it was asked for."""

    def __init__(self) -> None:
        self.rows = {hashlib.sha256(KEY.encode()).hexdigest(): STORED}
        self.asked: list[str] = []

    def find(self, digest: str) -> ApiKey | None:
        self.asked.append(digest)
        return self.rows.get(digest)

    def change(self, **changes: Any) -> None:
        self.rows = {digest: replace(row, **changes) for digest, row in self.rows.items()}


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> FakeApiKeys:
    keys = FakeApiKeys()
    monkeypatch.setattr(bootstrap, "api_keys", lambda: keys)
    monkeypatch.setattr(bootstrap, "clock", FakeClock)
    return keys


def authorize(**headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda_handler(an_event("POST", "/v1/invoices", headers=named) | {"methodArn": METHOD_ARN}, None)


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    "headers",
    [
        {"X_Api_Key": KEY},
        {"x_api_key": KEY},
        {"Authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer  {KEY}"},
        {"X_Api_Key": KEY, "Authorization": f"Bearer {KEY}"},
    ],
    ids=str,
)
def test_a_good_key_is_let_in_with_its_agency_and_scopes(headers: dict[str, str]) -> None:
    """Either header, any case; strings only, as API Gateway wants its context."""
    answer = authorize(**headers)

    (statement,) = answer["policyDocument"]["Statement"]
    assert statement == {
        "Action": "execute-api:Invoke",
        "Effect": "Allow",
        "Resource": "arn:aws:execute-api:me-south-1:000000000000:api1/prod/*",
    }
    assert answer["principalId"] == "key_1"
    assert answer["context"] == {
        "agency": "moic",
        "role": "agency",
        "key_id": "key_1",
        "scopes": "invoices:write invoices:read",
    }


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X_Api_Key": ""},
        {"X_Api_Key": "mzk_short"},
        {"X_Api_Key": KEY + "x"},
        {"X_Api_Key": KEY[:-1] + "\n"},
        {"X_Api_Key": "x" * 10_000},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": KEY},
        {"X_Api_Key": KEY, "Authorization": f"Bearer {KEY[:-1]}A"},
    ],
    ids=str,
)
def test_what_has_not_a_keys_shape_is_refused_without_a_look_up(keys: FakeApiKeys, headers: dict[str, str]) -> None:
    """Also two headers that name different keys: which one was meant is not for us to guess."""
    with pytest.raises(Exception, match=UNAUTHORIZED):
        authorize(**headers)

    assert keys.asked == []


@pytest.mark.parametrize("changes", [{"is_revoked": True}, {"expires_at": NOON}, {"expires_at": NOON - timedelta(1)}])
def test_a_revoked_or_expired_key_is_refused_as_an_unknown_one(keys: FakeApiKeys, changes: dict[str, Any]) -> None:
    """From the very instant of its expiry; the word is the one that API Gateway turns into 401."""
    keys.change(**changes)

    with pytest.raises(Exception, match=UNAUTHORIZED) as expired:
        authorize(X_Api_Key=KEY)
    with pytest.raises(Exception, match=UNAUTHORIZED) as unknown:
        authorize(X_Api_Key=KEY[:-1] + "A")

    assert type(expired.value) is type(unknown.value)


def test_a_store_that_is_away_is_not_a_wrong_key(keys: FakeApiKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    """500, not 401: else every agency would think its key was revoked."""

    def fail(digest: str) -> None:
        raise TimeoutError("the table")

    monkeypatch.setattr(keys, "find", fail)

    with pytest.raises(TimeoutError):
        authorize(X_Api_Key=KEY)


@pytest.mark.usefixtures("keys")
def test_the_log_tells_who_came_and_why_another_did_not_and_never_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    """Counted, with the reason; the key itself is nowhere."""
    authorize(X_Api_Key=KEY)
    with pytest.raises(Exception, match="Unauthorized"):
        authorize(X_Api_Key=KEY[:-1] + "A")

    text = capsys.readouterr().out
    accepted, refused = (json.loads(line) for line in text.splitlines())
    assert (accepted["message"], accepted["key_id"], accepted["agency"]) == ("key accepted", "key_1", "moic")
    assert (refused["message"], refused["reason"], refused["KeyRefused"]) == ("key refused", "unknown key", 1)
    assert re.search("mzk_", text) is None
