"""The written reports: the same bytes from the same input, nothing a sheet would run, both languages, every fils."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from mizan.adapters.documents import xlsx_report
from mizan.adapters.documents.csv_report import guarded
from mizan.adapters.documents.json_report import quarantine_note
from mizan.adapters.documents.report_rows import EXCEPTION_COLUMNS, MATCHED_COLUMNS
from mizan.adapters.documents.reports import DocumentReportWriter
from mizan.adapters.documents.xlsx_sheets import CONTROL_COLUMNS, FEE_COLUMNS, SUMMARY_COLUMNS
from mizan.application.ports_reconciliation import ReportInput
from mizan.application.reconcile_matching import outcome_of
from mizan.domain.errors import LineError
from mizan.domain.reconciliation.control import Side, Totals, movements_of
from mizan.domain.reconciliation.entries import Difference, KnownPayment, Match
from mizan.domain.reconciliation.file_errors import FILE_ERRORS
from mizan.domain.reconciliation.reasons import EXPLANATIONS, Reason
from mizan.domain.reconciliation.runs import AccountResult, SourceFile, SourceStatus
from tests.fakes.clock import NOON
from tests.fakes.samples import CUSTOMER
from tests.unit.reconciliation.samples import ACCOUNT_ID, DAY, GATEWAY, a_line, an_entry

ARABIC = re.compile("[\u0621-\u064a]")


def a_report() -> ReportInput:
    """One match, one short payment, one payment known but not captured, a refused file."""
    match = Match(an_entry(1), (a_line(1, 2),))
    short = Difference(Reason.AMOUNT_UNDER, an_entry(2), (a_line(2, 3, amount=12_100),))
    known = KnownPayment("pay_9", "9", "moic", "=cmd|calc", "declined", None, "BHD", "", "-corr")
    odd = Difference(Reason.STATUS_MISMATCH, None, (a_line(3, 4),), known)
    source = SourceFile(
        key=f"inbox/settlement/{GATEWAY}/{ACCOUNT_ID}/{DAY}-0002.csv",
        gateway=GATEWAY,
        account_id=ACCOUNT_ID,
        sha256="ab" * 32,
        size_bytes=10,
        received_at=NOON,
        status=SourceStatus.QUARANTINED,
        kept_key="quarantine/x.csv",
        errors=(LineError(5, "trailer_sum", "says 1.000, lines come to 0.900"),),
    )
    lines = (a_line(1, 2), a_line(2, 3, amount=12_100), a_line(3, 4))
    account = AccountResult(
        gateway=GATEWAY,
        account_id=ACCOUNT_ID,
        agency="moic",
        platform=Side(Totals(2, 25_000), Totals(1, 12_500), Totals(1, 12_500)),
        gateway_side=Side(Totals(3, 37_100), Totals(1, 12_500), Totals(2, 24_600)),
        movements=movements_of(lines),
        differences=(short, odd),
        file_sha256="cd" * 32,
        is_file_missing=True,
    )

    def matches() -> Iterator[tuple[AccountResult, Match]]:
        yield account, match

    return ReportInput(
        business_date=DAY,
        number=2,
        created_at=NOON,
        agency="*",
        outcome=outcome_of([account], [source]),
        accounts=[account],
        sources=[source],
        matches=matches,
        first_seen={short.exception_id: NOON - timedelta(days=3)},
        journal_sha256="ef" * 32,
        rules_version="1",
    )


@pytest.fixture
def written(tmp_path: Path) -> dict[str, bytes]:
    return _write(a_report(), tmp_path / "first")


def test_the_same_input_gives_the_same_bytes(written: dict[str, bytes], tmp_path: Path) -> None:
    """Written again at another time, every file is byte for byte the same; the workbook too."""
    again = _write(a_report(), tmp_path / "second")

    assert again == written
    assert set(written) == {"report.xlsx", "exceptions.csv", "matched.csv", "report.json", "summary.json"}


def test_the_workbook_has_its_five_sheets_with_headings_in_both_languages(written: dict[str, bytes]) -> None:
    """Control, summary, exceptions, matched, fees; each heading English and Arabic; times say their zone."""
    workbook = openpyxl.load_workbook(io.BytesIO(written["report.xlsx"]))

    headings = [cell.value for sheet in workbook for cell in sheet[1]]

    assert [sheet.title.split()[0] for sheet in workbook] == ["Control", "Summary", "Exceptions", "Matched", "Fees"]
    assert all(re.search("[A-Za-z]", heading) and ARABIC.search(heading) for heading in headings)
    assert [heading for heading in headings if "at (" in heading.lower() and "Asia/Bahrain" not in heading] == []


def test_nothing_from_outside_is_a_formula_in_the_workbook(written: dict[str, bytes]) -> None:
    """Not one `<f>` element: a service named =cmd|calc is a text like any other."""
    with zipfile.ZipFile(io.BytesIO(written["report.xlsx"])) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "worksheets/" in name]

    assert len(sheets) == 5
    assert all("<f>" not in sheet for sheet in sheets)
    assert any("=cmd|calc" in sheet for sheet in sheets)


def test_the_csv_guards_what_a_sheet_would_run_and_leaves_amounts_alone(written: dict[str, bytes]) -> None:
    """An apostrophe before = and - in texts; the negative difference stays a number."""
    rows = list(csv.DictReader(io.StringIO(written["exceptions.csv"].decode("utf-8-sig"))))

    odd = next(row for row in rows if row["reason"] == "STATUS_MISMATCH")
    short = next(row for row in rows if row["reason"] == "AMOUNT_UNDER")
    assert (odd["service"], odd["correlation_id"]) == ("'=cmd|calc", "'-corr")
    assert (short["difference"], short["difference_decimal"]) == ("-400", "-0.400")
    assert (short["platform_amount"], short["gateway_amount"]) == ("12500", "12100")


@pytest.mark.parametrize("text", ["=1", "@x", "+1", "-1", "\tx", "\rx"])
def test_every_start_of_a_formula_is_guarded(text: str) -> None:
    """OWASP's list of what spreadsheets run."""
    assert guarded(text) == f"'{text}"


