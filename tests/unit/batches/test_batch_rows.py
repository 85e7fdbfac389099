"""Files into rows: what agencies really send, and where each wrong thing in it is said to be."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from mizan.application.ports_batches import Row
from mizan.domain.errors import QuarantinedFileError
from mizan.domain.invoice_batches import Batch, BatchFormat, BatchMode, BatchState, Position
from mizan.domain.terms import EarlyDiscount, LateCharge, PartialRule
from mizan.entrypoints.batch_columns import KNOWN, LINE_COUNT_MAX, column_of, name_of
from mizan.entrypoints.batch_rows import InvoiceRows
from mizan.entrypoints.invoice_schemas import CreateInvoiceRequest, fingerprint
from tests.fakes.batches import HEADING, a_csv, a_row
from tests.fakes.clock import NOON
from tests.fakes.samples import AGENCY

BODY: dict[str, Any] = {
    "service": "cr-registration",
    "invoice_number": "N-1",
    "due_date": "2026-12-31",
    "customer": {"name": "Maryam Ali", "name_ar": "مريم علي"},
    "lines": [{"description": "Registration fee", "amount": 12_500}],
}


def a_batch(form: BatchFormat) -> Batch:
    return Batch("bat_1", AGENCY, "0" * 64, 1, form, BatchMode.GOOD_ROWS, None, BatchState.VALIDATING, NOON, NOON)


def rows_of(
    content: bytes, form: BatchFormat = BatchFormat.CSV, *, block: int = 7, start: Position | None = None
) -> list[Row]:
    """Read in blocks that cut rows, characters and line ends apart."""

    def open_at(offset: int) -> Iterator[bytes]:
        for begin in range(offset, len(content), block):
            yield content[begin : begin + block]

    return list(InvoiceRows().read(a_batch(form), open_at, start))


def wrong(rows: list[Row]) -> list[tuple[int, str, str]]:
    return [(error.line, error.field, error.code) for row in rows for error in row.errors]


def json_lines(*bodies: Any) -> bytes:
    return b"".join(json.dumps(body, ensure_ascii=False).encode() + b"\n" for body in bodies)


def refusal(content: bytes, form: BatchFormat = BatchFormat.CSV) -> list[tuple[int, str, str]]:
    with pytest.raises(QuarantinedFileError) as caught:
        rows_of(content, form)
    return [(error.line, error.code, error.detail) for error in caught.value.lines]


def test_a_csv_row_and_a_json_line_mean_the_same_invoice() -> None:
    """Equal fingerprints: the same number handed in by file and by API is one invoice, not a conflict."""
    (by_csv,) = rows_of(a_csv(a_row("N-1")))
    (by_json,) = rows_of(json_lines(BODY), BatchFormat.JSONL)

    assert by_csv.command is not None
    assert by_csv.command == by_json.command
    assert by_csv.command.fingerprint == fingerprint(CreateInvoiceRequest.model_validate(BODY))
    assert [(line.description, line.amount) for line in by_csv.command.lines] == [("Registration fee", 12_500)]
    assert (by_csv.command.agency, by_csv.command.correlation_id) == (AGENCY, "bat_1")


def test_every_column_reaches_its_member() -> None:
    """A row with every column filled: customer, ten lines, two notes."""
    values = {
        "invoice_number": "N-9",
        "service": "cr-registration",
        "due_date": "2026-12-31",
        "currency": "BHD",
        "customer_name": "Maryam",
        "customer_name_ar": "مريم",
        "customer_cpr": "900101123",
        "customer_phone": "+97333000000",
        "customer_email": "m@example.com",
        "draft": "TRUE",
        "discount_amount_fils": "500",
        "discount_until": "2026-12-01",
        "late_amount_fils": "700",
        "late_starts_on": "2027-01-15",
        "partial_minimum_fils": "100",
        "partial_maximum_fils": "900",
        "expires_on": "2027-06-30",
    }
    for number in range(1, LINE_COUNT_MAX + 1):
        values |= {f"line_{number}_description": f"Fee {number}", f"line_{number}_description_ar": "رسم"}
        values |= {f"line_{number}_amount_fils": str(number * 1_000)}
    values |= {"metadata_branch": "seef", "metadata_desk": "4"}

    text = io.StringIO()
    csv.writer(text).writerows([values.keys(), values.values()])
    (row,) = rows_of(text.getvalue().encode())

    assert row.errors == ()
    assert row.command is not None
    assert set(KNOWN) <= set(values)
    assert [line.amount for line in row.command.lines] == [number * 1_000 for number in range(1, 11)]
    assert {line.description_ar for line in row.command.lines} == {"رسم"}
    assert row.command.metadata == {"branch": "seef", "desk": "4"}
    assert row.command.is_draft
    terms = row.command.terms
    assert terms.discount == EarlyDiscount(500, date(2026, 12, 1))
    assert terms.late == LateCharge(700, date(2027, 1, 15))
    assert terms.partial == PartialRule(100, 900)
    assert terms.expires_on == date(2027, 6, 30)
    customer = row.command.customer
    assert (customer.cpr, customer.phone, customer.email) == ("900101123", "+97333000000", "m@example.com")


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_wrong_with_a_cell_is_said_under_its_columns_name(name: str) -> None:
    """Names and paths lead to one another."""
    column = column_of(name)

    assert column is not None
    assert name_of(".".join(str(part) for part in column.path)) == name


@pytest.mark.parametrize(
    "content",
    [
        a_csv(a_row("N-1"), a_row("N-2")).replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + a_csv(a_row("N-1"), a_row("N-2")),
        a_csv(a_row("N-1"), a_row("N-2")).rstrip(b"\n"),
        a_csv(a_row("N-1"), "", "   ", a_row("N-2"), "", ""),
        a_csv(a_row("N-1", name='"Maryam Ali"'), a_row("N-2")),
    ],
    ids=["CRLF", "byte order mark", "no last line end", "blank lines", "quotes"],
)
@pytest.mark.parametrize("block", [1, 3, 64, 100_000])
def test_what_excel_and_others_write_is_read(content: bytes, block: int) -> None:
    """However the bytes arrive, the same two invoices of BHD 12.500."""
    rows = rows_of(content, block=block)

    assert wrong(rows) == []
    assert [row.invoice_number for row in rows] == ["N-1", "N-2"]
    assert [row.command.lines[0].amount for row in rows if row.command] == [12_500, 12_500]


def test_quotes_hold_commas_and_quotes() -> None:
    """RFC 4180, within a line."""
    (row,) = rows_of(a_csv(a_row("N-1", name='"Ali, ""Abu Hassan"""')))

    assert row.command is not None
    assert row.command.customer.name == 'Ali, "Abu Hassan"'


