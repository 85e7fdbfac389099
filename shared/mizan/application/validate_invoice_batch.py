"""The first pass over a batch: every row is read and judged, and nothing is raised.

The file is read once, a piece at a time, and hashed on the way: only a file that is the stated one is judged by its
rows. What is remembered per row is its number, so that two rows with one number find each other.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mizan.application.batch_reports import ReportSpool
from mizan.application.create_invoice import CreateInvoice, identity_of, validate
from mizan.application.ports import Derivation, InvoiceRepository
from mizan.application.ports_batches import ReportFormat, Row, RowReader, UploadStore
from mizan.application.ports_reconciliation import ObjectStore
from mizan.application.ports_services import ServiceCatalogue
from mizan.domain.errors import InvalidInputError, LineError, QuarantinedFileError
from mizan.domain.invoice_batches import (
    ROW_COUNT_MAX,
    Batch,
    BatchCounts,
    BatchMode,
    ReportKind,
    RowError,
    Upload,
    upload_key,
    work_key,
)
from mizan.domain.references import PROBE_COUNT_MAX

BAD_LINES = "bad-lines.json"
LOOKUP_COUNT = 100
"""Invoices looked up at once where all or nothing is asked."""

HEARTBEAT_ROWS = 5_000

Heartbeat = Callable[[BatchCounts, int], None]
"""Told now and then how many rows, and how many bytes, were read. Raises where the work is no longer ours."""


@dataclass(slots=True)
class _Tally:
    """What is known while the rows go by. `lines` is where each number stood first, `clashing` which of them again."""

    row_count: int = 0
    lines: dict[str, int] = field(default_factory=dict)
    clashing: set[int] = field(default_factory=set)
    bad_lines: set[int] = field(default_factory=set)

    @property
    def counts(self) -> BatchCounts:
        invalid = len(self.bad_lines)
        return BatchCounts(rows=self.row_count, valid=self.row_count - invalid, invalid=invalid)


class BatchValidator:
    def __init__(
        self,
        *,
        uploads: UploadStore,
        store: ObjectStore,
        rows: RowReader,
        lines: ReportFormat,
        invoices: InvoiceRepository,
        services: ServiceCatalogue,
        derivation: Derivation,
    ) -> None:
        self._uploads, self._store, self._rows, self._lines = uploads, store, rows, lines
        self._invoices, self._services, self._derivation = invoices, services, derivation

    def validate(self, batch: Batch, upload: Upload, heartbeat: Heartbeat) -> BatchCounts:
        """Judge every row; the errors report and the list of bad lines are in the store afterwards.

        Raises QuarantinedFileError where the file as a whole is not what was stated, UploadChangedError where it was
        replaced meanwhile.
        """
        source = _HashedSource(self._uploads, upload_key(batch), upload)
        tally = _Tally()
        with (
            tempfile.TemporaryDirectory() as folder,
            ReportSpool(ReportKind.ERRORS, Path(folder), self._lines) as spool,
        ):
            refusal = self._judge(batch, source, tally, spool, heartbeat)
            source.drain()
            if source.sha256 != batch.sha256:
                raise QuarantinedFileError([LineError(0, "hash_differs")])
            if refusal is not None:
                raise refusal
            if not tally.row_count:
                raise QuarantinedFileError([LineError(0, "no_rows")])
            spool.publish(batch, self._store)
        bad_lines = json.dumps(sorted(tally.bad_lines)).encode()
        self._store.write(work_key(batch, BAD_LINES), bad_lines, "application/json")
        return tally.counts

    def _judge(
        self, batch: Batch, source: "_HashedSource", tally: _Tally, spool: ReportSpool, heartbeat: Heartbeat
    ) -> QuarantinedFileError | None:
        """Every row, or why the rest cannot be read."""
        waiting: list[tuple[int, CreateInvoice]] = []
        try:
            for row in self._rows.read(batch, source.open_at):
                tally.row_count += 1
                if tally.row_count > ROW_COUNT_MAX:
                    return QuarantinedFileError([LineError(row.line, "too_many_rows")])
                errors = [*self._row_errors(batch, row), *_clashes(row, tally)]
                if not errors and row.command is not None and batch.mode is BatchMode.ALL_OR_NOTHING:
                    waiting.append((row.line, row.command))
                if len(waiting) == LOOKUP_COUNT:
                    errors += self._conflicts(waiting)
                    waiting.clear()
                _note(errors, tally, spool)
                if tally.row_count % HEARTBEAT_ROWS == 0:
                    heartbeat(tally.counts, row.end.offset)
            _note(self._conflicts(waiting), tally, spool)
        except QuarantinedFileError as error:
            return error
        return None

    def _row_errors(self, batch: Batch, row: Row) -> list[RowError]:
        if row.command is None:
            return list(row.errors)
        try:
            validate(row.command, self._services)
        except InvalidInputError as error:
            fields = [(self._rows.field_name(batch, wrong.field), wrong.code) for wrong in error.fields]
            return [RowError(row.line, field, code) for field, code in fields]
        return []

    def _conflicts(self, waiting: Sequence[tuple[int, CreateInvoice]]) -> list[RowError]:
        """Rows whose number an invoice with another content has already."""
        return [
            RowError(line, "invoice_number", "idempotency_conflict")
            for line, command in find_conflicts(waiting, self._invoices, self._derivation)
        ]


def find_conflicts(
    waiting: Sequence[tuple[int, CreateInvoice]], invoices: InvoiceRepository, derivation: Derivation
) -> list[tuple[int, CreateInvoice]]:
    """Those of `waiting` that `create_invoice` would refuse for another body under the same number, as of now."""
    conflicts = []
    for probe in range(PROBE_COUNT_MAX):
        if not waiting:
            break
        identities = [identity_of(command.agency, command.invoice_number, None) for _, command in waiting]
        references = [derivation.reference(identity, probe) for identity in identities]
        found = {invoice.reference: invoice for invoice in invoices.get_many(list(dict.fromkeys(references)))}
        taken = []
        for row, identity, reference in zip(waiting, identities, references, strict=True):
            stored = found.get(reference)
            if stored is None:
                continue
            if stored.identity != identity:
                taken.append(row)  # another invoice has this reference: look where creation would look next
            elif stored.fingerprint != row[1].fingerprint:
                conflicts.append(row)
        waiting = taken
    return conflicts


def _clashes(row: Row, tally: _Tally) -> list[RowError]:
    """Two rows with one number: nobody can say which is meant, so both are wrong, and each names the other."""
    if row.invoice_number is None:
        return []
    first = tally.lines.setdefault(row.invoice_number, row.line)
    if first == row.line:
        return []
    errors = [RowError(row.line, "invoice_number", "duplicate_number", other_line=first)]
    if first not in tally.clashing:
        tally.clashing.add(first)
        errors.append(RowError(first, "invoice_number", "duplicate_number", other_line=row.line))
    return errors


def _note(errors: Sequence[RowError], tally: _Tally, spool: ReportSpool) -> None:
    spool.add_errors(errors)
    tally.bad_lines.update(error.line for error in errors)


class _HashedSource:
    """The file from its first byte to its last, hashed as it is read."""

    def __init__(self, uploads: UploadStore, key: str, upload: Upload) -> None:
        self._blocks = uploads.blocks(key, upload, 0)
        self._digest = hashlib.sha256()

    def open_at(self, offset: int) -> Iterator[bytes]:
        if offset:
            raise ValueError("validation reads from the beginning")
        return self._read()

    def _read(self) -> Iterator[bytes]:
        for block in self._blocks:
            self._digest.update(block)
            yield block

    def drain(self) -> None:
        """Read what the rows did not need: the hash is of the whole file."""
        for _ in self._read():
            pass

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()
