"""The `PayoutBank` over the neutral wire (`wire.py`): this platform's own form, for no bank's is public [R].

A bank that pays for the treasury will have its own; its adapter takes this one's place behind the port. Not verified
against any live bank.
"""

from collections.abc import Callable
from datetime import datetime

from mizan.adapters.aws.clock import SystemClock
from mizan.adapters.gateways.payout_bank import answers, codes, wire
from mizan.adapters.gateways.payout_bank.answers import UnreadableError
from mizan.adapters.gateways.transport import HttpAnswer, HttpTransport, Transport
from mizan.application.ports_refunds import NameMatch, PayoutRequest, RefundOutcome, RefundResult
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import GatewayError, GatewayUnavailableError, OutcomeUnknownError

HTTP_OK, HTTP_CREATED, HTTP_NOT_FOUND, HTTP_UNAVAILABLE = 200, 201, 404, 503
REFUSED = range(400, 500)


class HttpPayoutBank:
    """Implements `PayoutBank`. `find_account` gives the account that the platform pays from; None: there is none."""

    def __init__(
        self,
        find_account: Callable[[], MerchantAccount | None],
        transport: Transport | None = None,
        *,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._find_account = find_account
        self._transport = transport or HttpTransport()
        self._now = now or SystemClock().now

    def check_name(self, iban: str, name: str) -> NameMatch:
        """See `PayoutBank.check_name`."""
        try:
            answer = self._exchange("POST", wire.NAME_CHECK_PATH, wire.name_check_body(iban, name))
            return answers.read_name_check(answer.body) if answer.status == HTTP_OK else NameMatch.UNAVAILABLE
        except (GatewayError, UnreadableError):
            return NameMatch.UNAVAILABLE

    def pay(self, request: PayoutRequest) -> RefundResult:
        """See `PayoutBank.pay`. Only a refusal in the bank's own words proves that nothing happened."""
        try:
            body = wire.payout_body(request)
        except KeyError as error:
            raise GatewayUnavailableError("the bank does not pay in this currency") from error
        answer = self._exchange("POST", wire.PAYOUTS_PATH, body)
        try:
            if answer.status in (HTTP_OK, HTTP_CREATED):
                return answers.read_payout(answer.body, amount=request.amount, currency=request.currency)
            if answer.status in REFUSED:
                return _refused(answers.read_refusal_code(answer.body), request.payout_id)
        except UnreadableError as error:
            raise OutcomeUnknownError(f"unreadable answer: {error}") from error
        raise OutcomeUnknownError(f"HTTP {answer.status}")

    def inquire(self, payout_id: str) -> RefundResult:
        """See `PayoutBank.inquire`."""
        answer = self._exchange("GET", f"{wire.PAYOUTS_PATH}/{payout_id}")
        if answer.status == HTTP_UNAVAILABLE:
            raise GatewayUnavailableError("HTTP 503")
        try:
            if answer.status == HTTP_OK:
                return answers.read_payout(answer.body)
            if answer.status in REFUSED:
                return _not_told(answers.read_refusal_code(answer.body), payout_id)
        except UnreadableError as error:
            raise OutcomeUnknownError(f"unreadable answer: {error}") from error
        raise OutcomeUnknownError(f"HTTP {answer.status}")

    def _exchange(self, method: str, path: str, body: bytes = b"") -> HttpAnswer:
        account = self._find_account()
        if account is None:
            raise GatewayUnavailableError("there is no payout bank account")
        headers = wire.headers(account, method, path, body, self._now())
        return self._transport.exchange(method, account.base_url.rstrip("/") + path, body, headers)


def _refused(code: str, payout_id: str) -> RefundResult:
    """A verdict on the order, no verdict at all, or (an id that was used before) something only an inquiry can tell."""
    decline = codes.refusal_of(code)
    if decline is not None:
        return RefundResult(RefundOutcome.FAILED, payout_id, decline=decline)
    if code == codes.UNAUTHENTICATED:
        raise GatewayUnavailableError("the bank does not know us")
    return RefundResult(RefundOutcome.UNKNOWN, payout_id)


def _not_told(code: str, payout_id: str) -> RefundResult:
    if code == codes.UNKNOWN_PAYOUT:
        return RefundResult(RefundOutcome.NOT_FOUND, payout_id)
    raise GatewayUnavailableError(f"inquiry refused: {code}")
