"""What must be true of money that banks and kiosks told us of: what they took is the oracle."""

from collections import Counter

from mizan.domain.payments import CAPTURED_STATES, PaymentState
from tests.simulation.books import Books, Findings


def every_transaction_is_booked_once(books: Books) -> Findings:
    """Whatever a bank or a kiosk took is one attempt: on its invoice, overpaid or in suspense; or taken back."""
    found = Counter(
        (payment.account_id, payment.capture.transaction)
        for payment in books.payments.values()
        if payment.capture is not None
        and payment.payment_id not in books.allocations
        and payment.state in CAPTURED_STATES | {PaymentState.REVERSED}
    )
    for taken in books.platform.billers.taken.values():
        count = found[taken.account.account_id, taken.transaction]
        if count != 1:
            yield f"{taken.transaction}: booked {count} times"


def every_notice_is_kept_or_refused(books: Books) -> Findings:
    """Of each transaction one reference counts, and what was acknowledged is stored."""
    kept = {item["body"] for item in books.items("CB#")}
    billers = books.platform.billers
    yield from (f"{body!r}: acknowledged, and not stored" for body in billers.acknowledged if body not in kept)
    for taken in billers.taken.values():
        if len(taken.kept) != 1:
            yield f"{taken.transaction}: kept under {sorted(taken.kept)}"


def exposures_are_the_postings(books: Books) -> Findings:
    """What is counted as each operator is posted to equals the journal."""
    counted: Counter[str] = Counter()
    for item in books.items("BAL#"):
        counted[item["pk"].removeprefix("BAL#")] += item["balance"]
    posted: Counter[str] = Counter()
    for (account, _), balance in books.balances.items():
        if account.startswith("operator_receivable:"):
            posted[account] += balance
    for account in counted.keys() | posted.keys():
        if counted[account] != posted[account]:
            yield f"{account}: {counted[account]} counted, {posted[account]} posted"


def settled_money_is_final(books: Books) -> Findings:
    """What the rail will not take back is final here."""
    for payment in books.payments.values():
        taken = books.taken_of(payment)
        if taken is not None and taken.is_settled and not (taken.is_reversed or payment.is_final):
            yield f"{payment.payment_id}: settled there, not final here"
