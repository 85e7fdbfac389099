"""Reconciliation's world in memory: a bucket, run records under a lease, holidays, a journal in pages."""

from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from mizan.application.ports_reconciliation import StoredObject
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.reconciliation.runs import ReportFile, Run
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeJournal

FREE = datetime(2000, 1, 1, tzinfo=UTC)


class CrashError(Exception):
    """The process died here."""


class FakeObjectStore:
    """`before_change` is called with what is about to happen; raising there is a crash before it."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.rows: dict[str, tuple[bytes, datetime]] = {}
        self.changes: list[tuple[str, str]] = []
        self.before_change: Callable[[str, str], None] = lambda kind, key: None

    def put(self, key: str, content: bytes) -> None:
        """The outside world delivers a file."""
        self.rows[key] = (content, self._clock.now())

    def listing(self, prefix: str) -> Iterator[StoredObject]:
        for key in sorted(self.rows):
            if key.startswith(prefix):
                content, modified_at = self.rows[key]
                yield StoredObject(key, len(content), modified_at)

    def read(self, key: str) -> bytes | None:
        return self.rows[key][0] if key in self.rows else None

    def write(self, key: str, content: bytes, content_type: str) -> None:
        self._change("write", key)
        self.put(key, content)

    def write_file(self, key: str, path: Path, content_type: str) -> None:
        self.write(key, path.read_bytes(), content_type)

    def copy(self, key: str, target: str) -> None:
        self.write(target, self.rows[key][0], "")

    def remove(self, key: str) -> None:
        self._change("remove", key)
        del self.rows[key]

    def link(self, report: ReportFile, *, lifetime_seconds: int) -> str:
        return f"https://bucket.invalid/{report.key}?expires={lifetime_seconds}"

    def keys(self, prefix: str = "") -> list[str]:
        return [stored.key for stored in self.listing(prefix)]

    def _change(self, kind: str, key: str) -> None:
        self.before_change(kind, key)
        self.changes.append((kind, key))


class FakeLease:
    def __init__(self) -> None:
        self.fence, self.ends_at = 0, FREE

    def acquire(self, now: datetime) -> int | None:
        if self.ends_at >= now:
            return None
        self.fence += 1
        self.ends_at = now + timedelta(minutes=2)
        return self.fence

    def renew(self, fence: int, now: datetime) -> bool:
        if fence == self.fence:
            self.ends_at = now + timedelta(minutes=2)
        return fence == self.fence

    def release(self, fence: int) -> None:
        if fence == self.fence:
            self.ends_at = FREE


class FakeRunRecords:
    def __init__(self, lease: FakeLease) -> None:
        self._lease = lease
        self.history: list[Run] = []
        self.newest: dict[date, Run] = {}
        self.before_commit: Callable[[Run], None] = lambda run: None

    def head(self, business_date: date) -> Run | None:
        return self.newest.get(business_date)

    def since(self, business_date: date) -> list[Run]:
        return [run for day, run in sorted(self.newest.items()) if day >= business_date]

    def page(self, *, limit: int, before: date | None) -> list[Run]:
        days = sorted((day for day in self.newest if before is None or day < before), reverse=True)
        return [self.newest[day] for day in days[:limit]]

    def commit(self, run: Run, fence: int) -> bool:
        self.before_commit(run)
        before = self.newest.get(run.business_date)
        if fence != self._lease.fence or (before is not None and before.number >= run.number):
            return False
        self.history.append(run)
        self.newest[run.business_date] = run
        return True

    def postpone(self, run: Run, recheck_at: datetime | None, fence: int) -> bool:
        if fence != self._lease.fence or self.newest[run.business_date].number != run.number:
            return False
        self.newest[run.business_date] = replace(run, recheck_at=recheck_at)
        return True


class FakeHolidayCalendar:
    def __init__(self, *holidays: date) -> None:
        self._holidays = frozenset(holidays)

    def holidays(self, start: date, end: date) -> Container[date]:
        return self._holidays


class FakeJournalPages:
    """The cursor is the count of transactions that were looked at."""

    def __init__(self, journal: FakeJournal) -> None:
        self._journal = journal

    def page(
        self, posting_day: date, *, agency: str, limit: int, cursor: str | None
    ) -> tuple[list[LedgerTransaction], str | None]:
        rows = [row for row in self._journal.read_day(posting_day) if agency in ("*", row.agency)]
        start = int(cursor or 0)
        following = start + limit
        return rows[start:following], str(following) if following < len(rows) else None
