"""Make something of a queued key: a kept delivery, or what is due to be seen to (an attempt, a voucher).

A gateway's delivery alone settles nothing: its inquiry does. A biller's notice is signed and told after the fact: it is
booked as it was told.
"""

from collections.abc import Callable

from mizan.application.book_biller_notice import BillerNotices
from mizan.application.ports import AccountDirectory, CallbackLog, Clock, GatewayRegistry, PaymentRepository
from mizan.application.resolve_payment import PaymentResolver
from mizan.domain.callbacks import CallbackKey, RawCallback
from mizan.domain.errors import InvalidCallbackError, NotFoundError
from mizan.domain.payments import Payment
from mizan.domain.references import payment_id_of_track

ATTEMPT_PREFIX = "PAY#"
VOUCHER_PREFIX = "VCH#"


class CallbackProcessor:
    """Works through kept deliveries; every one ends resolved or quarantined, never retried for ever.

    `set_aside` is what becomes of an overpayment that waited long enough (`Overpayments.set_aside`), `expire_voucher`
    of a voucher that nobody used (`VoucherDesk.expire`).
    """

    def __init__(
        self,
        *,
        callbacks: CallbackLog,
        accounts: AccountDirectory,
        gateways: GatewayRegistry,
        payments: PaymentRepository,
        resolver: PaymentResolver,
        biller_notices: BillerNotices,
        set_aside: Callable[[Payment], Payment],
        expire_voucher: Callable[[str], object],
        clock: Clock,
    ) -> None:
        self._set_aside, self._expire_voucher, self._biller_notices = set_aside, expire_voucher, biller_notices
        self._callbacks, self._accounts, self._gateways = callbacks, accounts, gateways
        self._payments, self._resolver, self._clock = payments, resolver, clock

    def process(self, key: CallbackKey) -> Payment | None:
        """The attempt after the inquiry; None when the delivery was set aside with its reason, or no attempt is meant.

        Raises NotFoundError when nothing is stored there, and GatewayError when the inquiry had no answer (a retry is
        safe).
        """
        if key.sk.startswith(ATTEMPT_PREFIX):
            return self._ask_when_due(key.sk.removeprefix(ATTEMPT_PREFIX))
        if key.sk.startswith(VOUCHER_PREFIX):
            self._expire_voucher(key.sk.removeprefix(VOUCHER_PREFIX))
            return None
        callback = self._callbacks.get(key)
        if callback is None:
            raise NotFoundError("callback")
        try:
            if self._biller_notices.reads(callback):
                return self._biller_notices.process(callback)
            payment = self._attempt(callback)
        except InvalidCallbackError as error:
            self._callbacks.quarantine(key, callback, error.reason)
            return None
        return self._resolver.resolve(payment)

    def _ask_when_due(self, payment_id: str) -> Payment:
        """Keys are handed over more than once: an attempt that was asked about since is left alone."""
        payment = self._payments.get(payment_id)
        if payment is None:
            raise NotFoundError("payment")
        if payment.next_step_at is None or payment.next_step_at > self._clock.now():
            return payment
        return self._resolver.resolve(payment) if payment.is_open else self._set_aside(payment)

    def _attempt(self, callback: RawCallback) -> Payment:
        account = self._accounts.by_token(callback.account_token)
        if account is None or account.gateway != callback.gateway:
            raise InvalidCallbackError("unknown_account")
        if callback.is_truncated:
            raise InvalidCallbackError("too_large")
        notice = self._gateways.get(account.gateway).read_callback(account, callback)
        payment_id = payment_id_of_track(notice.track_id)
        payment = self._payments.get(payment_id) if payment_id else None
        if payment is None or payment.account_token != account.token:
            raise InvalidCallbackError("unknown_payment")
        return payment
