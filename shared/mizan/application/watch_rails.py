"""Watch every call to a gateway: count how it ended, and let the account's rail go down or come back by it.

A call that is answered costs no write by itself: it is counted in the process, and written with the next failure or
once `ANSWERED_KEPT_MAX` have gathered. A failure is written at once. What goes wrong here never costs a call its
answer.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from mizan.application.ports import (
    CallbackNotice,
    Clock,
    GatewayRegistry,
    InitiationRequest,
    InitiationResult,
    InquiryResult,
    PaymentGateway,
)
from mizan.application.ports_rails import RailRecords
from mizan.application.ports_refunds import RefundGateway
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError
from mizan.domain.health import RailEvent, RailHealth, RailPolicy, RailState, Tally, claimed, judged, may_probe, probed

ANSWERED_KEPT_MAX = 20
"""Answered calls that a process counts before it writes them down: at most a twentieth of a write unit each."""

KEPT_FOR = timedelta(seconds=5)
"""How long a process trusts what it read of a rail that is up; one that is not is read each time."""

ANSWERED, UNAVAILABLE, UNKNOWN = Tally(answered=1), Tally(unavailable=1), Tally(unknown=1)

Answer = TypeVar("Answer")

Tell = Callable[[RailHealth, RailEvent], None]
"""What operators are told by when a rail changes."""


class RailWatch:
    """One per process. `tell` writes the metric of a change; `lost` what could not be counted."""

    def __init__(
        self,
        *,
        records: RailRecords,
        clock: Clock,
        policy: RailPolicy,
        tell: Tell,
        lost: Callable[[Exception], None],
    ) -> None:
        self._records, self._clock, self._policy = records, clock, policy
        self._tell, self._lost = tell, lost
        self._kept: dict[str, tuple[datetime, RailHealth]] = {}
        self._unwritten: dict[str, dict[datetime, Tally]] = {}

    # -- what routing asks --------------------------------------------------------------------------------------------

    def health_of(self, account_id: str) -> RailHealth:
        """As this process knows it: a rail that is up may have gone down within the last `KEPT_FOR`."""
        now = self._clock.now()
        read_at, kept = self._kept.get(account_id, (None, None))
        if kept is not None and read_at is not None and now - read_at < KEPT_FOR:
            return kept
        return self._read(account_id)

    def may_probe(self, account_id: str) -> bool:
        return may_probe(self.health_of(account_id), self._clock.now())

    def may_try(self, account_id: str) -> bool:
        """Whether a payer may be offered it: up, or due to be tried."""
        return self.health_of(account_id).is_up or self.may_probe(account_id)

    def claim_probe(self, account_id: str) -> bool:
        """Whether the caller may send the next call to a rail that is not up: one of all processes in `probe_every`."""
        health, now = self._read(account_id), self._clock.now()
        return may_probe(health, now) and self._records.claim(health, claimed(health, now, self._policy))

    # -- what calls tell ----------------------------------------------------------------------------------------------

    def record(self, account_id: str, tally: Tally, *, is_probe: bool) -> None:
        """One call ended so. `is_probe`: it was a payment's beginning, by which a rail that is down is judged."""
        try:
            if tally.failed or (is_probe and not self.health_of(account_id).is_up):
                self._judge(account_id, tally, is_probe=is_probe)
            else:
                self._count(account_id, tally)
        except Exception as error:  # the call's own answer is worth more than its place in a rate
            self._lost(error)

    def _judge(self, account_id: str, tally: Tally, *, is_probe: bool) -> None:
        health, now = self._read(account_id), self._clock.now()
        if health.is_up:
            self._count(account_id, tally, at_once=True)
            seen = self._records.total(account_id, self._policy.window_from(health, now))
            after, event = judged(health, seen, now, self._policy), RailEvent.TRIP
        elif is_probe:
            after = probed(health, is_answered=not tally.failed, now=now, policy=self._policy)
            event = _event_of(after, is_answered=not tally.failed)
        else:
            return  # what is down is judged by its probes
        if after != health and self._records.move(health, after, event, now):
            self._kept.pop(account_id, None)
            self._tell(after, event)

    def _count(self, account_id: str, tally: Tally, *, at_once: bool = False) -> None:
        slots = self._unwritten.setdefault(account_id, {})
        slot = self._policy.slot_of(self._clock.now())
        slots[slot] = slots.get(slot, Tally()) + tally
        oldest = slot - (self._policy.slot_count - 1) * self._policy.slot
        for stale in [start for start in slots if start < oldest]:
            del slots[stale]
        if at_once or sum(kept.calls for kept in slots.values()) >= ANSWERED_KEPT_MAX:
            for start in list(slots):
                self._records.add(account_id, start, slots.pop(start))

    def _read(self, account_id: str) -> RailHealth:
        health = self._records.read(account_id)
        self._kept.pop(account_id, None)
        if health.is_up:
            self._kept[account_id] = (self._clock.now(), health)
        return health


def _event_of(after: RailHealth, *, is_answered: bool) -> RailEvent:
    if not is_answered:
        return RailEvent.FAIL
    return RailEvent.RECOVER if after.state is RailState.UP else RailEvent.PASS


class WatchedGateway:
    """A gateway whose beginnings and inquiries are counted by the account that they go through."""

    def __init__(self, inner: PaymentGateway, watch: RailWatch) -> None:
        self._inner, self._watch = inner, watch
        self.name = inner.name

    def initiate(self, account: MerchantAccount, request: InitiationRequest) -> InitiationResult:
        return self._watched(account, lambda: self._inner.initiate(account, request), is_probe=True)

    def read_callback(self, account: MerchantAccount, callback: RawCallback) -> CallbackNotice:
        return self._inner.read_callback(account, callback)

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
        ask = partial(
            self._inner.inquire,
            account,
            track_id=track_id,
            amount=amount,
            currency=currency,
            captured_near=captured_near,
            gateway_payment=gateway_payment,
        )
        return self._watched(account, ask, is_probe=False)

    def _watched(self, account: MerchantAccount, call: Callable[[], Answer], *, is_probe: bool) -> Answer:
        try:
            answer = call()
        except GatewayUnavailableError:
            self._watch.record(account.account_id, UNAVAILABLE, is_probe=is_probe)
            raise
        except OutcomeUnknownError:
            self._watch.record(account.account_id, UNKNOWN, is_probe=is_probe)
            raise
        self._watch.record(account.account_id, ANSWERED, is_probe=is_probe)
        return answer


class WatchedGateways:
    """A registry whose gateways are watched; how money goes back is not."""

    def __init__(self, inner: GatewayRegistry, watch: RailWatch) -> None:
        self._inner, self._watch = inner, watch

    def get(self, name: str) -> PaymentGateway:
        return WatchedGateway(self._inner.get(name), self._watch)

    def refunds_of(self, name: str) -> RefundGateway:
        return self._inner.refunds_of(name)
