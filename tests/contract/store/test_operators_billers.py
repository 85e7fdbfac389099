"""What every store of operators, running balances, notices' names and misses promises."""

from dataclasses import replace
from datetime import timedelta

from mizan.application.ports_books import CommitOutcome
from mizan.domain.ledger import LedgerTransaction, Posting, TransactionKind
from mizan.domain.operators import OperatorEvent, changed
from tests.contract.store.conftest import Store
from tests.fakes.clock import NOON
from tests.unit.billers.world import an_operator

RECEIVABLE = "operator_receivable:kiosk-1"


def an_entry(number: int, *postings: Posting) -> LedgerTransaction:
    return LedgerTransaction(
        transaction_id=f"cap_{number}",
        kind=TransactionKind.CAPTURE_ALLOCATED,
        posting_day=NOON.date(),
        business_date=NOON.date(),
        posted_at=NOON,
        captured_at=NOON,
        postings=postings,
        currency="BHD",
        agency="moic",
        service="cr-registration",
        reference="",
        payment_id="",
        gateway="kiosk",
        account_id="kiosk-1",
        gateway_transaction=f"K-{number}",
        rrn="",
        correlation_id="corr",
    )


def test_an_operator_reads_back_as_it_was_stored(store: Store) -> None:
    """Licence, accounts, commission, cap and history; listed by code."""
    first, second = an_operator(), an_operator(code="agents", accounts=("agents-1", "agents-2"))
    operators = store.operators_of([first, second])

    assert operators.get("sample-kiosks") == first
    assert operators.get("nobody") is None
    assert operators.get("") is None
    assert operators.all() == [second, first]


def test_two_who_decide_about_the_same_operator_cannot_both_win(store: Store) -> None:
    """The second sees that it is no longer as it read it."""
    operator = an_operator()
    operators = store.operators_of([operator])
    suspended = changed(operator, OperatorEvent.SUSPEND, NOON, actor="p", reason="late")

    assert operators.replace(operator, suspended)
    assert not operators.replace(operator, replace(suspended, reason="other"))
    assert operators.get(operator.code) == suspended
    assert not operators.replace(an_operator(code="nobody"), suspended)


def test_a_counted_balance_is_what_its_entries_come_to(store: Store) -> None:
    """Over many entries and all shards: in 3 × 12.500, back 12.500, banked 10.000; other accounts are not counted."""
    taken = Posting(RECEIVABLE, "agency_payable:moic", 12_500)
    for number in range(3):
        store.books.commit([], transaction=an_entry(number, taken), claims={f"T#{number}": "x"})
    store.books.commit([], transaction=an_entry(3, Posting("agency_payable:moic", RECEIVABLE, 12_500)))
    store.books.commit([], transaction=an_entry(4, Posting("deposits_bank:sample", RECEIVABLE, 10_000)))

    assert store.balances.balance(RECEIVABLE) == 15_000
    assert store.balances.balance("agency_payable:moic") == 0
    assert store.balances.balance("operator_receivable:other") == 0


def test_what_is_not_booked_is_not_counted(store: Store) -> None:
    """The same entry again, or one whose claim somebody holds: nothing moves."""
    entry = an_entry(1, Posting(RECEIVABLE, "agency_payable:moic", 12_500), Posting(RECEIVABLE, "cash_rounding", 5))
    store.books.commit([], transaction=entry, claims={"T#1": "x"})

    again = store.books.commit([], transaction=entry, claims={"T#2": "x"})
    claimed = store.books.commit([], transaction=replace(entry, transaction_id="cap_2"), claims={"T#1": "y"})

    assert (again, claimed) == (CommitOutcome.CHANGED, CommitOutcome.CLAIMED)
    assert store.balances.balance(RECEIVABLE) == 12_505


def test_a_name_is_held_by_whoever_took_it_first(store: Store) -> None:
    """Each account has its own names; a name may be anything that a sender writes."""
    assert store.claims.take("tok-1", "message\x1fg-1", "a") == "a"
    assert store.claims.take("tok-1", "message\x1fg-1", "b") == "a"
    assert store.claims.take("tok-1", "message\x1fg-1", "a") == "a"
    assert store.claims.take("tok-2", "message\x1fg-1", "b") == "b"
    assert store.claims.take("tok-1", "سارة\x00" * 100, "c") == "c"


def test_misses_are_counted_by_account_and_minute(store: Store) -> None:
    """The next minute begins at nothing."""
    store.misses.add("tok-1", NOON)
    store.misses.add("tok-1", NOON)
    store.misses.add("tok-2", NOON)

    assert store.misses.count("tok-1", NOON) == 2
    assert store.misses.count("tok-2", NOON) == 1
    assert store.misses.count("tok-1", NOON + timedelta(minutes=1)) == 0
