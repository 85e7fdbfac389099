"""The `PaymentGateway` of KNET. Facts: rails 1; nothing here was tried against a live gateway.

An attempt begins without a word to KNET: the payer's browser carries the sealed request in the page's address, so
nothing can be lost at the start, and an attempt whose page was never opened is "not found".

Account: `terminal_id` the tranportal id, `password`, `resource_key` 16 characters; settings `currency_code` (414),
`langid` (USA). Not verified, so configuration: settings `page_path`, `inquiry_path`, `inquiry_selector` (the word in
`udf5` for "transid holds a track id"); and that an inquiry has the family's envelope. No refund is known of this rail.
"""

from datetime import datetime

from mizan.adapters.gateways.addresses import is_secure_url
from mizan.adapters.gateways.knet import answers, messages, trandata
from mizan.adapters.gateways.reading import UnreadableError
from mizan.adapters.gateways.tranportal import callbacks as tranportal
from mizan.adapters.gateways.tranportal.acknowledgement import is_acceptable_url, is_track_id
from mizan.adapters.gateways.tranportal.envelope import TranportalRefusedError
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


class KnetGateway:
    """Implements `PaymentGateway`."""

    name = "knet"

    def __init__(self, transport: Transport | None = None) -> None:
        self._transport = transport or HttpTransport()

    def initiate(self, account: MerchantAccount, request: InitiationRequest) -> InitiationResult:
        """See `PaymentGateway.initiate`. Nothing is sent; KNET's own number is not known before the payer is there."""
        urls = (request.notification_url, request.error_url)
        if not (
            is_track_id(request.track_id) and all(map(is_acceptable_url, urls)) and is_secure_url(account.base_url)
        ):
            raise GatewayUnavailableError("KNET would not take this track id or these addresses")
        try:
            url = messages.page_url(account, request)
        except messages.UnusableAccountError as error:
            raise GatewayUnavailableError(f"the account cannot be used: {error}") from error
        return InitiationStarted(gateway_payment=request.track_id, redirect_url=url)

    def read_callback(self, account: MerchantAccount, callback: RawCallback) -> CallbackNotice:
        """See `PaymentGateway.read_callback`."""
        return tranportal.read_callback(
            account, callback, lambda keys, sealed: trandata.open_fields(keys, sealed).get("trackid", "")
        )

    def inquire(
        self,
        account: MerchantAccount,
        *,
        track_id: str,
        amount: int,
        currency: str,
        captured_near: datetime,
        gateway_payment: str | None = None,  # the wire asks by track id
    ) -> InquiryResult:
        """See `PaymentGateway.inquire`. Facts only: the caller compares amount, currency and track id."""
        try:
            body = messages.inquiry_body(account, track_id=track_id, amount=amount, currency=currency)
        except messages.UnusableAccountError as error:
            raise GatewayUnavailableError(f"the account cannot be used: {error}") from error
        answer = self._transport.exchange("POST", messages.inquiry_url(account), body)
        if answer.status == HTTP_UNAVAILABLE:
            raise GatewayUnavailableError("HTTP 503")
        if answer.status != HTTP_OK:
            raise OutcomeUnknownError(f"HTTP {answer.status}")
        try:
            return answers.read_inquiry(answer.body, account, track_id=track_id, near=captured_near)
        except TranportalRefusedError as error:
            raise GatewayUnavailableError(f"inquiry refused: {error.code}") from error
        except UnreadableError as error:
            raise OutcomeUnknownError(f"unreadable answer: {error}") from error
