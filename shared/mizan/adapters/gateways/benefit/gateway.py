"""The `PaymentGateway` of BENEFIT. Facts: rails 1; nothing here was tried against a live gateway.

Configuration from memory [m] or doubtful: `inquiry_selector` (a sister gateway wants "TRANID").
"""

from collections.abc import Callable
from datetime import datetime

from mizan.adapters.gateways.benefit import answers, callbacks, messages, trandata
from mizan.adapters.gateways.benefit.acknowledgement import is_acceptable_url, is_track_id
from mizan.adapters.gateways.benefit.messages import UnreadableError
from mizan.adapters.gateways.benefit.transport import HttpTransport, Transport
from mizan.application.ports import CallbackNotice, InitiationRequest, InitiationResult, InquiryResult
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError

HTTP_OK = 200
HTTP_UNAVAILABLE = 503


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
        body = _sealed(account, lambda: messages.purchase_text(account, request))
        answer = self._transport.post_json(account.base_url.rstrip("/") + messages.HOSTED_PATH, body)
        if answer.status != HTTP_OK:
            raise OutcomeUnknownError(f"HTTP {answer.status}")
        try:
            return answers.read_initiation(answer.body)
        except UnreadableError as error:
            raise OutcomeUnknownError(f"unreadable answer: {error}") from error

    def read_callback(self, account: MerchantAccount, callback: RawCallback) -> CallbackNotice:
        """See `PaymentGateway.read_callback`."""
        return callbacks.read_callback(account, callback)

    def inquire(
        self, account: MerchantAccount, *, track_id: str, amount: int, currency: str, captured_near: datetime
    ) -> InquiryResult:
        """See `PaymentGateway.inquire`. Facts only: the caller compares amount and track id."""
        body = _sealed(
            account,
            lambda: messages.inquiry_text(
                account, track_id=track_id, amount=amount, currency=currency, selector=self._inquiry_selector
            ),
        )
        answer = self._transport.post_json(account.base_url.rstrip("/") + messages.TRANPORTAL_PATH, body)
        if answer.status == HTTP_UNAVAILABLE:
            raise GatewayUnavailableError("HTTP 503")
        if answer.status != HTTP_OK:
            raise OutcomeUnknownError(f"HTTP {answer.status}")
        try:
            return answers.read_inquiry(
                answer.body, account, track_id=track_id, currency=currency, captured_near=captured_near
            )
        except answers.GatewayRefusedInquiryError as error:
            raise GatewayUnavailableError(f"inquiry refused: {error.code}") from error
        except UnreadableError as error:
            raise OutcomeUnknownError(f"unreadable answer: {error}") from error


def _sealed(account: MerchantAccount, plaintext: Callable[[], str]) -> bytes:
    """The request's bytes. Raises GatewayUnavailableError when the account or the currency cannot be used at all."""
    try:
        return messages.envelope(account, trandata.close(account.secrets.resource_key, plaintext()))
    except (trandata.TrandataError, KeyError) as error:
        raise GatewayUnavailableError(f"the account cannot be used: {type(error).__name__}") from error


def _are_acceptable(*urls: str) -> bool:
    return all(map(is_acceptable_url, urls))
