"""The second pass over a batch: each good row is one `create_invoice`, in chunks, each chunk noted before the next.

A chunk that was cut off is done again: a row's identity is the agency's number, so it finds what it raised before. What
this batch raised carries the batch's id as its correlation id; that is how a repeated row still counts as created.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from mizan.application.batch_reports import ReportSpool
from mizan.application.create_invoice import CreateInvoice
from mizan.application.ports_batches import ReportFormat, Row, RowReader, UploadStore
from mizan.application.ports_reconciliation import ObjectStore
from mizan.application.validate_invoice_batch import BAD_LINES
from mizan.domain.errors import IdempotencyConflictError, InvalidInputError
from mizan.domain.invoice_batches import (
    Batch,
    BatchCounts,
    Checkpoint,
    ReportKind,
    RowOutcome,
    RowResult,
    Upload,
    upload_key,
    work_key,
)
from mizan.domain.invoices import Invoice

CHUNK_ROWS = 500
THREAD_COUNT = 8
"""Writes wait for the network most of the time; more would crowd out the payments of the same table."""

Create = Callable[[CreateInvoice], tuple[Invoice, bool]]
Save = Callable[[Batch], Batch]
"""Records progress under the lease. Raises where the lease is lost."""

COUNTED_AS = {
    RowOutcome.CREATED: "created",
    RowOutcome.ALREADY_THERE: "already_there",
    RowOutcome.CONFLICT: "conflicts",
    RowOutcome.REFUSED: "refused",
}


class BatchLoader:
    def __init__(
        self, *, uploads: UploadStore, store: ObjectStore, rows: RowReader, lines: ReportFormat, create: Create
    ) -> None:
        self._uploads, self._store, self._rows, self._lines, self._create = uploads, store, rows, lines, create

    def load(self, batch: Batch, upload: Upload, save: Save, has_time: Callable[[], bool]) -> tuple[Batch, bool]:
        """Raise rows until the file or the time is over: the batch as saved, and whether every row is done.

        Raises UploadChangedError where the validated object is gone, and whatever the store raises.
        """
        checkpoint = batch.checkpoint or Checkpoint()
        bad_lines = self._bad_lines(batch)
        open_at = partial(self._uploads.blocks, upload_key(batch), upload)
        rows = self._rows.read(batch, open_at, checkpoint.position)
        with ThreadPoolExecutor(THREAD_COUNT) as pool:
            while has_time():
                chunk = list(islice(rows, CHUNK_ROWS))
                if not chunk:
                    return batch, True
                good = [row for row in chunk if row.line not in bad_lines]
                results = list(pool.map(partial(self._raise, batch.batch_id), good))
                batch = self._noted(batch, chunk[-1], results, save)
        return batch, False

    def publish(self, batch: Batch) -> None:
        """Put the chunks' results together as the batch's report."""
        with (
            tempfile.TemporaryDirectory() as folder,
            ReportSpool(ReportKind.RESULTS, Path(folder), self._lines) as spool,
        ):
            for number in range(batch.checkpoint.chunk_count if batch.checkpoint else 0):
                spool.add_results(self._results(batch, number))
            spool.publish(batch, self._store)

    def _noted(self, batch: Batch, last: Row, results: Sequence[RowResult], save: Save) -> Batch:
        """The results first, then the checkpoint: what the checkpoint covers is always there to be reported."""
        number = batch.checkpoint.chunk_count if batch.checkpoint else 0
        self._store.write(_part_key(batch, number), _packed(results), "application/json")
        counts = _counted(batch.counts, results)
        return save(replace(batch, counts=counts, checkpoint=Checkpoint(last.end, number + 1)))

    def _raise(self, batch_id: str, row: Row) -> RowResult:
        number = row.invoice_number or ""
        if row.command is None:  # it was good when it was validated: the rules changed in between
            codes = tuple(dict.fromkeys(error.code for error in row.errors))
            return RowResult(row.line, number, RowOutcome.REFUSED, codes=codes)
        try:
            invoice, is_new = self._create(row.command)
        except IdempotencyConflictError:
            return RowResult(row.line, number, RowOutcome.CONFLICT, codes=("idempotency_conflict",))
        except InvalidInputError as error:
            codes = tuple(dict.fromkeys(wrong.code for wrong in error.fields))
            return RowResult(row.line, number, RowOutcome.REFUSED, codes=codes)
        is_ours = is_new or invoice.correlation_id == batch_id
        outcome = RowOutcome.CREATED if is_ours else RowOutcome.ALREADY_THERE
        return RowResult(row.line, number, outcome, invoice.reference)

    def _bad_lines(self, batch: Batch) -> frozenset[int]:
        return frozenset(json.loads(self._read(work_key(batch, BAD_LINES))))

    def _results(self, batch: Batch, number: int) -> Iterator[RowResult]:
        for line, invoice_number, outcome, reference, codes in json.loads(self._read(_part_key(batch, number))):
            yield RowResult(line, invoice_number, RowOutcome(outcome), reference, tuple(codes))

    def _read(self, key: str) -> bytes:
        content = self._store.read(key)
        if content is None:
            raise LookupError(f"{key} is gone")
        return content


def _counted(counts: BatchCounts, results: Sequence[RowResult]) -> BatchCounts:
    found = [result.outcome for result in results]
    added = {name: getattr(counts, name) + found.count(outcome) for outcome, name in COUNTED_AS.items()}
    return replace(counts, **added)


def _part_key(batch: Batch, number: int) -> str:
    return work_key(batch, f"results-{number:05d}.json")


def _packed(results: Sequence[RowResult]) -> bytes:
    rows = [[row.line, row.invoice_number, str(row.outcome), row.reference, row.codes] for row in results]
    return json.dumps(rows, separators=(",", ":")).encode()
