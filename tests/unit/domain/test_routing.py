"""Which accounts may take a payment, and in which order."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mizan.domain.accounts import MerchantAccount
from mizan.domain.routing import candidates, cost_of, wrong_rules
from tests.fakes.clock import NOON
from tests.fakes.samples import ACCOUNT


def an_account(name: str, **changes: Any) -> MerchantAccount:
    return replace(ACCOUNT, account_id=name, token=f"tok-{name}", **changes)


def names(*accounts: MerchantAccount, amount: int | None = 12_500, service: str = "cr-registration") -> list[str]:
    found = candidates(accounts, method="debit_card", service=service, amount=amount, now=NOON)
    return [account.account_id for account in found]


def test_the_lowest_rank_is_preferred_and_cost_breaks_a_tie() -> None:
    """Of two of rank 1 the one that costs 100 fils goes before the one that costs 0.9 % of 12.500."""
    flat = an_account("flat", rank=1, settings={"cost_fils": "100"})
    part = an_account("part", rank=1, settings={"cost_bps": "90"})
    first = an_account("first", rank=0, settings={"cost_fils": "900"})

    assert names(part, flat, first) == ["first", "flat", "part"]
    assert names(part, flat, first, amount=5_000) == ["first", "part", "flat"]
    assert (cost_of(part, 12_500), cost_of(part, 5_000), cost_of(part, 50)) == (113, 45, 0)


@pytest.mark.parametrize(
    ("settings", "is_taken"),
    [
        ({}, True),
        ({"services": "cr-renewal, cr-registration"}, True),
        ({"services": "cr-renewal"}, False),
        ({"amount_min": "12500"}, True),
        ({"amount_min": "12501"}, False),
        ({"amount_max": "12500"}, True),
        ({"amount_max": "12499"}, False),
        ({"effective_until": (NOON + timedelta(seconds=1)).isoformat()}, True),
        ({"effective_until": NOON.isoformat()}, False),
        ({"amount_max": "12.5"}, False),
        ({"effective_until": "tomorrow"}, False),
        ({"app_id": "any other setting is the rail's own"}, True),
    ],
)
def test_an_accounts_rules_decide_what_it_takes(settings: dict[str, str], is_taken: bool) -> None:
    """By service, amount and time; a rule that cannot be read takes nothing rather than anything."""
    assert bool(names(an_account("one", settings=settings))) is is_taken


def test_an_account_takes_nothing_before_its_time_nor_after_it_was_retired_nor_by_another_method() -> None:
    """Effective dates and the method are its own."""
    assert names(an_account("soon", effective_from=NOON + timedelta(seconds=1))) == []
    assert names(an_account("gone", is_active=False)) == []
    assert names(an_account("wallet", method="wallet")) == []


def test_without_an_amount_only_the_other_rules_decide() -> None:
    """Whether a method can be offered at all is asked before anybody chose how much to pay."""
    assert names(an_account("big", settings={"amount_min": "1000000"}), amount=None) == ["big"]


def test_wrong_rules_are_named() -> None:
    """Whoever adds the account is told which."""
    assert wrong_rules({"cost_bps": "1.5", "amount_min": "-1", "services": "", "app_id": "x"}) == (
        "amount_min",
        "cost_bps",
    )
