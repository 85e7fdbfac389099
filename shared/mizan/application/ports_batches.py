"""What invoice batches need from the world, as protocols."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mizan.application.create_invoice import CreateInvoice
from mizan.domain.invoice_batches import (
    Batch,
    BatchFormat,
    Position,
    ReportKind,
    RowError,
    RowResult,
    Upload,
)


class BatchRepository(Protocol):
    def add(self, batch: Batch) -> Batch | None:
        """Store a new batch: one conditional put. None when stored, else what was there."""
        ...

    def get(self, batch_id: str) -> Batch | None:
        """Strongly consistent."""
        ...

    def page(self, agency: str, *, limit: int, cursor: str | None) -> tuple[list[Batch], str | None]:
        """The agency's batches, newest first, and the next page's cursor. Eventually consistent (an index).

        Raises InvalidInputError on a cursor that this did not give.
        """
        ...

    def move(self, before: Batch, after: Batch) -> bool:
        """Change the state, for whoever holds no lease. False when the stored state is no longer `before`'s."""
        ...

    def claim(self, batch_id: str, now: datetime) -> Batch | None:
        """Take the batch's lease, under a fence larger than any before. None while another worker holds it."""
        ...

    def save(self, batch: Batch, now: datetime) -> bool:
        """Record progress and keep the lease, in one write. False when the fence is no longer the newest."""
        ...

    def release(self, batch: Batch) -> None:
        """Give the lease back, where it is still held."""
        ...


@dataclass(frozen=True, slots=True)
class UploadLink:
    """Where and how to put the file: an HTTP PUT of exactly these bytes with these headers."""

    url: str
    headers: Mapping[str, str]
    lifetime_seconds: int


class UploadChangedError(Exception):
    """The object is gone, or is no longer the one that was validated."""


class UploadStore(Protocol):
    def link(self, key: str, *, sha256: str, size_bytes: int, lifetime_seconds: int) -> UploadLink:
        """An address that takes this one object, of this size and hash, without a key."""
        ...

    def find(self, key: str) -> Upload | None: ...

    def blocks(self, key: str, upload: Upload, offset: int) -> Iterator[bytes]:
        """The object's bytes from `offset` on, a piece at a time. Raises UploadChangedError."""
        ...

    def set_aside(self, key: str, target: str) -> None:
        """Move an object. Doing it twice is harmless."""
        ...


class BatchQueue(Protocol):
    def send(self, batch_id: str, *, delay_seconds: int = 0) -> None:
        """Ask a worker to go on with a batch. At least once."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: `command` where it can be read as an invoice, else `errors`.

    `end` is where the row after it begins. `invoice_number` is there whenever it could be read: two rows with one
    number clash even where one of them is wrong.
    """

    line: int
    end: Position
    invoice_number: str | None = None
    command: CreateInvoice | None = None
    errors: tuple[RowError, ...] = ()


class RowReader(Protocol):
    def read(
        self, batch: Batch, open_at: Callable[[int], Iterable[bytes]], start: Position | None = None
    ) -> Iterator[Row]:
        """The rows of a batch's file from `start` on. `open_at(offset)` gives its bytes from there.

        Raises QuarantinedFileError where the file is not what it says, at the line where that shows.
        """
        ...

    def field_name(self, batch: Batch, path: str) -> str:
        """What the file calls a member of the body: its column in CSV, its path in JSON lines."""
        ...


class ReportFormat(Protocol):
    def heading(self, kind: ReportKind, form: BatchFormat) -> bytes: ...

    def error(self, error: RowError, form: BatchFormat) -> bytes:
        """One line of the errors report, in both languages."""
        ...

    def result(self, result: RowResult, form: BatchFormat) -> bytes:
        """One line of the results report."""
        ...
