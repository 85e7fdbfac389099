"""Merchant accounts are kept for a minute: cheap when warm, and a change is seen soon."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from mizan.adapters.dynamodb.accounts import DynamoAccountDirectory, account_items
from mizan.adapters.dynamodb.items import pack
from mizan.domain.accounts import MerchantAccount
from tests.engines import create_table, dynamodb_client
from tests.fakes.samples import ACCOUNT
from tests.fakes.sealing import sealed_data

SUCCESSOR = replace(ACCOUNT, token="tok-moic-2", account_id="acc-9")


class Bank:
    """A directory over moto, its clock in the test's hand, its reads counted."""

    def __init__(self, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self._client, self._table = client, create_table(client)
        self.directory = DynamoAccountDirectory(client, self._table, sealed_data("secrets"))
        self.seconds, self.read_count = 1_000, 0
        monkeypatch.setattr("mizan.adapters.dynamodb.accounts.clock_time.monotonic", lambda: self.seconds)
        client.meta.events.register("before-call.dynamodb.GetItem", self._count)
        client.meta.events.register("before-call.dynamodb.Query", self._count)

    def _count(self, **_: Any) -> None:
        self.read_count += 1

    def put(self, account: MerchantAccount) -> None:
        for item in account_items(account, sealed_data("secrets")):
            self._client.put_item(TableName=self._table, Item=pack(item))

    def active_token(self) -> str | None:
        account = self.directory.active_for("moic", "debit_card")
        return account.token if account else None


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    with mock_aws():
        yield Bank(dynamodb_client(), monkeypatch)


def test_a_warm_directory_reads_nothing(bank: Bank) -> None:
    """The first look costs a query and a read; the next ones within a minute nothing, by method or by token."""
    bank.put(ACCOUNT)
    bank.active_token()
    cold = bank.read_count
    bank.seconds += 59

    assert bank.active_token() == ACCOUNT.token
    assert bank.directory.by_token(ACCOUNT.token) is not None

    assert (cold, bank.read_count) == (2, 2)


def test_a_retired_account_is_used_for_a_minute_at_most(bank: Bank) -> None:
    """After sixty seconds its retirement is seen."""
    bank.put(ACCOUNT)
    bank.active_token()
    bank.put(replace(ACCOUNT, is_active=False))
    bank.seconds += 59
    still = bank.active_token()
    bank.seconds += 1

    assert (still, bank.active_token()) == (ACCOUNT.token, None)


def test_an_account_that_replaces_a_retired_one_is_found_as_soon_as_the_retirement_is_seen(bank: Bank) -> None:
    """The route to the old one is not waited out: an agency is never without a method that it has."""
    bank.put(ACCOUNT)
    bank.directory.by_token(ACCOUNT.token)
    bank.seconds += 30
    bank.active_token()
    bank.put(replace(ACCOUNT, is_active=False))
    bank.put(SUCCESSOR)
    bank.seconds += 31

    assert bank.active_token() == SUCCESSOR.token


def test_a_token_that_nobody_gave_out_is_asked_for_each_time_and_not_kept(bank: Bank) -> None:
    """Forged addresses cannot fill the memory, and an account that is just made is seen at once."""
    assert bank.directory.by_token(ACCOUNT.token) is None
    bank.put(ACCOUNT)

    assert bank.directory.by_token(ACCOUNT.token) is not None


def test_secrets_are_sealed_in_the_item(bank: Bank) -> None:
    """Neither the password nor a key, active or retired, stands in the table in clear."""
    stored = repr([pack(item) for item in account_items(ACCOUNT, sealed_data("secrets"))])

    assert not [secret for secret in ("pw'", "K" * 32, "R" * 32) if secret in stored]
