"""Every report of a scope, written into a folder; the same input gives the same bytes."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from mizan.adapters.documents import json_report
from mizan.adapters.documents.csv_report import write_csv
from mizan.adapters.documents.report_rows import EXCEPTION_COLUMNS, MATCHED_COLUMNS, exception_rows, matched_rows
from mizan.adapters.documents.xlsx_report import write_xlsx
from mizan.application.ports_reconciliation import ReportInput, WrittenReport
from mizan.domain.errors import LineError
from mizan.domain.reconciliation.runs import SourceFile

JSON, CSV = "application/json", "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class DocumentReportWriter:
    def write(self, report: ReportInput, folder: Path) -> list[WrittenReport]:
        written = [
            WrittenReport("report.xlsx", folder / "report.xlsx", XLSX),
            WrittenReport("exceptions.csv", folder / "exceptions.csv", CSV),
            WrittenReport("matched.csv", folder / "matched.csv", CSV),
            WrittenReport("report.json", folder / "report.json", JSON),
            WrittenReport("summary.json", folder / "summary.json", JSON),
        ]
        write_xlsx(written[0].path, report)
        write_csv(written[1].path, EXCEPTION_COLUMNS, exception_rows(report))
        write_csv(written[2].path, MATCHED_COLUMNS, matched_rows(report))
        written[3].path.write_bytes(json_report.report_json(report))
        written[4].path.write_bytes(json_report.summary_json(report))
        return written

    def first_seen(self, report: bytes) -> dict[str, datetime]:
        return json_report.first_seen(report)

    def quarantine_note(self, source: SourceFile, errors: Sequence[LineError]) -> bytes:
        return json_report.quarantine_note(source, errors)
