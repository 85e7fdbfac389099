"""After the booking: a capture is confirmed, taken back, or asked about again; an answer about another is found out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.application.ports import InquiryOutcome, InquiryResult
from mizan.application.ports_books import CommitOutcome, Move
from mizan.application.recheck_payment import recheck_payment
from mizan.application.resolve_payment import CONFIRM_AFTER, PaymentResolver
from mizan.domain.errors import GatewayUnavailableError
from mizan.domain.invoices import Invoice, InvoiceEvent, InvoiceState, changed
from mizan.domain.ledger import LedgerTransaction, TransactionKind, trial_balance
from mizan.domain.payments import Decline, Disposition, Payment, PaymentState
from mizan.domain.references import track_id
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.samples import AMOUNT, a_capture, a_payment, an_invoice, captured, settled
from tests.fakes.store import FakeBooks, FakeInvoiceRepository

DECLINE = Decline("51", "Insufficient funds.", "الرصيد غير كافٍ.")
TICK = timedelta(microseconds=1)
SILENT = [
    InquiryOutcome.DECLINED,
    InquiryOutcome.CANCELLED,
    InquiryOutcome.PENDING,
    InquiryOutcome.NOT_FOUND,
    InquiryOutcome.UNKNOWN,
]
"""What says nothing of money that is booked."""


@pytest.fixture
def platform() -> Platform:
    return Platform()


def booked(platform: Platform, **changes: object) -> Payment:
    """An attempt of BHD 12.500 that was captured and booked at noon."""
    invoice = platform.with_invoice()
    payment = platform.with_payment(replace(a_payment(invoice), **changes))  # type: ignore[arg-type]  # its own fields
    say(platform, payment, InquiryOutcome.CAPTURED)
    return platform.resolver().resolve(payment)


def say(platform: Platform, payment: Payment, outcome: InquiryOutcome, track: str | None = None) -> None:
    """What the gateway says of the attempt from now on."""
    own = track_id(payment.payment_id)
    is_capture = outcome is InquiryOutcome.CAPTURED
    platform.gateway.inquiries[own] = InquiryResult(
        outcome,
        own if track is None else track,
        capture=a_capture(AMOUNT, int(own[-6:])) if is_capture else None,
        decline=DECLINE if outcome is InquiryOutcome.DECLINED else None,
    )


def balances(platform: Platform) -> dict[str, int]:
    rows = trial_balance(platform.journal.rows.values())
    return {row.account: row.balance for row in rows if row.balance}


# -- the second look --------------------------------------------------------------------------------------------------


def test_a_capture_is_final_after_its_wait_and_not_before(platform: Platform) -> None:
    """Two minutes after the booking, to the microsecond; a final one costs no inquiry ever after."""
    payment = booked(platform)
    platform.clock.advance(CONFIRM_AFTER - TICK)
    early = platform.resolver().resolve(payment)
    platform.clock.advance(TICK)

    final = platform.resolver().resolve(payment)
    again = platform.resolver().resolve(final)

    assert early == payment
    assert (final.state, final.is_final, final.history[-1].event) == (PaymentState.SUCCEEDED, True, "confirm")
    assert again == final == platform.payments.rows[payment.payment_id]
    assert final.next_step_at is None
    assert len(platform.gateway.inquired) == 2
    assert platform.total() == 12_500


def test_the_wait_is_the_settings(platform: Platform) -> None:
    """Where a gateway voids sooner or later the wait is set so; nothing of it is in the code."""
    payment = booked(platform)
    resolver = PaymentResolver(
        invoices=platform.invoices,
        payments=platform.payments,
        books=platform.books,
        accounts=platform.accounts,
        gateways=platform.gateways,
        clock=platform.clock,
        confirm_after=timedelta(seconds=5),
    )
    platform.clock.advance(timedelta(seconds=5))

    assert resolver.resolve(payment).is_final


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(InquiryOutcome.VOIDED, PaymentState.VOIDED), (InquiryOutcome.REVERSED, PaymentState.REVERSED)],
)
def test_a_capture_that_was_taken_back_reopens_its_invoice(
    platform: Platform, outcome: InquiryOutcome, state: PaymentState
) -> None:
    """The gateway missed our acknowledgement: BHD 12.500 leave the books as they came, and are owed again."""
    payment = booked(platform)
    say(platform, payment, outcome)
    platform.clock.advance(CONFIRM_AFTER)

    after = platform.resolver().resolve(payment)
    again = platform.resolver().resolve(after)

    assert again == after == platform.payments.rows[payment.payment_id]
    assert (after.state, after.refundable, after.next_step_at) == (state, 0, None)
    invoice = platform.invoices.rows[payment.reference]
    assert (invoice.state, invoice.outstanding, invoice.paid_by) == (InvoiceState.ISSUED, 12_500, ())
    assert [entry.kind for entry in platform.journal.rows.values()] == [
        TransactionKind.CAPTURE_ALLOCATED,
        TransactionKind.CAPTURE_REVERSED,
    ]
    assert balances(platform) == {}
    assert platform.start(payment.reference, "try-2")[0].state is PaymentState.PENDING


@pytest.mark.parametrize("outcome", SILENT)
def test_booked_money_stays_booked_until_the_gateway_says_that_it_took_it_back(
    platform: Platform, outcome: InquiryOutcome
) -> None:
    """A decline, a silence, a word we do not know: asked again later, never booked back and never final."""
    payment = booked(platform)
    say(platform, payment, outcome)
    platform.clock.advance(CONFIRM_AFTER)

    after = platform.resolver().resolve(payment)

    assert (after.state, after.is_final, after.capture) == (PaymentState.SUCCEEDED, False, payment.capture)
    assert after.next_inquiry_at > platform.clock.now()
    assert platform.total() == 12_500


@pytest.mark.parametrize("outcome", [InquiryOutcome.CAPTURED, InquiryOutcome.VOIDED, InquiryOutcome.REVERSED])
def test_an_answer_about_another_track_neither_confirms_nor_takes_back(
    platform: Platform, outcome: InquiryOutcome
) -> None:
    """It is not about this money."""
    payment = booked(platform)
    say(platform, payment, outcome, track="9" * 24)
    platform.clock.advance(CONFIRM_AFTER)

    after = platform.resolver().resolve(payment)

    assert (after.state, after.is_final) == (PaymentState.SUCCEEDED, False)
    assert balances(platform) == {"gateway_clearing:fake:acc-1": 12_500, "agency_payable:moic": -12_500}


def test_an_unanswered_confirmation_is_asked_again(platform: Platform) -> None:
    """The error goes up, the money stays, the next look is scheduled."""
    payment = booked(platform)
    platform.gateway.inquiries[track_id(payment.payment_id)] = GatewayUnavailableError("down")
    platform.clock.advance(CONFIRM_AFTER)

    with pytest.raises(GatewayUnavailableError):
        platform.resolver().resolve(payment)

    stored = platform.payments.rows[payment.payment_id]
    assert (stored.state, stored.inquiry_count) == (PaymentState.SUCCEEDED, 1)
    assert stored.next_inquiry_at == platform.clock.now() + timedelta(minutes=1)


class Interfering(FakeBooks):
    """Before the first commit, the invoice changes under it."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform.invoices, platform.payments, platform.journal)
        self.platform = platform

    def commit(
        self,
        moves: Sequence[Move],
        *,
        transaction: LedgerTransaction | None = None,
        claims: Mapping[str, str] | None = None,
    ) -> CommitOutcome:
        if self.commit_count == 0:
            (invoice,) = self.platform.invoices.rows.values()
            other = changed(invoice, InvoiceEvent.REVERSE_PART, NOON, amount=1, outstanding=1)
            self.platform.invoices.rows[invoice.reference] = other
        return super().commit(moves, transaction=transaction, claims=claims)


