"""A batch's reports while they grow: spooled to files of the workplace, so that no report is ever held in memory."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from mizan.application.ports_batches import ReportFormat
from mizan.application.ports_reconciliation import ObjectStore
from mizan.domain.invoice_batches import Batch, BatchFormat, ReportKind, RowError, RowResult, report_key

CONTENT_TYPES = {BatchFormat.CSV: "text/csv; charset=utf-8", BatchFormat.JSONL: "application/x-ndjson"}


class ReportSpool:
    """One report in each format, in `folder`; `publish` puts both into the store, over earlier ones of the batch."""

    def __init__(self, kind: ReportKind, folder: Path, lines: ReportFormat) -> None:
        self._kind, self._lines = kind, lines
        self._paths = {form: folder / f"{kind}.{form}" for form in BatchFormat}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._files = {form: self._stack.enter_context(path.open("wb")) for form, path in self._paths.items()}
        for form, file in self._files.items():
            file.write(self._lines.heading(self._kind, form))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def add_errors(self, errors: Iterable[RowError]) -> None:
        for error in errors:
            for form, file in self._files.items():
                file.write(self._lines.error(error, form))

    def add_results(self, results: Iterable[RowResult]) -> None:
        for result in results:
            for form, file in self._files.items():
                file.write(self._lines.result(result, form))

    def publish(self, batch: Batch, store: ObjectStore) -> None:
        self._stack.close()
        for form, path in self._paths.items():
            store.write_file(report_key(batch, self._kind, form), path, CONTENT_TYPES[form])
