"""A gateway with books of its own, honest and unreliable: what it did is the truth that ours must equal in the end.

It takes money once per track id on its own page, tells us so late, often, or never, voids what nobody acknowledged,
gives money back once per refund id, and answers inquiries badly while the weather is bad.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from mizan.application.ports import (
    CallbackNotice,
    InitiationRefused,
    InitiationRequest,
    InitiationResult,
    InitiationStarted,
    InquiryOutcome,
    InquiryResult,
)
from mizan.application.ports_refunds import RefundOutcome, RefundRequest, RefundResult
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import (
    CapabilityMissingError,
    GatewayUnavailableError,
    InvalidCallbackError,
    OutcomeUnknownError,
)
from mizan.domain.payments import Capture, Decline
from tests.simulation.fate import Dice
from tests.simulation.kernel import HOUR, MINUTE, SECOND, Kernel

NAME = "fake"
INITIATE_FAULTS = ("unavailable", "unanswered", "lost_on_the_way", "unreadable")
INQUIRE_FAULTS = ("unavailable", "unreadable", "confused", "lagging")
REFUND_FAULTS = ("unavailable", "unanswered", "lost_on_the_way", "on_its_way", "unreadable")
ON_ITS_WAY = 15 * MINUTE
"""What a caller gave up on may still arrive until then."""

NO = Decline("05", "The bank said no.", "رفض البنك العملية.")
LAG = 20 * SECOND
"""How long after it happened an inquiry may not know of it yet."""

VOID_AFTER = 90 * SECOND
"""An unacknowledged capture is voided then: inside the two minutes after which ours confirms it (rails.md 1)."""

PAGE_LIFETIME = 70 * MINUTE


@dataclass(frozen=True)
class Manners:
    """What one rail does otherwise than another. `is_cash`: the payer takes the reference to a machine, hours later."""

    voids: bool = False
    refunds: bool = False
    is_cash: bool = False
    takes_parts: bool = False

    @property
    def lifetime(self) -> int:
        return 30 * HOUR if self.is_cash else PAGE_LIFETIME


MANNERS = {
    NAME: Manners(voids=True, refunds=True),
    "session": Manners(refunds=True, takes_parts=True),
    "wallet": Manners(),
    "sadad": Manners(is_cash=True),
}
"""By the gateway's name: one that voids what nobody acknowledged (BENEFIT), one that captures parts (MPGS), one that
gives nothing back (a wallet), one that is paid at a machine (SADAD).
"""


@dataclass
class Page:
    """One payment at the gateway. `state`: open, captured, voided, reversed, declined, cancelled."""

    track: str
    amount: int
    currency: str
    opened_at: int
    plan: "Plan"
    manners: Manners
    token: str
    state: str = "open"
    decided_at: int = 0
    capture: Capture | None = None
    is_acknowledged: bool = False
    is_disputed: bool = False
    """The payer's bank is at it: the gateway takes nothing back by itself."""

    @property
    def is_captured(self) -> bool:
        return self.state == "captured"

    @property
    def stands(self) -> bool:
        """Captured and acknowledged: it is not voided any more."""
        return self.is_captured and self.is_acknowledged


@dataclass(frozen=True)
class Plan:
    """What the payer does on the page, and what the gateway makes of it; decided by the seed when the page opens.

    `deed`: pay, decline, cancel, leave. `waits`: microseconds until then. `notices`: when it is told, after that.
    """

    deed: str
    wait: int
    notices: tuple[int, ...]
    wrong_amount: int = 0
    currency: str = ""
    is_pending_while_open: bool = False

    @classmethod
    def of(cls, dice: Dice) -> "Plan":
        deed = dice.weighted({"pay": 72, "decline": 10, "cancel": 7, "leave": 11})
        wait = dice.weighted({10 * SECOND: 65, 3 * MINUTE: 20, 29 * MINUTE: 5, 50 * MINUTE: 7, 65 * MINUTE: 5})
        count = dice.weighted({1: 60, 2: 20, 3: 5, 0: 15})
        spread = [SECOND, 20 * SECOND, 10 * MINUTE]
        return cls(
            deed,
            wait + dice.below(5 * SECOND),
            tuple(dice.below(dice.pick(spread)) for _ in range(count)),
            wrong_amount=dice.pick([-1, 1, 500]) if dice.chance(400) else 0,
            currency="USD" if dice.chance(200) else "",
            is_pending_while_open=dice.chance(4_000),
        )


