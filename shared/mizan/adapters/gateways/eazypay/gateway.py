"""The `PaymentGateway` of EazyPay. The webhook's signature: rails 3; nothing was tried against a live gateway.

Account: `terminal_id` the app id, `resource_key` the secret, named secret `webhook_secret` where it is another;
settings `payment_methods` (CREDITCARD), `webhook_window_seconds` (300). Not verified, so configuration: `base_path`,
`invoice_field` and `amount_field` (our track id and the amount in what EazyPay says), `not_found_code` (none: an
unknown invoice stays unknown); and that `query` takes an `invoiceId`. No refund is known of this rail.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from mizan.adapters.aws.clock import SystemClock
from mizan.adapters.gateways.eazypay import answers, callbacks, messages
from mizan.adapters.gateways.eazypay.acknowledgement import is_track_id
from mizan.adapters.gateways.reading import UnreadableError
from mizan.adapters.gateways.transport import HttpAnswer, HttpTransport, Transport
from mizan.application.ports import CallbackNotice, InitiationRequest, InitiationResult, InquiryResult
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError

HTTP_OK, HTTP_UNAVAILABLE = 200, 503


class EazyPayGateway:
    """Implements `PaymentGateway`. `now` gives aware UTC."""

    name = "eazypay"

    def __init__(self, transport: Transport | None = None, *, now: Callable[[], datetime] | None = None) -> None:
        self._transport = transport or HttpTransport()
        self._now = now or SystemClock().now

    def initiate(self, account: MerchantAccount, request: InitiationRequest) -> InitiationResult:
        """See `PaymentGateway.initiate`. Any HTTP status but 200 leaves the outcome unknown."""
        if not is_track_id(request.track_id):
            raise GatewayUnavailableError("EazyPay would not take this invoice id")
        answer = self._post(account, messages.CREATE, messages.creation(account, request, self._now()))
        if answer.status != HTTP_OK:
            raise OutcomeUnknownError(f"HTTP {answer.status}")
        try:
            return answers.read_creation(answer.body, track_id=request.track_id)
        except UnreadableError as error:
            raise OutcomeUnknownError(f"unreadable answer: {error}") from error

    def read_callback(self, account: MerchantAccount, callback: RawCallback) -> CallbackNotice:
        """See `PaymentGateway.read_callback`."""
        return callbacks.read_callback(account, callback)

    def inquire(
        self,
        account: MerchantAccount,
        *,
        track_id: str,
        amount: int,  # the wire asks by id alone
        currency: str,
        captured_near: datetime,
        gateway_payment: str | None = None,
    ) -> InquiryResult:
        """See `PaymentGateway.inquire`. Facts only: the caller compares amount, currency and track id."""
        question = messages.question(account, track_id=track_id, gateway_payment=gateway_payment, now=self._now())
        answer = self._post(account, messages.QUERY, question)
        if answer.status == HTTP_UNAVAILABLE:
            raise GatewayUnavailableError("HTTP 503")
        if answer.status != HTTP_OK:
            raise OutcomeUnknownError(f"HTTP {answer.status}")
        try:
            return answers.read_query(
                answer.body, account, track_id=track_id, currency=currency, captured_near=captured_near
            )
        except UnreadableError as error:
            raise OutcomeUnknownError(f"unreadable answer: {error}") from error

    def _post(self, account: MerchantAccount, call: str, sent: tuple[bytes, Mapping[str, str]]) -> HttpAnswer:
        body, headers = sent
        return self._transport.exchange("POST", messages.url_of(account, call), body, headers)
