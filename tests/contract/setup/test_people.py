"""People are granted, granted anew, and revoked; the authoriser's own client reads what administration wrote."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from infra.setup import __main__ as command_line
from infra.setup import put_person, revoke_person
from mizan.adapters.dynamodb.items import unpack
from mizan.adapters.dynamodb.people import DynamoPeople
from mizan.adapters.dynamodb.signed_reads import SignedReads
from mizan.application.ports_auth import Person
from tests.engines import create_table
from tests.fakes.clock import FakeClock

GRANTED = Person("p-1", "https://id.invalid", "moic", "accountant", ("refunds:write", "reports:read"), 500_000, True)


@pytest.fixture
def table() -> Iterator[tuple[Any, str]]:
    with mock_aws():
        client = boto3.client("dynamodb")
        yield client, create_table(client)


@pytest.fixture
def stack(table: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A deployed stack that trusts an issuer."""
    described = {
        "Outputs": [{"OutputKey": "TableName", "OutputValue": table[1]}],
        "Parameters": [{"ParameterKey": "OidcIssuer", "ParameterValue": "https://id.invalid"}],
    }
    monkeypatch.setattr(command_line, "_described", lambda _: described)
    return described


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command_line.cli, arguments)


PERSON = ("person", "--subject", "p-1", "--agency", "moic", "--role", "accountant", "--scope", "refunds:write")


def stored(client: Any, table: str) -> dict[str, Any]:
    return unpack(client.get_item(TableName=table, Key={"pk": {"S": "PER#p-1"}, "sk": {"S": "HEAD"}})["Item"])


def test_a_person_who_is_put_again_is_what_was_said_last(table: tuple[Any, str]) -> None:
    """The whole record is replaced: a limit or a scope that is left out is gone."""
    put_person(*table, GRANTED)
    put_person(*table, replace(GRANTED, scopes=("reports:read",), approval_limit=None))

    item = stored(*table)
    assert item["scopes"] == ["reports:read"]
    assert "approval_limit" not in item


def test_a_revoked_person_is_marked_and_an_unknown_one_is_said_to_be_unknown(table: tuple[Any, str]) -> None:
    """Nothing else of the record changes, and revoking makes no record."""
    put_person(*table, GRANTED)

    assert revoke_person(*table, "p-1")
    assert (stored(*table)["is_active"], stored(*table)["approval_limit"]) == (False, 500_000)
    assert not revoke_person(*table, "p-2")


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": ""},
        {"subject": "p 1"},
        {"subject": "p" * 256},
        {"agency": ""},
        {"scopes": ("refunds:write,reports:read",)},
        {"approval_limit": -1},
    ],
    ids=str,
)
def test_what_no_caller_could_be_is_not_stored(table: tuple[Any, str], changes: dict[str, Any]) -> None:
    """A mistyped grant is refused where it is typed."""
    with pytest.raises(ValueError, match=r"is no subject|not negative"):
        put_person(*table, replace(GRANTED, **changes))


@pytest.mark.usefixtures("stack")
def test_the_command_line_grants_under_the_issuer_that_the_stack_trusts(table: tuple[Any, str]) -> None:
    """Nobody types the issuer: what the authoriser compares with is what was deployed."""
    granted = run(*PERSON, "--scope", "reports:read", "--approval-limit", "500000")
    item = stored(*table)
    revoked = run("revoke-person", "--subject", "p-1")

    assert (granted.exit_code, revoked.exit_code) == (0, 0), granted.output + revoked.output
    assert item == {
        "pk": "PER#p-1",
        "sk": "HEAD",
        "subject": "p-1",
        "issuer": "https://id.invalid",
        "agency": "moic",
        "role": "accountant",
        "scopes": ["refunds:write", "reports:read"],
        "approval_limit": 500_000,
        "is_active": True,
    }
    assert stored(*table)["is_active"] is False


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(
    "arguments",
    [(*PERSON, "--approval-limit", "-1"), (*PERSON, "--scope", "everything"), ("revoke-person", "--subject", "p-2")],
    ids=["negative limit", "no scope", "unknown person"],
)
def test_the_command_line_refuses_what_cannot_be_meant(arguments: tuple[str, ...]) -> None:
    """Exit 2 with words, never a traceback."""
    refused = run(*arguments)

    assert refused.exit_code == 2, refused.output


def test_without_an_issuer_nobody_can_be_granted_anything(stack: dict[str, Any]) -> None:
    """The record would name an issuer that nothing trusts."""
    stack["Parameters"] = []

    assert run(*PERSON).exit_code == 2


@pytest.mark.engine
def test_what_administration_wrote_is_what_the_authoriser_reads(
    ministack: tuple[Callable[[], Any], str], ministack_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through a table, with our own signature."""
    make_client, table = ministack
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack_url)
    put_person(make_client(), table, GRANTED)
    reads = SignedReads(table, FakeClock())

    found, nobody = DynamoPeople(reads).find("p-1"), DynamoPeople(reads).find("p-2")
    reads.close()

    assert (found, nobody) == (GRANTED, None)
