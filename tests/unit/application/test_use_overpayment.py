"""Money that was paid twice: credited to another invoice as the payer asks, or set aside after a year; never lost."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mizan.application.ports_books import CommitOutcome, Move
from mizan.application.trying_again import RETRY_COUNT_MAX
from mizan.application.use_overpayment import CreditOverpayment
from mizan.domain.accounts import Caller
from mizan.domain.errors import (
    BusyError,
    IdempotencyConflictError,
    IllegalTransitionError,
    InvalidInputError,
    NotFoundError,
    StaleViewError,
)
from mizan.domain.history import Entry
from mizan.domain.invoices import InvoiceEvent, InvoiceState, changed
from mizan.domain.ledger import LedgerTransaction, Posting, TransactionKind
from mizan.domain.payments import Disposition, Payment, PaymentState
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.samples import CALLER, STRANGER, a_capture, a_payment, a_reference, an_invoice, settled
from tests.fakes.store import FakeBooks
from tests.fakes.terms_samples import DISCOUNT, MONTHLY, PARTIAL, with_terms

OVERPAID = Disposition.OVERPAID
YEAR = timedelta(days=365)
PAID_ALREADY, OPEN = a_reference(1), a_reference(2)


@pytest.fixture
def platform() -> Platform:
    return Platform()


def overpaid(platform: Platform, **changes: Any) -> Payment:
    """BHD 12.500 that was paid a second time on invoice 1, confirmed."""
    invoice = platform.with_invoice(an_invoice(1, state=InvoiceState.PAID, outstanding=0))
    return platform.with_payment(settled(a_payment(invoice), OVERPAID, **({"is_final": True} | changes)))


def credit(platform: Platform, payment: Payment, caller: Caller = CALLER, **changes: Any) -> tuple[Payment, bool]:
    command = CreditOverpayment(
        payment_id=payment.payment_id,
        reference=PAID_ALREADY,
        to_reference=OPEN,
        amount=12_500,
        seen_refundable=12_500,
        idempotency_key="credit-1",
    )
    return platform.overpayments().credit(replace(command, **changes), caller=caller)


def figures(payment: Payment) -> list[tuple[int, int, int]]:
    return [(share.amount, share.left, share.reserved) for share in payment.shares]


# -- credited to another invoice --------------------------------------------------------------------------------------


def test_an_overpayment_pays_another_invoice_at_once(platform: Platform) -> None:
    """BHD 12.500 from the payer's account to the agency's: the other is paid, and nothing is left to refund."""
    payment = overpaid(platform)
    platform.with_invoice(an_invoice(2))
    platform.clock.advance(timedelta(days=1))

    after, is_new = credit(platform, payment)

    now = NOON + timedelta(days=1)
    paid = platform.invoices.rows[OPEN]
    assert is_new
    assert (figures(after), after.refundable, after.state) == ([(12_500, 0, 0)], 0, PaymentState.SUCCEEDED)
    assert after.history[-1] == Entry("credit", now, 12_500, "key:key-1")
    assert (paid.state, paid.outstanding, paid.paid_by) == (InvoiceState.PAID, 0, (payment.payment_id,))
    assert paid.history[-1] == Entry("pay", now, 12_500, "key:key-1")
    (entry,) = platform.journal.rows.values()
    assert (entry.kind, entry.reference, entry.payment_id) == (
        TransactionKind.CREDIT_APPLIED,
        OPEN,
        payment.payment_id,
    )
    assert entry.postings == (Posting("overpayment:moic", "agency_payable:moic", 12_500),)
    assert platform.payments.rows[payment.payment_id] == after


def test_a_part_of_it_pays_a_part(platform: Platform) -> None:
    """2.500 of it, where the other takes parts: 10.000 left on each side; then 4.000 more under another key."""
    payment = overpaid(platform)
    platform.with_invoice(with_terms(2, partial=PARTIAL))

    first, _ = credit(platform, payment, amount=2_500)
    second, is_new = credit(platform, payment, amount=4_000, seen_refundable=10_000, idempotency_key="credit-2")

    assert (figures(first), figures(second), is_new) == ([(12_500, 10_000, 0)], [(12_500, 6_000, 0)], True)
    assert platform.invoices.rows[OPEN].outstanding == 6_000
    assert platform.total() == 6_500


def test_it_pays_a_discounted_invoice_with_less_and_a_leg_as_a_leg(platform: Platform) -> None:
    """As any money that day: 11.500 discharge 12.500; 5.000 are the bound plan's first leg."""
    payment = overpaid(platform)
    platform.with_invoice(with_terms(2, discount=DISCOUNT))
    bound = with_terms(
        3,
        plans=(MONTHLY,),
        changes={"plan": "monthly", "legs_paid": (1,), "outstanding": 8_500, "state": InvoiceState.PARTIALLY_PAID},
    )
    platform.with_invoice(bound)

    discounted, _ = credit(platform, payment, amount=11_500)
    other = platform.with_payment(
        settled(a_payment(an_invoice(1), 5), OVERPAID, is_final=True, capture=a_capture(12_500, 5))
    )
    leg, _ = credit(platform, other, amount=5_000, to_reference=bound.reference, idempotency_key="credit-2")

    assert (figures(discounted), platform.invoices.rows[OPEN].outstanding) == ([(12_500, 1_000, 0)], 0)
    paid = platform.invoices.rows[bound.reference]
    assert (figures(leg), paid.outstanding, sorted(paid.legs_paid)) == ([(12_500, 7_500, 0)], 3_500, [0, 1])


