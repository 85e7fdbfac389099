"""Resolving an attempt: one inquiry decides, captured money is always booked, and nothing else is ever guessed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from mizan.application.ports import InquiryOutcome, InquiryResult
from mizan.application.ports_books import CommitOutcome, Move
from mizan.application.resolve_payment import CONFIRM_AFTER, RETRY_COUNT_MAX
from mizan.domain.errors import BusyError, GatewayUnavailableError, NotFoundError, OutcomeUnknownError
from mizan.domain.invoices import InvoiceState
from mizan.domain.ledger import LedgerTransaction, Posting, TransactionKind, trial_balance
from mizan.domain.payments import CAPTURED_STATES, Capture, Decline, Disposition, Payment, PaymentMethod, PaymentState
from mizan.domain.references import track_id
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.samples import AMOUNT, a_capture, a_payment, an_invoice, captured, settled
from tests.fakes.store import FakeBooks, FakePaymentRepository
from tests.fakes.world import FakeAccountDirectory, FakeGatewayRegistry

CLEARING = "gateway_clearing:fake:acc-1"
DECLINE = Decline("51", "Insufficient funds.", "الرصيد غير كافٍ.")
UNDECIDED = [PaymentState.CREATED, PaymentState.PENDING, PaymentState.UNKNOWN]
FAILED = [PaymentState.DECLINED, PaymentState.CANCELLED, PaymentState.EXPIRED]
MONEY_MOVED = sorted(CAPTURED_STATES | {PaymentState.VOIDED, PaymentState.REVERSED})
"""Nothing that is said of the outcome moves these (a booked capture is confirmed or taken back: see below)."""

CLOSED = sorted(set(MONEY_MOVED) - {PaymentState.SUCCEEDED})
SOON, OVER = timedelta(minutes=5), timedelta(minutes=45)


@pytest.fixture
def platform() -> Platform:
    return Platform()


def answer(payment: Payment, outcome: InquiryOutcome) -> InquiryResult:
    if outcome is InquiryOutcome.CAPTURED:
        return captured(payment)
    return InquiryResult(
        outcome, track_id(payment.payment_id), decline=DECLINE if outcome is InquiryOutcome.DECLINED else None
    )


def expected_state(state: PaymentState, outcome: InquiryOutcome, waited: timedelta) -> PaymentState:
    """The rule, written out once more and independently of the tables under test."""
    late_truth = {InquiryOutcome.CAPTURED: PaymentState.SUCCEEDED, InquiryOutcome.VOIDED: PaymentState.VOIDED}
    late_truth |= {InquiryOutcome.REVERSED: PaymentState.VOIDED}
    decided = late_truth | {
        InquiryOutcome.DECLINED: PaymentState.DECLINED,
        InquiryOutcome.CANCELLED: PaymentState.CANCELLED,
        InquiryOutcome.UNKNOWN: PaymentState.UNKNOWN,
    }
    if state in CLOSED:
        return state
    if state in FAILED:
        return late_truth.get(outcome, state)
    is_over = outcome is InquiryOutcome.NOT_FOUND and waited >= OVER
    return decided.get(outcome, PaymentState.EXPIRED if is_over else state)


WITHOUT_SUCCESS = [state for state in PaymentState if state is not PaymentState.SUCCEEDED]


@pytest.mark.parametrize(("state", "outcome", "waited"), list(product(WITHOUT_SUCCESS, InquiryOutcome, [SOON, OVER])))
def test_every_answer_in_every_state_has_its_one_effect(
    platform: Platform, state: PaymentState, outcome: InquiryOutcome, waited: timedelta
) -> None:
    """160 cases: the state that follows is stored and returned, and the journal has the money exactly when captured."""
    invoice = platform.with_invoice()
    payment = platform.with_payment(a_payment(invoice, state=state))
    platform.gateway.inquiries[track_id(payment.payment_id)] = answer(payment, outcome)
    platform.clock.advance(waited)

    after = platform.resolver().resolve(payment)

    assert after.state is expected_state(state, outcome, waited)
    assert platform.payments.rows[payment.payment_id] == after
    is_booked = outcome is InquiryOutcome.CAPTURED and state not in CLOSED
    assert platform.total() == (12_500 if is_booked else 0)
    assert platform.invoices.rows[invoice.reference].state is (InvoiceState.PAID if is_booked else InvoiceState.ISSUED)


@pytest.mark.parametrize("state", MONEY_MOVED)
def test_what_is_final_costs_no_inquiry(platform: Platform, state: PaymentState) -> None:
    """A replayed callback of a settled attempt is answered from what is stored."""
    payment = platform.with_payment(settled(a_payment(), state=state, is_final=True))

    assert platform.resolver().resolve(payment) == payment

    assert platform.gateway.inquired == []


def test_a_capture_that_was_booked_just_now_costs_no_inquiry(platform: Platform) -> None:
    """Until it is time to confirm it, deliveries and the sweep are answered from what is stored."""
    payment = platform.with_payment(settled(a_payment()))
    platform.clock.advance(timedelta(minutes=2) + CONFIRM_AFTER - timedelta(microseconds=1))

    assert platform.resolver().resolve(payment) == payment

    assert platform.gateway.inquired == []


def test_a_confirmed_capture_pays_the_invoice_and_balances_the_books(platform: Platform) -> None:
    """BHD 12.500: attempt succeeded and allocated, invoice paid with 0 outstanding, clearing against payable."""
    invoice = platform.with_invoice()
    payment = platform.with_payment(a_payment(invoice))
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    platform.clock.advance(SOON)

    after = platform.resolver().resolve(payment)

    assert (after.state, after.disposition, after.capture) == (
        PaymentState.SUCCEEDED,
        Disposition.ALLOCATED,
        a_capture(),
    )
    paid = platform.invoices.rows[invoice.reference]
    assert (paid.state, paid.amount, paid.outstanding, paid.updated_at) == (
        InvoiceState.PAID,
        12_500,
        0,
        NOON + SOON,
    )
    (entry,) = platform.journal.rows.values()
    assert (entry.kind, entry.amount) == (TransactionKind.CAPTURE_ALLOCATED, 12_500)
    assert [(row.account, row.balance) for row in trial_balance([entry])] == [
        ("agency_payable:moic", -12_500),
        (CLEARING, 12_500),
    ]
    assert (entry.gateway_transaction, entry.rrn, entry.reference) == ("gt-0", "000000000000", invoice.reference)


def test_a_second_success_is_a_visible_overpayment(platform: Platform) -> None:
    """Two attempts captured on one invoice: one is allocated, the other is the payer's money, both are in the books."""
    invoice = platform.with_invoice()
    first, second = (platform.with_payment(a_payment(invoice, serial)) for serial in (1, 2))
    for payment in (first, second):
        platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)

    dispositions = [platform.resolver().resolve(payment).disposition for payment in (first, second)]

    assert dispositions == [Disposition.ALLOCATED, Disposition.OVERPAID]
    assert [(row.account, row.balance) for row in trial_balance(platform.journal.rows.values())] == [
        ("agency_payable:moic", -12_500),
        (CLEARING, 25_000),
        ("overpayment:moic", -12_500),
    ]


