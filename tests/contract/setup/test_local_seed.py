"""A fresh laptop platform knows its outside world: what the seed writes is what the sandbox was told."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.local import seed as seeding
from infra.local.sandbox import DEFAULT_INTERPRETER, SandboxProcess
from infra.local.state import Notes, read_notes, write_notes
from mizan.adapters.aws.keyring import KmsKeyRing, SealedData
from mizan.adapters.dynamodb.accounts import DynamoAccountDirectory
from mizan.adapters.gateways.benefit.gateway import BenefitGateway
from mizan.adapters.gateways.payout_bank.bank import HttpPayoutBank
from mizan.adapters.gateways.registry import GATEWAYS
from mizan.application.ports import InitiationRequest, InitiationStarted
from mizan.application.ports_refunds import PayoutRequest, RefundOutcome
from mizan.domain.accounts import PAYOUT_METHOD, PLATFORM_AGENCY
from tests.engines import REGION
from tests.fakes.dynamodb import fresh_dynamodb
from tests.requirements import require


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    require(DEFAULT_INTERPRETER.exists(), "the sandbox's environment (.venv-sandbox) is not installed")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
    with SandboxProcess(port, tmp_path_factory.mktemp("seeded") / "sandbox") as process:
        yield process


@pytest.fixture(scope="module")
def seeded(sandbox: SandboxProcess) -> Iterator[tuple[DynamoAccountDirectory, Notes]]:
    """Seeded twice, as at every start; people are the issuer's matter."""
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setattr(seeding, "seed_people", lambda **_: None)
        (dynamodb, table), kms = fresh_dynamodb(), boto3.client("kms")  # moto's transactions copy the whole table
        key_id: str = kms.create_key()["KeyMetadata"]["KeyId"]
        notes, issuer = Notes(), Any
        for _ in range(2):
            seeding.seed(
                dynamodb=dynamodb,
                kms=kms,
                table=table,
                kms_key_id=key_id,
                sandbox_url=sandbox.url,
                issuer=issuer,  # type: ignore[arg-type]  # unused without people
                notes=notes,
            )
        secrets = SealedData(KmsKeyRing(dynamodb, kms, table), "secrets")
        yield DynamoAccountDirectory(dynamodb, table, secrets), notes


def test_the_treasury_has_a_terminal_that_the_gateway_knows(
    seeded: tuple[DynamoAccountDirectory, Notes], sandbox: SandboxProcess
) -> None:
    """For payments of several agencies: a page is opened for BHD 12.500 through it."""
    account = seeded[0].active_for(PLATFORM_AGENCY, "debit_card")
    assert account is not None

    callback = f"{sandbox.url}/callbacks/benefit/{account.token}"
    request = InitiationRequest("1" * 24, 12_500, "BHD", callback, f"{callback}/error")

    assert isinstance(BenefitGateway().initiate(account, request), InitiationStarted)
    assert account.account_id == "benefit-treasury"


def test_every_agency_takes_the_other_cards_too(
    seeded: tuple[DynamoAccountDirectory, Notes], sandbox: SandboxProcess
) -> None:
    """A page is opened for BHD 12.500 by each; of two alternatives the lower rank is chosen."""
    wanted = [
        ("moic", "gcc_debit_card", "knet"),
        ("moic", "credit_card", "mpgs"),
        (PLATFORM_AGENCY, "gcc_debit_card", "knet"),
    ]
    for agency, method, gateway in wanted:
        account = seeded[0].active_for(agency, method)
        assert account is not None
        assert account.gateway == gateway

        callback = f"{sandbox.url}/callbacks/{gateway}/{account.token}"
        request = InitiationRequest("1" * 24, 12_500, "BHD", callback, f"{callback}/error", f"{callback}/back")

        assert isinstance(GATEWAYS.get(gateway).initiate(account, request), InitiationStarted)


def test_the_payout_bank_pays_from_the_treasurys_account(seeded: tuple[DynamoAccountDirectory, Notes]) -> None:
    """The sealed keys are those that the bank was given."""
    bank = HttpPayoutBank(lambda: seeded[0].active_for(PLATFORM_AGENCY, PAYOUT_METHOD))

    paid = bank.pay(PayoutRequest("7" * 24, "BH67BMAG00001299123456", "Maryam Ali", 12_500, "BHD", "Refund"))

    assert paid.outcome is RefundOutcome.COMPLETED


def test_an_agency_has_a_reserve_for_cards(seeded: tuple[DynamoAccountDirectory, Notes]) -> None:
    """The preferred terminal first, another of the same agency behind it."""
    found = seeded[0].all_active_for("traffic", "debit_card")

    assert [(account.account_id, account.rank) for account in found] == [
        ("benefit-traffic", 0),
        ("benefit-traffic-reserve", 1),
    ]
    assert len({account.terminal_id for account in found}) == 2


def test_notes_are_read_as_they_were_written(seeded: tuple[DynamoAccountDirectory, Notes], tmp_path: Path) -> None:
    """The next start uses the same accounts; notes of an older release have no bank yet."""
    path = tmp_path / "notes.json"
    write_notes(path, seeded[1])
    read = read_notes(path)
    path.write_text('{"keys": {}, "accounts": {}, "sample_day_count": 3}', encoding="utf-8")

    assert read == seeded[1]
    assert read.payout_bank is not None
    assert read_notes(path) == Notes(sample_day_count=3)
