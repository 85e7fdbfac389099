"""What must be true of transfers and of money in suspense: the bank's account is the oracle."""

from collections import Counter

from mizan.domain.payments import CAPTURED_STATES, Disposition
from mizan.domain.suspense import SuspenseState
from tests.simulation.books import Books, Findings


def every_transfer_is_booked_once(books: Books) -> Findings:
    """A credit is one attempt, whoever told of it; one that the bank took back is taken back where it lies by now."""
    found = Counter(
        payment.capture.transaction
        for payment in books.payments.values()
        if payment.capture is not None and payment.payment_id not in books.allocations
    )
    for reference, transfer in books.platform.bank_account.transfers.items():
        if found[reference] != 1:
            yield f"{reference}: booked {found[reference]} times"
        own = [one for one in books.payments.values() if one.capture and one.capture.transaction == reference]
        standing = [one for one in own if one.state in CAPTURED_STATES]
        if transfer.is_reversed and len(standing) == len(own):
            yield f"{reference}: taken back there, {[one.state for one in own]} here"


def every_suspended_share_has_its_case(books: Books) -> Findings:
    """One case for each, of its amount; what is allocated became one attempt of just that money, and left suspense."""
    suspended = {
        one.payment_id: one for one in books.payments.values() if any(s.disposition in SUSPENDED for s in one.shares)
    }
    cases = {case.payment_id: case for case in books.cases.values()}
    for payment_id in suspended.keys() ^ cases.keys():
        yield f"{payment_id}: {'no case' if payment_id in suspended else 'no suspended money'}"
    for payment_id in suspended.keys() & cases.keys():
        case, payment = cases[payment_id], suspended[payment_id]
        if case.amount != payment.amount_of(Disposition.SUSPENDED):
            yield f"{case.case_id}: {case.amount}, {payment.amount_of(Disposition.SUSPENDED)} suspended"
        left = sum(share.left for share in payment.shares if share.disposition in SUSPENDED)
        if case.state is SuspenseState.ALLOCATED and left:
            yield f"{case.case_id}: allocated, and {left} left"


SUSPENDED = frozenset({Disposition.SUSPENDED})


def a_case_is_allocated_once(books: Books) -> Findings:
    """As one attempt, on one invoice, of all its money."""
    made = Counter(
        (payment.account_id, payment.capture.transaction)
        for payment_id, payment in books.payments.items()
        if payment_id in books.allocations and payment.capture is not None
    )
    yield from (f"{key}: {count} times" for key, count in made.items() if count > 1)
    for payment_id, case in books.allocations.items():
        payment = books.payments.get(payment_id)
        if payment is None or payment.capture is None or payment.capture.amount != case.amount:
            yield f"{case.case_id}: {case.amount} allocated, {payment}"
