"""A batch is one file of invoices that an agency hands in: validated whole first, then raised row by row."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mizan.domain.errors import LineError
from mizan.domain.states import StateMachine

SIZE_BYTES_MAX = 256 * 1024 * 1024
ROW_COUNT_MAX = 200_000
"""Rows of one file: a bound on the worker's memory and on the length of its reports."""


class BatchFormat(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


class BatchMode(StrEnum):
    """`GOOD_ROWS`: what is right is raised, the rest is reported. `ALL_OR_NOTHING`: one wrong row refuses the file."""

    GOOD_ROWS = "good_rows"
    ALL_OR_NOTHING = "all_or_nothing"


class BatchState(StrEnum):
    AWAITING_UPLOAD = "awaiting_upload"
    QUEUED = "queued"
    VALIDATING = "validating"
    LOADING = "loading"
    COMPLETED = "completed"
    PARTLY_LOADED = "partly_loaded"
    """All or nothing was asked, and a row that had passed every check was refused while loading: not all is in."""
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    FAILED = "failed"


class BatchEvent(StrEnum):
    START = "start"
    VALIDATE = "validate"
    LOAD = "load"
    COMPLETE = "complete"
    FALL_SHORT = "fall_short"
    REJECT = "reject"
    QUARANTINE = "quarantine"
    FAIL = "fail"


BATCH_STATES: StateMachine[BatchState, BatchEvent] = StateMachine(
    "invoice batch",
    BatchState.AWAITING_UPLOAD,
    {
        (BatchState.AWAITING_UPLOAD, BatchEvent.START): BatchState.QUEUED,
        (BatchState.QUEUED, BatchEvent.VALIDATE): BatchState.VALIDATING,
        (BatchState.QUEUED, BatchEvent.LOAD): BatchState.LOADING,
        (BatchState.QUEUED, BatchEvent.FAIL): BatchState.FAILED,
        (BatchState.VALIDATING, BatchEvent.LOAD): BatchState.LOADING,
        (BatchState.VALIDATING, BatchEvent.REJECT): BatchState.REJECTED,
        (BatchState.VALIDATING, BatchEvent.QUARANTINE): BatchState.QUARANTINED,
        (BatchState.VALIDATING, BatchEvent.FAIL): BatchState.FAILED,
        (BatchState.LOADING, BatchEvent.COMPLETE): BatchState.COMPLETED,
        (BatchState.LOADING, BatchEvent.FALL_SHORT): BatchState.PARTLY_LOADED,
        (BatchState.LOADING, BatchEvent.FAIL): BatchState.FAILED,
        (BatchState.REJECTED, BatchEvent.START): BatchState.QUEUED,
        (BatchState.QUARANTINED, BatchEvent.START): BatchState.QUEUED,
        (BatchState.FAILED, BatchEvent.START): BatchState.QUEUED,
    },
)

WORKABLE_STATES = frozenset({BatchState.QUEUED, BatchState.VALIDATING, BatchState.LOADING})
"""Where a worker has something to do."""


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """Rows. `rows` were read, valid + invalid = rows; what loading came to adds up to `valid` once it is done.

    `created` counts what this batch raised, however often a row was tried; `already_there` what was raised before it
    with the same content; `conflicts` numbers that exist with another content; `refused` what became wrong after it was
    validated (a service withdrawn meanwhile).
    """

    rows: int = 0
    valid: int = 0
    invalid: int = 0
    created: int = 0
    already_there: int = 0
    conflicts: int = 0
    refused: int = 0

    @property
    def loaded(self) -> int:
        """Rows that loading is through with, whatever came of them."""
        return self.created + self.already_there + self.conflicts + self.refused


@dataclass(frozen=True, slots=True)
class Upload:
    """The very object that was validated; loading reads no other. `version` is None where the bucket keeps none."""

    size_bytes: int
    etag: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the file: its byte, from 0, and its line, from 1."""

    offset: int = 0
    line: int = 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where loading goes on: after the last row that is done, and how many chunks of rows are."""

    position: Position = Position()
    chunk_count: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """`sha256` (64 hex digits) and `size_bytes` are what the agency stated. `checkpoint` is None until the whole file
    was found good; `read_bytes` is how far validation has read. `fence` is the token of the worker that holds it.
    """

    batch_id: str
    agency: str
    sha256: str
    size_bytes: int
    format: BatchFormat
    mode: BatchMode
    file_name: str | None
    state: BatchState
    created_at: datetime
    updated_at: datetime
    counts: BatchCounts = BatchCounts()
    read_bytes: int = 0
    upload: Upload | None = None
    checkpoint: Checkpoint | None = None
    problems: tuple[LineError, ...] = ()
    fence: int = 0

    @property
    def takes_upload(self) -> bool:
        """Whether a file may be put and started: not while somebody works on one, nor once it is in."""
        return BATCH_STATES.allows(self.state, BatchEvent.START)

    def is_same_request(self, other: "Batch") -> bool:
        """Whether `other` asks the same of the same file; its name is a note."""
        mine = (self.batch_id, self.format, self.mode, self.size_bytes)
        return mine == (other.batch_id, other.format, other.mode, other.size_bytes)


@dataclass(frozen=True, slots=True)
class RowError:
    """One wrong field of one row. `limit` is the bound that it breaks; `other_line` the row that it clashes with."""

    line: int
    field: str
    code: str
    limit: str | int | None = None
    other_line: int | None = None


class RowOutcome(StrEnum):
    CREATED = "created"
    ALREADY_THERE = "already_there"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What loading a row came to; `reference` where there is an invoice to name, `codes` where it was not taken."""

    line: int
    invoice_number: str
    outcome: RowOutcome
    reference: str | None = None
    codes: tuple[str, ...] = ()


def batch_id_of(agency: str, sha256: str) -> str:
    """The same file of the same agency is the same batch."""
    return "bat_" + hashlib.sha256(f"{agency}\x1f{sha256}".encode()).hexdigest()[:32]


# -- where its objects are ------------------------------------------------------------------------------------------


def upload_key(batch: Batch) -> str:
    return f"inbox/invoices/{batch.agency}/{batch.batch_id}.{batch.format}"


def quarantine_key(batch: Batch) -> str:
    return f"quarantine/invoices/{batch.agency}/{batch.batch_id}.{batch.format}"


def work_key(batch: Batch, name: str) -> str:
    """What one invocation leaves for the next; gone after a month."""
    return f"work/invoices/{batch.agency}/{batch.batch_id}/{name}"


def report_key(batch: Batch, kind: "ReportKind", form: "BatchFormat") -> str:
    return f"reports/invoices/{batch.agency}/{batch.batch_id}/{kind}.{form}"


class ReportKind(StrEnum):
    """`ERRORS`: what validation found. `RESULTS`: what became of each row that was loaded."""

    ERRORS = "errors"
    RESULTS = "results"


def ready_reports(batch: Batch) -> tuple[ReportKind, ...]:
    """The reports that exist in this state."""
    if batch.state in (BatchState.COMPLETED, BatchState.PARTLY_LOADED):
        return (ReportKind.ERRORS, ReportKind.RESULTS)
    is_judged = batch.checkpoint is not None or batch.state is BatchState.REJECTED
    return (ReportKind.ERRORS,) if is_judged else ()
