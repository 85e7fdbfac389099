"""One turn of a worker at a batch: take its lease, go on where the last one stopped, and say what comes next.

Any turn may be repeated, cut off or doubled. Whoever holds the newest fence writes; what another one still does finds
the fence gone (LeaseLostError) or comes to the same: raising an invoice twice is raising it once.
"""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from mizan.application.load_invoice_batch import BatchLoader
from mizan.application.ports import Clock
from mizan.application.ports_batches import BatchQueue, BatchRepository, UploadChangedError, UploadStore
from mizan.application.validate_invoice_batch import BatchValidator
from mizan.domain.errors import LineError, QuarantinedFileError
from mizan.domain.invoice_batches import (
    BATCH_STATES,
    WORKABLE_STATES,
    Batch,
    BatchCounts,
    BatchEvent,
    BatchMode,
    BatchState,
    Checkpoint,
    quarantine_key,
    upload_key,
)

BUSY_DELAY_SECONDS = 60
STOP_SECONDS = 30
"""A turn begins nothing more when less than this is left of it."""

PROBLEM_COUNT_MAX = 20
"""Faults of a whole file that its batch names."""

SecondsLeft = Callable[[], int]


class LeaseLostError(Exception):
    """Another worker took over: stop, write nothing more."""


class Turn(StrEnum):
    """How a turn ended. DONE: there is nothing more to do; CONTINUED: another turn was asked for; BUSY: another worker
    is at it, and the batch will be looked at again.
    """

    DONE = "done"
    CONTINUED = "continued"
    BUSY = "busy"


class BatchWorker:
    def __init__(
        self,
        *,
        batches: BatchRepository,
        uploads: UploadStore,
        queue: BatchQueue,
        validator: BatchValidator,
        loader: BatchLoader,
        clock: Clock,
    ) -> None:
        self._batches, self._uploads, self._queue = batches, uploads, queue
        self._validator, self._loader, self._clock = validator, loader, clock

    def work(self, batch_id: str, seconds_left: SecondsLeft) -> tuple[Turn, Batch | None]:
        """One turn, and the batch as it left it. Raises what the store raises; the batch is then as it was saved last,
        and another turn goes on from there.
        """
        batch = self._batches.claim(batch_id, self._clock.now())
        if batch is None:
            return self._not_ours(batch_id)
        try:
            batch = self._advance(batch, seconds_left)
        except LeaseLostError:
            return Turn.BUSY, None
        finally:
            self._batches.release(batch)
        if batch.state not in WORKABLE_STATES:
            return Turn.DONE, batch
        self._queue.send(batch_id)
        return Turn.CONTINUED, batch

    def give_up(self, batch_id: str) -> Batch | None:
        """Too many turns went wrong: the batch says so, and may be started again. None where it is not ours to say."""
        batch = self._batches.claim(batch_id, self._clock.now())
        if batch is None:
            return None
        if batch.state in WORKABLE_STATES:
            problems = (LineError(0, "gave_up"),)
            batch = self._save(replace(self._moved(batch, BatchEvent.FAIL), problems=problems))
        self._batches.release(batch)
        return batch

    def _not_ours(self, batch_id: str) -> tuple[Turn, Batch | None]:
        batch = self._batches.get(batch_id)
        if batch is None or batch.state not in WORKABLE_STATES:
            return Turn.DONE, batch
        self._queue.send(
            batch_id, delay_seconds=BUSY_DELAY_SECONDS
        )  # the holder may be dead, and this the last message
        return Turn.BUSY, batch

    def _advance(self, batch: Batch, seconds_left: SecondsLeft) -> Batch:
        if batch.state is BatchState.QUEUED:
            event = BatchEvent.VALIDATE if batch.checkpoint is None else BatchEvent.LOAD
            batch = self._save(self._moved(batch, event))
        if batch.state is BatchState.VALIDATING:
            batch = self._validate(batch)
        if batch.state is BatchState.LOADING and seconds_left() > STOP_SECONDS:
            batch = self._load(batch, seconds_left)
        return batch

    # -- the first pass ---------------------------------------------------------------------------------------------

    def _validate(self, batch: Batch) -> Batch:
        upload = self._uploads.find(upload_key(batch))
        batch = self._save(replace(batch, upload=upload, counts=BatchCounts(), read_bytes=0))

        def heartbeat(counts: BatchCounts, read_bytes: int) -> None:
            self._save(replace(batch, counts=counts, read_bytes=read_bytes))

        try:
            if upload is None:
                return self._refused(batch, [LineError(0, "upload_missing")])
            if upload.size_bytes != batch.size_bytes:
                return self._refused(batch, [LineError(0, "size_differs")])
            counts = self._validator.validate(batch, upload, heartbeat)
        except QuarantinedFileError as error:
            return self._refused(batch, list(error.lines))
        except UploadChangedError:
            return self._refused(batch, [LineError(0, "upload_changed")])
        judged = replace(batch, counts=counts, read_bytes=batch.size_bytes)
        if not counts.valid or (counts.invalid and batch.mode is BatchMode.ALL_OR_NOTHING):
            return self._save(self._moved(judged, BatchEvent.REJECT))
        return self._save(replace(self._moved(judged, BatchEvent.LOAD), checkpoint=Checkpoint()))

    def _refused(self, batch: Batch, problems: list[LineError]) -> Batch:
        """The reason first, then the file aside: a crash in between leaves a file in the inbox, never a lost reason."""
        moved = self._moved(batch, BatchEvent.QUARANTINE)
        saved = self._save(replace(moved, problems=tuple(problems[:PROBLEM_COUNT_MAX]), read_bytes=batch.size_bytes))
        self._uploads.set_aside(upload_key(batch), quarantine_key(batch))
        return saved

    # -- the second pass --------------------------------------------------------------------------------------------

    def _load(self, batch: Batch, seconds_left: SecondsLeft) -> Batch:
        if batch.upload is None:
            raise LookupError("a batch that loads has an upload")
        try:
            batch, is_through = self._loader.load(
                batch, batch.upload, self._save, lambda: seconds_left() > STOP_SECONDS
            )
        except UploadChangedError:
            problems = (LineError(0, "upload_changed"),)
            return self._save(replace(self._moved(batch, BatchEvent.FAIL), problems=problems))
        return self._finished(batch) if is_through else batch

    def _finished(self, batch: Batch) -> Batch:
        self._loader.publish(batch)
        counts = batch.counts
        is_short = batch.mode is BatchMode.ALL_OR_NOTHING and counts.conflicts + counts.refused > 0
        return self._save(self._moved(batch, BatchEvent.FALL_SHORT if is_short else BatchEvent.COMPLETE))

    # -- writing ----------------------------------------------------------------------------------------------------

    def _moved(self, batch: Batch, event: BatchEvent) -> Batch:
        return replace(batch, state=BATCH_STATES.next_state(batch.state, event))

    def _save(self, batch: Batch) -> Batch:
        """Raises LeaseLostError where another worker has it."""
        now = self._clock.now()
        saved = replace(batch, updated_at=now)
        if not self._batches.save(saved, now):
            raise LeaseLostError
        return saved