@dataclass
class GivenBack:
    """One refund at the gateway, under its own track id. `outcome`: what has become of it by now."""

    track: str
    amount: int
    original_track: str
    outcome: RefundOutcome
    asked_at: int
    send_count: int = 1
    completed_at: datetime | None = None


@dataclass
class SimulatedGateway:
    """`notify(name, page, told)` delivers to our callback address and says whether it was acknowledged."""

    kernel: Kernel
    notify: Callable[[str, "Page", Callable[[bool], None]], None]
    name: str = NAME
    pages: dict[str, Page] = field(default_factory=dict)
    refunds: dict[str, GivenBack] = field(default_factory=dict)
    initiations: list[str] = field(default_factory=list)
    plans: dict[str, Plan] = field(default_factory=dict)
    """Plans that a story's author laid down, by track id."""

    # -- what production asks -----------------------------------------------------------------------------------------

    def initiate(self, account: MerchantAccount, request: InitiationRequest) -> InitiationResult:
        fault = self.kernel.call(f"initiate {request.track_id}", INITIATE_FAULTS)
        if fault == "unavailable":
            raise GatewayUnavailableError("the gateway is down")
        self.initiations.append(request.track_id)
        if fault == "lost_on_the_way":
            raise OutcomeUnknownError("no answer")
        dice = self.kernel.fate.dice(f"page {request.track_id}")
        if dice.chance(400):
            self.kernel.seen["initiation refused"] += 1
            return InitiationRefused(NO)
        self._open(account, request, dice)
        self.kernel.finish(fault)
        if fault in ("unanswered", "unreadable"):
            raise OutcomeUnknownError("no readable answer")
        return InitiationStarted(f"gp-{request.track_id}", f"https://gateway.invalid/{request.track_id}")

    def read_callback(self, account: MerchantAccount, callback: RawCallback) -> CallbackNotice:
        track = callback.body.decode("ascii", "replace")
        if not track.isdigit():
            raise InvalidCallbackError("undecryptable")
        return CallbackNotice(track, is_authenticated=callback.channel != "error")

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
        fault = self.kernel.call(f"inquire {track_id}", INQUIRE_FAULTS)
        if fault == "unavailable":
            raise GatewayUnavailableError("the gateway is down")
        if fault == "unreadable":
            raise OutcomeUnknownError("no readable answer")
        answer = self._word_about(track_id, account, may_lag=fault == "lagging")
        if fault == "confused" and self.pages:
            other = self.kernel.fate.dice(f"confusion {track_id}").pick(sorted(self.pages))
            answer = self._word_about(other, account, may_lag=False)
        self.kernel.finish(fault)
        self.kernel.note(
            "gateway",
            f"says {answer.outcome} of {track_id}" + ("" if answer.track_id == track_id else f" ({answer.track_id})"),
        )
        return answer

    def refund(self, account: MerchantAccount, request: RefundRequest) -> RefundResult:
        fault = self.kernel.call(f"refund {request.track_id} {request.amount}", REFUND_FAULTS)
        known = self.refunds.get(request.track_id)
        if known is not None:
            known.send_count += 1
        if fault == "unavailable":
            raise GatewayUnavailableError("the gateway is down")
        if fault == "lost_on_the_way":
            raise OutcomeUnknownError("no answer")
        if fault == "on_its_way":
            wait = self.kernel.fate.dice(f"way of {request.track_id}").below(ON_ITS_WAY)
            self.kernel.after(wait, partial(self._arrive, request))
            raise OutcomeUnknownError("no answer yet")
        given = known or self._give_back(request)
        self.kernel.finish(fault)
        if fault in ("unanswered", "unreadable"):
            raise OutcomeUnknownError("no readable answer")
        return self._refund_word(given)

    def inquire_refund(
        self, account: MerchantAccount, *, track_id: str, amount: int, currency: str, original_track_id: str = ""
    ) -> RefundResult:
        fault = self.kernel.call(f"inquire refund {track_id}", INQUIRE_FAULTS)
        if fault == "unavailable":
            raise GatewayUnavailableError("the gateway is down")
        if fault == "unreadable":
            raise OutcomeUnknownError("no readable answer")
        given = self.refunds.get(track_id)
        if fault == "confused" and self.refunds:
            given = self.refunds[self.kernel.fate.dice(f"confusion {track_id}").pick(sorted(self.refunds))]
        if given is None or (fault == "lagging" and self.kernel.now_micros - given.asked_at < LAG):
            return RefundResult(RefundOutcome.NOT_FOUND, track_id)
        return self._refund_word(given)

    # -- what happens there -------------------------------------------------------------------------------------------

    def _open(self, account: MerchantAccount, request: InitiationRequest, dice: Dice) -> None:
        if request.track_id in self.pages:
            return
        manners = MANNERS[account.gateway]
        plan = self.plans.get(request.track_id) or _plan_under(manners, Plan.of(dice), request.amount, dice)
        page = Page(
            request.track_id,
            request.amount,
            request.currency,
            self.kernel.now_micros,
            plan,
            manners,
            account.token,
        )
        self.pages[page.track] = page
        if plan.deed != "leave":
            self.kernel.after(plan.wait, lambda: self._act(page))

    def _act(self, page: Page) -> None:
        if page.state != "open" or self._is_over(page):
            return
        page.decided_at = self.kernel.now_micros
        if page.plan.deed == "pay":
            page.state = "captured"
            page.capture = Capture(
                amount=max(page.amount + page.plan.wrong_amount, 1),
                currency=page.plan.currency or page.currency,
                transaction=f"gt-{page.track}",
                gateway_payment=f"gp-{page.track}",
                rrn=page.track[-12:],
                auth_code="000000",
                captured_at=self.kernel.now(),
            )
            if page.manners.voids:
                self.kernel.after(VOID_AFTER, lambda: self._void_unless_acknowledged(page))
        else:
            page.state = {"decline": "declined", "cancel": "cancelled"}[page.plan.deed]
        self.kernel.note("gateway", f"{page.track} is {page.state}")
        for number, wait in enumerate(page.plan.notices):
            self.kernel.after(wait, partial(self._tell, page, number))

    def _tell(self, page: Page, number: int) -> None:
        self.notify(f"notice {page.track} {number}", page, lambda is_kept: self._told(page, is_kept))

    def _told(self, page: Page, is_kept: bool) -> None:
        if is_kept and page.is_captured:
            page.is_acknowledged = True

    def _void_unless_acknowledged(self, page: Page) -> None:
        if page.is_captured and not page.is_acknowledged:
            page.state = "voided"
            page.decided_at = self.kernel.now_micros
            self.kernel.seen["voided"] += 1
            self.kernel.note("gateway", f"{page.track} is voided")

    def last_deed_at(self) -> int:
        """When the last payer who is still at it will have decided."""
        return max(
            (page.opened_at + page.plan.wait for page in self.pages.values() if page.plan.deed != "leave"), default=0
        )

    def reverse(self, track: str) -> bool:
        """The bank takes an acknowledged capture back by itself; whether it did."""
        page = self.pages.get(track)
        if page is None or not page.stands or page.is_disputed or self.given_back(track):
            return False
        page.state = "reversed"
        self.kernel.note("gateway", f"{track} is reversed")
        return True

    def given_back(self, track: str) -> int:
        """Fils of refunds of one capture that went back or may still."""
        gone = (RefundOutcome.COMPLETED, RefundOutcome.PENDING)
        return sum(one.amount for one in self.refunds.values() if one.original_track == track and one.outcome in gone)

    def _arrive(self, request: RefundRequest) -> None:
        self._give_back(request)

    def _give_back(self, request: RefundRequest) -> GivenBack:
        if request.track_id in self.refunds:
            return self.refunds[request.track_id]
        page, dice = self.pages[request.original_track_id], self.kernel.fate.dice(f"refund {request.track_id}")
        outcome = dice.weighted({RefundOutcome.COMPLETED: 60, RefundOutcome.PENDING: 25, RefundOutcome.FAILED: 15})
        is_possible = page.is_captured and page.capture is not None
        if not is_possible or self.given_back(page.track) + request.amount > (
            page.capture.amount if page.capture else 0
        ):
            self.kernel.seen["refund above the capture"] += 1
            outcome = RefundOutcome.FAILED
        given = GivenBack(request.track_id, request.amount, page.track, outcome, self.kernel.now_micros)
        given.completed_at = self.kernel.now() if outcome is RefundOutcome.COMPLETED else None
        self.refunds[given.track] = given
        if outcome is RefundOutcome.PENDING:
            end = dice.weighted({RefundOutcome.COMPLETED: 70, RefundOutcome.FAILED: 30})
            self.kernel.after(dice.below(HOUR), lambda: self._settle_refund(given, end))
        return given

    def _settle_refund(self, given: GivenBack, end: RefundOutcome) -> None:
        given.outcome = end
        given.completed_at = self.kernel.now() if end is RefundOutcome.COMPLETED else None

    # -- what it says -------------------------------------------------------------------------------------------------

    def _word_about(self, track: str, account: MerchantAccount, *, may_lag: bool) -> InquiryResult:
        page = self.pages.get(track)
        if page is None or page.token != account.token:
            return InquiryResult(InquiryOutcome.NOT_FOUND, track)
        if page.state == "open" and self._is_over(page):
            return InquiryResult(InquiryOutcome.NOT_FOUND, track)
        if page.state == "open" or (may_lag and self.kernel.now_micros - page.decided_at < LAG):
            outcome = InquiryOutcome.PENDING if page.plan.is_pending_while_open else InquiryOutcome.NOT_FOUND
            return InquiryResult(outcome, track)
        return self._final_word(page)

    def _is_over(self, page: Page) -> bool:
        return self.kernel.now_micros >= page.opened_at + page.manners.lifetime

    def _final_word(self, page: Page) -> InquiryResult:
        if page.is_captured:
            return InquiryResult(InquiryOutcome.CAPTURED, page.track, capture=page.capture)
        if page.state == "declined":
            return InquiryResult(InquiryOutcome.DECLINED, page.track, decline=NO)
        words = {
            "cancelled": InquiryOutcome.CANCELLED,
            "voided": InquiryOutcome.VOIDED,
            "reversed": InquiryOutcome.REVERSED,
        }
        return InquiryResult(words[page.state], page.track)

    def _refund_word(self, given: GivenBack) -> RefundResult:
        is_done = given.outcome is RefundOutcome.COMPLETED
        return RefundResult(
            given.outcome,
            given.track,
            transaction=f"gr-{given.track}" if is_done else "",
            decline=NO if given.outcome is RefundOutcome.FAILED else None,
            rrn=given.track[-12:] if is_done else "",
            completed_at=given.completed_at if is_done else None,
        )


def _plan_under(manners: Manners, plan: Plan, amount: int, dice: Dice) -> Plan:
    """The same payer at another rail."""
    if manners.is_cash:
        return replace(plan, wait=plan.wait * 24, is_pending_while_open=True)
    if manners.takes_parts and dice.chance(1_000):
        return replace(plan, wrong_amount=-(amount // 2))
    return plan


class SimulatedRegistry:
    """`mizan.application.ports.GatewayRegistry` over the one gateway."""

    def __init__(self, gateway: SimulatedGateway) -> None:
        self._gateway = gateway

    def get(self, name: str) -> Any:
        return self._gateway

    def refunds_of(self, name: str) -> Any:
        if name not in MANNERS or not MANNERS[name].refunds:
            raise CapabilityMissingError.refunds()
        return self._gateway
