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
from mizan.application.ports_auth import ApiKey, Identity, Person
from mizan.domain.errors import UnauthenticatedError
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


TOKEN = "eyJ.eyJ.sig"
ISSUER = "https://id.invalid"
CHECKER = Person("p-1", ISSUER, "*", "finance", ("refunds:approve", "reports:read"), 250_000, True)


class FakePersonalTokens:
    """Knows TOKEN; any other is refused, and nothing is known while the issuer is away."""

    def __init__(self) -> None:
        self.identity = Identity(ISSUER, "p-1")
        self.is_away = False

    def identity_in(self, token: str) -> Identity:
        if self.is_away:
            raise TimeoutError("the issuer")
        if token != TOKEN:
            raise UnauthenticatedError("not a token")
        return self.identity


class FakePeople:
    """Holds CHECKER; remembers whom it was asked for."""

    def __init__(self) -> None:
        self.rows = {"p-1": CHECKER}
        self.asked: list[str] = []

    def find(self, subject: str) -> Person | None:
        self.asked.append(subject)
        return self.rows.get(subject)


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> FakePersonalTokens:
    tokens = FakePersonalTokens()
    monkeypatch.setattr(bootstrap, "personal_tokens", lambda: tokens)
    return tokens


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch, tokens: FakePersonalTokens) -> FakePeople:
    people = FakePeople()
    monkeypatch.setattr(bootstrap, "people", lambda: people)
    return people


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


def test_a_person_is_let_in_with_what_administration_granted(people: FakePeople) -> None:
    """Not with what the token claims; the subject and the limit go along, in strings."""
    answer = authorize(Authorization=f"Bearer {TOKEN}")

    assert answer["principalId"] == "sub:p-1"
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert answer["context"] == {
        "agency": "*",
        "role": "finance",
        "key_id": "sub:p-1",
        "scopes": "refunds:approve reports:read",
        "person": "p-1",
        "approval_limit": "250000",
    }
    assert people.asked == ["p-1"]


@pytest.mark.parametrize(("limit", "handed_on"), [(None, None), (0, "0")])
def test_a_person_without_a_limit_has_none_in_the_context(
    people: FakePeople, limit: int | None, handed_on: str | None
) -> None:
    """A limit of nothing is one."""
    people.rows = {"p-1": replace(CHECKER, approval_limit=limit)}

    assert authorize(Authorization=f"Bearer {TOKEN}")["context"].get("approval_limit") == handed_on


@pytest.mark.parametrize(
    "rows",
    [{}, {"p-1": replace(CHECKER, is_active=False)}, {"p-1": replace(CHECKER, issuer="https://other.invalid")}],
    ids=["unknown", "inactive", "another issuer's"],
)
def test_a_person_who_was_granted_nothing_is_refused_like_a_wrong_token(
    people: FakePeople, rows: dict[str, Person]
) -> None:
    """A good token is not enough, and a subject of the issuer before is somebody else."""
    people.rows = rows

    with pytest.raises(Exception, match=UNAUTHORIZED) as unknown:
        authorize(Authorization=f"Bearer {TOKEN}")
    with pytest.raises(Exception, match=UNAUTHORIZED) as wrong:
        authorize(Authorization="Bearer another")

    assert type(unknown.value) is type(wrong.value) is Exception


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    "headers",
    [
        {"X_Api_Key": TOKEN},
        {"X_Api_Key": TOKEN, "Authorization": f"Bearer {TOKEN}"},
        {"X_Api_Key": KEY, "Authorization": f"Bearer {TOKEN}"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
    ],
    ids=str,
)
def test_a_token_comes_alone_and_in_authorization(keys: FakeApiKeys, headers: dict[str, str]) -> None:
    """A key and a token are two callers: which one was meant is not for us to guess."""
    with pytest.raises(Exception, match=UNAUTHORIZED):
        authorize(**headers)

    assert keys.asked == []


@pytest.mark.usefixtures("people", "keys")
@pytest.mark.parametrize("other", ["Bearer another", f"Bearer {KEY}"])
def test_a_header_that_is_sent_twice_with_two_credentials_is_refused(other: str) -> None:
    """API Gateway shows the last of them in one place and all in another: none is picked."""
    event = an_event("GET", "/v1/invoices", headers={"Authorization": f"Bearer {TOKEN}"}) | {"methodArn": METHOD_ARN}
    event["multiValueHeaders"]["Authorization"] = [other, f"Bearer {TOKEN}"]

    with pytest.raises(Exception, match=UNAUTHORIZED):
        lambda_handler(event, None)


def test_where_no_issuer_is_trusted_every_token_is_refused(people: FakePeople, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack without the parameters lets keys in, and nobody else."""
    monkeypatch.setattr(bootstrap, "personal_tokens", lambda: None)

    with pytest.raises(Exception, match=UNAUTHORIZED):
        authorize(Authorization=f"Bearer {TOKEN}")
    assert people.asked == []


@pytest.mark.parametrize(("issuer", "audience"), [("", ""), (ISSUER, ""), ("", "mizan")])
def test_issuer_and_audience_are_both_needed(monkeypatch: pytest.MonkeyPatch, issuer: str, audience: str) -> None:
    """A token of a trusted issuer for any audience at all is somebody else's token."""
    monkeypatch.setenv("MIZAN_OIDC_ISSUER", issuer)
    monkeypatch.setenv("MIZAN_OIDC_AUDIENCE", audience)

    assert bootstrap.personal_tokens.__wrapped__() is None


@pytest.mark.usefixtures("people")
def test_an_issuer_that_is_away_is_not_a_wrong_token(tokens: FakePersonalTokens) -> None:
    """500, not 401: else every person would think that they were revoked."""
    tokens.is_away = True

    with pytest.raises(TimeoutError):
        authorize(Authorization=f"Bearer {TOKEN}")


@pytest.mark.parametrize(("subject", "actor"), [("p-1", "p-1"), ("maryam@example.invalid", "***")])
def test_the_log_names_the_person_and_never_a_token(
    people: FakePeople, tokens: FakePersonalTokens, capsys: pytest.CaptureFixture[str], subject: str, actor: str
) -> None:
    """By subject; one that is an e-mail address is personal data."""
    tokens.identity = Identity(ISSUER, subject)
    people.rows = {subject: replace(CHECKER, subject=subject)}
    authorize(Authorization=f"Bearer {TOKEN}")
    with pytest.raises(Exception, match="Unauthorized"):
        authorize(Authorization="Bearer another")

    text = capsys.readouterr().out
    accepted, refused = (json.loads(line) for line in text.splitlines())
    assert (accepted["message"], accepted["actor"]) == ("token accepted", actor)
    assert (refused["message"], refused["reason"], refused["TokenRefused"]) == ("token refused", "not a token", 1)
    assert "maryam" not in text
    assert TOKEN not in text
