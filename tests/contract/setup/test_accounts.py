"""Accounts are put by administration and found by the platform: an agency's, the treasury's, and its bank's."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from infra.setup import __main__ as command_line
from infra.setup import add_account, ensure_key_ring
from mizan.adapters.aws.keyring import KmsKeyRing, SealedData
from mizan.adapters.dynamodb.accounts import DynamoAccountDirectory
from mizan.domain.accounts import PAYOUT_METHOD, PLATFORM_AGENCY
from tests.engines import create_table
from tests.fakes.samples import ACCOUNT

TERMINAL = ("account", "--agency", "*", "--account-id", "benefit-treasury", "--terminal-id", "90000000")
BANK = ("payout-bank", "--client-id", "treasury", "--base-url", "https://bank.example")


class Deployed:
    """A stack with its table and key."""

    def __init__(self) -> None:
        self.dynamodb, self.kms = boto3.client("dynamodb"), boto3.client("kms")
        self.table = create_table(self.dynamodb)
        key_id: str = self.kms.create_key()["KeyMetadata"]["KeyId"]
        ensure_key_ring(self.dynamodb, self.kms, self.table, key_id)

    def directory(self) -> DynamoAccountDirectory:
        """A fresh process's: nothing kept."""
        ring = KmsKeyRing(self.dynamodb, self.kms, self.table)
        return DynamoAccountDirectory(self.dynamodb, self.table, SealedData(ring, "secrets"))

    def run(self, *arguments: str, given: str = "password-1\nkey-1\n") -> Result:
        return CliRunner().invoke(command_line.cli, arguments, input=given)

    def stored_text(self) -> str:
        return str(self.dynamodb.scan(TableName=self.table)["Items"])


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with mock_aws():
        deployed = Deployed()
        outputs: dict[str, Any] = {"Outputs": [{"OutputKey": "TableName", "OutputValue": deployed.table}]}
        monkeypatch.setattr(command_line, "_described", lambda _: outputs)
        yield deployed


def test_the_treasurys_terminal_is_found_for_payments_of_several_agencies(stack: Deployed) -> None:
    """Under agency "*", and for no agency of its own."""
    put = stack.run(*TERMINAL, "--base-url", "https://gateway.example")

    account = stack.directory().active_for(PLATFORM_AGENCY, "debit_card")
    assert put.exit_code == 0, put.output
    assert account is not None
    assert (account.account_id, account.token) == ("benefit-treasury", put.output.strip())
    assert stack.directory().active_for("moic", "debit_card") is None


def test_the_banks_account_is_found_by_its_method_alone(stack: Deployed) -> None:
    """Beside the treasury's terminal: neither is ever taken for the other."""
    stack.run(*TERMINAL, "--base-url", "https://gateway.example")
    put = stack.run(*BANK, given="api-key-1\nsigning-secret-1\n")

    bank = stack.directory().active_for(PLATFORM_AGENCY, PAYOUT_METHOD)
    terminal = stack.directory().active_for(PLATFORM_AGENCY, "debit_card")
    assert put.exit_code == 0, put.output
    assert bank is not None
    assert (bank.gateway, bank.terminal_id, bank.base_url) == ("payout_bank", "treasury", "https://bank.example")
    assert (bank.secrets.password, bank.secrets.resource_key) == ("api-key-1", "signing-secret-1")
    assert terminal is not None
    assert terminal.gateway == "benefit"


def test_the_banks_secrets_are_sealed_in_the_table(stack: Deployed) -> None:
    """And appear in no output."""
    put = stack.run(*BANK, given="api-key-1\nsigning-secret-1\n")

    assert "treasury" in stack.stored_text()
    assert "api-key-1" not in stack.stored_text() + put.output
    assert "signing-secret-1" not in stack.stored_text() + put.output


def test_a_bank_is_replaced_and_retired_under_its_token(stack: Deployed) -> None:
    """Rotated secrets; then none: nothing is paid out."""
    token = stack.run(*BANK, given="api-key-1\nsigning-secret-1\n").output.strip()
    stack.run(*BANK, "--token", token, given="api-key-2\nsigning-secret-2\n")
    rotated = stack.directory().active_for(PLATFORM_AGENCY, PAYOUT_METHOD)
    stack.run(*BANK, "--token", token, "--no-active", given="api-key-2\nsigning-secret-2\n")

    assert rotated is not None
    assert (rotated.token, rotated.secrets.resource_key) == (token, "signing-secret-2")
    assert stack.directory().active_for(PLATFORM_AGENCY, PAYOUT_METHOD) is None


@pytest.mark.parametrize("given", ["", "\n\n", "api-key-1\n"])
def test_a_bank_without_both_secrets_is_refused(stack: Deployed, given: str) -> None:
    """Exit 2 with words; nothing is stored."""
    refused = stack.run(*BANK, given=given)

    assert refused.exit_code == 2
    assert "signing secret" in refused.output
    assert stack.directory().list_all() == []


def test_an_account_of_an_agency_is_as_before(stack: Deployed) -> None:
    """With its retired keys on the following lines."""
    stack.run(
        *(
            "account",
            "--agency",
            "moic",
            "--account-id",
            "acc-1",
            "--terminal-id",
            "1",
            "--base-url",
            "https://g.example",
        ),
        given="password-1\nkey-2\nkey-1\n",
    )

    account = stack.directory().active_for("moic", "debit_card")
    assert account is not None
    assert (account.secrets.resource_key, account.secrets.retired_keys) == ("key-2", ("key-1",))


def test_an_account_with_a_rule_that_nobody_could_read_is_not_written(stack: Deployed) -> None:
    """It would take nothing, and only payers would notice: whoever adds it is told which rule."""
    account = replace(ACCOUNT, settings={"amount_max": "ten dinars", "services": "cr-registration"})

    with pytest.raises(ValueError, match="amount_max"):
        add_account(stack.dynamodb, stack.kms, stack.table, account)

    assert ACCOUNT.account_id not in stack.stored_text()