def test_an_open_quote_spoils_its_own_row_and_no_other() -> None:
    """Otherwise it would swallow rows that nobody would miss until they are not paid."""
    rows = rows_of(a_csv(a_row("N-1"), a_row("N-2", name='"Maryam'), a_row("N-3")))

    assert wrong(rows) == [(3, "row", "bad_quotes")]
    assert [row.invoice_number for row in rows if row.command] == ["N-1", "N-3"]


@pytest.mark.parametrize(
    ("row", "errors"),
    [
        (a_row("N-1", amount="50.500"), [("line_1_amount_fils", "not_an_integer")]),
        (a_row("N-1", amount="1,5"), [("row", "too_many_cells")]),
        (a_row("N-1", amount="-5"), [("line_1_amount_fils", "amount_not_positive")]),
        (a_row("N-1", amount=""), [("line_1_amount_fils", "missing")]),
        (a_row("N-1", amount="9" * 31), [("line_1_amount_fils", "not_an_integer")]),
        (a_row("N-1", amount="٥٠٠"), [("line_1_amount_fils", "not_an_integer")]),
        (a_row("", service=""), [("service", "missing")]),
        (a_row(""), [("invoice_number", "missing")]),
        ("N-1,cr-registration", [("row", "too_few_cells")]),
        ("N-1,cr-registration,31/12/2026,,,,", [
            ("due_date", "bad_date"), ("customer_name", "missing"), ("line_1_amount_fils", "too_few"),
        ]),
        (a_row("N-1", name="Mar\0yam"), [("customer_name", "unsafe_characters")]),
    ],
)  # fmt: skip
def test_a_wrong_row_names_each_wrong_column(row: str, errors: list[tuple[str, str]]) -> None:
    """Line 2, after the heading; amounts are never guessed: "50.500" is refused, not taken for 50,500 fils."""
    assert wrong(rows_of(a_csv(row))) == [(2, field, code) for field, code in errors]


