"""Which methods an agency's accounts take, as stored: by rank and health, and never with their secrets."""

from dataclasses import replace
from typing import Any

import pytest

from mizan.adapters.dynamodb.accounts import account_items
from mizan.adapters.dynamodb.items import pack
from mizan.adapters.dynamodb.rails import DynamoRailDirectory
from mizan.domain.accounts import MerchantAccount
from mizan.domain.journeys import Rail
from mizan.domain.payments import PaymentMethod
from tests.fakes.dynamodb import fresh_dynamodb
from tests.fakes.samples import ACCOUNT
from tests.fakes.sealing import sealed_data

CARD, KIOSK = PaymentMethod.DEBIT_CARD, PaymentMethod.KIOSK


def an_account(name: str, **changes: Any) -> MerchantAccount:
    return replace(ACCOUNT, **{"account_id": name, "token": f"token-{name}", **changes})


class Table:
    def __init__(self) -> None:
        self.client, self.name = fresh_dynamodb()
        self.down: set[str] = set()

    def rails(self, *accounts: MerchantAccount) -> dict[PaymentMethod, Rail]:
        for account in accounts:
            for item in account_items(account, sealed_data("secrets")):
                self.client.put_item(TableName=self.name, Item=pack(item))
        directory = DynamoRailDirectory(self.client, self.name, is_up=lambda name: name not in self.down)
        return dict(directory.rails_of("moic"))


@pytest.fixture
def table() -> Table:
    return Table()


def test_an_agency_without_accounts_has_no_rails(table: Table) -> None:
    """Nothing is assumed."""
    assert table.rails() == {}


def test_active_accounts_are_rails_and_others_are_none(table: Table) -> None:
    """Retired ones, other agencies', and the account that only pays out take no money."""
    found = table.rails(
        an_account("a"),
        an_account("b", method="wallet", is_active=False),
        an_account("c", method="credit_card", agency="health"),
        an_account("d", method="iban_payout"),
    )

    assert found == {CARD: Rail(ACCOUNT.gateway)}


def test_the_platforms_account_serves_every_agency_where_money_moves_before_we_hear_of_it(table: Table) -> None:
    """One kiosk network for all; but an attempt is started through the agency's own terminal alone."""
    found = table.rails(an_account("a", agency="*", method="kiosk", gateway="kiosk"), an_account("b", agency="*"))

    assert found == {KIOSK: Rail("kiosk")}


def test_the_preferred_account_that_works_stands_for_the_method(table: Table) -> None:
    """The next one where the first is down; down where all are."""
    accounts = [an_account("first", gateway="one"), an_account("second", gateway="two", rank=1)]

    assert table.rails(*accounts) == {CARD: Rail("one")}
    table.down = {"first"}
    assert table.rails() == {CARD: Rail("two")}
    table.down = {"first", "second"}
    assert table.rails() == {CARD: Rail("one", is_down=True)}


def test_more_accounts_than_one_read_takes_are_all_seen(table: Table) -> None:
    """BatchGetItem takes a hundred keys."""
    many = [an_account(f"{number:03d}", gateway=f"g{number:03d}", rank=200 - number) for number in range(105)]

    assert table.rails(*many) == {CARD: Rail("g104")}