def test_an_invoice_that_changes_while_it_is_reopened_is_looked_at_again(platform: Platform) -> None:
    """Nothing of the first try was written; the second adds what was discharged to what is owed by then."""
    payment = booked(platform)
    say(platform, payment, InquiryOutcome.VOIDED)
    platform.clock.advance(CONFIRM_AFTER)
    platform.books = Interfering(platform)
    platform.invoices.rows[payment.reference] = replace(platform.invoices.rows[payment.reference], amount=12_501)

    platform.resolver().resolve(payment)

    invoice = platform.invoices.rows[payment.reference]
    assert (invoice.outstanding, invoice.amount) == (12_501, 12_501)
    assert platform.books.commit_count == 2
    assert len(platform.journal.rows) == 2


class Late(FakeInvoiceRepository):
    """Between the sight of the attempt and that of its invoice, somebody else does what `meddle` does."""

    meddle: Callable[[], object] | None = None

    def get(self, reference: str) -> Invoice | None:
        meddle, self.meddle = self.meddle, None
        if meddle is not None:
            meddle()
        return super().get(reference)


def test_a_worker_that_sees_the_invoice_after_another_has_reopened_it_finds_it_done() -> None:
    """The older sight of the attempt and the newer one of the invoice do not fit together: look again, book nothing."""
    platform = Platform(invoices=(invoices := Late()))
    payment = booked(platform)
    say(platform, payment, InquiryOutcome.VOIDED)
    platform.clock.advance(CONFIRM_AFTER)
    invoices.meddle = lambda: platform.resolver().resolve(payment)

    after = platform.resolver().resolve(payment)

    assert after == platform.payments.rows[payment.payment_id]
    assert after.state is PaymentState.VOIDED
    assert invoices.rows[payment.reference].outstanding == 12_500
    assert balances(platform) == {}
    assert len(platform.journal.rows) == 2


