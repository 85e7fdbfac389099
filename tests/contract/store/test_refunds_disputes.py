"""What every store of refunds and disputes promises to its readers; they are written through the books."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.application.ports_books import CommitOutcome, Move
from mizan.domain.callbacks import CallbackKey
from mizan.domain.disputes import Dispute, DisputeState
from mizan.domain.refunds import OPEN_STATES, Refund, RefundState
from tests.contract.store.conftest import Store
from tests.fakes.clock import NOON
from tests.fakes.refund_samples import a_dispute, a_refund, every_shape_of_a_refund
from tests.fakes.samples import a_payment, a_reference, an_invoice

SHAPES = every_shape_of_a_refund()


@pytest.mark.parametrize("refund", SHAPES.values(), ids=SHAPES.keys())
def test_a_refund_reads_back_equal(store: Store, refund: Refund) -> None:
    """Every field in every shape, who gets the money included."""
    assert store.books.commit([Move(None, refund)]) is CommitOutcome.COMMITTED

    assert store.refunds.get(refund.refund_id) == refund


@pytest.mark.parametrize(
    "dispute",
    [a_dispute(), a_dispute(evidence=(), state=DisputeState.LOST), a_dispute(portions=a_dispute().portions[:1])],
    ids=["with evidence", "without", "of one share"],
)
def test_a_dispute_reads_back_equal(store: Store, dispute: Dispute) -> None:
    """Every field, its portions and notes in their order."""
    assert store.books.commit([Move(None, dispute)]) is CommitOutcome.COMMITTED

    assert store.disputes.get(dispute.dispute_id) == dispute


@pytest.mark.parametrize(
    "own_id",
    ["", "rfd_", "dsp_1", "HEAD", a_payment().payment_id, a_refund().refund_id, a_dispute().dispute_id, a_reference()],
)
def test_what_is_not_one_or_not_there_is_none(store: Store, own_id: str) -> None:
    """No error, and nothing looked up for what cannot be an id."""
    assert store.refunds.get(own_id) is None
    assert store.disputes.get(own_id) is None


def test_refunds_of_an_invoice_are_listed_oldest_first_and_nothing_else(store: Store) -> None:
    """Neither its attempts nor its disputes nor another invoice's refunds are among them."""
    payment = a_payment()
    older, newer = a_refund(payment, 2, created_at=NOON - timedelta(hours=1)), a_refund(payment, 1)
    foreign = a_refund(a_payment(an_invoice(2)), 3)
    for record in (newer, older, foreign, a_dispute(payment)):
        store.books.commit([Move(None, record)])
    store.payments.add(payment)

    assert store.refunds.list_of_invoice(payment.reference) == [older, newer]
    assert store.refunds.list_of_invoice(a_reference(3)) == []


def test_disputes_of_an_invoice_are_listed_oldest_first_and_nothing_else(store: Store) -> None:
    """As the refunds, and in the same instant by id."""
    payment = a_payment()
    older, first, second = a_dispute(payment, 9, created_at=NOON - timedelta(1)), a_dispute(payment, 1), a_dispute()
    second = replace(second, dispute_id=a_dispute(payment, 2).dispute_id)
    foreign = a_dispute(a_payment(an_invoice(2)))
    for record in (second, first, older, foreign, a_refund(payment)):
        store.books.commit([Move(None, record)])

    assert store.disputes.list_of_invoice(payment.reference) == [older, first, second]


@pytest.mark.parametrize("state", RefundState)
def test_a_refund_is_due_while_the_platform_has_the_next_step(store: Store, state: RefundState) -> None:
    """Approved, in transit or redeemable; requested waits for a person, and what is over is over."""
    refund = a_refund(state=state)
    store.books.commit([Move(None, refund)])

    due = list(store.payments.list_due(NOON + timedelta(minutes=1), limit=10))

    key = CallbackKey(f"INV#{refund.payment_reference}", f"RFD#{refund.refund_id}")
    assert due == ([key] if state in OPEN_STATES else [])
    assert list(store.payments.list_due(NOON, limit=10)) == []


def test_attempts_and_refunds_are_due_in_one_order(store: Store) -> None:
    """Of one shard, whatever they are: what is due longest comes first."""
    payment = a_payment(serial=8)
    refund = a_refund(payment, 0, state=RefundState.SENDING, next_inquiry_at=NOON)
    store.payments.add(payment)
    store.books.commit([Move(None, refund)])

    listed = [key.sk for key in store.payments.list_due(NOON + timedelta(hours=1), limit=10)]

    assert listed == [f"RFD#{refund.refund_id}", f"PAY#{payment.payment_id}"]
    assert int(refund.refund_id[-6:]) % 8 == int(payment.payment_id[-6:]) % 8 == 0