def test_a_line_left_out_between_two_is_wrong() -> None:
    """Lines 1 and 3 without line 2: something was lost on the way."""
    heading = f"{HEADING},line_2_description,line_2_amount_fils,line_3_description,line_3_amount_fils"
    content = f"{heading}\n{a_row('N-1')},,,Stamp,500\n".encode()

    assert wrong(rows_of(content)) == [(2, "line_2_description", "missing"), (2, "line_2_amount_fils", "missing")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", "malformed_json"),
        (b"[1]", "not_an_object"),
        (b'{"service": "a", "service": "b"}', "malformed_json"),
        (b'{"due_date": NaN}', "malformed_json"),
        (b'{"a": "\\ud800"}', "malformed_json"),
        (b"[" * 50_000, "malformed_json"),
    ],
)
def test_a_json_line_is_read_as_strictly_as_a_request(line: bytes, code: str) -> None:
    """One object, nothing repeated, no halves of characters; the lines around it are read on."""
    content = json_lines(BODY) + line + b"\n" + json_lines(BODY | {"invoice_number": "N-2"})

    rows = rows_of(content, BatchFormat.JSONL, block=4_096)

    assert wrong(rows) == [(2, "row", code)]
    assert [row.invoice_number for row in rows if row.command] == ["N-1", "N-2"]


def test_a_json_line_without_a_number_is_wrong() -> None:
    """The number is the row's identity; there is no Idempotency-Key in a file."""
    body = {name: value for name, value in BODY.items() if name != "invoice_number"}

    assert wrong(rows_of(json_lines(body), BatchFormat.JSONL)) == [(1, "invoice_number", "missing")]


@pytest.mark.parametrize("form", BatchFormat)
def test_a_line_of_ten_megabytes_is_one_wrong_row(form: BatchFormat) -> None:
    """It is passed over, not kept: the rows after it have their own lines and are read."""
    huge = b"x" * 10_000_000
    good = a_csv(a_row("N-1")) if form is BatchFormat.CSV else json_lines(BODY)
    after = a_row("N-2").encode() if form is BatchFormat.CSV else json_lines(BODY | {"invoice_number": "N-2"})

    rows = rows_of(good + huge + b"\n" + after, form, block=1_000_000)

    line = good.count(b"\n") + 1
    assert wrong(rows) == [(line, "row", "row_too_large")]
    assert [(row.line, row.invoice_number) for row in rows if row.command] == [(line - 1, "N-1"), (line + 1, "N-2")]


@pytest.mark.parametrize("form", BatchFormat)
def test_reading_goes_on_from_any_row(form: BatchFormat) -> None:
    """A checkpoint is a byte and a line: what follows is the same as if it had been read from the start."""
    lines = [a_row("N-1"), "", a_row("N-2", name="محمد"), a_row("N-3"), a_row("N-4", amount="x")]
    bodies = [BODY, BODY | {"invoice_number": "N-2"}, {"x": 1}, BODY | {"invoice_number": "N-3"}]
    content = a_csv(*lines) if form is BatchFormat.CSV else b"\xef\xbb\xbf" + json_lines(*bodies)
    everything = rows_of(content, form)

    for position, row in enumerate(everything):
        assert rows_of(content, form, start=row.end) == everything[position + 1 :]
    assert len(everything) == 4


@pytest.mark.parametrize(
    ("content", "errors"),
    [
        (b"", [(0, "empty_file", "")]),
        (b"\n\n", [(0, "empty_file", "")]),
        (HEADING.replace("service", "servise").encode() + b"\n", [
            (1, "unknown_column", "servise"), (1, "missing_column", "service"),
        ]),
        (HEADING.replace("amount_fils", "amount").encode(), [
            (1, "unknown_column", "line_1_amount"), (1, "missing_column", "line_1_amount_fils"),
        ]),
        ((HEADING + ",service").encode(), [(1, "repeated_column", "service")]),
        (a_csv(a_row("N-1")).replace(b",", b";"), None),
        (a_csv(a_row("N-1")).decode().encode("utf-16"), [(1, "not_utf8", "")]),
        (a_csv(a_row("N-1")).decode().encode("utf-16-le"), [(1, "not_utf8", "")]),
        (a_csv(a_row("N-1"), a_row("N-2")).decode().encode("cp1256"), [(2, "not_utf8", "")]),
        (b'"invoice_number,service\n', [(1, "bad_heading", "")]),
    ],
    ids=["empty", "blank", "unknown", "no unit", "repeated", "semicolons", "utf-16", "utf-16-le", "windows", "quote"],
)  # fmt: skip
def test_a_file_that_is_not_what_it_says_is_refused_with_its_line(
    content: bytes, errors: list[tuple[int, str, str]] | None
) -> None:
    """Whole, and before any of its rows counts."""
    found = refusal(content)

    assert found if errors is None else found == errors


def test_a_heading_alone_has_no_rows() -> None:
    """Not an error of reading; the use case refuses a file without rows."""
    assert rows_of(a_csv()) == []
