"""The lines of a batch's reports (the `ReportFormat` port): fields and codes in both languages, and never a value.

CSV as Excel wants it for Arabic: a byte order mark, CRLF, nothing that a sheet would run.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mizan.domain.invoice_batches import BatchFormat, ReportKind, RowError, RowResult
from mizan.entrypoints.field_texts import message_of
from mizan.entrypoints.json_body import write
from mizan.entrypoints.problem_texts import Text

COLUMNS: Mapping[str, Sequence[str]] = {
    ReportKind.ERRORS: ("line", "field", "code", "message", "message_ar", "other_line"),
    ReportKind.RESULTS: ("line", "invoice_number", "outcome", "reference", "pay_url", "code", "message", "message_ar"),
}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FORMULA = re.compile(r"[=@+\-\t\r]")

Member = str | int | None


class BatchReportFormat:
    """Implements `ReportFormat`. `public_url` is the API's stable address, without a trailing slash."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url

    def heading(self, kind: ReportKind, form: BatchFormat) -> bytes:
        return BYTE_ORDER_MARK + _csv_line(COLUMNS[kind]) if form is BatchFormat.CSV else b""

    def error(self, error: RowError, form: BatchFormat) -> bytes:
        text = message_of(error.code, error.limit)
        values = (error.line, error.field, error.code, text.en, text.ar, error.other_line)
        return _line(ReportKind.ERRORS, values, form)

    def result(self, result: RowResult, form: BatchFormat) -> bytes:
        text = message_of(result.codes[0]) if result.codes else Text("", "")
        pay_url = f"{self._public_url}/pay/{result.reference}" if result.reference else None
        values = (
            result.line,
            result.invoice_number,
            str(result.outcome),
            result.reference,
            pay_url,
            " ".join(result.codes) or None,
            text.en or None,
            text.ar or None,
        )
        return _line(ReportKind.RESULTS, values, form)


def _line(kind: ReportKind, values: Sequence[Member], form: BatchFormat) -> bytes:
    if form is BatchFormat.CSV:
        return _csv_line(values)
    members: dict[str, Any] = dict(zip(COLUMNS[kind], values, strict=True))
    return write(members).encode() + b"\n"


def _csv_line(values: Sequence[Member]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(_cell(value) for value in values)
    return text.getvalue().encode()


def _cell(value: Member) -> Member:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
