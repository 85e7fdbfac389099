"""Ask the gateway what became of an attempt, and make it so: the one place where an attempt's outcome is decided.

Callback, sweep and counter all come here. Money is booked in one transaction or not at all; a second success becomes a
visible overpayment, a mismatch goes to suspense; whatever was captured is in the books.
"""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from mizan.application.ports import (
    AccountDirectory,
    Clock,
    GatewayRegistry,
    InquiryOutcome,
    InquiryResult,
    InvoiceRepository,
    PaymentRepository,
    SettleOutcome,
)
from mizan.application.posting import Booking, book_capture
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import BusyError, MizanError, NotFoundError
from mizan.domain.payments import (
    EXPIRY_GRACE,
    PAYMENT_STATES,
    UNDECIDED_STATES,
    Capture,
    Payment,
    PaymentEvent,
    PaymentState,
    inquiry_delay,
)
from mizan.domain.references import track_id

RETRY_COUNT_MAX = 8
BACKOFF_SECONDS = 0.02

EVENT_OF_OUTCOME = {
    InquiryOutcome.DECLINED: PaymentEvent.DECLINE,
    InquiryOutcome.CANCELLED: PaymentEvent.CANCEL,
    InquiryOutcome.VOIDED: PaymentEvent.VOID,
}
"""Final answers without money. CAPTURED is booked; the rest (PENDING, NOT_FOUND, UNKNOWN) leaves the attempt open."""


class PaymentResolver:
    """`sleep` takes seconds; replaced in tests and simulations."""

    def __init__(
        self,
        *,
        invoices: InvoiceRepository,
        payments: PaymentRepository,
        accounts: AccountDirectory,
        gateways: GatewayRegistry,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,  # seconds to wait, not money
    ) -> None:
        self._invoices, self._payments, self._accounts = invoices, payments, accounts
        self._gateways, self._clock, self._sleep = gateways, clock, sleep

    def resolve(self, payment: Payment) -> Payment:
        """The attempt after one inquiry; at once when it already succeeded or was voided. `payment` as just read.

        Raises NotFoundError (its account is gone), BusyError (writers kept colliding; a retry is safe), GatewayError
        (no readable answer; the next inquiry is scheduled, a retry is safe).
        """
        if PAYMENT_STATES.is_terminal(payment.state):
            return payment
        try:
            account = self._account(payment)
            result = self._inquire(account, payment)
        except MizanError:
            self._postpone(payment)
            raise
        return self._apply(payment, account, result)

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
        )

    def _apply(self, payment: Payment, account: MerchantAccount, result: InquiryResult) -> Payment:
        is_same_track = result.track_id == track_id(payment.payment_id)
        if result.outcome is InquiryOutcome.CAPTURED and result.capture is not None and result.capture.amount > 0:
            return self._book(payment, account, result.capture, is_same_track=is_same_track)
        if result.outcome is InquiryOutcome.CAPTURED or not is_same_track:
            return self._leave_open(payment, InquiryOutcome.UNKNOWN)  # success without money, or another's answer
        event = EVENT_OF_OUTCOME.get(result.outcome)
        if event is None:
            return self._leave_open(payment, result.outcome)
        if not PAYMENT_STATES.allows(payment.state, event):
            return payment  # a repeated refusal of a failed attempt is no news
        return self._move(payment, event, decline=result.decline)

    def _move(self, payment: Payment, event: PaymentEvent, **changes: object) -> Payment:
        after = replace(
            payment,
            state=PAYMENT_STATES.next_state(payment.state, event),
            updated_at=self._clock.now(),
            **changes,  # type: ignore[arg-type]  # dataclasses.replace checks the names, mypy cannot
        )
        return after if self._payments.replace(payment, after) else self._read(payment.payment_id)

    def _leave_open(self, payment: Payment, outcome: InquiryOutcome) -> Payment:
        if payment.state not in UNDECIDED_STATES:
            return payment
        now = self._clock.now()
        is_over = now >= payment.expires_at + EXPIRY_GRACE and outcome is InquiryOutcome.NOT_FOUND
        if is_over:
            return self._move(payment, PaymentEvent.EXPIRE)
        return self._postpone(payment, is_lost=outcome is InquiryOutcome.UNKNOWN)

    def _postpone(self, payment: Payment, *, is_lost: bool = False) -> Payment:
        """Schedule the next inquiry once one was due; somebody else's newer word wins.

        An inquiry that a delivery asked for moves nothing: anyone may post one, and none may put the sweep's off.
        """
        if payment.state not in UNDECIDED_STATES:
            return payment
        now = self._clock.now()
        is_due = payment.next_inquiry_at <= now
        lost = is_lost and PAYMENT_STATES.allows(payment.state, PaymentEvent.LOSE)
        if not (is_due or lost):
            return payment
        after = replace(
            payment,
            state=PaymentState.UNKNOWN if lost else payment.state,
            updated_at=now if lost else payment.updated_at,
            inquiry_count=payment.inquiry_count + is_due,
            next_inquiry_at=now + inquiry_delay(payment.inquiry_count) if is_due else payment.next_inquiry_at,
        )
        return after if self._payments.replace(payment, after) else self._read(payment.payment_id)

    def _book(self, payment: Payment, account: MerchantAccount, capture: Capture, *, is_same_track: bool) -> Payment:
        now = self._clock.now()
        for attempt in range(RETRY_COUNT_MAX):
            booking = self._booking(payment, account, capture, is_same_track=is_same_track, now=now)
            outcome = self._payments.settle(payment, booking.payment, booking.transaction, booking.paid)
            if outcome is SettleOutcome.SETTLED:
                return booking.payment
            payment = self._read(payment.payment_id)
            if PAYMENT_STATES.is_terminal(payment.state):
                return payment  # another worker booked it: one effect per capture
            self._sleep(random.uniform(0, BACKOFF_SECONDS * 2**attempt))  # noqa: S311  # jitter, not a secret
        raise BusyError("settling kept colliding")

    def _booking(
        self, payment: Payment, account: MerchantAccount, capture: Capture, *, is_same_track: bool, now: datetime
    ) -> Booking:
        invoice = self._invoices.get(payment.reference)
        return book_capture(payment, account, capture, invoice, is_same_track=is_same_track, now=now)

    def _read(self, payment_id: str) -> Payment:
        payment = self._payments.get(payment_id)
        if payment is None:
            raise NotFoundError("payment")
        return payment
