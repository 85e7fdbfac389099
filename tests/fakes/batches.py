"""Invoice batches' world in memory: the repository with its leases, the uploads, the queue, and all of it wired."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mizan.application.create_invoice import CreateInvoice, create_invoice
from mizan.application.load_invoice_batch import BatchLoader
from mizan.application.manage_invoice_batches import InvoiceBatches, OpenBatch
from mizan.application.ports_batches import UploadChangedError, UploadLink
from mizan.application.read_invoice_batches import BatchReader
from mizan.application.validate_invoice_batch import BatchValidator
from mizan.application.work_on_invoice_batch import BatchWorker, Turn
from mizan.domain.errors import InvalidInputError
from mizan.domain.invoice_batches import (
    Batch,
    BatchFormat,
    BatchMode,
    ReportKind,
    Upload,
    report_key,
    upload_key,
)
from mizan.domain.invoices import Invoice
from mizan.entrypoints.batch_report import BatchReportFormat
from mizan.entrypoints.batch_rows import InvoiceRows
from tests.fakes.clock import FakeClock, FakeDerivation
from tests.fakes.reconciliation import FakeObjectStore
from tests.fakes.samples import CALLER, FakeServiceCatalogue, a_service
from tests.fakes.store import FakeInvoiceRepository

FREE = datetime(1970, 1, 1, tzinfo=UTC)
PUBLIC_URL = "https://api.invalid"


class FakeBatchRepository:
    """`saves` counts the writes of progress; `before_save` is called with what is about to be written."""

    def __init__(self) -> None:
        self.rows: dict[str, Batch] = {}
        self.ends: dict[str, datetime] = {}
        self.before_save: Callable[[Batch], None] = lambda batch: None

    def add(self, batch: Batch) -> Batch | None:
        existing = self.rows.setdefault(batch.batch_id, batch)
        return None if existing is batch else existing

    def get(self, batch_id: str) -> Batch | None:
        return self.rows.get(batch_id)

    def page(self, agency: str, *, limit: int, cursor: str | None) -> tuple[list[Batch], str | None]:
        before = _read_cursor(cursor) if cursor else "~"
        keys = {f"{batch.created_at.isoformat()}#{batch.batch_id}": batch for batch in self.rows.values()}
        rows = sorted((key for key, batch in keys.items() if batch.agency == agency and key < before), reverse=True)
        following = base64.urlsafe_b64encode(rows[limit - 1].encode()).decode() if len(rows) > limit else None
        return [keys[row] for row in rows[:limit]], following

    def move(self, before: Batch, after: Batch) -> bool:
        stored = self.rows.get(before.batch_id)
        if stored is None or stored.state is not before.state:
            return False
        self.rows[before.batch_id] = replace(after, fence=stored.fence)
        return True

    def claim(self, batch_id: str, now: datetime) -> Batch | None:
        stored = self.rows.get(batch_id)
        if stored is None or self.ends.get(batch_id, FREE) >= now:
            return None
        claimed = replace(stored, fence=stored.fence + 1)
        self.rows[batch_id], self.ends[batch_id] = claimed, now + timedelta(minutes=2)
        return claimed

    def save(self, batch: Batch, now: datetime) -> bool:
        self.before_save(batch)
        if self.rows[batch.batch_id].fence != batch.fence:
            return False
        self.rows[batch.batch_id], self.ends[batch.batch_id] = batch, now + timedelta(minutes=2)
        return True

    def release(self, batch: Batch) -> None:
        if self.rows[batch.batch_id].fence == batch.fence:
            self.ends[batch.batch_id] = FREE


def _read_cursor(cursor: str) -> str:
    try:
        row = base64.urlsafe_b64decode(cursor).decode()
    except ValueError:
        raise InvalidInputError.of("cursor", "bad_cursor") from None
    if "#bat_" not in row:
        raise InvalidInputError.of("cursor", "bad_cursor")
    return row


class FakeUploadStore:
    """Over the same bucket as the reports. Blocks are small, so that rows fall across their edges."""

    BLOCK_BYTES = 64

    def __init__(self, store: FakeObjectStore) -> None:
        self._store = store
        self.read_bytes = 0

    def link(self, key: str, *, sha256: str, size_bytes: int, lifetime_seconds: int) -> UploadLink:
        return UploadLink(f"https://bucket.invalid/{key}", {"x-amz-checksum-sha256": sha256}, lifetime_seconds)

    def find(self, key: str) -> Upload | None:
        content = self._store.read(key)
        return None if content is None else Upload(len(content), hashlib.md5(content).hexdigest(), None)  # noqa: S324  # as S3 names versions

    def blocks(self, key: str, upload: Upload, offset: int) -> Iterator[bytes]:
        if offset >= upload.size_bytes:
            return
        if self.find(key) != upload:
            raise UploadChangedError(key)
        content = self._store.read(key) or b""
        for start in range(offset, len(content), self.BLOCK_BYTES):
            block = content[start : start + self.BLOCK_BYTES]
            self.read_bytes += len(block)
            yield block

    def set_aside(self, key: str, target: str) -> None:
        if self._store.read(key) is not None:
            self._store.copy(key, target)
            self._store.remove(key)


class FakeBatchQueue:
    def __init__(self) -> None:
        self.sent: list[tuple[str, int]] = []

    def send(self, batch_id: str, *, delay_seconds: int = 0) -> None:
        self.sent.append((batch_id, delay_seconds))


@dataclass
class BatchWorld:
    """Everything that an agency's file meets. `before_create` is called before each invoice is raised."""

    clock: FakeClock = field(default_factory=FakeClock)
    batches: FakeBatchRepository = field(default_factory=FakeBatchRepository)
    invoices: FakeInvoiceRepository = field(default_factory=FakeInvoiceRepository)
    queue: FakeBatchQueue = field(default_factory=FakeBatchQueue)
    derivation: FakeDerivation = field(default_factory=FakeDerivation)
    before_create: Callable[[CreateInvoice], None] = lambda command: None

    def __post_init__(self) -> None:
        self.store = FakeObjectStore(self.clock)
        self.uploads = FakeUploadStore(self.store)
        self.services = FakeServiceCatalogue(a_service(), a_service("clinic-fees", "health"))

    def create(self, command: CreateInvoice) -> tuple[Invoice, bool]:
        self.before_create(command)
        return create_invoice(
            command, invoices=self.invoices, services=self.services, derivation=self.derivation, clock=self.clock
        )

    def desk(self) -> InvoiceBatches:
        return InvoiceBatches(
            batches=self.batches,
            uploads=self.uploads,
            queue=self.queue,
            reserve_key=self.invoices.reserve_key,
            clock=self.clock,
        )

    def reader(self) -> BatchReader:
        return BatchReader(batches=self.batches, store=self.store)

    def worker(self) -> BatchWorker:
        files: dict[str, Any] = {"uploads": self.uploads, "store": self.store}
        files |= {"rows": InvoiceRows(), "lines": BatchReportFormat(PUBLIC_URL)}
        raising: dict[str, Any] = {"invoices": self.invoices, "services": self.services, "derivation": self.derivation}
        return BatchWorker(
            batches=self.batches,
            uploads=self.uploads,
            queue=self.queue,
            validator=BatchValidator(**files, **raising),
            loader=BatchLoader(**files, create=self.create),
            clock=self.clock,
        )

    def handed_in(
        self,
        content: bytes,
        *,
        form: BatchFormat = BatchFormat.CSV,
        mode: BatchMode = BatchMode.GOOD_ROWS,
        uploaded: bytes | None = None,
    ) -> Batch:
        """Opened, put into the bucket and started; `uploaded` where other bytes arrive than were stated."""
        opened, _, _ = self.desk().open(an_opening(content, form=form, mode=mode), caller=CALLER)
        self.store.put(upload_key(opened), content if uploaded is None else uploaded)
        return self.desk().start(opened.batch_id, caller=CALLER)

    def turn(self, batch: Batch, seconds_left: Callable[[], int] = lambda: 100) -> Turn:
        return self.worker().work(batch.batch_id, seconds_left)[0]

    def now(self, batch: Batch) -> Batch:
        return self.batches.rows[batch.batch_id]

    def report(self, batch: Batch, kind: ReportKind) -> list[dict[str, object]]:
        """The JSON lines of a report."""
        content = self.store.read(report_key(batch, kind, BatchFormat.JSONL)) or b""
        return [json.loads(line) for line in content.splitlines()]


def an_opening(
    content: bytes,
    *,
    form: BatchFormat = BatchFormat.CSV,
    mode: BatchMode = BatchMode.GOOD_ROWS,
    key: str | None = None,
    size_bytes: int | None = None,
) -> OpenBatch:
    sha256 = hashlib.sha256(content).hexdigest()
    size = len(content) if size_bytes is None else size_bytes
    return OpenBatch(sha256, size, form, mode, f"{sha256}{mode}{form}", "invoices.csv", key)


HEADING = "invoice_number,service,due_date,customer_name,customer_name_ar,line_1_description,line_1_amount_fils"


def a_csv(*rows: str) -> bytes:
    return ("\n".join([HEADING, *rows]) + "\n").encode()


def a_row(number: str, *, amount: str = "12500", service: str = "cr-registration", name: str = "Maryam Ali") -> str:
    return f"{number},{service},2026-12-31,{name},مريم علي,Registration fee,{amount}"
