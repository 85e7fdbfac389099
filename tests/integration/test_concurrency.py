"""Eight clients on the embedded engine: one winner, no lost update, Σ = 0, every capture in the journal."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from mizan.application.ports import InquiryOutcome, InquiryResult
from mizan.application.use_overpayment import CreditOverpayment
from mizan.domain.errors import IllegalTransitionError, StaleViewError
from mizan.domain.invoices import Invoice, InvoiceState
from mizan.domain.ledger import trial_balance
from mizan.domain.payments import Disposition, Payment, PaymentState
from mizan.domain.references import track_id
from tests.fakes.platform import a_creation
from tests.fakes.samples import CALLER, a_payment, an_invoice, captured, settled
from tests.fakes.terms_samples import PARTIAL, with_terms
from tests.integration.racing import WORKER_COUNT, Worker, hire, race

pytestmark = pytest.mark.engine
DAY = date(2026, 3, 1)
ROUND_COUNT = 5
Ministack = tuple[Callable[[], Any], str]


@pytest.fixture
def workers(ministack: Ministack) -> list[Worker]:
    return hire(*ministack)


def with_captured_attempts(worker: Worker, count: int, number: int = 1) -> tuple[Invoice, list[Payment]]:
    """An issued invoice of BHD 12.500 and `count` pending attempts, each of which the gateway captured."""
    invoice = an_invoice(number)
    worker.invoices.add(invoice)
    payments = [a_payment(invoice, serial) for serial in range(count)]
    for payment in payments:
        worker.payments.add(payment)
        worker.world.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    return invoice, payments


def balances(worker: Worker) -> dict[str, int]:
    return {row.account: row.balance for row in trial_balance(worker.journal.read_day(DAY))}


def test_eight_workers_settle_one_capture_once(workers: list[Worker]) -> None:
    """Five invoices, each delivered to all eight at once: five entries of BHD 12.500, and all eight say the same."""
    for number in range(ROUND_COUNT):
        invoice, (payment,) = with_captured_attempts(workers[0], 1, number)

        results = race([partial(worker.resolver().resolve, payment) for worker in workers])

        assert results == [workers[0].payments.get(payment.payment_id)] * WORKER_COUNT
        stored = workers[0].invoices.get(invoice.reference)
        assert stored is not None
        assert (stored.state, stored.outstanding) == (InvoiceState.PAID, 0)

    assert len(list(workers[0].journal.read_day(DAY))) == ROUND_COUNT
    assert balances(workers[0]) == {"gateway_clearing:fake:acc-1": 62_500, "agency_payable:moic": -62_500}


def test_eight_captures_of_one_invoice_are_one_payment_and_seven_overpayments(workers: list[Worker]) -> None:
    """BHD 100.000 captured for a bill of 12.500: all of it in the books, 87.500 of it the payer's, Σ = 0."""
    invoice, payments = with_captured_attempts(workers[0], WORKER_COUNT)

    results = race(
        [partial(worker.resolver().resolve, payment) for worker, payment in zip(workers, payments, strict=True)]
    )

    dispositions = Counter(result.disposition for result in results if isinstance(result, Payment))
    assert dispositions == {Disposition.ALLOCATED: 1, Disposition.OVERPAID: 7}
    assert {row.payment_id for row in workers[0].journal.read_day(DAY)} == {row.payment_id for row in payments}
    assert balances(workers[0]) == {
        "gateway_clearing:fake:acc-1": 100_000,
        "agency_payable:moic": -12_500,
        "overpayment:moic": -87_500,
    }
    stored = workers[0].invoices.get(invoice.reference)
    assert stored is not None
    assert (stored.state, stored.outstanding) == (InvoiceState.PAID, 0)
    later = workers[0].world.clock.now() + timedelta(hours=1)
    due = {key.sk for key in workers[0].payments.list_due(later, limit=50)}
    assert due == {f"PAY#{payment.payment_id}" for payment in payments}  # each is to be confirmed, and none is lost