def test_a_repeat_is_answered_and_credits_nothing_more(platform: Platform) -> None:
    """The same key and body, five times: one entry of BHD 2.500."""
    payment = overpaid(platform)
    platform.with_invoice(with_terms(2, partial=PARTIAL))
    first, _ = credit(platform, payment, amount=2_500)

    again = [credit(platform, payment, amount=2_500) for _ in range(4)]

    assert again == [(first, False)] * 4
    assert platform.total() == 2_500
    assert platform.invoices.rows[OPEN].outstanding == 10_000


@pytest.mark.parametrize(
    "changes", [{"amount": 2_501}, {"to_reference": a_reference(3)}, {"amount": 1_000}], ids=["more", "other", "less"]
)
def test_the_same_key_with_another_body_is_a_conflict(platform: Platform, changes: dict[str, Any]) -> None:
    """409 before anything else is judged; nothing moves."""
    payment = overpaid(platform)
    for number in (2, 3):
        platform.with_invoice(with_terms(number, partial=PARTIAL))
    first, _ = credit(platform, payment, amount=2_500)

    with pytest.raises(IdempotencyConflictError):
        credit(platform, payment, **({"amount": 2_500} | changes))

    assert platform.payments.rows[payment.payment_id] == first
    assert platform.total() == 2_500


@pytest.mark.parametrize("seen", [0, 12_499, 12_501])
def test_who_saw_another_amount_decides_nothing(platform: Platform, seen: int) -> None:
    """409 with what is left now."""
    payment = overpaid(platform)
    platform.with_invoice(an_invoice(2))

    with pytest.raises(StaleViewError) as caught:
        credit(platform, payment, seen_refundable=seen)

    assert caught.value.current == 12_500
    assert platform.total() == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": 12_501}, "amount"),
        ({"amount": 2_500}, "amount"),
    ],
    ids=["more than is left", "a part where none is taken"],
)
def test_what_does_not_fit_is_refused_by_name(platform: Platform, changes: dict[str, Any], field: str) -> None:
    """422; nothing moves."""
    payment = overpaid(platform)
    invoice = platform.with_invoice(an_invoice(2))

    with pytest.raises(InvalidInputError) as caught:
        credit(platform, payment, **changes)

    assert [error.field for error in caught.value.fields] == [field]
    assert platform.invoices.rows[OPEN] == invoice
    assert platform.payments.rows[payment.payment_id] == payment


def test_a_capture_that_is_not_confirmed_yet_credits_nothing(platform: Platform) -> None:
    """The gateway may still void it."""
    payment = overpaid(platform, is_final=False)
    platform.with_invoice(an_invoice(2))

    with pytest.raises(InvalidInputError, match="payment_id: not_final"):
        credit(platform, payment)


