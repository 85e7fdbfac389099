"""A reconciliation run: what was read, what came of it, the files that say so. Immutable; a later run supersedes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mizan.domain.errors import LineError
from mizan.domain.reconciliation.control import Movements, RunStatus, Side, Verdict
from mizan.domain.reconciliation.entries import Difference
from mizan.domain.reconciliation.reasons import Reason


class SourceStatus(StrEnum):
    """What became of a settlement file."""

    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A settlement file as it was delivered. A file is the gateway's whole statement of its day: the newest one counts.

    `key` and `received_at` are the inbox's; `kept_key` is where its bytes stay. `declared` sums come from the trailer,
    `net` and `fees` in fils, None where the file was refused.
    """

    key: str
    gateway: str
    account_id: str
    sha256: str
    size_bytes: int
    received_at: datetime
    status: SourceStatus
    kept_key: str
    line_count: int | None = None
    net: int | None = None
    fees: int | None = None
    errors: tuple[LineError, ...] = ()

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    @property
    def order(self) -> tuple[datetime, str]:
        return self.received_at, self.key

    @property
    def reason(self) -> Reason | None:
        """What the file itself is an exception for."""
        if self.status is SourceStatus.DUPLICATE:
            return Reason.DUPLICATE_FILE
        if self.status is not SourceStatus.QUARANTINED:
            return None
        is_total = all(error.code.startswith("trailer_") for error in self.errors)
        return Reason.FILE_TOTAL_MISMATCH if is_total else Reason.FILE_REFUSED


def newest_accepted(sources: Iterable[SourceFile], gateway: str, account_id: str) -> SourceFile | None:
    """The statement that counts for an account."""
    accepted = [
        source
        for source in sources
        if (source.gateway, source.account_id) == (gateway, account_id)
        and source.status in (SourceStatus.ACCEPTED, SourceStatus.SUPERSEDED)
    ]
    return max(accepted, key=lambda source: source.order, default=None)


def open_faults(sources: Sequence[SourceFile]) -> list[SourceFile]:
    """Files that are exceptions themselves: duplicates, and refused ones that no good file has replaced."""
    faults = []
    for source in sources:
        good = newest_accepted(sources, source.gateway, source.account_id)
        is_replaced = good is not None and good.order > source.order
        if source.status is SourceStatus.DUPLICATE or (source.status is SourceStatus.QUARANTINED and not is_replaced):
            faults.append(source)
    return faults


@dataclass(frozen=True, slots=True)
class AccountResult:
    """One gateway account's day. `file_sha256` names the file that was matched, None where there is none."""

    gateway: str
    account_id: str
    agency: str
    platform: Side
    gateway_side: Side
    movements: Movements
    differences: tuple[Difference, ...]
    file_sha256: str | None
    is_file_missing: bool
    """A file was refused and no good one came after it."""

    @property
    def is_idle(self) -> bool:
        return self.platform.input.count == 0 and self.gateway_side.input.count == 0 and not self.is_file_missing


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run says about a scope: the whole platform, or one agency."""

    status: RunStatus
    control: Verdict
    platform: Side
    gateway_side: Side
    exception_count: int


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A written report; `key` is its place in storage."""

    name: str
    key: str
    content_type: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Run:
    """`number` counts from 1 within the business date; the newest run supersedes the others.

    `fingerprint` is the hash of everything the run was made from (files, journal, what was looked up, rules): the same
    inputs make no new run. `agencies` holds each agency's own outcome, `files` the reports by scope ("*" or an agency).
    """

    business_date: date
    number: int
    created_at: datetime
    fingerprint: str
    journal_sha256: str
    rules_version: str
    outcome: Outcome
    agencies: Mapping[str, Outcome]
    sources: tuple[SourceFile, ...]
    files: Mapping[str, tuple[ReportFile, ...]]
    recheck_at: datetime | None

    def outcome_for(self, agency: str) -> Outcome | None:
        """`agency` is a code, or "*" for the platform; None where the agency had no part in the day."""
        return self.outcome if agency == "*" else self.agencies.get(agency)
