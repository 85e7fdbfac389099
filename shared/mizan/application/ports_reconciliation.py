"""What reconciliation needs from the world, as protocols."""

from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import LineError
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.reconciliation.control import Movements, Totals
from mizan.domain.reconciliation.entries import GatewayLine, Match, PlatformEntry
from mizan.domain.reconciliation.runs import AccountResult, Outcome, ReportFile, Run, SourceFile


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A file in the bucket, as a listing shows it."""

    key: str
    size_bytes: int
    modified_at: datetime


class ObjectStore(Protocol):
    def listing(self, prefix: str) -> Iterator[StoredObject]:
        """In the order of their keys."""
        ...

    def read(self, key: str) -> bytes | None: ...

    def write(self, key: str, content: bytes, content_type: str) -> None: ...

    def write_file(self, key: str, path: Path, content_type: str) -> None: ...

    def copy(self, key: str, target: str) -> None: ...

    def remove(self, key: str) -> None: ...

    def link(self, report: ReportFile, *, lifetime_seconds: int) -> str:
        """A short-lived address from which anybody who holds it may fetch the report."""
        ...


@dataclass(frozen=True, slots=True)
class Statement:
    """A settlement file that passed the gate: where the matcher finds its lines, and what they add up to."""

    details: str
    line_count: int
    movements: Movements


class StatementGate(Protocol):
    def check(self, content: bytes, *, account: MerchantAccount, business_date: date) -> Statement:
        """Raises QuarantinedFileError naming every line found wrong; a file is taken whole or not at all."""
        ...


@dataclass(frozen=True, slots=True)
class Sieved:
    """What is left of one account's day when the clean pairs are set aside. Input totals are counted before."""

    platform_input: Totals
    gateway_input: Totals
    clean: Totals
    entries: Sequence[PlatformEntry]
    lines: Sequence[GatewayLine]


class Matcher(Protocol):
    """Sets aside what matches one to one on every field; judging the rest is the domain's."""

    def load_entries(self, path: Path) -> None:
        """Every account's entries of the day, as `write_entries` wrote them."""
        ...

    def sieve(self, gateway: str, account_id: str, statement: Statement | None) -> Sieved: ...

    def clean_pairs(self, gateway: str, account_id: str) -> Iterator[Match]:
        """In the order of their track ids."""
        ...

    def close(self) -> None: ...


class Matches(Protocol):
    def __call__(self) -> Iterator[tuple[AccountResult, Match]]:
        """A fresh iteration over every match of the scope, in a fixed order."""
        ...


@dataclass(frozen=True, slots=True)
class ReportInput:
    """All that the reports of one scope are made of; nothing else goes in, so the same input gives the same bytes.

    `first_seen` holds, per exception id, when a run first showed it; what is not there is new.
    """

    business_date: date
    number: int
    created_at: datetime
    agency: str
    outcome: Outcome
    accounts: Sequence[AccountResult]
    sources: Sequence[SourceFile]
    matches: Matches
    first_seen: dict[str, datetime]
    journal_sha256: str
    rules_version: str


@dataclass(frozen=True, slots=True)
class WrittenReport:
    name: str
    path: Path
    content_type: str


class ReportWriter(Protocol):
    def write(self, report: ReportInput, folder: Path) -> list[WrittenReport]:
        """Write every report of a scope into `folder`. Deterministic."""
        ...

    def first_seen(self, report: bytes) -> dict[str, datetime]:
        """From an earlier run's report.json: when each of its exceptions was first shown."""
        ...

    def quarantine_note(self, source: SourceFile, errors: Sequence[LineError]) -> bytes:
        """The JSON that is put beside a refused file: every wrong line with its reason in both languages."""
        ...


class RunRecords(Protocol):
    def head(self, business_date: date) -> Run | None:
        """The newest run of the date. Strongly consistent."""
        ...

    def since(self, business_date: date) -> list[Run]:
        """The newest run of every date from this one on. Strongly consistent."""
        ...

    def page(self, *, limit: int, before: date | None) -> list[Run]:
        """The newest runs of the latest dates, newest date first; `before` excludes that date and later ones."""
        ...

    def commit(self, run: Run, fence: int) -> bool:
        """Record a run as the date's newest, in one transaction. False: the lease is lost or another run came."""
        ...

    def postpone(self, run: Run, recheck_at: datetime | None, fence: int) -> bool:
        """Nothing changed: note when to look again."""
        ...


class Lease(Protocol):
    def acquire(self, now: datetime) -> int | None:
        """The fencing token, larger than any before; None while somebody else holds the lease."""
        ...

    def renew(self, fence: int, now: datetime) -> bool:
        """False when it was lost."""
        ...

    def release(self, fence: int) -> None: ...


class HolidayCalendar(Protocol):
    def holidays(self, start: date, end: date) -> Container[date]:
        """Public holidays between two days, both included."""
        ...


class JournalPages(Protocol):
    def page(
        self, posting_day: date, *, agency: str, limit: int, cursor: str | None
    ) -> tuple[list[LedgerTransaction], str | None]:
        """Transactions posted on that day that `agency` ("*": anyone) may see, and the cursor of the next page.

        Raises InvalidInputError on a cursor that this did not give.
        """
        ...


class EntryWriter(Protocol):
    def __call__(self, path: Path, transactions: Iterable[LedgerTransaction]) -> str:
        """Freeze the platform's side of a day as a file; its SHA-256."""
        ...


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where one date is worked on; everything in it goes when the work is done. `folder` is empty at first."""

    folder: Path
    gate: StatementGate
    matcher: Matcher
    write_entries: EntryWriter


class WorkshopFactory(Protocol):
    def __call__(self) -> AbstractContextManager[Workshop]: ...