# -- asked once more because somebody contradicts ---------------------------------------------------------------------


FAILED = [PaymentState.DECLINED, PaymentState.CANCELLED, PaymentState.EXPIRED]


@pytest.mark.parametrize("state", FAILED)
def test_a_failed_attempt_that_is_contradicted_is_due_at_once_and_booked_when_captured(
    platform: Platform, state: PaymentState
) -> None:
    """The settlement file has money that we said never came."""
    payment = platform.with_payment(a_payment(platform.with_invoice(), state=state))
    say(platform, payment, InquiryOutcome.CAPTURED)
    platform.clock.advance(timedelta(days=1))

    assert recheck_payment(payment, payments=platform.payments, clock=platform.clock)
    due = list(platform.payments.list_due(platform.clock.now(), limit=10))
    after = platform.processor().process(due[0])

    assert after is not None
    assert (after.state, after.disposition) == (PaymentState.SUCCEEDED, Disposition.ALLOCATED)
    assert platform.invoices.rows[payment.reference].state is InvoiceState.PAID


@pytest.mark.parametrize("outcome", [InquiryOutcome.DECLINED, InquiryOutcome.NOT_FOUND, InquiryOutcome.PENDING])
def test_a_failed_attempt_whose_failure_is_confirmed_is_closed_again(
    platform: Platform, outcome: InquiryOutcome
) -> None:
    """A clear word answers the contradiction: the attempt is as it was, and asked about no more."""
    payment = platform.with_payment(a_payment(state=PaymentState.DECLINED, decline=DECLINE, is_rechecked=True))
    say(platform, payment, outcome)
    platform.clock.advance(timedelta(minutes=1))

    after = platform.resolver().resolve(payment)

    assert after == replace(payment, is_rechecked=False, inquiry_count=1) == platform.payments.rows[payment.payment_id]
    assert after.next_step_at is None


def test_a_failed_attempt_without_a_clear_word_is_asked_about_again(platform: Platform) -> None:
    """An unknown answer answers nothing: still open, an inquiry further on."""
    payment = platform.with_payment(a_payment(state=PaymentState.EXPIRED, is_rechecked=True))
    say(platform, payment, InquiryOutcome.UNKNOWN)
    platform.clock.advance(timedelta(minutes=1))

    after = platform.resolver().resolve(payment)

    assert (after.state, after.is_rechecked, after.inquiry_count) == (PaymentState.EXPIRED, True, 1)
    assert after.next_step_at == platform.clock.now() + timedelta(minutes=1)


def test_a_final_capture_that_is_contradicted_is_confirmed_or_taken_back(platform: Platform) -> None:
    """A file that misses it: asked once more; still captured closes it, a reversal books it back."""
    invoice = platform.with_invoice(an_invoice(state=InvoiceState.PAID, outstanding=0))
    final = platform.with_payment(settled(a_payment(invoice), is_final=True))
    say(platform, final, InquiryOutcome.CAPTURED)
    platform.clock.advance(timedelta(days=2))

    assert recheck_payment(final, payments=platform.payments, clock=platform.clock)
    confirmed = platform.resolver().resolve(platform.payments.rows[final.payment_id])
    assert recheck_payment(confirmed, payments=platform.payments, clock=platform.clock)
    say(platform, final, InquiryOutcome.REVERSED)
    taken_back = platform.resolver().resolve(platform.payments.rows[final.payment_id])

    assert (confirmed.is_final, confirmed.is_rechecked, confirmed.history) == (True, False, final.history)
    assert taken_back.state is PaymentState.REVERSED
    assert platform.invoices.rows[invoice.reference].outstanding == 12_500


