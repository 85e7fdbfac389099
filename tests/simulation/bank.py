"""A bank that pays out to IBANs, with books of its own: once per payout id, badly answered while the weather is bad."""

from dataclasses import dataclass, field

from mizan.application.ports_refunds import NameMatch, PayoutRequest, RefundOutcome, RefundResult
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError
from tests.simulation.gateway import INQUIRE_FAULTS, LAG, NO, ON_ITS_WAY, REFUND_FAULTS
from tests.simulation.kernel import HOUR, Kernel


@dataclass
class Payout:
    amount: int
    outcome: RefundOutcome
    asked_at: int


@dataclass
class SimulatedBank:
    """`sendings`: every id that was asked for, in order."""

    kernel: Kernel
    payouts: dict[str, Payout] = field(default_factory=dict)
    sendings: list[str] = field(default_factory=list)

    def check_name(self, iban: str, name: str) -> NameMatch:
        fault = self.kernel.call("check name", ("unavailable",))
        return NameMatch.UNAVAILABLE if fault == "unavailable" else NameMatch.MATCH

    def pay(self, request: PayoutRequest) -> RefundResult:
        fault = self.kernel.call(f"pay {request.payout_id} {request.amount}", REFUND_FAULTS)
        self.sendings.append(request.payout_id)
        if fault == "unavailable":
            raise GatewayUnavailableError("the bank is down")
        if fault == "lost_on_the_way":
            raise OutcomeUnknownError("no answer")
        if fault == "on_its_way":
            wait = self.kernel.fate.dice(f"way of {request.payout_id}").below(ON_ITS_WAY)
            self.kernel.after(wait, lambda: self._pay(request))
            raise OutcomeUnknownError("no answer yet")
        self._pay(request)
        self.kernel.finish(fault)
        if fault in ("unanswered", "unreadable"):
            raise OutcomeUnknownError("no readable answer")
        return self._word(request.payout_id)

    def inquire(self, payout_id: str) -> RefundResult:
        fault = self.kernel.call(f"inquire payout {payout_id}", INQUIRE_FAULTS)
        if fault == "unavailable":
            raise GatewayUnavailableError("the bank is down")
        if fault == "unreadable":
            raise OutcomeUnknownError("no readable answer")
        payout = self.payouts.get(payout_id)
        if payout is None or (fault == "lagging" and self.kernel.now_micros - payout.asked_at < LAG):
            return RefundResult(RefundOutcome.NOT_FOUND, payout_id)
        return self._word(payout_id)

    def _pay(self, request: PayoutRequest) -> None:
        if request.payout_id in self.payouts:
            return
        dice = self.kernel.fate.dice(f"payout {request.payout_id}")
        outcome = dice.weighted({RefundOutcome.COMPLETED: 60, RefundOutcome.PENDING: 25, RefundOutcome.FAILED: 15})
        payout = Payout(request.amount, outcome, self.kernel.now_micros)
        self.payouts[request.payout_id] = payout
        if outcome is RefundOutcome.PENDING:
            end = dice.weighted({RefundOutcome.COMPLETED: 70, RefundOutcome.FAILED: 30})
            self.kernel.after(dice.below(HOUR), lambda: setattr(payout, "outcome", end))

    def _word(self, payout_id: str) -> RefundResult:
        outcome = self.payouts[payout_id].outcome
        is_done = outcome is RefundOutcome.COMPLETED
        return RefundResult(
            outcome,
            payout_id,
            transaction=f"po-{payout_id}" if is_done else "",
            decline=NO if outcome is RefundOutcome.FAILED else None,
        )
