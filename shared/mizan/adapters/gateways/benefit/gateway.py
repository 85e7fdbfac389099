"""The `PaymentGateway` of BENEFIT. Facts: rails 1; nothing here was tried against a live gateway.

Configuration from memory [m] or doubtful: `inquiry_selector` (a sister gateway wants "TRANID").
"""

from datetime import datetime

from mizan.adapters.gateways.benefit import answers, callbacks, exchange, messages
from mizan.adapters.gateways.reading import UnreadableError
from mizan.adapters.gateways.tranportal.acknowledgement import is_acceptable_url, is_track_id
from mizan.adapters.gateways.tranportal.envelope import TranportalRefusedError
from mizan.adapters.gateways.transport import HttpTransport, Transport
from mizan.application.ports import CallbackNotice, InitiationRequest, InitiationResult, InquiryResult
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError


class BenefitGateway:
    """Implements `PaymentGateway`. `inquiry_selector` is the word in `udf5` that means "transId is a track id"."""

    name = "benefit"

    def __init__(self, transport: Transport | None = None, *, inquiry_selector: str = "TrackID") -> None:
        self._transport = transport or HttpTransport()
        self._inquiry_selector = inquiry_selector

    def initiate(self, account: MerchantAccount, request: InitiationRequest) -> InitiationResult:
        """See `PaymentGateway.initiate`. Any HTTP status but 200 leaves the outcome unknown."""
        if not (is_track_id(request.track_id) and _are_acceptable(request.notification_url, request.error_url)):
            raise GatewayUnavailableError("BENEFIT would not take this track id or these addresses")
        body = exchange.perform(
            self._transport, account, messages.HOSTED_PATH, lambda: messages.purchase_text(account, request)
        )
        try:
            return answers.read_initiation(body)
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
        amount: int,
        currency: str,
        captured_near: datetime,
        gateway_payment: str | None = None,
    ) -> InquiryResult:
        """See `PaymentGateway.inquire`. Facts only: the caller compares amount and track id."""
        body = exchange.inquire(
            self._transport,
            account,
            lambda: messages.inquiry_text(
                account, track_id=track_id, amount=amount, currency=currency, selector=self._inquiry_selector
            ),
        )
        try:
            return answers.read_inquiry(
                body, account, track_id=track_id, currency=currency, captured_near=captured_near
            )
        except TranportalRefusedError as error:
            raise GatewayUnavailableError(f"inquiry refused: {error.code}") from error
        except UnreadableError as error:
            raise OutcomeUnknownError(f"unreadable answer: {error}") from error


def _are_acceptable(*urls: str) -> bool:
    return all(map(is_acceptable_url, urls))