@pytest.mark.parametrize(
    "payment",
    [
        a_payment(),
        settled(a_payment()),
        a_payment(state=PaymentState.VOIDED),
        settled(a_payment(), state=PaymentState.CHARGED_BACK),
        a_payment(state=PaymentState.DECLINED, is_rechecked=True),
    ],
    ids=["open", "to be confirmed", "voided", "charged back", "rechecked"],
)
def test_what_is_asked_about_anyway_or_cannot_change_is_not_rechecked(platform: Platform, payment: Payment) -> None:
    """False, and nothing is written."""
    platform.with_payment(payment)

    assert not recheck_payment(payment, payments=platform.payments, clock=platform.clock)

    assert platform.payments.rows[payment.payment_id] == payment


def test_a_recheck_of_an_older_sight_changes_nothing(platform: Platform) -> None:
    """It moved just now: the newer word stands."""
    old = a_payment(state=PaymentState.EXPIRED)
    newer = platform.with_payment(replace(settled(old), is_final=True))

    assert not recheck_payment(old, payments=platform.payments, clock=platform.clock)

    assert platform.payments.rows[old.payment_id] == newer


# -- an answer about another ------------------------------------------------------------------------------------------


def test_an_answer_about_another_attempt_of_ours_has_that_one_asked_about(platform: Platform) -> None:
    """The money is the other's: ours stays unknown, the other is due at once and booked by its own inquiry."""
    ours = platform.with_payment(a_payment(platform.with_invoice(an_invoice(1)), 1))
    other = platform.with_payment(a_payment(platform.with_invoice(an_invoice(2)), 2, state=PaymentState.EXPIRED))
    platform.gateway.inquiries[track_id(ours.payment_id)] = captured(other)
    platform.gateway.inquiries[track_id(other.payment_id)] = captured(other)
    platform.clock.advance(timedelta(minutes=1))

    after = platform.resolver().resolve(ours)
    marked = platform.payments.rows[other.payment_id]
    booked_other = platform.resolver().resolve(marked)

    assert (after.state, after.capture) == (PaymentState.UNKNOWN, None)
    assert (marked.is_rechecked, marked.next_step_at) == (True, platform.clock.now())
    assert (booked_other.state, booked_other.disposition) == (PaymentState.SUCCEEDED, Disposition.ALLOCATED)
    assert platform.invoices.rows[ours.reference].state is InvoiceState.ISSUED
    assert platform.total() == 12_500


def test_an_answer_about_another_that_is_booked_already_books_nothing(platform: Platform) -> None:
    """The same capture under two attempts is in the books once."""
    other = booked(platform)
    ours = platform.with_payment(a_payment(platform.with_invoice(an_invoice(2)), 2))
    platform.gateway.inquiries[track_id(ours.payment_id)] = captured(other)

    for _ in range(3):
        platform.resolver().resolve(platform.payments.rows[ours.payment_id])

    assert platform.payments.rows[ours.payment_id].state is PaymentState.UNKNOWN
    assert platform.total() == 12_500


def test_money_under_a_foreign_track_is_in_suspense_once_whoever_is_asked(platform: Platform) -> None:
    """The same gateway transaction answered to two attempts: the first holds it, the second stays open."""
    first, second = (platform.with_payment(a_payment(platform.with_invoice(an_invoice(n)), n)) for n in (1, 2))
    foreign = InquiryResult(InquiryOutcome.CAPTURED, "9" * 24, capture=a_capture(AMOUNT, 7))
    for payment in (first, second):
        platform.gateway.inquiries[track_id(payment.payment_id)] = foreign

    holder = platform.resolver().resolve(first)
    other = platform.resolver().resolve(second)

    assert (holder.state, holder.disposition) == (PaymentState.SUCCEEDED, Disposition.SUSPENDED)
    assert (other.state, other.capture) == (PaymentState.UNKNOWN, None)
    assert platform.books.claims == {"GWT#fake#acc-1#gt-7": first.payment_id}
    assert balances(platform) == {"gateway_clearing:fake:acc-1": 12_500, "suspense:fake": -12_500}
    assert all(invoice.state is InvoiceState.ISSUED for invoice in platform.invoices.rows.values())
