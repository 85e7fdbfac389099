"""The `PaymentGateway` of MPGS: hosted checkout by credit card. Facts: rails 2; nothing was tried against a live
gateway.

Account: `terminal_id` the merchant id, `password` the API password, `secrets.named["webhook_secret"]` what webhooks
carry (`retired_webhook_secret` still fits). Not verified, so configuration (`messages`): the link to a session's page,
and the webhook's address per order. From memory [m] too: that an order nobody has paid on is "unable to find" (400 or
404), that CANCELLED means voided, the gateway codes. 403 is read as 401.
"""

from datetime import datetime

from mizan.adapters.gateways.mpgs import answers, callbacks, codes, messages
from mizan.adapters.gateways.mpgs.answers import MpgsRefusedError
from mizan.adapters.gateways.mpgs.exchange import ask
from mizan.adapters.gateways.reading import is_track_id
from mizan.adapters.gateways.transport import HttpTransport, Transport
from mizan.application.ports import (
    CallbackNotice,
    InitiationRefused,
    InitiationRequest,
    InitiationResult,
    InquiryOutcome,
    InquiryResult,
)
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import GatewayUnavailableError


class MpgsGateway:
    """Implements `PaymentGateway`."""

    name = "mpgs"

    def __init__(self, transport: Transport | None = None) -> None:
        self._transport = transport or HttpTransport()

    def initiate(self, account: MerchantAccount, request: InitiationRequest) -> InitiationResult:
        """See `PaymentGateway.initiate`. Refused: MPGS named the fault of the request, and made no session."""
        if not is_track_id(request.track_id):
            raise GatewayUnavailableError("MPGS would not take this order id")
        try:
            body = messages.checkout(account, request)
        except KeyError as error:
            raise GatewayUnavailableError("no such currency at MPGS") from error
        url = f"{messages.merchant_url(account)}/session"
        try:
            return ask(
                self._transport, account, "POST", url, lambda found: answers.read_session(found, account), body=body
            )
        except MpgsRefusedError as error:
            return InitiationRefused(codes.refusal_of(error.cause))

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
        """See `PaymentGateway.inquire`. By the order's id, which is ours; a session's id is of no use for it."""
        try:
            return ask(
                self._transport,
                account,
                "GET",
                messages.order_url(account, track_id),
                lambda found: answers.read_order(found, captured_near=captured_near),
                is_safe=True,
            )
        except MpgsRefusedError as error:
            if error.is_not_found:
                return InquiryResult(InquiryOutcome.NOT_FOUND, track_id)
            raise GatewayUnavailableError(f"inquiry refused: {error.cause}") from error