def test_the_report_counts_every_reason_and_explains_it_in_both_languages(written: dict[str, bytes]) -> None:
    """Reasons in the taxonomy's order with counts and sums; the refused file is an exception itself."""
    report = json.loads(written["report.json"])

    reasons = [
        (row["reason"], row["count"], row["platform_amount"], row["gateway_amount"]) for row in report["reasons"]
    ]
    assert reasons == [
        ("AMOUNT_UNDER", 1, 12_500, 12_100),
        ("STATUS_MISMATCH", 1, 0, 12_500),
        ("FILE_TOTAL_MISMATCH", 1, 0, 0),
    ]
    assert [row["reason"] for row in report["exceptions"]] == [
        "FILE_TOTAL_MISMATCH",
        "AMOUNT_UNDER",
        "STATUS_MISMATCH",
    ]
    assert all(ARABIC.search(row["text_ar"]) and ARABIC.search(row["next_action_ar"]) for row in report["exceptions"])
    assert (report["control"], report["status"], report["exception_count"]) == ("FAIL", "quarantined", 3)
    assert report["movements"]["net_due"] == 37_100 - 300


def test_an_exception_keeps_the_day_on_which_it_was_first_seen(written: dict[str, bytes]) -> None:
    """Three days old in this run, and readable from this run's report for the next one."""
    rows = json.loads(written["report.json"])["exceptions"]

    seen = DocumentReportWriter().first_seen(written["report.json"])

    assert [row["age_days"] for row in rows] == [0, 3, 0]
    assert seen[rows[1]["exception_id"]] == NOON - timedelta(days=3)


def test_no_file_holds_personal_data(written: dict[str, bytes]) -> None:
    """Names, CPR, phone and e-mail never enter a run; the fields do not even exist."""
    text = b"".join(written.values()).decode("utf-8", "replace")

    assert all(value not in text for value in (CUSTOMER.name, CUSTOMER.cpr or "", CUSTOMER.phone or ""))
    names = [column.name for column in (*EXCEPTION_COLUMNS, *MATCHED_COLUMNS)]
    assert not {"name", "customer", "cpr", "phone", "email"} & set(names)


def test_a_sheet_that_is_cut_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two exceptions shown of three: the last row points to the CSV, which has all of them."""
    monkeypatch.setattr(xlsx_report, "SHEET_ROW_COUNT_MAX", 2)

    written = _write(a_report(), tmp_path / "cut")

    sheet = openpyxl.load_workbook(io.BytesIO(written["report.xlsx"])).worksheets[2]
    assert sheet.max_row == 4
    assert str(sheet.cell(4, 1).value).startswith("More rows")
    assert written["exceptions.csv"].count(b"\r\n") == 4


def test_a_quarantine_note_names_every_line_in_both_languages() -> None:
    """All of them, not the first few that a run keeps."""
    source = a_report().sources[0]
    errors = [LineError(line, "amount", "12.3x") for line in range(2, 102)]

    note = json.loads(quarantine_note(replace(source, errors=tuple(errors)), errors))

    assert note["error_count"] == len(note["errors"]) == 100
    assert note["errors"][0] == {
        "line": 2,
        "code": "amount",
        "text": FILE_ERRORS["amount"][0],
        "text_ar": FILE_ERRORS["amount"][1],
        "detail": "12.3x",
    }


def test_every_reason_and_every_file_error_has_texts_in_both_languages() -> None:
    """The taxonomy is complete: 25 reasons, each with meaning and next action."""
    texts = [(found.text, found.text_ar) for found in EXPLANATIONS.values()]
    texts += [(found.next_action, found.next_action_ar) for found in EXPLANATIONS.values()]

    assert set(EXPLANATIONS) == set(Reason)
    assert all(not ARABIC.search(english) and ARABIC.search(arabic) for english, arabic in texts)
    assert all(not ARABIC.search(english) and ARABIC.search(arabic) for english, arabic in FILE_ERRORS.values())


def test_every_field_of_a_row_has_its_column() -> None:
    """No two columns of a sheet share a name."""
    for columns in (EXCEPTION_COLUMNS, MATCHED_COLUMNS, CONTROL_COLUMNS, SUMMARY_COLUMNS, FEE_COLUMNS):
        assert len({column.name for column in columns}) == len(columns)


def _write(report: ReportInput, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    return {found.name: found.path.read_bytes() for found in DocumentReportWriter().write(report, folder)}