def test_money_for_a_cancelled_invoice_goes_to_suspense(platform: Platform) -> None:
    """Cancelled, then captured: the invoice stays cancelled, and the BHD 12.500 waits for finance."""
    invoice = platform.with_invoice(an_invoice(state=InvoiceState.CANCELLED))
    payment = platform.with_payment(a_payment(invoice))
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)

    after = platform.resolver().resolve(payment)

    assert (after.state, after.disposition) == (PaymentState.SUCCEEDED, Disposition.SUSPENDED)
    assert platform.invoices.rows[invoice.reference] == invoice
    (entry,) = platform.journal.rows.values()
    assert entry.postings == (Posting(CLEARING, "suspense:fake", 12_500),)


@pytest.mark.parametrize(
    ("capture", "track", "amount"),
    [
        (a_capture(12_499), None, 12_499),
        (a_capture(12_501), None, 12_501),
        (a_capture(currency="USD"), None, 12_500),
        (a_capture(), "9" * 24, 12_500),
        (a_capture(), "", 12_500),
    ],
    ids=["a fils short", "a fils over", "another currency", "another track", "no track"],
)
def test_money_that_does_not_fit_is_booked_to_suspense_as_it_is(
    platform: Platform, capture: Capture, track: str | None, amount: int
) -> None:
    """Amount, currency and track id must be the attempt's (rails.md, rule 6); the invoice is never marked paid."""
    invoice = platform.with_invoice()
    payment = platform.with_payment(a_payment(invoice))
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment, capture, track=track)

    after = platform.resolver().resolve(payment)

    assert (after.state, after.disposition, after.capture) == (
        PaymentState.SUCCEEDED,
        Disposition.SUSPENDED,
        capture,
    )
    (entry,) = platform.journal.rows.values()
    assert (entry.kind, entry.postings, entry.currency) == (
        TransactionKind.CAPTURE_SUSPENDED,
        (Posting(CLEARING, "suspense:fake", amount),),
        capture.currency,
    )
    assert platform.invoices.rows[invoice.reference] == invoice


