"""Read batches: one, an agency's, and the reports of one by a link."""

from mizan.application.batch_reports import CONTENT_TYPES
from mizan.application.manage_invoice_batches import find_batch
from mizan.application.ports_batches import BatchRepository
from mizan.application.ports_reconciliation import ObjectStore
from mizan.domain.accounts import Caller
from mizan.domain.errors import NotFoundError
from mizan.domain.invoice_batches import Batch, BatchFormat, ReportKind, ready_reports, report_key
from mizan.domain.reconciliation.runs import ReportFile

LINK_LIFETIME_SECONDS = 300


class BatchReader:
    def __init__(self, *, batches: BatchRepository, store: ObjectStore) -> None:
        self._batches, self._store = batches, store

    def read(self, batch_id: str, *, caller: Caller) -> Batch:
        """Raises NotFoundError."""
        return find_batch(batch_id, caller=caller, batches=self._batches)

    def page(self, agency: str, *, limit: int, cursor: str | None) -> tuple[list[Batch], str | None]:
        """Newest first. Raises InvalidInputError on a bad cursor."""
        return self._batches.page(agency, limit=limit, cursor=cursor)

    def report_link(self, batch_id: str, kind: ReportKind, form: BatchFormat, *, caller: Caller) -> str:
        """An address that works for five minutes without a key. Raises NotFoundError where there is no such report."""
        batch = self.read(batch_id, caller=caller)
        if kind not in ready_reports(batch):
            raise NotFoundError("report")
        name = f"{batch.batch_id}-{kind}.{form}"
        report = ReportFile(name, report_key(batch, kind, form), CONTENT_TYPES[form], 0, "")
        return self._store.link(report, lifetime_seconds=LINK_LIFETIME_SECONDS)
