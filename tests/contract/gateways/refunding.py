"""Rails that give money back, for one suite: what a test sets up, whatever stands behind the port."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

from mizan.adapters.gateways.registry import GATEWAYS
from mizan.application.ports import InitiationStarted
from mizan.application.ports_refunds import RefundGateway, RefundOutcome, RefundRequest
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError
from mizan.domain.payments import Capture
from tests.contract.gateways.world import Merchant, Sandbox, purchase
from tests.fakes.refunds import FakeRefundGateway, Script, result_of
from tests.fakes.samples import ACCOUNT, a_capture


class Rail(Protocol):
    """`gateway` refunds through `account`. `meets(…)` says what the next refund meets: completed, declined, processing,
    lost_before (nothing happened), lost_after (it happened).
    """

    gateway: RefundGateway
    account: MerchantAccount

    def captured(self, amount: int) -> RefundRequest:
        """A fresh capture of `amount` fils, and the request that would give it back whole."""
        ...

    def meets(self, what: str) -> None: ...

    def is_away_for_inquiries(self, request: RefundRequest) -> None:
        """The next inquiry about that refund finds the gateway down."""
        ...

    def decides(self, request: RefundRequest) -> None:
        """What was processing is completed."""
        ...


def new_track_id() -> str:
    return "".join(secrets.choice("0123456789") for _ in range(24))


def again(request: RefundRequest, amount: int) -> RefundRequest:
    """Another refund of the same capture."""
    return replace(request, track_id=new_track_id(), amount=amount)


class FakeRail:
    """The double that the use cases are tested with."""

    def __init__(self) -> None:
        self.fake = FakeRefundGateway()
        self.gateway: RefundGateway = self.fake
        self.account = ACCOUNT

    def captured(self, amount: int) -> RefundRequest:
        capture = a_capture(amount=amount, transaction=new_track_id())
        return RefundRequest(new_track_id(), amount, "BHD", capture, new_track_id())

    def meets(self, what: str) -> None:
        happened = RefundOutcome.COMPLETED if what == "lost_after" else RefundOutcome.NOT_FOUND
        self.fake.refunding.behind_errors = happened
        scripts: dict[str, Script] = {
            "declined": RefundOutcome.FAILED,
            "processing": RefundOutcome.PENDING,
            "lost_before": OutcomeUnknownError("lost"),
            "lost_after": OutcomeUnknownError("lost"),
        }
        self.fake.refunding.script = scripts.get(what, RefundOutcome.COMPLETED)

    def is_away_for_inquiries(self, request: RefundRequest) -> None:
        self.fake.refunding.away.append(GatewayUnavailableError("away"))

    def decides(self, request: RefundRequest) -> None:
        self.fake.refunding.truths[request.track_id] = result_of(RefundOutcome.COMPLETED, request.track_id)


class BenefitRail:
    """The adapter against the running sandbox."""

    def __init__(self, sandbox: Sandbox, listening: Merchant) -> None:
        self._sandbox, self._listening = sandbox, listening
        self.gateway = GATEWAYS.refunds_of("benefit")
        self.account = sandbox.open_account()

    def captured(self, amount: int) -> RefundRequest:
        taking = GATEWAYS.get("benefit")
        asked = purchase(self._listening, amount)
        started = taking.initiate(self.account, asked)
        assert isinstance(started, InitiationStarted)
        self._sandbox.pay(started)
        found = taking.inquire(
            self.account,
            track_id=asked.track_id,
            amount=amount,
            currency="BHD",
            captured_near=datetime.now(UTC),
        )
        assert isinstance(found.capture, Capture)
        return RefundRequest(new_track_id(), amount, "BHD", found.capture, asked.track_id)

    def meets(self, what: str) -> None:
        scenarios: dict[str, tuple[str, dict[str, Any]]] = {
            "completed": ("refund_success", {}),
            "declined": ("refund_decline", {"code": "61"}),
            "processing": ("refund_processing", {"delay_seconds": 0.4}),
            "lost_before": ("refund_timeout", {}),
            "lost_after": ("refund_timeout_then_success", {"drop_connection": True}),
        }
        outcome, details = scenarios[what]
        self._sandbox.script(self.account, outcome, **details)

    def is_away_for_inquiries(self, request: RefundRequest) -> None:
        self._sandbox.script(self.account, "inquiry_unavailable")

    def decides(self, request: RefundRequest) -> None:
        self._sandbox.wait_until(lambda: self._state_of(request) == "captured")

    def _state_of(self, request: RefundRequest) -> str:
        refunds = self._sandbox.call("GET", f"/sandbox/refunds?terminal_id={self.account.terminal_id}")["refunds"]
        return next((str(r["state"]) for r in refunds if r["track_id"] == request.track_id), "")