def test_eight_parts_that_race_are_taken_to_the_last_fils_and_no_further(workers: list[Worker]) -> None:
    """Eight parts of BHD 2.500 for a bill of 12.500, captured at once: five are taken, or four and two halves of what
    they overlap; 7.500 are the payers'. No part is lost and none counts twice.
    """
    invoice = with_terms(partial=PARTIAL)
    workers[0].invoices.add(invoice)
    line = replace(a_payment(invoice).lines[0], amount=2_500, discharge=2_500)
    payments = [a_payment(invoice, serial, amount=2_500, lines=(line,)) for serial in range(WORKER_COUNT)]
    for payment in payments:
        workers[0].payments.add(payment)
        workers[0].world.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)

    results = race(
        [partial(worker.resolver().resolve, payment) for worker, payment in zip(workers, payments, strict=True)]
    )

    settled_ones = [result for result in results if isinstance(result, Payment)]
    assert len(settled_ones) == WORKER_COUNT
    assert Counter(result.disposition for result in settled_ones) == {Disposition.ALLOCATED: 5, Disposition.OVERPAID: 3}
    assert balances(workers[0]) == {
        "gateway_clearing:fake:acc-1": 20_000,
        "agency_payable:moic": -12_500,
        "overpayment:moic": -7_500,
    }
    stored = workers[0].invoices.get(invoice.reference)
    assert stored is not None
    assert (stored.state, stored.outstanding, len(stored.paid_by)) == (InvoiceState.PAID, 0, 5)
    assert [entry.amount for entry in stored.history[1:]] == [2_500] * 5


@pytest.mark.parametrize("is_one_request", [True, False], ids=["one key", "eight keys"])
def test_eight_credits_of_one_overpayment_never_spend_it_twice(
    workers: list[Worker],
    is_one_request: bool,  # a row of the table
) -> None:
    """Under one key it is one credit that all eight are told of; under eight keys one wins, for the others saw an
    amount that is no longer left.
    """
    overpaid = settled(a_payment(an_invoice(1)), Disposition.OVERPAID, is_final=True)
    target = with_terms(2, partial=PARTIAL)
    workers[0].invoices.add(target)
    workers[0].payments.add(overpaid)
    commands = [
        CreditOverpayment(
            overpaid.payment_id,
            an_invoice(1).reference,
            target.reference,
            amount=2_500,
            seen_refundable=12_500,
            idempotency_key="key" if is_one_request else f"key-{number}",
        )
        for number in range(WORKER_COUNT)
    ]

    results = race(
        [
            partial(worker.overpayments().credit, command, caller=CALLER)
            for worker, command in zip(workers, commands, strict=True)
        ]
    )

    done = [result for result in results if isinstance(result, tuple)]
    refused = [type(result) for result in results if isinstance(result, Exception)]
    assert sum(is_new for _, is_new in done) == 1
    assert (len(done), refused) == ((8, []) if is_one_request else (1, [StaleViewError] * 7))
    stored, paid = workers[0].payments.get(overpaid.payment_id), workers[0].invoices.get(target.reference)
    assert stored is not None
    assert paid is not None
    assert (stored.refundable, paid.outstanding) == (10_000, 10_000)
    assert balances(workers[0]) == {"overpayment:moic": 2_500, "agency_payable:moic": -2_500}


def test_a_confirmation_that_races_eight_times_is_one_entry(workers: list[Worker]) -> None:
    """The same capture confirmed by all: final once, and its history says so once."""
    _, (payment,) = with_captured_attempts(workers[0], 1)
    workers[0].resolver().resolve(payment)
    workers[0].world.clock.advance(timedelta(minutes=3))
    booked_once = workers[0].payments.get(payment.payment_id)
    assert booked_once is not None

    results = race([partial(worker.resolver().resolve, booked_once) for worker in workers])

    final = workers[0].payments.get(payment.payment_id)
    assert final is not None
    assert (final.is_final, [entry.event for entry in final.history].count("confirm")) == (True, 1)
    assert results == [final] * WORKER_COUNT


def test_a_void_that_races_eight_times_reopens_the_invoice_once(workers: list[Worker]) -> None:
    """Booked back once: BHD 12.500 are owed again, the books are flat."""
    invoice, (payment,) = with_captured_attempts(workers[0], 1)
    workers[0].resolver().resolve(payment)
    track = track_id(payment.payment_id)
    workers[0].world.gateway.inquiries[track] = InquiryResult(InquiryOutcome.VOIDED, track)
    workers[0].world.clock.advance(timedelta(minutes=3))
    booked_once = workers[0].payments.get(payment.payment_id)
    assert booked_once is not None

    results = race([partial(worker.resolver().resolve, booked_once) for worker in workers])

    taken_back, stored = workers[0].payments.get(payment.payment_id), workers[0].invoices.get(invoice.reference)
    assert stored is not None
    assert taken_back is not None
    assert results == [taken_back] * WORKER_COUNT
    assert (taken_back.state, taken_back.refundable) == (PaymentState.VOIDED, 0)
    assert (stored.state, stored.outstanding) == (InvoiceState.ISSUED, 12_500)
    assert set(balances(workers[0]).values()) == {0}
    assert len(list(workers[0].journal.read_day(DAY))) == 2


