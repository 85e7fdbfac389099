"""The workbook for finance: Control, Summary, Exceptions, Matched, Fees. Headings in English and Arabic.

Texts are written as texts (`write_string`): nothing that came from outside can become a formula. The creation time is
the run's, so the same run gives the same bytes.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import xlsxwriter

from mizan.adapters.documents.report_rows import (
    EXCEPTION_COLUMNS,
    MATCHED_COLUMNS,
    Cell,
    Column,
    Row,
    exception_rows,
    matched_rows,
)
from mizan.adapters.documents.xlsx_sheets import (
    CONTROL_COLUMNS,
    FEE_COLUMNS,
    SUMMARY_COLUMNS,
    control_rows,
    fee_rows,
    summary_rows,
)
from mizan.application.ports_reconciliation import ReportInput

SHEET_ROW_COUNT_MAX = 100_000
"""Rows that one sheet shows; the CSV beside it has all of them, and the last row of a cut sheet says so."""

CUT_NOTE = (
    "More rows than a sheet shows: the CSV file has all of them. / الصفوف أكثر مما يعرضه الجدول، وملف CSV يضمها كلها."
)


def write_xlsx(path: Path, report: ReportInput) -> None:
    workbook = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False})
    created = report.created_at.replace(tzinfo=None, microsecond=0)
    workbook.set_properties({"title": f"Reconciliation {report.business_date}", "author": "Mizan", "created": created})
    sheets = _Sheets(workbook)
    sheets.add("Control", "الرقابة", CONTROL_COLUMNS, control_rows(report))
    sheets.add("Summary", "الملخص", SUMMARY_COLUMNS, summary_rows(report))
    sheets.add("Exceptions", "الاستثناءات", EXCEPTION_COLUMNS, exception_rows(report))
    sheets.add("Matched", "المطابق", MATCHED_COLUMNS, matched_rows(report))
    sheets.add("Fees", "الرسوم", FEE_COLUMNS, fee_rows(report))
    workbook.close()


class _Sheets:
    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._heading = workbook.add_format({"bold": True, "text_wrap": True, "bottom": 1, "bg_color": "#E8EEF7"})
        self._decimal = workbook.add_format({"num_format": "#,##0.000"})
        self._fils = workbook.add_format({"num_format": "#,##0"})

    def add(self, name: str, name_ar: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        sheet = self._workbook.add_worksheet(f"{name} {name_ar}")
        for position, column in enumerate(columns):
            sheet.set_column(position, position, column.width)
        sheet.freeze_panes(1, 0)
        for position, column in enumerate(columns):
            sheet.write_string(0, position, column.both, self._heading)
        for number, row in enumerate(_cut(rows, columns[0].name), start=1):
            for position, column in enumerate(columns):
                self._write(sheet, number, position, row.get(column.name))

    def _write(self, sheet: Any, number: int, position: int, cell: Cell) -> None:
        if isinstance(cell, str):
            sheet.write_string(number, position, cell)
        elif isinstance(cell, Decimal):
            sheet.write_number(number, position, cell, self._decimal)
        elif cell is not None:
            sheet.write_number(number, position, cell, self._fils)


def _cut(rows: Iterable[Row], first_column: str) -> Iterator[Row]:
    iterator = iter(rows)
    yield from islice(iterator, SHEET_ROW_COUNT_MAX)
    if next(iterator, None) is not None:
        yield {first_column: CUT_NOTE}
