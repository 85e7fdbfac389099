"""Double entry: every posting has both its sides, and the trial balance proves it over what was read back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.application.posting import book_capture
from mizan.domain.ledger import JOURNAL_SHARD_COUNT, AccountBalance, LedgerTransaction, Posting, trial_balance
from tests.fakes.clock import NOON
from tests.fakes.samples import ACCOUNT, a_capture, a_payment, an_invoice, by_reference

ACCOUNTS = st.sampled_from(["gateway_clearing:fake:acc-1", "agency_payable:moic", "overpayment:moic", "suspense:fake"])
POSTINGS = st.builds(
    lambda pair, amount: Posting(pair[0], pair[1], amount),
    st.tuples(ACCOUNTS, ACCOUNTS).filter(lambda pair: pair[0] != pair[1]),
    st.integers(min_value=1, max_value=10**12),
)


def a_transaction(*postings: Posting, currency: str = "BHD") -> LedgerTransaction:
    booking = book_capture(a_payment(), ACCOUNT, a_capture(), by_reference(an_invoice()), is_same_track=True, now=NOON)
    return replace(booking.transaction, postings=postings or booking.transaction.postings, currency=currency)


@pytest.mark.parametrize(("debit", "credit", "amount"), [("a", "b", 0), ("a", "b", -1), ("a", "a", 5)])
def test_a_posting_that_moves_nothing_is_refused(debit: str, credit: str, amount: int) -> None:
    """A posting moves a positive amount between two different accounts; a reversal swaps the sides."""
    with pytest.raises(ValueError, match="positive amount"):
        Posting(debit, credit, amount)


@given(st.lists(st.lists(POSTINGS, min_size=1, max_size=4), max_size=12))
def test_whatever_is_booked_the_debits_are_the_credits(booked: list[list[Posting]]) -> None:
    """Σ = 0 by construction, and Σ debit is what all the postings moved."""
    balances = trial_balance(a_transaction(*postings) for postings in booked)

    moved = sum(posting.amount for postings in booked for posting in postings)
    assert sum(balance.debit for balance in balances) == moved
    assert sum(balance.credit for balance in balances) == moved
    assert sum(balance.balance for balance in balances) == 0


def test_a_trial_balance_lists_each_account_once_by_name() -> None:
    """Totals per account, sorted: BHD 12.500 in, 2.500 of it moved on to overpayment."""
    balances = trial_balance([a_transaction(Posting("clearing", "payable", 12_500), Posting("payable", "over", 2_500))])

    assert [(row.account, row.debit, row.credit, row.balance) for row in balances] == [
        ("clearing", 12_500, 0, 12_500),
        ("over", 0, 2_500, -2_500),
        ("payable", 2_500, 12_500, -10_000),
    ]


def test_two_currencies_are_never_added_up() -> None:
    """A capture in a foreign currency goes to suspense as it is: its units are not fils."""
    balances = trial_balance(
        [
            a_transaction(Posting("clearing", "suspense", 12_500)),
            a_transaction(Posting("clearing", "suspense", 700), currency="USD"),
        ]
    )

    assert balances == [
        AccountBalance("clearing", 12_500, 0, "BHD"),
        AccountBalance("clearing", 700, 0, "USD"),
        AccountBalance("suspense", 0, 12_500, "BHD"),
        AccountBalance("suspense", 0, 700, "USD"),
    ]


def test_an_allocated_capture_moves_the_captured_amount_to_the_agency() -> None:
    """Gateway clearing is debited, the agency's payable credited: BHD 12.500 on each side."""
    transaction = a_transaction()

    assert transaction.postings == (Posting("gateway_clearing:fake:acc-1", "agency_payable:moic", 12_500),)
    assert transaction.amount == 12_500


def test_a_late_capture_posts_today_and_keeps_the_gateways_business_date() -> None:
    """Captured on 1 March after the gateway's 18:00 cut-off, booked on 4 March: business date 2 March."""
    account = replace(ACCOUNT, cutoff=ACCOUNT.cutoff.replace(hour=18))
    capture = a_capture(captured_at=NOON + timedelta(hours=6))

    transaction = book_capture(
        a_payment(), account, capture, by_reference(an_invoice()), is_same_track=True, now=NOON + timedelta(days=3)
    ).transaction

    assert (transaction.business_date.isoformat(), transaction.posting_day.isoformat()) == ("2026-03-02", "2026-03-04")


@given(st.text(max_size=40))
def test_a_transaction_always_lies_in_the_same_of_sixteen_shards(transaction_id: str) -> None:
    """The shard follows from the id alone, so that a reader needs no index to find it."""
    transaction = replace(a_transaction(), transaction_id=transaction_id)

    assert 0 <= transaction.shard < JOURNAL_SHARD_COUNT == 16
    assert transaction.shard == replace(transaction, payment_id="other").shard