@pytest.mark.parametrize("disposition", [Disposition.ALLOCATED, Disposition.SUSPENDED])
def test_only_an_overpaid_share_is_credited(platform: Platform, disposition: Disposition) -> None:
    """Allocated money is the agency's and suspended money is finance's: nothing of them is left to credit."""
    payment = overpaid(platform)
    payment = platform.with_payment(settled(a_payment(an_invoice(1)), disposition, is_final=True))
    platform.with_invoice(an_invoice(2))

    with pytest.raises(StaleViewError) as caught:
        credit(platform, payment)

    assert caught.value.current == 0


@pytest.mark.parametrize("state", [InvoiceState.PAID, InvoiceState.HELD, InvoiceState.CANCELLED, InvoiceState.DRAFT])
def test_an_invoice_that_takes_no_money_takes_no_credit(platform: Platform, state: InvoiceState) -> None:
    """409 with what stood there."""
    payment = overpaid(platform)
    platform.with_invoice(an_invoice(2, state=state))

    with pytest.raises(IllegalTransitionError, match=f"invoice is {state}: pay is not possible"):
        credit(platform, payment)

    assert platform.payments.rows[payment.payment_id] == payment


def test_disputed_money_is_credited_to_nobody(platform: Platform) -> None:
    """409 while the bank's word is out."""
    payment = overpaid(platform, state=PaymentState.DISPUTED)
    platform.with_invoice(an_invoice(2))

    with pytest.raises(IllegalTransitionError, match="payment is disputed: credit is not possible"):
        credit(platform, payment)


def test_it_stays_with_the_agency_that_it_was_paid_to(platform: Platform) -> None:
    """Another agency's invoice is not paid with it, whoever asks; a stranger finds no payment, nor an agency another's
    invoice.
    """
    payment = overpaid(platform)
    platform.with_invoice(an_invoice(2, agency="health"))
    everyone = replace(CALLER, agency="*")

    with pytest.raises(InvalidInputError, match="to_reference: another_agency"):
        credit(platform, payment, caller=everyone)
    with pytest.raises(NotFoundError, match="payment"):
        credit(platform, payment, caller=STRANGER)
    with pytest.raises(NotFoundError, match="invoice"):
        credit(platform, payment)
    with pytest.raises(NotFoundError, match="payment"):
        credit(platform, payment, reference=OPEN)

    assert platform.total() == 0


