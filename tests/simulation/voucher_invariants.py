"""What must be true of vouchers: the operator's machines are the oracle for the cash, the journal for the rest."""

from collections import Counter

from mizan.domain.accounts import PLATFORM_AGENCY
from mizan.domain.ledger import dormant, vouchers_outstanding
from mizan.domain.vouchers import HOLDING_MAX, VoucherState
from tests.simulation.books import Books, Findings
from tests.simulation.wiring import digest_of_holder

STANDING = frozenset({VoucherState.ISSUED, VoucherState.SPENT, VoucherState.EXPIRED})


def every_note_in_a_machine_is_a_voucher(books: Books) -> Findings:
    """What lies in a machine was issued once, for its amount and its holder; what fell out again was not, or is not
    any more.
    """
    issued = {one.transaction: one for one in books.vouchers.values() if one.parent is None}
    counted = Counter(one.transaction for one in books.vouchers.values() if one.parent is None)
    for notes in books.platform.till.sales.values():
        voucher = issued.get(notes.transaction)
        stands = voucher is not None and voucher.state in STANDING
        if stands != notes.is_inside or counted[notes.transaction] > 1:
            yield f"{notes.transaction}: {'inside' if notes.is_inside else 'given back'}, {voucher}"
        if voucher is not None and (voucher.amount, voucher.holder) != (
            notes.amount,
            digest_of_holder(notes.identifier),
        ):
            yield f"{notes.transaction}: {notes.amount} put in, {voucher.amount} issued"


def no_voucher_pays_twice(books: Books) -> Findings:
    """Each code paid one bill at most, and what it did not pay is one new voucher: not a fils more or less."""
    paid: Counter[str] = Counter()
    for payment in books.payments.values():
        if payment.capture is not None and payment.capture.transaction in books.vouchers:
            paid[payment.capture.transaction] += payment.capture.amount
            if payment.capture.amount != payment.amount:
                yield f"{payment.payment_id}: {payment.amount} asked for"
    left = Counter({one.parent: one.amount for one in books.vouchers.values() if one.parent is not None})
    for voucher in books.vouchers.values():
        wanted = voucher.amount if voucher.state is VoucherState.SPENT else 0
        if paid[voucher.voucher_id] + left[voucher.voucher_id] != wanted:
            yield f"{voucher.voucher_id}: {voucher.state}, {paid[voucher.voucher_id]} paid of {voucher.amount}"


def vouchers_outstanding_are_those_issued(books: Books) -> Findings:
    """The account holds what codes can still pay; what ran out lies apart."""
    for account, state in (
        (vouchers_outstanding(), VoucherState.ISSUED),
        (dormant(PLATFORM_AGENCY), VoucherState.EXPIRED),
    ):
        wanted = sum(one.amount for one in books.vouchers.values() if one.state is state)
        if -books.balances[account, "BHD"] != wanted:
            yield f"{account}: {-books.balances[account, 'BHD']} in the books, {wanted} in vouchers"


def holders_hold_what_was_issued(books: Books) -> Findings:
    """A holding is the sum of its holder's vouchers, and never above the cap."""
    wanted: Counter[str] = Counter()
    for voucher in books.vouchers.values():
        wanted[voucher.holder] += voucher.amount if voucher.state is VoucherState.ISSUED else 0
    for holder in wanted.keys() | books.holdings.keys():
        held = books.holdings[holder].amount if holder in books.holdings else 0
        if held != wanted[holder] or held > HOLDING_MAX["cpr"]:
            yield f"{holder}: holds {held}, {wanted[holder]} in vouchers"


def every_issued_voucher_runs_out(books: Books) -> Findings:
    """What can still pay stands in the index of what is due, and nothing else of vouchers does."""
    due = {key for _, key in books.platform.due_keys()}
    for voucher in books.vouchers.values():
        if (voucher.state is VoucherState.ISSUED) != (f"VCH#{voucher.voucher_id}" in due):
            yield f"{voucher.voucher_id}: {voucher.state}, and the index differs"