def test_a_cancellation_that_races_a_settlement_leaves_no_money_outside_the_books(workers: list[Worker]) -> None:
    """Ten races of four cancellers and four settlers: paid and allocated, or cancelled and in suspense; never both."""
    seen: Counter[tuple[InvoiceState, Disposition | None]] = Counter()
    for number in range(2 * ROUND_COUNT):
        invoice, (payment,) = with_captured_attempts(workers[0], 1, number)
        settlers = [partial(worker.resolver().resolve, payment) for worker in workers[:4]]
        cancellers = [partial(worker.cancel, invoice.reference) for worker in workers[4:]]

        results = race([task for pair in zip(settlers, cancellers, strict=True) for task in pair])

        stored, settled = (workers[0].invoices.get(invoice.reference), workers[0].payments.get(payment.payment_id))
        assert stored is not None
        assert settled is not None
        seen[stored.state, settled.disposition] += 1
        failures = [result for result in results if isinstance(result, Exception)]
        assert all(isinstance(failure, IllegalTransitionError) for failure in failures)
        assert len(failures) == (0 if stored.state is InvoiceState.CANCELLED else 4)

    assert set(seen) <= {
        (InvoiceState.PAID, Disposition.ALLOCATED),
        (InvoiceState.CANCELLED, Disposition.SUSPENDED),
    }
    assert balances(workers[0])["gateway_clearing:fake:acc-1"] == 125_000
    assert sum(balances(workers[0]).values()) == 0


def test_eight_creations_under_one_key_are_one_invoice(workers: list[Worker]) -> None:
    """One says that it is new, all have the same answer; with a number, and with the key alone."""
    for command in (a_creation(), a_creation(invoice_number=None, idempotency_key="key-2")):
        results = race([partial(worker.create, command) for worker in workers])

        made = [result for result in results if isinstance(result, tuple)]
        assert len(made) == WORKER_COUNT
        assert sum(is_new for _, is_new in made) == 1
        assert len({invoice.reference for invoice, _ in made}) == 1
        assert {invoice.created_at for invoice, _ in made} == {
            row.created_at for row in workers[0].invoices.get_many([made[0][0].reference])
        }


def test_eight_bodies_under_one_key_are_one_invoice_and_seven_conflicts(workers: list[Worker]) -> None:
    """Whoever comes first has the key; the other numbers are not created."""
    results = race(
        [
            partial(worker.create, a_creation(invoice_number=f"N-{position}", fingerprint=f"body-{position}"))
            for position, worker in enumerate(workers)
        ]
    )

    made = [result[0].reference for result in results if isinstance(result, tuple)]
    errors = Counter(type(result).__name__ for result in results if isinstance(result, Exception))
    assert (len(made), errors) == (1, {"IdempotencyConflictError": 7})
    assert list(workers[0].invoices.list_day("moic", DAY, limit=50, cursor=None).references) == made


def test_eight_starts_under_one_key_ask_the_gateway_once(workers: list[Worker]) -> None:
    """One attempt, one page: nobody is sent to pay twice by an impatient client."""
    invoice = an_invoice()
    workers[0].invoices.add(invoice)

    results = race([partial(worker.start, invoice.reference, "try-1") for worker in workers])

    started = [result for result in results if isinstance(result, tuple)]
    assert len(started) == WORKER_COUNT
    assert sum(is_new for _, is_new in started) == 1
    assert len(workers[0].world.gateway.initiated) == 1
    assert [row.state for row in workers[0].payments.list_of_invoice(invoice.reference)] == [PaymentState.PENDING]


def test_inquiries_that_race_a_capture_lose_no_update(workers: list[Worker]) -> None:
    """Seven workers postpone on stale sight while one books: the success stands, whatever the order."""
    for number in range(ROUND_COUNT):
        invoice, (payment,) = with_captured_attempts(workers[0], 1, number)
        postponed = replace(payment, inquiry_count=1)
        stale = [partial(worker.payments.replace, payment, postponed) for worker in workers[1:]]

        results = race([partial(workers[0].resolver().resolve, payment), *stale])

        assert sum(result is True for result in results) <= 1
        settled = workers[0].payments.get(payment.payment_id)
        assert settled is not None
        assert (settled.state, settled.disposition) == (PaymentState.SUCCEEDED, Disposition.ALLOCATED)
        assert settled.inquiry_count == sum(result is True for result in results)
        paid = workers[0].invoices.get(invoice.reference)
        assert paid is not None
        assert paid.outstanding == 0

    assert balances(workers[0])["agency_payable:moic"] == -62_500
