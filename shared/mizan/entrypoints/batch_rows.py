"""The rows of a batch's file as commands, or as what is wrong with them (the `RowReader` port).

JSON lines hold exactly the bodies of `POST /v1/invoices`; a CSV row is made into one (`batch_columns`). Both go through
the API's own model and the API's own mapping.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from mizan.application.ports_batches import Row
from mizan.domain.errors import LineError, QuarantinedFileError
from mizan.domain.invoice_batches import Batch, BatchFormat, Position, RowError
from mizan.entrypoints.batch_columns import REQUIRED, Column, body_of, column_of, name_of
from mizan.entrypoints.batch_records import Record, records
from mizan.entrypoints.invoice_commands import command_of
from mizan.entrypoints.invoice_schemas import CreateInvoiceRequest
from mizan.entrypoints.json_body import UnreadableBodyError, parse
from mizan.entrypoints.problems import WrongField, printable
from mizan.entrypoints.validation_errors import wrong_fields

ERROR_COUNT_MAX = 20
"""Wrong fields that the report names of one row."""

BEGINNING = Position()
WHOLE_ROW = "row"

OpenAt = Callable[[int], Iterable[bytes]]


class InvoiceRows:
    """Implements `RowReader`."""

    def read(self, batch: Batch, open_at: OpenAt, start: Position | None = None) -> Iterator[Row]:
        if batch.format is BatchFormat.JSONL:
            for record in records(open_at((start or BEGINNING).offset), start or BEGINNING):
                yield _checked(batch, record, _json_body)
        else:
            yield from _csv_rows(batch, open_at, start)

    def field_name(self, batch: Batch, path: str) -> str:
        return name_of(path) if batch.format is BatchFormat.CSV else path


def _csv_rows(batch: Batch, open_at: OpenAt, start: Position | None) -> Iterator[Row]:
    found = records(open_at(0), BEGINNING)
    columns = _columns(next(found, None))
    if start is not None and start.offset > 0:
        found = records(open_at(start.offset), start)
    for record in found:
        row = _checked(batch, record, lambda text: body_of(columns, _cells(text, len(columns))))
        errors = tuple(replace(error, field=name_of(error.field)) for error in row.errors)
        yield replace(row, errors=errors) if errors else row


class _UnreadableRowError(Exception):
    """`code` says why no body can be made of the row."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _checked(batch: Batch, record: Record, body_in: Callable[[str], dict[str, Any]]) -> Row:
    """The row of a record: one command, or its errors."""
    if record.text is None:
        return Row(record.line, record.end, errors=(RowError(record.line, WHOLE_ROW, "row_too_large"),))
    try:
        body = body_in(record.text)
    except _UnreadableRowError as error:
        return Row(record.line, record.end, errors=(RowError(record.line, WHOLE_ROW, error.code),))
    number = body.get("invoice_number")
    row = Row(record.line, record.end, invoice_number=number.strip() if isinstance(number, str) else None)
    try:
        request = CreateInvoiceRequest.model_validate(body)
    except ValidationError as error:
        return replace(row, errors=_errors(record.line, wrong_fields(error.errors())))
    if request.invoice_number is None:
        return replace(row, errors=(RowError(record.line, "invoice_number", "missing"),))
    return replace(row, command=command_of(request, agency=batch.agency, correlation_id=batch.batch_id))


def _errors(line: int, wrong: Sequence[WrongField]) -> tuple[RowError, ...]:
    return tuple(
        RowError(line, printable(found.field), found.code, None if found.limit is None else str(found.limit))
        for found in wrong[:ERROR_COUNT_MAX]
    )


def _json_body(text: str) -> dict[str, Any]:
    try:
        return parse(text.encode())
    except UnreadableBodyError as error:
        codes = [wrong.code for wrong in error.problem.errors]
        raise _UnreadableRowError(codes[0] if codes else "malformed_json") from None


def _cells(text: str, count: int) -> list[str]:
    try:
        cells = next(csv.reader([text], strict=True))
    except csv.Error:
        raise _UnreadableRowError("bad_quotes") from None
    if len(cells) != count:
        raise _UnreadableRowError("too_few_cells" if len(cells) < count else "too_many_cells")
    return cells


def _columns(heading: Record | None) -> list[Column]:
    """The columns that the first row names. Raises QuarantinedFileError naming every one that is wrong."""
    if heading is None:
        raise QuarantinedFileError([LineError(0, "empty_file")])
    try:
        names = [name.strip() for name in next(csv.reader([heading.text or ""], strict=True))]
    except (csv.Error, StopIteration):
        raise QuarantinedFileError([LineError(heading.line, "bad_heading")]) from None
    found = [(name, column_of(name)) for name in names]
    errors = [LineError(heading.line, "unknown_column", printable(name)) for name, column in found if column is None]
    repeated = dict.fromkeys(name for name in names if names.count(name) > 1)
    errors += [LineError(heading.line, "repeated_column", printable(name)) for name in repeated]
    errors += [LineError(heading.line, "missing_column", name) for name in REQUIRED if name not in names]
    if errors:
        raise QuarantinedFileError(errors[:ERROR_COUNT_MAX])
    return [column for _, column in found if column is not None]
