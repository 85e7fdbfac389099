"""The `RefundGateway` of BENEFIT: action 2 of the tranportal, and inquiries by the refund's own track id (rails 1).

Not verified against a live gateway. From a sister gateway [weak]: the wire shape, `refund_selector`, PROCESSING. From
memory [m]: that the answer is sealed like an inquiry's, that a refund is found by its own track id, and how the 14 days
[R] are counted: calendar days in Bahrain, the day of the capture not counted.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from mizan.adapters.aws.clock import SystemClock
from mizan.adapters.gateways.benefit import answers, exchange, messages, refund_codes
from mizan.adapters.gateways.benefit.messages import read_amount, read_track_id
from mizan.adapters.gateways.reading import UnreadableError
from mizan.adapters.gateways.tranportal.acknowledgement import is_track_id
from mizan.adapters.gateways.tranportal.capture_date import captured_at
from mizan.adapters.gateways.tranportal.codes import NOT_FOUND_ERROR
from mizan.adapters.gateways.tranportal.envelope import TranportalRefusedError
from mizan.adapters.gateways.transport import HttpTransport, Transport
from mizan.application.ports_refunds import RefundOutcome, RefundRequest, RefundResult
from mizan.domain.accounts import MerchantAccount
from mizan.domain.calendar import business_date
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError

REFUND_WINDOW = timedelta(days=14)


class BenefitRefunds:
    """Implements `RefundGateway`. `refund_selector` is the word in `udf5` that means "transId is the original's
    transaction id", `inquiry_selector` the one for a track id; `now` gives aware UTC.
    """

    def __init__(
        self,
        transport: Transport | None = None,
        *,
        refund_selector: str = "TRANID",
        inquiry_selector: str = "TrackID",
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._transport = transport or HttpTransport()
        self._refund_selector, self._inquiry_selector = refund_selector, inquiry_selector
        self._now = now or SystemClock().now

    def refund(self, account: MerchantAccount, request: RefundRequest) -> RefundResult:
        """See `RefundGateway.refund`. Any HTTP status but 200 leaves the outcome unknown."""
        if not is_track_id(request.track_id):
            raise GatewayUnavailableError("BENEFIT would not take this track id")
        now = self._now()
        if business_date(now) - business_date(request.original.captured_at) > REFUND_WINDOW:
            return RefundResult(RefundOutcome.FAILED, request.track_id, decline=refund_codes.TOO_OLD)
        body = exchange.perform(
            self._transport,
            account,
            messages.TRANPORTAL_PATH,
            lambda: messages.refund_text(account, request, selector=self._refund_selector),
        )
        try:
            fields = answers.open_answer(body, account)
            return read_refund(fields, amount=request.amount, currency=request.currency, near=now)
        except TranportalRefusedError as error:
            return _refused(error.code, request.track_id)
        except UnreadableError as error:
            raise OutcomeUnknownError(f"unreadable answer: {error}") from error

    def inquire_refund(
        self, account: MerchantAccount, *, track_id: str, amount: int, currency: str, original_track_id: str = ""
    ) -> RefundResult:
        """See `RefundGateway.inquire_refund`."""
        body = exchange.inquire(
            self._transport,
            account,
            lambda: messages.inquiry_text(
                account, track_id=track_id, amount=amount, currency=currency, selector=self._inquiry_selector
            ),
        )
        try:
            fields = answers.open_answer(body, account)
            return read_refund(fields, amount=amount, currency=currency, near=self._now())
        except TranportalRefusedError as error:
            if error.code == NOT_FOUND_ERROR:
                return RefundResult(RefundOutcome.NOT_FOUND, track_id)
            raise GatewayUnavailableError(f"inquiry refused: {error.code}") from error
        except UnreadableError as error:
            raise OutcomeUnknownError(f"unreadable answer: {error}") from error


def read_refund(fields: dict[str, str], *, amount: int, currency: str, near: datetime) -> RefundResult:
    """What the opened answer says. A refund of another amount than the one asked for is UNKNOWN: a case for people.

    Raises UnreadableError.
    """
    word, response_code = fields.get("result", ""), fields.get("authRespCode", "").strip()
    outcome, track_id = refund_codes.outcome_of(word, response_code), read_track_id(fields)
    if outcome is RefundOutcome.FAILED:
        return RefundResult(outcome, track_id, decline=refund_codes.decline_of(word, response_code))
    transaction, rrn = fields.get("transId", ""), fields.get("ref", "")
    if outcome is not RefundOutcome.COMPLETED:
        return RefundResult(outcome, track_id, transaction, rrn=rrn)
    if not transaction:
        raise UnreadableError("transId")
    if read_amount(fields, currency) != amount:
        return RefundResult(RefundOutcome.UNKNOWN, track_id, transaction, rrn=rrn)
    return RefundResult(outcome, track_id, transaction, rrn=rrn, completed_at=captured_at(fields.get("date", ""), near))


def _refused(code: str, track_id: str) -> RefundResult:
    """An error in place of an answer: a verdict, no verdict at all, or something that only an inquiry can tell."""
    decline = refund_codes.refusal_of(code)
    if decline is not None:
        return RefundResult(RefundOutcome.FAILED, track_id, decline=decline)
    if code in refund_codes.SETUP_ERRORS:
        raise GatewayUnavailableError(f"refund refused: {code}")
    return RefundResult(RefundOutcome.UNKNOWN, track_id)
