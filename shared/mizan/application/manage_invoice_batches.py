"""Hand a file of invoices in: say what is coming, put it into the bucket, start it. Each step may be repeated."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from mizan.application.ports import Clock
from mizan.application.ports_batches import BatchQueue, BatchRepository, UploadLink, UploadStore
from mizan.domain.accounts import Caller
from mizan.domain.errors import (
    BusyError,
    ForbiddenError,
    IdempotencyConflictError,
    InvalidInputError,
    NotFoundError,
)
from mizan.domain.invoice_batches import (
    BATCH_STATES,
    WORKABLE_STATES,
    Batch,
    BatchEvent,
    BatchFormat,
    BatchMode,
    batch_id_of,
    upload_key,
)

SCOPE = "invoices:write"
LINK_LIFETIME_SECONDS = 3600

ReserveKey = Callable[..., str]
"""`InvoiceRepository.reserve_key`: one namespace of Idempotency-Keys per agency."""


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """`sha256`: 64 lower-case hex digits of the file; `size_bytes` its length. `fingerprint` is the body's."""

    sha256: str
    size_bytes: int
    format: BatchFormat
    mode: BatchMode
    fingerprint: str
    file_name: str | None = None
    idempotency_key: str | None = None


class InvoiceBatches:
    def __init__(
        self,
        *,
        batches: BatchRepository,
        uploads: UploadStore,
        queue: BatchQueue,
        reserve_key: ReserveKey,
        clock: Clock,
    ) -> None:
        self._batches, self._uploads, self._queue = batches, uploads, queue
        self._reserve_key, self._clock = reserve_key, clock

    def open(self, command: OpenBatch, *, caller: Caller) -> tuple[Batch, UploadLink | None, bool]:
        """The batch of this file as it stands, where to put the file while one is taken, and whether it is new.

        Raises IdempotencyConflictError where the same file came before with another mode, format or size.
        """
        if caller.agency == "*":
            raise ForbiddenError(SCOPE)  # invoices are an agency's; a platform role has none
        now = self._clock.now()
        if command.idempotency_key:
            holder = self._reserve_key(caller.agency, command.idempotency_key, command.fingerprint, now)
            if holder != command.fingerprint:
                raise IdempotencyConflictError("the Idempotency-Key came before with another body")
        batch = Batch(
            batch_id=batch_id_of(caller.agency, command.sha256),
            agency=caller.agency,
            sha256=command.sha256,
            size_bytes=command.size_bytes,
            format=command.format,
            mode=command.mode,
            file_name=command.file_name,
            state=BATCH_STATES.initial,
            created_at=now,
            updated_at=now,
        )
        existing = self._batches.add(batch)
        if existing is not None and not existing.is_same_request(batch):
            raise IdempotencyConflictError("the same file came before with another mode, format or size")
        stored = existing or batch
        return stored, self._link(stored) if stored.takes_upload else None, existing is None

    def start(self, batch_id: str, *, caller: Caller) -> Batch:
        """Queue the batch, or leave it where it is at work or done already. Starting twice is harmless.

        Raises NotFoundError, and InvalidInputError where the file is not there or has another size.
        """
        batch = find_batch(batch_id, caller=caller, batches=self._batches)
        if batch.takes_upload:
            batch = self._queued(batch)
        if batch.state in WORKABLE_STATES:
            self._queue.send(batch.batch_id)  # also where it is queued already: the first message may have been lost
        return batch

    def _queued(self, batch: Batch) -> Batch:
        found = self._uploads.find(upload_key(batch))
        if found is None:
            raise InvalidInputError.of("upload", "upload_missing")
        if found.size_bytes != batch.size_bytes:
            raise InvalidInputError.of("upload", "size_differs")
        state = BATCH_STATES.next_state(batch.state, BatchEvent.START)
        checkpoint = batch.checkpoint if found == batch.upload else None  # another object is validated afresh
        queued = replace(batch, state=state, updated_at=self._clock.now(), problems=(), checkpoint=checkpoint)
        if self._batches.move(batch, queued):
            return queued
        again = self._batches.get(batch.batch_id)
        if again is None or again.takes_upload:
            raise BusyError("the batch is being changed")
        return again

    def _link(self, batch: Batch) -> UploadLink:
        return self._uploads.link(
            upload_key(batch),
            sha256=batch.sha256,
            size_bytes=batch.size_bytes,
            lifetime_seconds=LINK_LIFETIME_SECONDS,
        )


def find_batch(batch_id: str, *, caller: Caller, batches: BatchRepository) -> Batch:
    """Raises NotFoundError where there is none, or it is another agency's."""
    batch = batches.get(batch_id)
    if batch is None or not caller.may_see(batch.agency):
        raise NotFoundError("invoice-batch")
    return batch