@pytest.mark.parametrize("outcome", [InquiryOutcome.DECLINED, InquiryOutcome.CANCELLED, InquiryOutcome.VOIDED])
def test_a_refusal_of_another_track_says_nothing_about_ours(platform: Platform, outcome: InquiryOutcome) -> None:
    """An answer about somebody else's track id fails no attempt: unknown, asked again."""
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    platform.gateway.inquiries[track_id(payment.payment_id)] = InquiryResult(outcome, "9" * 24, decline=DECLINE)
    platform.clock.advance(SOON)

    after = platform.resolver().resolve(payment)

    assert (after.state, after.decline, after.inquiry_count) == (PaymentState.UNKNOWN, None, 1)


@pytest.mark.parametrize("capture", [None, a_capture(0), a_capture(-1)], ids=["no capture", "nothing", "negative"])
def test_a_success_that_names_no_money_is_unknown_and_never_expires(
    platform: Platform, capture: Capture | None
) -> None:
    """ "Captured" without an amount is a word we do not understand: never success, never failure, asked again."""
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    platform.gateway.inquiries[track_id(payment.payment_id)] = InquiryResult(
        InquiryOutcome.CAPTURED, track_id(payment.payment_id), capture=capture
    )
    platform.clock.advance(OVER)

    after = platform.resolver().resolve(payment)

    assert after.state is PaymentState.UNKNOWN
    assert platform.total() == 0


@pytest.mark.parametrize("state", FAILED)
def test_a_late_capture_is_taken_after_all(platform: Platform, state: PaymentState) -> None:
    """Declined, cancelled or expired, then captured: the invoice is paid and the old decline is gone."""
    invoice = platform.with_invoice()
    payment = platform.with_payment(a_payment(invoice, state=state, decline=DECLINE))
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    platform.clock.advance(timedelta(days=2))

    after = platform.resolver().resolve(payment)

    assert (after.state, after.disposition, after.decline) == (PaymentState.SUCCEEDED, Disposition.ALLOCATED, None)
    assert platform.invoices.rows[invoice.reference].outstanding == 0
    (entry,) = platform.journal.rows.values()
    assert (entry.business_date.isoformat(), entry.posting_day.isoformat()) == ("2026-03-01", "2026-03-03")


def test_a_decline_keeps_the_gateways_reason(platform: Platform) -> None:
    """The payer is told why, in both languages, and may try again on the same invoice."""
    invoice = platform.with_invoice()
    payment = platform.with_payment(a_payment(invoice))
    platform.gateway.inquiries[track_id(payment.payment_id)] = answer(payment, InquiryOutcome.DECLINED)

    after = platform.resolver().resolve(payment)
    again, is_new = platform.start(invoice.reference, "try-2")

    assert (after.state, after.decline) == (PaymentState.DECLINED, DECLINE)
    assert (again.state, is_new) == (PaymentState.PENDING, True)


