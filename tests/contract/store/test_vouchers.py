"""What every store promises of vouchers: issued, spent and left as one, found again, due when they run out."""

from datetime import timedelta

from mizan.application.ports_books import CommitOutcome, Move
from mizan.domain.references import voucher_id_of
from mizan.domain.vouchers import Holding, Voucher, VoucherEvent, changed, held
from tests.contract.store.conftest import Store
from tests.fakes.clock import NOON
from tests.fakes.voucher_samples import HOLDER, a_voucher

LATER = NOON + timedelta(minutes=3)


def issue(store: Store, voucher: Voucher) -> CommitOutcome:
    seen = store.vouchers.holding(voucher.holder)
    after = held(seen or Holding(voucher.holder, 0, 0), voucher.amount)
    return store.books.commit([Move(None, voucher), Move(seen, after)])


def test_a_voucher_and_what_its_holder_has_read_back_equal(store: Store) -> None:
    """Every field; two vouchers of one holder add up."""
    first, second = a_voucher(1), a_voucher(2, parent=a_voucher(1).voucher_id)

    outcomes = [issue(store, first), issue(store, second)]

    assert outcomes == [CommitOutcome.COMMITTED, CommitOutcome.COMMITTED]
    assert [store.vouchers.get(one.voucher_id) for one in (first, second)] == [first, second]
    assert store.vouchers.holding(HOLDER) == Holding(HOLDER, 10_000, 2)


def test_a_voucher_is_spent_once(store: Store) -> None:
    """Of two who saw it unspent the second is refused whole: its change is not made, the holding stays."""
    voucher = a_voucher()
    issue(store, voucher)
    holding = Holding(HOLDER, 5_000, 1)
    one, other = (changed(voucher, VoucherEvent.SPEND, LATER, payment_id=name) for name in ("pay_1", "pay_2"))

    first = store.books.commit([Move(voucher, one), Move(holding, held(holding, -5_000))])
    second = store.books.commit([Move(voucher, other), Move(None, a_voucher(3)), Move(holding, held(holding, -4_000))])

    assert (first, second) == (CommitOutcome.COMMITTED, CommitOutcome.CHANGED)
    assert store.vouchers.get(voucher.voucher_id) == one
    assert store.vouchers.get(a_voucher(3).voucher_id) is None
    assert store.vouchers.holding(HOLDER) == Holding(HOLDER, 0, 2)


def test_two_who_issue_to_one_holder_at_once_cannot_both_count_from_the_same(store: Store) -> None:
    """A cap that is checked on what was read holds."""
    issue(store, a_voucher())
    seen = Holding(HOLDER, 5_000, 1)

    first = store.books.commit([Move(None, a_voucher(2)), Move(seen, held(seen, 5_000))])
    second = store.books.commit([Move(None, a_voucher(3)), Move(seen, held(seen, 5_000))])

    assert (first, second) == (CommitOutcome.COMMITTED, CommitOutcome.CHANGED)
    assert store.vouchers.holding(HOLDER) == Holding(HOLDER, 10_000, 2)


def test_a_voucher_is_due_when_it_runs_out_and_not_once_it_is_used(store: Store) -> None:
    unused, used = a_voucher(1), a_voucher(2)
    issue(store, unused)
    store.books.commit([Move(None, used)])
    store.books.commit([Move(used, changed(used, VoucherEvent.SPEND, LATER, payment_id="pay_1"))])

    before = list(store.payments.list_due(unused.expires_at - timedelta(seconds=1), limit=10))
    after = [key.sk for key in store.payments.list_due(unused.expires_at, limit=10)]

    assert (before, after) == ([], [f"VCH#{unused.voucher_id}"])


def test_nothing_is_found_under_what_is_no_voucher_id(store: Store) -> None:
    issue(store, a_voucher())

    found = [store.vouchers.get(name) for name in ("", "vch_1", voucher_id_of("another"))]

    assert found == [None, None, None]
    assert store.vouchers.holding("nobody") is None
