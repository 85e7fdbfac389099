"""What every callback log, every set of marks and every account directory promises."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from mizan.domain.accounts import AccountSecrets
from mizan.domain.callbacks import BODY_BYTES_MAX, CallbackKey, RawCallback
from tests.contract.store.conftest import Store
from tests.fakes.clock import NOON
from tests.fakes.samples import ACCOUNT, a_callback

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    "callback",
    [
        a_callback(),
        a_callback(b""),
        a_callback(b"\x00\xff\xfe", content_type="", account_token=""),
        a_callback(bytes(range(256)) * 250, is_truncated=True),
        a_callback(received_at=NOON.replace(microsecond=123_456), channel="error"),
    ],
    ids=["a form", "empty", "binary", "the largest", "a microsecond"],
)
def test_a_delivery_reads_back_byte_for_byte(store: Store, callback: RawCallback) -> None:
    """Evidence: the raw bytes, the address and the instant, whatever they are."""
    assert len(callback.body) <= BODY_BYTES_MAX

    key = store.callbacks.record(callback)

    assert store.callbacks.get(key) == callback
    assert store.callbacks.get(replace(key, sk="other")) is None


def test_the_same_bytes_in_the_same_instant_are_one_record(store: Store) -> None:
    """A delivery that is written twice because the first answer was lost stays one."""
    assert store.callbacks.record(a_callback()) == store.callbacks.record(a_callback())

    assert len(list(store.callbacks.keys_of_minute(NOON + 2 * MINUTE))) == 1


def test_a_minute_has_all_of_its_deliveries_and_no_others(store: Store) -> None:
    """Thirty deliveries over eight shards; the neighbours' first and last microseconds are not among them."""
    start = NOON + 2 * MINUTE
    inside = [a_callback(b"%d" % n, received_at=start + timedelta(seconds=2 * n)) for n in range(29)]
    inside.append(a_callback(received_at=start + MINUTE - timedelta(microseconds=1)))
    keys = {store.callbacks.record(callback) for callback in inside}
    store.callbacks.record(a_callback(received_at=start - timedelta(microseconds=1)))
    store.callbacks.record(a_callback(received_at=start + MINUTE))

    found = list(store.callbacks.keys_of_minute(start))

    assert len(found) == 30
    assert set(found) == keys


def test_setting_a_delivery_aside_is_the_same_once_or_often_and_keeps_the_raw_record(store: Store) -> None:
    """One quarantined copy with its reason, and the delivery where it was."""
    callback = a_callback(b"forged")
    key = store.callbacks.record(callback)

    for _ in range(3):
        store.callbacks.quarantine(key, callback, "undecryptable")

    assert store.set_aside() == {key.sk: "undecryptable"}
    assert store.callbacks.get(key) == callback
    assert list(store.callbacks.keys_of_minute(NOON + 2 * MINUTE)) == [key]


def test_a_key_that_names_nothing_is_none(store: Store) -> None:
    """Also for what never was a delivery's key."""
    assert store.callbacks.get(CallbackKey("CB#202603010902#0", "nothing")) is None


def test_a_mark_moves_only_from_where_it_was_seen(store: Store) -> None:
    """One of two runs wins, at the first setting and at every later one."""
    assert store.marks.read("sweep") is None
    assert store.marks.advance("sweep", None, NOON)
    assert not store.marks.advance("sweep", None, NOON + MINUTE)
    assert not store.marks.advance("sweep", NOON - MINUTE, NOON + MINUTE)
    assert not store.marks.advance("sweep", NOON + MINUTE, NOON + 2 * MINUTE)
    assert store.marks.advance("sweep", NOON, NOON + MINUTE)

    assert store.marks.read("sweep") == NOON + MINUTE
    assert store.marks.read("another") is None


def test_a_mark_that_was_never_set_cannot_be_moved_from_somewhere(store: Store) -> None:
    """Seeing a mark that is not there is a mistake, not a first run."""
    assert not store.marks.advance("sweep", NOON, NOON + MINUTE)

    assert store.marks.read("sweep") is None


RETIRED = replace(ACCOUNT, token="tok-old", account_id="acc-0", is_active=False, gateway="a-gateway")
WALLET = replace(ACCOUNT, token="tok-wallet", account_id="acc-3", method="wallet", cutoff=time(21, 30))
FOREIGN = replace(ACCOUNT, token="tok-health", account_id="acc-2", agency="health")


def test_an_account_is_found_by_its_token_retired_or_not(store: Store) -> None:
    """Callbacks of a retired account still come. Tokens that nobody gave out find nothing."""
    directory = store.accounts_of([ACCOUNT, RETIRED])

    for account in (ACCOUNT, RETIRED):
        found = directory.by_token(account.token)
        assert found is not None
        assert replace(found, secrets=account.secrets) == account
    assert directory.by_token("nobody") is None
    assert directory.by_token("") is None


def test_an_accounts_secrets_come_back_the_active_key_and_the_retired_ones(store: Store) -> None:
    """What was sealed opens to the same password and keys, in their order."""
    secrets = AccountSecrets(
        password="pässwörd", resource_key="A" * 32, retired_keys=("B" * 32, "C" * 32), named={"webhook_secret": "wéb"}
    )
    directory = store.accounts_of([replace(ACCOUNT, secrets=secrets)])

    found = directory.by_token(ACCOUNT.token)

    assert found is not None
    assert (found.secrets.password, found.secrets.resource_key) == ("pässwörd", "A" * 32)
    assert found.secrets.retired_keys == ("B" * 32, "C" * 32)
    assert found.secrets.named == {"webhook_secret": "wéb"}


def test_what_a_rail_needs_to_know_is_kept_with_its_account(store: Store) -> None:
    """Its place among others, the operator behind it, and the adapter's own settings."""
    account = replace(ACCOUNT, rank=2, operator="kiosks-one", settings={"app_id": "100"})

    found = store.accounts_of([account]).by_token(account.token)

    assert found is not None
    assert (found.rank, found.operator, found.settings) == (2, "kiosks-one", {"app_id": "100"})


def test_the_lowest_rank_is_preferred(store: Store) -> None:
    """Of two that take the same, whatever order they are stored in."""
    second = replace(ACCOUNT, token="tok-a", account_id="acc-a", rank=2)
    first = replace(ACCOUNT, token="tok-z", account_id="acc-z", rank=1)

    chosen = store.accounts_of([second, first]).active_for("moic", "debit_card")

    assert chosen is not None
    assert chosen.account_id == "acc-z"


def test_money_is_taken_through_the_active_account_of_the_agency_and_method(store: Store) -> None:
    """Never through a retired one, another method's or another agency's; None where there is none."""
    directory = store.accounts_of([ACCOUNT, RETIRED, WALLET, FOREIGN])

    chosen = [
        directory.active_for(agency, method)
        for agency, method in [
            ("moic", "debit_card"),
            ("moic", "wallet"),
            ("health", "debit_card"),
            ("health", "wallet"),
        ]
    ]

    assert [account and account.token for account in chosen] == ["tok-moic-1", "tok-wallet", "tok-health", None]
    assert directory.active_for("nobody", "debit_card") is None


def test_reconciliation_sees_every_account_of_every_agency(store: Store) -> None:
    """The retired too, first: what they took while they were active is settled later."""
    directory = store.accounts_of([ACCOUNT, RETIRED, WALLET, FOREIGN])

    listed = directory.list_all()

    assert listed[0].token == RETIRED.token
    assert {account.token for account in listed[1:]} == {"tok-moic-1", "tok-wallet", "tok-health"}
