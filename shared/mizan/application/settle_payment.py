"""Make something of a kept delivery: find the attempt it is about, and ask the gateway. Alone it settles nothing."""

from mizan.application.ports import AccountDirectory, CallbackLog, GatewayRegistry, PaymentRepository
from mizan.application.resolve_payment import PaymentResolver
from mizan.domain.callbacks import CallbackKey, RawCallback
from mizan.domain.errors import InvalidCallbackError, NotFoundError
from mizan.domain.payments import Payment
from mizan.domain.references import payment_id_of_track


class CallbackProcessor:
    """Works through kept deliveries; every one ends resolved or quarantined, never retried for ever."""

    def __init__(
        self,
        *,
        callbacks: CallbackLog,
        accounts: AccountDirectory,
        gateways: GatewayRegistry,
        payments: PaymentRepository,
        resolver: PaymentResolver,
    ) -> None:
        self._callbacks, self._accounts, self._gateways = callbacks, accounts, gateways
        self._payments, self._resolver = payments, resolver

    def process(self, key: CallbackKey) -> Payment | None:
        """The attempt after the inquiry; None when the delivery was set aside with its reason.

        Raises NotFoundError when no such delivery is stored, and GatewayError when the inquiry had no answer (a retry
        is safe).
        """
        callback = self._callbacks.get(key)
        if callback is None:
            raise NotFoundError("callback")
        try:
            payment = self._attempt(callback)
        except InvalidCallbackError as error:
            self._callbacks.quarantine(key, callback, error.reason)
            return None
        return self._resolver.resolve(payment)

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
