"""The health of rails in memory, and a watch over it that counts at once what tests look at."""

from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from mizan.application.ports import Clock
from mizan.application.ports_rails import RailRecords
from mizan.application.route_payment import Router
from mizan.application.watch_rails import RailWatch
from mizan.domain.health import DEFAULT_POLICY, RailEntry, RailEvent, RailHealth, RailPolicy, Tally
from tests.fakes.world import FakeAccountDirectory


class FakeRailRecords:
    def __init__(self) -> None:
        self.heads: dict[str, RailHealth] = {}
        self.slots: dict[tuple[str, datetime], Tally] = {}
        self.log: dict[str, list[RailEntry]] = {}
        self.add_count = self.read_count = 0
        self._lock = Lock()

    def read(self, account_id: str) -> RailHealth:
        self.read_count += 1
        return self.heads.get(account_id, RailHealth(account_id))

    def move(self, before: RailHealth, after: RailHealth, event: RailEvent, at: datetime) -> bool:
        with self._lock:
            if not self._put(before, after):
                return False
            self.log.setdefault(after.account_id, []).append(RailEntry(event, after.state, at, after.seen))
            return True

    def claim(self, before: RailHealth, after: RailHealth) -> bool:
        with self._lock:
            return self._put(before, after)

    def add(self, account_id: str, slot: datetime, tally: Tally) -> None:
        with self._lock:
            self.add_count += 1
            self.slots[account_id, slot] = self.slots.get((account_id, slot), Tally()) + tally

    def total(self, account_id: str, since: datetime) -> Tally:
        wanted = [tally for (owner, start), tally in self.slots.items() if owner == account_id and start >= since]
        return sum(wanted, Tally())

    def entries(self, account_id: str, *, limit: int) -> Sequence[RailEntry]:
        return self.log.get(account_id, [])[::-1][:limit]

    def _put(self, before: RailHealth, after: RailHealth) -> bool:
        if self.heads.get(before.account_id, RailHealth(before.account_id)).revision != before.revision:
            return False
        self.heads[after.account_id] = after
        return True


def a_watch(
    clock: Clock,
    records: RailRecords | None = None,
    *,
    told: list[RailEvent] | None = None,
    lost: list[Exception] | None = None,
    policy: RailPolicy = DEFAULT_POLICY,
) -> RailWatch:
    """`told` and `lost` take what operators would be told."""
    changes, errors = [] if told is None else told, [] if lost is None else lost
    return RailWatch(
        records=records or FakeRailRecords(),
        clock=clock,
        policy=policy,
        tell=lambda _, event: changes.append(event),
        lost=errors.append,
    )


def a_router(accounts: FakeAccountDirectory, clock: Clock, watch: RailWatch | None = None) -> Router:
    return Router(accounts=accounts, watch=watch or a_watch(clock), clock=clock)
