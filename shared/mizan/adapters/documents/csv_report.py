"""CSV reports: UTF-8 with a byte order mark (Excel needs it for Arabic), CRLF, and nothing that a sheet would run."""

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from mizan.adapters.documents.report_rows import Cell, Column, Row

_FORMULA = re.compile(r"[=@+\-\t\r]")


def guarded(text: str) -> str:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers never come here."""
    return f"'{text}" if _FORMULA.match(text) else text


def write_csv(path: Path, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """The heading is the fields' stable names: programs read this file, people the workbook."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(column.name for column in columns)
        writer.writerows([_text(row.get(column.name)) for column in columns] for row in rows)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return guarded(cell) if isinstance(cell, str) else f"{cell}"