class Racing(FakeBooks):
    """The other invoice is paid in part just before the first commit."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform.invoices, platform.payments, platform.journal)
        self.rows = platform.invoices.rows

    def commit(
        self,
        moves: Sequence[Move],
        *,
        transaction: LedgerTransaction | None = None,
        claims: Mapping[str, str] | None = None,
    ) -> CommitOutcome:
        if self.commit_count == 0:
            part = changed(self.rows[OPEN], InvoiceEvent.PAY_PART, NOON, amount=4_000, outstanding=8_500)
            self.rows[OPEN] = part
        return super().commit(moves, transaction=transaction, claims=claims)


def test_an_invoice_that_changes_meanwhile_is_looked_at_again(platform: Platform) -> None:
    """2.500 still fit what is left of it: credited once, over the newer sight."""
    payment = overpaid(platform)
    platform.with_invoice(with_terms(2, partial=PARTIAL))
    platform.books = Racing(platform)

    _, is_new = credit(platform, payment, amount=2_500)

    assert (is_new, platform.invoices.rows[OPEN].outstanding, platform.total()) == (True, 6_000, 2_500)
    assert platform.books.commit_count == 2


def test_collisions_without_end_are_given_up(platform: Platform) -> None:
    """BusyError after eight; nothing moved."""

    class Colliding(FakeBooks):
        def commit(
            self,
            moves: Sequence[Move],
            *,
            transaction: LedgerTransaction | None = None,
            claims: Mapping[str, str] | None = None,
        ) -> CommitOutcome:
            self.commit_count += 1
            return CommitOutcome.CONFLICT

    payment = overpaid(platform)
    platform.with_invoice(an_invoice(2))
    platform.books = Colliding(platform.invoices, platform.payments, platform.journal)

    with pytest.raises(BusyError):
        credit(platform, payment)

    assert platform.books.commit_count == RETRY_COUNT_MAX


# -- set aside after a year -------------------------------------------------------------------------------------------


def test_an_overpayment_that_nobody_asked_for_in_a_year_is_dormant(platform: Platform) -> None:
    """Moved to an account of its own, shown as dormant, still refundable and still creditable; not moved twice."""
    payment = overpaid(platform)
    platform.clock.instant = a_capture().captured_at + YEAR

    after = platform.overpayments().set_aside(payment)
    again = platform.overpayments().set_aside(after)

    assert again == after == platform.payments.rows[payment.payment_id]
    assert ([share.is_dormant for share in after.shares], after.refundable) == ([True], 12_500)
    assert (after.history[-1].event, after.history[-1].amount, after.next_step_at) == ("dormant", 12_500, None)
    (entry,) = platform.journal.rows.values()
    assert entry.kind is TransactionKind.OVERPAYMENT_DORMANT
    assert entry.postings == (Posting("overpayment:moic", "dormant:moic", 12_500),)


def test_dormant_money_is_credited_from_where_it_lies(platform: Platform) -> None:
    """The payer came back after all: out of the dormant account."""
    payment = overpaid(platform)
    platform.clock.instant = a_capture().captured_at + YEAR
    platform.overpayments().set_aside(payment)
    platform.with_invoice(an_invoice(2, due_date=platform.clock.now().date() + timedelta(days=9)))

    credit(platform, payment)

    assert [entry.postings[0] for entry in platform.journal.rows.values()] == [
        Posting("overpayment:moic", "dormant:moic", 12_500),
        Posting("dormant:moic", "agency_payable:moic", 12_500),
    ]


def not_idle(payment: Payment, **changes: Any) -> Payment:
    (share,) = payment.lines[0].shares
    return replace(payment, lines=(replace(payment.lines[0], shares=(replace(share, **changes),)),))


BUSY: dict[str, Payment] = {
    "all credited": not_idle(settled(a_payment(), OVERPAID, is_final=True), left=0),
    "partly promised": not_idle(settled(a_payment(), OVERPAID, is_final=True), left=7_500, reserved=5_000),
    "allocated": settled(a_payment(), is_final=True),
    "suspended": settled(a_payment(), Disposition.SUSPENDED, is_final=True),
    "not confirmed": settled(a_payment(), OVERPAID),
    "disputed": settled(a_payment(), OVERPAID, is_final=True, state=PaymentState.DISPUTED),
}


@pytest.mark.parametrize("payment", BUSY.values(), ids=BUSY)
def test_what_is_asked_for_or_not_an_overpayment_is_never_dormant(platform: Platform, payment: Payment) -> None:
    """Years later it is as it was."""
    platform.with_payment(payment)
    platform.clock.advance(5 * YEAR)

    assert platform.overpayments().set_aside(payment) == payment

    assert platform.total() == 0


def test_a_younger_overpayment_waits(platform: Platform) -> None:
    """A microsecond before its year is over nothing moves."""
    payment = overpaid(platform)
    platform.clock.instant = a_capture().captured_at + YEAR - timedelta(microseconds=1)

    assert platform.overpayments().set_aside(payment) == payment
    assert platform.total() == 0


def test_what_was_promised_just_now_is_not_set_aside(platform: Platform) -> None:
    """The attempt as seen is stale: the newer word stands and nothing is booked."""
    payment = overpaid(platform)
    newer = replace(not_idle(payment, left=0, reserved=12_500), history=(*payment.history, Entry("reserve", NOON)))
    platform.with_payment(newer)
    platform.clock.instant = a_capture().captured_at + YEAR

    assert platform.overpayments().set_aside(payment) == newer
    assert platform.total() == 0


def test_what_remains_of_a_credited_overpayment_becomes_dormant(platform: Platform) -> None:
    """Of 12.500, 2.500 were credited: 10.000 are set aside."""
    payment = overpaid(platform)
    platform.with_invoice(with_terms(2, partial=PARTIAL))
    credited, _ = credit(platform, payment, amount=2_500)
    platform.clock.instant = a_capture().captured_at + YEAR

    platform.overpayments().set_aside(credited)

    assert [entry.amount for entry in platform.journal.rows.values()] == [2_500, 10_000]
