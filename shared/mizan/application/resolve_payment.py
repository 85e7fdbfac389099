"""Ask the gateway what became of an attempt, and make it so: the one place where an attempt's outcome is decided.

Callback, sweep and counter all come here. Money is booked in one transaction or not at all; a second success becomes a
visible overpayment, a mismatch goes to suspense; whatever was captured is in the books, and what was taken back
leaves them.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from mizan.application.giving_back import book_reversal
from mizan.application.ports import (
    AccountDirectory,
    Clock,
    GatewayRegistry,
    InquiryOutcome,
    InquiryResult,
    InvoiceRepository,
    PaymentRepository,
)
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.posting import Booking, book_capture
from mizan.application.recheck_payment import recheck_payment
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import BusyError, IllegalTransitionError, MizanError, NotFoundError
from mizan.domain.invoices import Invoice, as_of
from mizan.domain.payments import (
    EXPIRY_GRACE,
    PAYMENT_STATES,
    UNDECIDED_STATES,
    Capture,
    Payment,
    PaymentEvent,
    PaymentState,
    changed,
    inquiry_delay,
)
from mizan.domain.references import payment_id_of_track, track_id

RETRY_COUNT_MAX = 8
BACKOFF_SECONDS = 0.02

CONFIRM_AFTER = timedelta(minutes=2)
"""How long after its booking a capture is confirmed: a gateway that missed our acknowledgement has voided it by then.
"""

LATE_LOOK_AFTER = timedelta(hours=24)
"""How long after an attempt expired it is asked about once more: not every rail voids what nobody acknowledged, and a
payer may have finished on a page that we gave up on, with no notice of it.
"""

EVENT_OF_OUTCOME = {
    InquiryOutcome.DECLINED: PaymentEvent.DECLINE,
    InquiryOutcome.CANCELLED: PaymentEvent.CANCEL,
    InquiryOutcome.VOIDED: PaymentEvent.VOID,
    InquiryOutcome.REVERSED: PaymentEvent.VOID,
}
"""Final answers without money. CAPTURED is booked; the rest (PENDING, NOT_FOUND, UNKNOWN) leaves the attempt open."""

TAKEN_BACK = {InquiryOutcome.VOIDED: PaymentEvent.VOID, InquiryOutcome.REVERSED: PaymentEvent.REVERSE}
"""What the gateway may say of a capture that is booked: it is booked back."""


class PaymentResolver:
    """`sleep` takes seconds; replaced in tests and simulations."""

    def __init__(
        self,
        *,
        invoices: InvoiceRepository,
        payments: PaymentRepository,
        books: Books,
        accounts: AccountDirectory,
        gateways: GatewayRegistry,
        clock: Clock,
        confirm_after: timedelta = CONFIRM_AFTER,
        sleep: Callable[[float], None] = time.sleep,  # seconds to wait, not money
    ) -> None:
        self._invoices, self._payments, self._books, self._accounts = invoices, payments, books, accounts
        self._gateways, self._clock, self._sleep = gateways, clock, sleep
        self._confirm_after = confirm_after

    def resolve(self, payment: Payment) -> Payment:
        """The attempt after one inquiry; at once where nothing can change any more. `payment` as just read.

        Raises NotFoundError (its account is gone), BusyError (writers kept colliding; a retry is safe), GatewayError
        (no readable answer; the next inquiry is scheduled, a retry is safe).
        """
        if payment.state is PaymentState.DISPUTED:
            return payment  # the money is held; what is to be checked is checked when the dispute is over
        if not self._is_worth_asking(payment):
            return self._answered(payment)
        try:
            account = self._account(payment)
            result = self._inquire(account, payment)
        except MizanError:
            self._postpone(payment)
            raise
        is_booked = payment.state is PaymentState.SUCCEEDED
        return self._confirm(payment, account, result) if is_booked else self._apply(payment, account, result)

    def _is_worth_asking(self, payment: Payment) -> bool:
        """An undecided or failed attempt always; a booked one when it is time to confirm it, or it is contradicted.

        What a bank disputes, or was taken back, no answer changes.
        """
        if payment.state is PaymentState.SUCCEEDED:
            return payment.is_rechecked or (not payment.is_final and self._is_confirmable(payment))
        return PAYMENT_STATES.allows(payment.state, PaymentEvent.CAPTURE)

    def _account(self, payment: Payment) -> MerchantAccount:
        account = self._accounts.by_token(payment.account_token)
        if account is None:
            raise NotFoundError("merchant account")
        return account

    def _inquire(self, account: MerchantAccount, payment: Payment) -> InquiryResult:
        return self._gateways.get(payment.gateway).inquire(
            account,
            track_id=track_id(payment.payment_id),
            amount=payment.amount,
            currency=payment.currency,
            captured_near=payment.created_at,
            gateway_payment=payment.gateway_payment,
        )

    # -- an attempt without money so far ------------------------------------------------------------------------------

    def _apply(self, payment: Payment, account: MerchantAccount, result: InquiryResult) -> Payment:
        is_same_track = result.track_id == track_id(payment.payment_id)
        if result.outcome is InquiryOutcome.CAPTURED and result.capture is not None and result.capture.amount > 0:
            if is_same_track:
                return self._book(payment, account, result.capture)
            return self._book_foreign(payment, account, result)
        if result.outcome is InquiryOutcome.CAPTURED or not is_same_track:
            return self._leave_open(payment, InquiryOutcome.UNKNOWN)  # success without money, or another's answer
        event = EVENT_OF_OUTCOME.get(result.outcome)
        if event is None:
            return self._leave_open(payment, result.outcome)
        if not PAYMENT_STATES.allows(payment.state, event):
            return self._answered(payment)  # a repeated refusal of a failed attempt is no news
        return self._move(payment, event, decline=result.decline, is_rechecked=False)

    def _move(self, payment: Payment, event: PaymentEvent, **changes: object) -> Payment:
        return self._write(payment, changed(payment, event, self._clock.now(), **changes))  # type: ignore[arg-type]  # `changed` passes names on, mypy cannot see which

    def _answered(self, payment: Payment) -> Payment:
        """The gateway has spoken: what was to be checked is checked."""
        return self._write(payment, _checked(payment)) if payment.is_rechecked else payment

    def _write(self, payment: Payment, after: Payment) -> Payment:
        return after if self._payments.replace(payment, after) else self._read(payment.payment_id)

    def _leave_open(self, payment: Payment, outcome: InquiryOutcome) -> Payment:
        if payment.state not in UNDECIDED_STATES:
            is_waiting = outcome is InquiryOutcome.PENDING and payment.state is not PaymentState.EXPIRED
            is_clear = (outcome is InquiryOutcome.NOT_FOUND or is_waiting) and not payment.is_watched
            return self._answered(payment) if is_clear else self._postpone(payment)
        now = self._clock.now()
        is_over = now >= payment.expires_at + EXPIRY_GRACE and outcome is InquiryOutcome.NOT_FOUND
        if is_over:
            return self._move(payment, PaymentEvent.EXPIRE, is_rechecked=True, next_inquiry_at=now + LATE_LOOK_AFTER)
        return self._postpone(payment, is_lost=outcome is InquiryOutcome.UNKNOWN)

    def _postpone(self, payment: Payment, *, is_lost: bool = False) -> Payment:
        """Schedule the next inquiry once one was due; somebody else's newer word wins.

        An inquiry that a delivery asked for moves nothing: anyone may post one, and none may put the sweep's off.
        """
        if not payment.is_open:
            return payment
        now = self._clock.now()
        is_due = payment.next_inquiry_at <= now
        lost = is_lost and PAYMENT_STATES.allows(payment.state, PaymentEvent.LOSE)
        if not (is_due or lost):
            return payment
        moved = changed(payment, PaymentEvent.LOSE, now) if lost else payment
        next_at = now + inquiry_delay(payment.inquiry_count) if is_due else payment.next_inquiry_at
        return self._write(
            payment, replace(moved, inquiry_count=payment.inquiry_count + is_due, next_inquiry_at=next_at)
        )

    # -- money that came ----------------------------------------------------------------------------------------------

    def _book(self, payment: Payment, account: MerchantAccount, capture: Capture) -> Payment:
        def booking(seen: Payment, stored: dict[str, Invoice], now: datetime) -> Booking:
            aged = {reference: as_of(invoice, now) for reference, invoice in stored.items()}
            return book_capture(seen, account, capture, aged, is_same_track=True, now=now)

        return self._commit(payment, PaymentEvent.CAPTURE, booking)

    def _book_foreign(self, payment: Payment, account: MerchantAccount, result: InquiryResult) -> Payment:
        """The answer is about another track id. Where that is an attempt of ours, it is asked about itself; else the
        money is real and in suspense under this attempt, once per gateway transaction.
        """
        other_id, capture = payment_id_of_track(result.track_id), result.capture
        other = self._payments.get(other_id) if other_id else None
        if other is not None or capture is None:
            if other is not None:
                recheck_payment(other, payments=self._payments, clock=self._clock)
            return self._leave_open(payment, InquiryOutcome.UNKNOWN)

        def booking(seen: Payment, stored: dict[str, Invoice], now: datetime) -> Booking:
            return book_capture(seen, account, capture, stored, is_same_track=False, now=now)

        claim = f"GWT#{payment.gateway}#{account.account_id}#{capture.transaction}"
        return self._commit(payment, PaymentEvent.CAPTURE, booking, claims={claim: payment.payment_id})

    # -- money that is booked -----------------------------------------------------------------------------------------

    def _confirm(self, payment: Payment, account: MerchantAccount, result: InquiryResult) -> Payment:
        is_same_track = result.track_id == track_id(payment.payment_id)
        event = TAKEN_BACK.get(result.outcome) if is_same_track else None
        if event is not None:
            return self._book_back(payment, account, event)
        if not (is_same_track and result.outcome is InquiryOutcome.CAPTURED):
            return self._postpone(payment)  # booked money stays booked until the gateway says that it took it back
        if payment.is_final or not self._is_confirmable(payment):
            return self._answered(payment)
        return self._move(payment, PaymentEvent.CONFIRM, is_final=True, is_rechecked=False)

    def _is_confirmable(self, payment: Payment) -> bool:
        booked_at = max(entry.at for entry in payment.history if entry.event == PaymentEvent.CAPTURE)
        return self._clock.now() >= booked_at + self._confirm_after

    def _book_back(self, payment: Payment, account: MerchantAccount, event: PaymentEvent) -> Payment:
        def booking(seen: Payment, stored: dict[str, Invoice], now: datetime) -> Booking:
            aged = {reference: as_of(invoice, now) for reference, invoice in stored.items()}
            return book_reversal(seen, account, event, aged, now)

        return self._commit(payment, event, booking)

    def _commit(
        self,
        payment: Payment,
        event: PaymentEvent,
        booking: Callable[[Payment, dict[str, Invoice], datetime], Booking],
        *,
        claims: Mapping[str, str] | None = None,
    ) -> Payment:
        """Book until it is written, or until the attempt says that it is: one effect per capture and per reversal."""
        for attempt in range(RETRY_COUNT_MAX):
            outcome, after = self._try(payment, booking, claims)
            if outcome is CommitOutcome.COMMITTED:
                return after
            if outcome is CommitOutcome.CLAIMED:
                return self._leave_open(self._read(payment.payment_id), InquiryOutcome.UNKNOWN)
            payment = self._read(payment.payment_id)
            if not PAYMENT_STATES.allows(payment.state, event):
                return payment
            self._sleep(random.uniform(0, BACKOFF_SECONDS * 2**attempt))  # noqa: S311  # jitter, not a secret
        raise BusyError("settling kept colliding")

    def _try(
        self,
        payment: Payment,
        booking: Callable[[Payment, dict[str, Invoice], datetime], Booking],
        claims: Mapping[str, str] | None,
    ) -> tuple[CommitOutcome, Payment]:
        stored = self._stored_invoices(payment)
        try:
            booked = booking(payment, stored, self._clock.now())
        except IllegalTransitionError:
            if self._read(payment.payment_id) == payment:
                raise
            return CommitOutcome.CHANGED, payment  # the invoice was read after somebody else had booked the same
        moves = [Move(stored[after.reference], after) for _, after in booked.invoices]
        moves += [Move(None, case) for case in booked.cases]
        outcome = self._books.commit(
            [Move(payment, booked.payment), *moves], transaction=booked.transaction, claims=claims
        )
        return outcome, booked.payment

    def _stored_invoices(self, payment: Payment) -> dict[str, Invoice]:
        references = [line.reference for line in payment.lines]
        if len(references) == 1:
            invoice = self._invoices.get(references[0])
            return {invoice.reference: invoice} if invoice else {}
        return {invoice.reference: invoice for invoice in self._invoices.get_many(references)}

    def _read(self, payment_id: str) -> Payment:
        payment = self._payments.get(payment_id)
        if payment is None:
            raise NotFoundError("payment")
        return payment


def _checked(payment: Payment) -> Payment:
    """The count makes whoever read it before look again: an index entry must not outlive its reason, nor be lost."""
    return replace(payment, is_rechecked=False, inquiry_count=payment.inquiry_count + 1)
