"""Small rules of attempts, deliveries, customers and secrets."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.domain.accounts import AccountSecrets
from mizan.domain.invoices import Customer, InvoiceLine, total
from mizan.domain.payments import inquiry_delay
from tests.fakes.samples import ACCOUNT, CALLER, a_callback


@pytest.mark.parametrize(("count", "minutes"), [(0, 1), (1, 2), (2, 4), (5, 32), (6, 60), (7, 60), (10_000, 60)])
def test_inquiries_come_less_often_but_never_stop(count: int, minutes: int) -> None:
    """The wait doubles from a minute up to an hour, then stays hourly for ever."""
    assert inquiry_delay(count) == timedelta(minutes=minutes)


def test_the_same_bytes_to_the_same_address_are_the_same_delivery() -> None:
    """Deliveries are told apart by account, channel and bytes; when they came and their correlation id do not count."""
    callback = a_callback()

    assert replace(callback, correlation_id="other").digest == callback.digest
    assert replace(callback, received_at=callback.received_at + timedelta(hours=1)).digest == callback.digest
    assert replace(callback, body=callback.body + b" ").digest != callback.digest
    assert replace(callback, channel="return").digest != callback.digest
    assert replace(callback, account_token="other").digest != callback.digest


def test_a_delivery_is_kept_under_the_utc_minute_that_it_came_in() -> None:
    """12:02 in Bahrain is the bucket 09:02; the shard is one of eight."""
    assert a_callback().minute == "202603010902"
    assert 0 <= a_callback().shard < 8


@pytest.mark.parametrize(("name", "masked"), [("Maryam Ali", "M••• A•••"), ("مريم علي", "م••• ع•••"), ("  ", "")])
def test_a_masked_name_shows_first_letters_only(name: str, masked: str) -> None:
    """Enough to recognise oneself by, too little to learn a name or its length from."""
    assert Customer(name).masked_name == masked


@pytest.mark.parametrize("amount", [0, -1, -12_500])
def test_a_line_charges_a_positive_amount(amount: int) -> None:
    """A free or negative line cannot be owed: credit notes are documents of their own."""
    with pytest.raises(ValueError, match="positive"):
        InvoiceLine("Fee", amount)


def test_the_total_is_the_sum_of_the_lines() -> None:
    """BHD 10.000 + 2.500 + 0.001 = 12.501."""
    assert total((InvoiceLine("a", 10_000), InvoiceLine("b", 2_500), InvoiceLine("c", 1))) == 12_501


def test_secrets_do_not_print() -> None:
    """Neither a log line nor a traceback of an account shows its password or keys, the retired ones included."""
    shown = repr(
        replace(ACCOUNT, secrets=AccountSecrets(password="hunter2", resource_key="AAAA", retired_keys=("BBBB",)))
    )

    assert not [secret for secret in ("hunter2", "AAAA", "BBBB") if secret in shown]


def test_an_agency_sees_its_own_and_a_platform_role_sees_all() -> None:
    """`*` is every agency; otherwise the code must be the same."""
    assert CALLER.may_see("moic")
    assert not CALLER.may_see("health")
    assert replace(CALLER, agency="*").may_see("health")
