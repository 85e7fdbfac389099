"""The `PaymentGateway` of Tap. The hashstring: rails 3; nothing here was tried against a live gateway.

Account: `terminal_id` the merchant id, `resource_key` the secret key (`sk_…`, which signs webhooks too); settings
`source` (src_card), `customer` (how a payer without a name is called: Tap wants one). Not verified, so configuration:
`base_path`; and that charges are found by `reference.transaction` where the first answer was lost. Refunds: not built.
"""

from datetime import datetime

from mizan.adapters.gateways.reading import UnreadableError
from mizan.adapters.gateways.tap import answers, callbacks, messages
from mizan.adapters.gateways.tap.acknowledgement import is_track_id
from mizan.adapters.gateways.transport import HttpAnswer, HttpTransport, Transport
from mizan.application.ports import CallbackNotice, InitiationRequest, InitiationResult, InquiryResult
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError

HTTP_OK, HTTP_BAD_REQUEST, HTTP_UNAUTHORIZED, HTTP_UNAVAILABLE = 200, 400, 401, 503


class TapGateway:
    """Implements `PaymentGateway`."""

    name = "tap"

    def __init__(self, transport: Transport | None = None) -> None:
        self._transport = transport or HttpTransport()

    def initiate(self, account: MerchantAccount, request: InitiationRequest) -> InitiationResult:
        """See `PaymentGateway.initiate`. 400 with an error's code made no charge; 401 is our key; any other status but
        200 leaves the outcome unknown.
        """
        if not is_track_id(request.track_id):
            raise GatewayUnavailableError("Tap would not take this reference")
        answer = self._transport.exchange(
            "POST", messages.create_url(account), messages.charge(account, request), messages.headers_of(account)
        )
        if answer.status == HTTP_UNAUTHORIZED:
            raise GatewayUnavailableError("HTTP 401")
        if answer.status not in (HTTP_OK, HTTP_BAD_REQUEST):
            raise OutcomeUnknownError(f"HTTP {answer.status}")
        try:
            if answer.status == HTTP_BAD_REQUEST:
                return answers.read_refusal(answer.body)
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
        """See `PaymentGateway.inquire`: by the charge's id, or by our reference where that was lost."""
        answer = self._ask(account, track_id, gateway_payment)
        if answer.status in (HTTP_UNAVAILABLE, HTTP_UNAUTHORIZED):
            raise GatewayUnavailableError(f"HTTP {answer.status}")
        if answer.status != HTTP_OK:
            raise OutcomeUnknownError(f"HTTP {answer.status}")
        try:
            if gateway_payment:
                return answers.read_charge(answer.body, currency=currency, captured_near=captured_near)
            return answers.read_list(answer.body, track_id=track_id, currency=currency, captured_near=captured_near)
        except UnreadableError as error:
            raise OutcomeUnknownError(f"unreadable answer: {error}") from error

    def _ask(self, account: MerchantAccount, track_id: str, charge_id: str | None) -> HttpAnswer:
        headers = messages.headers_of(account)
        if charge_id:
            return self._transport.exchange("GET", messages.charge_url(account, charge_id), headers=headers)
        return self._transport.exchange("POST", messages.list_url(account), messages.search(track_id), headers)
