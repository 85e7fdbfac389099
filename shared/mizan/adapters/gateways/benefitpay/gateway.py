"""The `PaymentGateway` of BenefitPay. Facts: rails 3; nothing here was tried against a live gateway.

An attempt begins without a word to BenefitPay: the payer's app, or the page that shows the QR, is given signed
parameters, and the wallet knows of the payment once the payer has agreed. Hence nothing can be lost at the start, and
an attempt that nobody paid is "not found".

Not verified: the callback's form [weak], every failure's code and `qr_timeout` [m]. No refund is known of this rail.
Account: `terminal_id` the merchant id, `resource_key` the secret of `secure_hash`, named secret `callback_secret` (and
`retired_callback_secret` while it changes), settings `app_id`, `page_url`, `qr_timeout`, `code.<code>`.
"""

from datetime import datetime

from mizan.adapters.gateways.benefitpay import answers, callbacks, messages
from mizan.adapters.gateways.reading import UnreadableError, is_track_id
from mizan.adapters.gateways.transport import HttpTransport, Transport
from mizan.application.ports import (
    CallbackNotice,
    InitiationRequest,
    InitiationResult,
    InitiationStarted,
    InquiryResult,
)
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError

HTTP_OK, HTTP_UNAVAILABLE = 200, 503


class BenefitPayGateway:
    """Implements `PaymentGateway`."""

    name = "benefitpay"

    def __init__(self, transport: Transport | None = None) -> None:
        self._transport = transport or HttpTransport()

    def initiate(self, account: MerchantAccount, request: InitiationRequest) -> InitiationResult:
        """See `PaymentGateway.initiate`. Nothing is sent; the page's query carries the app's parameters."""
        if not is_track_id(request.track_id):
            raise GatewayUnavailableError("BenefitPay would not take this reference")
        try:
            url = messages.page_address(account, request)
        except messages.UnusableAccountError as error:
            raise GatewayUnavailableError(f"the account cannot be used: {error}") from error
        return InitiationStarted(gateway_payment=request.track_id, redirect_url=url)

    def read_callback(self, account: MerchantAccount, callback: RawCallback) -> CallbackNotice:
        """See `PaymentGateway.read_callback`."""
        return callbacks.read_callback(account, callback)

    def inquire(
        self,
        account: MerchantAccount,
        *,
        track_id: str,
        amount: int,  # the wire asks by reference alone
        currency: str,
        captured_near: datetime,
        gateway_payment: str | None = None,  # the same
    ) -> InquiryResult:
        """See `PaymentGateway.inquire`. Facts only: the caller compares amount, currency and track id."""
        try:
            headers = messages.status_headers(account, track_id)
        except messages.UnusableAccountError as error:
            raise GatewayUnavailableError(f"the account cannot be used: {error}") from error
        url = account.base_url.rstrip("/") + messages.STATUS_PATH
        answer = self._transport.exchange("POST", url, messages.status_body(account, track_id), headers)
        if answer.status == HTTP_UNAVAILABLE:
            raise GatewayUnavailableError("HTTP 503")
        if answer.status != HTTP_OK:
            raise OutcomeUnknownError(f"HTTP {answer.status}")
        try:
            return answers.read_status(
                answer.body, account, track_id=track_id, currency=currency, captured_near=captured_near
            )
        except UnreadableError as error:
            raise OutcomeUnknownError(f"unreadable answer: {error}") from error
