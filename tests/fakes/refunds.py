"""Rails that give money back, in memory: a gateway's refunds, and a bank that pays to an IBAN. Each is scripted.

Both keep their own books, so that "once per id" and "never more than was captured" hold here as they do outside: the
second sending of an id fails the test that did it.
"""

from mizan.application.ports_refunds import (
    NameMatch,
    PayoutRequest,
    RefundOutcome,
    RefundRequest,
    RefundResult,
)
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import GatewayError, OutcomeUnknownError
from mizan.domain.payments import Decline

REFUSED = Decline("05", "The bank did not take the refund.", "لم يقبل البنك رد المبلغ.")
OVER_REFUND = Decline("IPAY0300024", "More than was paid cannot be refunded.", "لا يمكن رد أكثر مما دُفع.")

Script = RefundOutcome | GatewayError
"""What the rail does with the next sendings; an error is raised in place of an answer."""


class _Sendings:
    """What was sent under each id and what became of it. `behind_errors` is the truth behind an OutcomeUnknownError."""

    def __init__(self) -> None:
        self.script: Script = RefundOutcome.COMPLETED
        self.behind_errors: RefundOutcome = RefundOutcome.NOT_FOUND
        self.truths: dict[str, RefundResult | GatewayError] = {}
        self.away: list[GatewayError] = []
        """Errors that the next inquiries meet, one each."""
        self._sent: set[str] = set()

    def send(self, identity: str, verdict: RefundOutcome | None = None) -> RefundResult:
        """`verdict` overrules the script with what the rail itself would say."""
        assert identity not in self._sent, f"{identity} was sent twice"
        self._sent.add(identity)
        does = verdict or self.script
        if isinstance(does, GatewayError):
            truth = self.behind_errors if isinstance(does, OutcomeUnknownError) else RefundOutcome.NOT_FOUND
            self.truths[identity] = result_of(truth, identity)
            raise does
        answer = result_of(does, identity)
        self.truths[identity] = answer
        return answer

    def ask(self, identity: str) -> RefundResult:
        if self.away:
            raise self.away.pop(0)
        answer = self.truths.get(identity, RefundResult(RefundOutcome.NOT_FOUND, identity))
        if isinstance(answer, GatewayError):
            raise answer
        return answer


def result_of(outcome: RefundOutcome, identity: str) -> RefundResult:
    """A result as rails give it: a transaction where money moved or will, a decline where it never does."""
    has_transaction = outcome in (RefundOutcome.COMPLETED, RefundOutcome.PENDING)
    return RefundResult(
        outcome,
        identity,
        transaction=f"r-{identity}" if has_transaction else "",
        decline=REFUSED if outcome is RefundOutcome.FAILED else None,
    )


class FakeRefundGateway:
    """Scripted: `refunding.script` says what a refund meets, `refunding.truths[track_id]` what an inquiry says of it.

    `refunded` and `refunds_inquired` are what was asked, in order. More than a capture in all is refused by itself.
    """

    def __init__(self) -> None:
        self.refunding = _Sendings()
        self.refunded: list[RefundRequest] = []
        self.refunds_inquired: list[str] = []

    def refund(self, account: MerchantAccount, request: RefundRequest) -> RefundResult:
        self.refunded.append(request)
        if self._gone_back(request.original.transaction) > request.original.amount:
            self.refunding.send(request.track_id, RefundOutcome.NOT_FOUND)  # refused: nothing is kept under its id
            return RefundResult(RefundOutcome.FAILED, request.track_id, decline=OVER_REFUND)
        return self.refunding.send(request.track_id)

    def inquire_refund(
        self, account: MerchantAccount, *, track_id: str, amount: int, currency: str, original_track_id: str = ""
    ) -> RefundResult:
        self.refunds_inquired.append(track_id)
        return self.refunding.ask(track_id)

    def _gone_back(self, transaction: str) -> int:
        """Fils asked back of one capture, the last request with them, and what failed left out."""
        return sum(
            request.amount
            for request in self.refunded
            if request.original.transaction == transaction and not self._has_failed(request.track_id)
        )

    def _has_failed(self, track_id: str) -> bool:
        truth = self.refunding.truths.get(track_id)
        return isinstance(truth, RefundResult) and truth.outcome in (RefundOutcome.FAILED, RefundOutcome.NOT_FOUND)


class FakePayoutBank:
    """Scripted like the gateway: `paying.script`, `paying.truths[payout_id]`; `matches` by name, else `match`."""

    def __init__(self) -> None:
        self.paying = _Sendings()
        self.paid: list[PayoutRequest] = []
        self.payouts_inquired: list[str] = []
        self.matches: dict[str, NameMatch] = {}
        self.match = NameMatch.MATCH
        self.names_checked: list[tuple[str, str]] = []

    def check_name(self, iban: str, name: str) -> NameMatch:
        self.names_checked.append((iban, name))
        return self.matches.get(name, self.match)

    def pay(self, request: PayoutRequest) -> RefundResult:
        self.paid.append(request)
        return self.paying.send(request.payout_id)

    def inquire(self, payout_id: str) -> RefundResult:
        self.payouts_inquired.append(payout_id)
        return self.paying.ask(payout_id)
