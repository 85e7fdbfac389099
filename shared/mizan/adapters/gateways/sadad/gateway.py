"""The `PaymentGateway` of SADAD Bahrain's online form. Facts: rails 5; nothing here was tried against a live operator.

The operator makes a bill and a page; the payer settles it there or in cash at a kiosk, by the end of the day in
Bahrain. The money is the operator's debt until it banks it. A kiosk may report late: the bill's attempt is asked
about for days after its end (`mizan.domain.payments.LATE_WATCH`).

Not verified [m]: the status call's fields and words, error 103, and that a bill is found by our own reference where the
answer to its creation was lost. No refund is known of this rail.
Account: `terminal_id`, password = API key, `resource_key` unused, settings `vendor_id`, `branch_id`,
`notification_mode` (100 SMS, 200 e-mail, 300 online, which is the default), `status.<word>`.
"""

from collections.abc import Callable
from datetime import datetime

from mizan.adapters.aws.clock import SystemClock
from mizan.adapters.gateways.reading import UnreadableError, is_track_id
from mizan.adapters.gateways.sadad import answers, callbacks, messages
from mizan.adapters.gateways.transport import HttpTransport, Transport
from mizan.application.ports import CallbackNotice, InitiationRequest, InitiationResult, InquiryResult
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError

HTTP_OK, HTTP_UNAVAILABLE = 200, 503


class SadadGateway:
    """Implements `PaymentGateway`. `now` gives aware UTC."""

    name = "sadad"

    def __init__(self, transport: Transport | None = None, *, now: Callable[[], datetime] | None = None) -> None:
        self._transport = transport or HttpTransport()
        self._now = now or SystemClock().now

    def initiate(self, account: MerchantAccount, request: InitiationRequest) -> InitiationResult:
        """See `PaymentGateway.initiate`. Any HTTP status but 200 leaves the outcome unknown."""
        if not is_track_id(request.track_id):
            raise GatewayUnavailableError("SADAD would not take this reference")
        try:
            body = messages.create_body(account, request, self._now())
        except messages.UnusableAccountError as error:
            raise GatewayUnavailableError(f"the account cannot be used: {error}") from error
        answer = self._transport.exchange("POST", account.base_url.rstrip("/") + messages.CREATE_PATH, body)
        if answer.status != HTTP_OK:
            raise OutcomeUnknownError(f"HTTP {answer.status}")
        try:
            return answers.read_creation(answer.body)
        except UnreadableError as error:
            raise OutcomeUnknownError(f"unreadable answer: {error}") from error

    def read_callback(self, account: MerchantAccount, callback: RawCallback) -> CallbackNotice:  # unsigned
        """See `PaymentGateway.read_callback`."""
        return callbacks.read_callback(callback)

    def inquire(
        self,
        account: MerchantAccount,
        *,
        track_id: str,
        amount: int,  # the wire asks by reference alone
        currency: str,
        captured_near: datetime,
        gateway_payment: str | None = None,
    ) -> InquiryResult:
        """See `PaymentGateway.inquire`. Facts only: the caller compares amount, currency and track id."""
        try:
            body = messages.status_body(account, track_id, gateway_payment)
        except messages.UnusableAccountError as error:
            raise GatewayUnavailableError(f"the account cannot be used: {error}") from error
        answer = self._transport.exchange("POST", account.base_url.rstrip("/") + messages.STATUS_PATH, body)
        if answer.status == HTTP_UNAVAILABLE:
            raise GatewayUnavailableError("HTTP 503")
        if answer.status != HTTP_OK:
            raise OutcomeUnknownError(f"HTTP {answer.status}")
        try:
            return answers.read_status(
                answer.body, account, track_id=track_id, currency=currency, captured_near=captured_near
            )
        except answers.StatusRefusedError as error:
            raise GatewayUnavailableError(f"inquiry refused: {error}") from error
        except UnreadableError as error:
            raise OutcomeUnknownError(f"unreadable answer: {error}") from error