@pytest.mark.parametrize("error", [GatewayUnavailableError("down"), OutcomeUnknownError("timed out")])
def test_an_inquiry_without_an_answer_is_asked_again_later(platform: Platform, error: Exception) -> None:
    """The error goes up (a retry is safe); the state stays, and the waits are 1, 2, 4 minutes."""
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    platform.gateway.inquiries[track_id(payment.payment_id)] = error

    waits = []
    for _ in range(3):
        platform.clock.advance(payment.next_inquiry_at - platform.clock.now())
        with pytest.raises(type(error)):
            platform.resolver().resolve(payment)
        payment = platform.payments.rows[payment.payment_id]
        waits.append((payment.next_inquiry_at - platform.clock.now()) // timedelta(minutes=1))

    assert (payment.state, payment.inquiry_count, waits) == (PaymentState.PENDING, 3, [1, 2, 4])


@pytest.mark.parametrize("state", FAILED)
def test_an_inquiry_without_an_answer_leaves_a_failed_attempt_as_it_is(platform: Platform, state: PaymentState) -> None:
    """No clock is wound for what the sweep does not ask about."""
    payment = platform.with_payment(a_payment(state=state))
    platform.gateway.inquiries[track_id(payment.payment_id)] = OutcomeUnknownError("timed out")

    with pytest.raises(OutcomeUnknownError):
        platform.resolver().resolve(payment)

    assert platform.payments.rows[payment.payment_id] == payment


@pytest.mark.parametrize(
    ("waited", "state"),
    [(OVER - timedelta(microseconds=1), PaymentState.PENDING), (OVER, PaymentState.EXPIRED)],
)
def test_an_attempt_expires_a_quarter_of_an_hour_after_its_half_hour(
    platform: Platform, waited: timedelta, state: PaymentState
) -> None:
    """30 minutes for the payer, 15 of grace for the gateway's word; to the microsecond."""
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    platform.gateway.fallback = InquiryOutcome.NOT_FOUND
    platform.clock.advance(waited)

    assert platform.resolver().resolve(payment).state is state


def test_an_expired_attempt_is_asked_about_once_more_a_day_later_and_then_left_alone(platform: Platform) -> None:
    """Not every rail voids what nobody acknowledged: a payer may have finished on a page that we gave up on."""
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    platform.gateway.fallback = InquiryOutcome.NOT_FOUND
    platform.clock.advance(OVER)

    expired = platform.resolver().resolve(payment)
    platform.clock.advance(timedelta(days=1))
    looked = platform.resolver().resolve(expired)

    assert (expired.state, expired.next_step_at) == (PaymentState.EXPIRED, platform.clock.now())
    assert (looked.state, looked.next_step_at) == (PaymentState.EXPIRED, None)


def test_money_that_came_silently_after_an_attempt_expired_is_found_by_the_late_look(platform: Platform) -> None:
    invoice = platform.with_invoice()
    payment = platform.with_payment(a_payment(invoice))
    platform.gateway.fallback = InquiryOutcome.NOT_FOUND
    platform.clock.advance(OVER)
    expired = platform.resolver().resolve(payment)
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    platform.clock.advance(timedelta(days=1))

    found = platform.resolver().resolve(expired)

    assert (found.state, found.disposition) == (PaymentState.SUCCEEDED, Disposition.ALLOCATED)
    assert platform.total() == invoice.amount


def test_an_attempt_that_the_gateway_calls_pending_never_expires(platform: Platform) -> None:
    """A host that timed out may have charged: the attempt stays open, and asked about, while that is the word."""
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    platform.gateway.fallback = InquiryOutcome.PENDING
    platform.clock.advance(timedelta(days=30))

    after = platform.resolver().resolve(payment)

    assert after.state is PaymentState.PENDING
    assert after.next_inquiry_at > platform.clock.now()


def test_a_delivery_cannot_put_off_the_sweeps_next_look(platform: Platform) -> None:
    """Anyone may post a notice: an inquiry before its time that brings nothing leaves the schedule as it was."""
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    platform.gateway.fallback = InquiryOutcome.NOT_FOUND

    platform.resolver().resolve(payment)

    assert platform.payments.rows[payment.payment_id] == payment


def test_an_unknown_outcome_never_expires(platform: Platform) -> None:
    """A month later it is still asked about, hourly: nobody said that no money was taken."""
    payment = platform.with_payment(a_payment(platform.with_invoice(), inquiry_count=700))
    platform.gateway.fallback = InquiryOutcome.UNKNOWN
    platform.clock.advance(timedelta(days=30))

    after = platform.resolver().resolve(payment)

    assert after.state is PaymentState.UNKNOWN
    assert after.next_inquiry_at == NOON + timedelta(days=30, hours=1)


def test_an_attempt_whose_account_or_gateway_is_gone_says_so(platform: Platform) -> None:
    """NotFoundError; nothing moves."""
    payment = platform.with_payment(a_payment(platform.with_invoice()))

    platform.gateways = FakeGatewayRegistry()
    with pytest.raises(NotFoundError, match="gateway"):
        platform.resolver().resolve(payment)
    platform.accounts = FakeAccountDirectory()
    with pytest.raises(NotFoundError, match="merchant account"):
        platform.resolver().resolve(payment)

    assert platform.payments.rows[payment.payment_id].state is PaymentState.PENDING
    assert platform.total() == 0


class Interfering(FakeBooks):
    """Before the first commit, somebody else does what `interference` does."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform.invoices, platform.payments, platform.journal)
        self.interference: Callable[[], object] = lambda: None

    def commit(
        self,
        moves: Sequence[Move],
        *,
        transaction: LedgerTransaction | None = None,
        claims: Mapping[str, str] | None = None,
    ) -> CommitOutcome:
        if self.commit_count == 0:
            self.interference()
        return super().commit(moves, transaction=transaction, claims=claims)


def test_an_invoice_that_is_cancelled_mid_settle_sends_the_money_to_suspense(platform: Platform) -> None:
    """The head changed between the read and the write: nothing was written, and the second look decides anew."""
    platform.books = books = Interfering(platform)
    invoice = platform.with_invoice()
    payment = platform.with_payment(a_payment(invoice))
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    cancelled = replace(invoice, state=InvoiceState.CANCELLED)
    books.interference = lambda: platform.invoices.rows.update({invoice.reference: cancelled})

    after = platform.resolver().resolve(payment)

    assert after.disposition is Disposition.SUSPENDED
    assert platform.invoices.rows[invoice.reference] == cancelled
    assert (platform.total(), books.commit_count) == (12_500, 2)


def test_an_invoice_that_is_paid_mid_settle_makes_an_overpayment(platform: Platform) -> None:
    """One winner: the head was settled by another attempt meanwhile."""
    platform.books = books = Interfering(platform)
    invoice = platform.with_invoice()
    payment = platform.with_payment(a_payment(invoice))
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    paid = replace(invoice, state=InvoiceState.PAID, outstanding=0)
    books.interference = lambda: platform.invoices.rows.update({invoice.reference: paid})

    after = platform.resolver().resolve(payment)

    assert after.disposition is Disposition.OVERPAID
    assert platform.total() == 12_500


def test_an_attempt_that_another_worker_settled_meanwhile_is_booked_once(platform: Platform) -> None:
    """Two workers, one capture: the slower finds it done and answers with what the faster stored."""
    platform.books = books = Interfering(platform)
    invoice = platform.with_invoice()
    payment = platform.with_payment(a_payment(invoice))
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    faster = Platform(invoices=platform.invoices, journal=platform.journal, gateway=platform.gateway)
    faster.payments.rows = platform.payments.rows
    books.interference = lambda: faster.resolver().resolve(payment)

    after = platform.resolver().resolve(payment)

    assert after == platform.payments.rows[payment.payment_id]
    assert after.disposition is Disposition.ALLOCATED
    assert platform.total() == 12_500


def test_an_attempt_that_the_sweep_postponed_meanwhile_is_settled_all_the_same(platform: Platform) -> None:
    """A newer inquiry count refuses the first write; the capture is booked over the newer attempt."""
    platform.books = books = Interfering(platform)
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    newer = replace(payment, inquiry_count=5, state=PaymentState.EXPIRED)
    books.interference = lambda: platform.payments.rows.update({payment.payment_id: newer})

    after = platform.resolver().resolve(payment)

    assert (after.state, after.inquiry_count) == (PaymentState.SUCCEEDED, 5)
    assert platform.total() == 12_500


class Colliding(FakeBooks):
    """`conflict_count` commits collide before one goes through."""

    def __init__(self, platform: Platform, conflict_count: int) -> None:
        super().__init__(platform.invoices, platform.payments, platform.journal)
        self.conflict_count = conflict_count
        self.contents: list[tuple[Sequence[Move], LedgerTransaction | None]] = []

    def commit(
        self,
        moves: Sequence[Move],
        *,
        transaction: LedgerTransaction | None = None,
        claims: Mapping[str, str] | None = None,
    ) -> CommitOutcome:
        self.contents.append((moves, transaction))
        if len(self.contents) <= self.conflict_count:
            return CommitOutcome.CONFLICT
        return super().commit(moves, transaction=transaction, claims=claims)


def test_a_collision_is_retried_with_the_same_content(platform: Platform) -> None:
    """The same content is the same token, so a write whose answer was lost is recognised; waits are jittered."""
    platform.books = books = Colliding(platform, RETRY_COUNT_MAX - 1)
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)

    after = platform.resolver().resolve(payment)

    assert after.disposition is Disposition.ALLOCATED
    assert len(books.contents) == RETRY_COUNT_MAX == 8
    assert all(content == books.contents[0] for content in books.contents)
    assert len(platform.naps) == RETRY_COUNT_MAX - 1
    assert all(0 <= nap <= 0.02 * 2**attempt for attempt, nap in enumerate(platform.naps))


def test_collisions_without_end_give_up_and_leave_it_all_as_it_was(platform: Platform) -> None:
    """Eight tries, then BusyError: the queue or the sweep comes back, and nothing was written."""
    platform.books = books = Colliding(platform, 1_000)
    invoice = platform.with_invoice()
    payment = platform.with_payment(a_payment(invoice))
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)

    with pytest.raises(BusyError):
        platform.resolver().resolve(payment)

    assert len(books.contents) == 8
    assert platform.payments.rows[payment.payment_id] == payment
    assert platform.invoices.rows[invoice.reference] == invoice
    assert platform.total() == 0


class Overtaken(FakePaymentRepository):
    """Another worker's word is stored just before ours."""

    def __init__(self, platform: Platform, newer: Payment) -> None:
        super().__init__(platform.invoices.lock)
        self.newer = newer

    def replace(self, before: Payment, after: Payment) -> bool:
        self.rows[before.payment_id] = self.newer
        return super().replace(before, after)


@pytest.mark.parametrize("outcome", [InquiryOutcome.DECLINED, InquiryOutcome.PENDING])
def test_a_newer_word_wins_over_an_older_inquiry(platform: Platform, outcome: InquiryOutcome) -> None:
    """A decline or a postponement that comes second never overwrites a success."""
    payment = a_payment(platform.with_invoice())
    newer = settled(payment, capture=a_capture(AMOUNT))
    platform.payments = Overtaken(platform, newer)
    platform.with_payment(payment)
    platform.gateway.inquiries[track_id(payment.payment_id)] = answer(payment, outcome)
    platform.clock.advance(SOON)

    assert platform.resolver().resolve(payment) == newer

    assert platform.payments.rows[payment.payment_id] == newer


def a_cash_bill(platform: Platform) -> Payment:
    """Its day is over, and nobody has paid."""
    bill = a_payment(platform.with_invoice(), state=PaymentState.PENDING, method=PaymentMethod.SADAD)
    return platform.with_payment(replace(bill, expires_at=NOON, next_inquiry_at=NOON))


def test_an_expired_cash_bill_is_asked_about_for_a_week_and_no_longer(platform: Platform) -> None:
    """A day later, then hourly; after seven days nothing is due any more."""
    payment = a_cash_bill(platform)
    platform.clock.advance(timedelta(minutes=20))
    payment = platform.resolver().resolve(payment)
    assert payment.state is PaymentState.EXPIRED

    asked = 0
    while payment.next_step_at is not None:
        platform.clock.advance(max(payment.next_step_at - platform.clock.now(), timedelta(0)))
        payment, asked = platform.resolver().resolve(payment), asked + 1
        assert asked < 200

    assert payment.state is PaymentState.EXPIRED
    assert NOON + timedelta(days=7) <= payment.next_inquiry_at < NOON + timedelta(days=7, hours=2)
    assert 140 < asked < 160


def test_cash_that_is_told_of_three_days_after_its_bill_expired_pays_the_invoice(platform: Platform) -> None:
    """The kiosk had taken it in time: late truth, in the books, and the invoice is paid."""
    payment = a_cash_bill(platform)
    platform.clock.advance(timedelta(minutes=20))
    expired = platform.resolver().resolve(payment)
    platform.clock.advance(timedelta(days=3))
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)

    paid = platform.resolver().resolve(expired)

    assert (expired.state, paid.state, paid.disposition) == (
        PaymentState.EXPIRED,
        PaymentState.SUCCEEDED,
        Disposition.ALLOCATED,
    )
    assert platform.invoices.rows[payment.reference].state is InvoiceState.PAID
