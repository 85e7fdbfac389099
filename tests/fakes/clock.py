"""Time and identities that tests decide."""

import threading
from datetime import UTC, datetime, timedelta

from mizan.domain.cash_codes import derive_cash_code, digest_of_code
from mizan.domain.references import derive_dispute_id, derive_payment_id, derive_reference, derive_refund_id

NOON = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
"""Sunday 1 March 2026, 12:00 in Bahrain."""


class FakeClock:
    """Stands still until moved."""

    def __init__(self, start: datetime = NOON) -> None:
        self.instant = start

    def now(self) -> datetime:
        return self.instant

    def advance(self, step: timedelta) -> None:
        self.instant += step


class TickingClock(FakeClock):
    """A microsecond later at every look, whoever looks: no two writers see the same instant."""

    def __init__(self, start: datetime = NOON) -> None:
        super().__init__(start)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            self.advance(timedelta(microseconds=1))
            return self.instant


class FakeDerivation:
    """The real derivation under a test key; the first `collision_count` probes all give the same identity."""

    KEY = b"test-reference-key-of-32-bytes!!"

    def __init__(self, collision_count: int = 0) -> None:
        self.collision_count = collision_count

    def reference(self, identity: str, probe: int) -> str:
        is_collision = probe < self.collision_count
        return derive_reference(self.KEY, "collision" if is_collision else identity, 0 if is_collision else probe)

    def payment_id(self, reference: str, idempotency_key: str, probe: int) -> str:
        is_collision = probe < self.collision_count
        return derive_payment_id(
            self.KEY, reference, "collision" if is_collision else idempotency_key, 0 if is_collision else probe
        )

    def refund_id(self, reference: str, identity: str, probe: int) -> str:
        return derive_refund_id(self.KEY, reference, identity, probe)

    def dispute_id(self, reference: str, identity: str, probe: int) -> str:
        return derive_dispute_id(self.KEY, reference, identity, probe)

    def cash_code(self, refund_id: str) -> str:
        return derive_cash_code(self.KEY, refund_id)

    def cash_code_digest(self, code: str) -> str:
        return digest_of_code(self.KEY, code)
