"""The gate: a settlement file is taken whole, or refused whole with every wrong line named."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mizan.adapters.statements import settlement_frame
from mizan.adapters.statements.matcher import open_connection
from mizan.adapters.statements.settlement_format import DayWindow
from mizan.adapters.statements.settlement_frame import open_frame
from mizan.adapters.statements.settlement_gate import DuckDbStatementGate
from mizan.adapters.statements.settlement_lines import check_lines
from mizan.application.ports_reconciliation import Statement
from mizan.domain.calendar import business_date
from mizan.domain.errors import QuarantinedFileError
from mizan.domain.reconciliation.control import Totals
from mizan.domain.reconciliation.entries import Action
from mizan.domain.reconciliation.file_errors import FILE_ERRORS
from tests.fakes.samples import ACCOUNT
from tests.unit.reconciliation.samples import DAY, HEADER, MORNING, TERMINAL, a_detail, a_file, a_line

LINES = [a_line(1, 2), a_line(2, 3, action=Action.VOID), a_line(3, 4, action=Action.REFUND, amount=2_500)]
GOOD = a_file(LINES)


class Gate:
    def __init__(self, folder: Path) -> None:
        self.connection = open_connection()
        self.gate = DuckDbStatementGate(self.connection, folder)

    def check(self, content: bytes, day: date = DAY) -> Statement:
        return self.gate.check(content, account=ACCOUNT, business_date=day)

    def errors(self, content: bytes, day: date = DAY) -> list[tuple[int, str]]:
        """Line and code of everything that the refusal names; every code has its texts."""
        with pytest.raises(QuarantinedFileError) as raised:
            self.check(content, day)
        assert all(error.code in FILE_ERRORS for error in raised.value.lines)
        return [(error.line, error.code) for error in raised.value.lines]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    opened = Gate(tmp_path)
    yield opened
    opened.connection.close()


def test_a_good_file_is_read_to_the_fils(gate: Gate) -> None:
    """12.500 bought, 12.500 taken back, 2.500 refunded, three fees of 0.100; nothing is left in the folder."""
    statement = gate.check(GOOD)

    assert statement.line_count == 3
    assert statement.movements.purchases == Totals(1, 12_500)
    assert statement.movements.voids == Totals(1, -12_500)
    assert statement.movements.refunds == Totals(1, -2_500)
    assert statement.movements.fees == 300
    assert statement.movements.net_due == -2_800


def test_everything_that_goes_back_is_read_with_its_sign(gate: Gate) -> None:
    """Five kinds of line; the parts of a refund and of a chargeback have references of their own."""
    lines = [
        a_line(1, 2),
        a_line(1, 3, action=Action.REVERSAL, fee=0),
        a_line(2, 4),
        a_line(2, 5, action=Action.CHARGEBACK, amount=5_000, rrn="71", fee=0),
        a_line(2, 6, action=Action.CHARGEBACK, amount=4_000, rrn="72", fee=0),
        a_line(2, 7, action=Action.REFUND, amount=2_000, rrn="73", fee=0),
    ]

    movements = gate.check(a_file(lines)).movements

    assert movements.purchases == Totals(2, 25_000)
    assert (movements.reversals, movements.voids) == (Totals(1, -12_500), Totals(0, 0))
    assert (movements.chargebacks, movements.refunds) == (Totals(2, -9_000), Totals(1, -2_000))
    assert (movements.lines, movements.fees, movements.net_due) == (Totals(6, 1_500), 200, 1_300)


@pytest.mark.parametrize("action", [Action.VOID, Action.REVERSAL])
def test_a_whole_capture_is_taken_back_once(gate: Gate, action: Action) -> None:
    """A second void or reversal of one transaction is a doubled line, whatever reference it has."""
    lines = [a_line(1, 2), a_line(1, 3, action=action), a_line(1, 4, action=action, rrn="71")]

    assert gate.errors(a_file(lines)) == [(4, "duplicate_line")]


@pytest.mark.parametrize(
    "content",
    [GOOD.replace(b"\r\n", b"\n"), GOOD.removesuffix(b"\r\n"), GOOD.replace(b"TRAILER,TERM0001", b"TRAILER,ALL")],
    ids=["lines end with LF", "no end after the trailer", "the trailer is for all terminals"],
)
def test_what_gateways_do_differently_without_meaning_it_is_taken(gate: Gate, content: bytes) -> None:
    """The same three lines come out."""
    assert gate.check(content).line_count == 3


def test_a_day_without_movements_is_a_good_file(gate: Gate) -> None:
    """Column names and a trailer of zeros."""
    assert gate.check(a_file([])).line_count == 0


@pytest.mark.parametrize(
    ("content", "errors"),
    [
        (b"", [(0, "empty")]),
        (b"\xff\xfe" + GOOD, [(1, "not_utf8")]),
        (GOOD.replace(b"123456", b"12\xff456", 1), [(2, "not_utf8")]),
        (GOOD.replace(b"record_type,", b"", 1), [(1, "header")]),
        (b"record_type", [(1, "header")]),
        (HEADER.encode() + b"\r\n", [(2, "trailer_missing")]),
        (GOOD[: GOOD.index(b"TRAILER")], [(4, "trailer_missing")]),
        (GOOD + GOOD.splitlines()[1] + b"\r\n", [(6, "trailer_missing")]),
        (GOOD.replace(b",BHD,2026-03-01\r\n", b",BHD\r\n"), [(5, "trailer_fields")]),
        (a_file(LINES, trailer={"count": "x"}), [(5, "trailer_fields")]),
        (a_file(LINES, trailer={"date": "2026-02-30"}), [(5, "trailer_fields")]),
        (a_file(LINES, trailer={"count": "4"}), [(5, "trailer_count")]),
        (a_file(LINES, trailer={"net": "-2.501"}), [(5, "trailer_sum")]),
        (a_file(LINES, trailer={"fees": "0.301"}), [(5, "trailer_fees")]),
        (a_file(LINES, trailer={"date": "2026-03-02"}), [(5, "trailer_date")]),
        (a_file(LINES, trailer={"count": "4", "net": "9.000"}), [(5, "trailer_count"), (5, "trailer_sum")]),
        (GOOD.replace(b"TRAILER,TERM0001", b"TRAILER,TERM0002"), [(5, "trailer_terminal")]),
    ],
)
def test_a_frame_that_does_not_hold_is_refused(gate: Gate, content: bytes, errors: list[tuple[int, str]]) -> None:
    """Encoding, column names, trailer: the line and the reason, and only those."""
    assert gate.errors(content) == errors


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        (0, "HEADER", "record_type"),
        (1, "TERM0002", "terminal_id"),
        (2, "123", "track_id"),
        (2, "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨٩٠١٢٣٤", "track_id"),
        (3, "", "payment_id"),
        (4, "12a", "tran_id"),
        (5, "=1+1", "reference_number"),
        (6, "1234567890123", "auth_code"),
        (7, "debit", "card_type"),
        (8, "12.3x", "amount"),
        (8, "12.50", "amount"),
        (8, "12.5000", "amount"),
        (8, "-12.500", "amount"),
        (8, "1e3", "amount"),
        (8, "0.000", "amount"),
        (8, "012.500", "amount"),
        (8, "1234567890.000", "amount"),
        (9, "-0.100", "fee"),
        (10, "USD", "currency"),
        (11, "2026-03-01 06:01:00", "captured_at"),
        (11, "2026-03-01T25:01:00Z", "captured_at"),
        (11, "2026-03-04T06:01:00Z", "captured_at"),
        (11, "2026-02-27T06:01:00Z", "captured_at"),
        (12, "2026-02-28", "settlement_date"),
        (12, "2026-02-30", "settlement_date"),
        (12, "2027-03-01", "settlement_date"),
        (13, "purchase", "action"),
    ],
)
def test_a_wrong_field_refuses_the_file_and_names_its_line(gate: Gate, field: int, value: str, code: str) -> None:
    """Whatever else is right: one wrong field in the second line of three."""
    assert gate.errors(_with_field(field, value)) == [(3, code)]


def test_every_wrong_line_is_named_not_only_the_first(gate: Gate) -> None:
    """Three lines, three faults; a line of another width; a movement that stands twice."""
    details = [
        "DETAIL,1,2",
        a_detail(a_line(1)),
        a_detail(a_line(2)).replace("12.500", "12.3x"),
        a_detail(a_line(1)),
    ]
    content = "\r\n".join([HEADER, *details, f"TRAILER,{TERMINAL},4,0.000,0.000,BHD,{DAY}", ""]).encode()

    assert gate.errors(content) == [(2, "field_count"), (4, "amount"), (5, "duplicate_line")]


def test_a_file_of_another_day_under_this_days_name_is_refused(gate: Gate) -> None:
    """The trailer's date decides, and no line of that day would fit."""
    errors = gate.errors(GOOD, DAY + timedelta(days=5))

    assert errors == [
        (2, "captured_at"),
        (3, "captured_at"),
        (4, "captured_at"),
        (5, "trailer_date"),
    ]


def test_a_file_above_the_limit_is_not_read(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size is looked at before anything in it is."""
    monkeypatch.setattr(settlement_frame, "SIZE_BYTES_MAX", 100)

    assert gate.errors(GOOD) == [(0, "too_large")]


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (GOOD.replace(b"VOID\r\n", b"VOID\n"), [3]),
        (GOOD.replace(b"REFUND\r\n", b"REFUND\n"), [2, 3]),
        (GOOD.replace(b"\r\n", b"\n").replace(b"PURCHASE\n", b"PURCHASE\r\n"), [2]),
    ],
)
def test_a_line_that_ends_otherwise_is_named(gate: Gate, content: bytes, lines: list[int]) -> None:
    """A file is written by one hand: CRLF or LF, and the last line says which."""
    assert gate.errors(content) == [(line, "line_end") for line in lines]


def test_a_trailer_in_the_middle_is_no_line_of_the_file(gate: Gate) -> None:
    """Two files glued together: the first one's trailer is a wrong line of the second."""
    glued = GOOD + GOOD.split(b"\r\n", 1)[1]

    assert gate.errors(glued)[0] == (5, "field_count")


def test_one_line_with_another_line_end_is_a_wrong_line(gate: Gate) -> None:
    """Both ends are taken, but one file has one of them."""
    gate.check(GOOD.replace(b"\r\n", b"\n"))

    assert gate.errors(GOOD.replace(b"VOID\r\n", b"VOID\n"))[0] == (3, "line_end")


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(seed=3481625279, change_count=1)
@given(seed=st.integers(0, 2**32), change_count=st.integers(1, 3))
def test_the_fast_check_and_the_line_reader_agree_on_every_damaged_file(
    gate: Gate, seed: int, change_count: int
) -> None:
    """Bytes changed, cut or doubled anywhere among the lines: one refuses exactly where the other does."""
    content = _damaged(seed, change_count)
    window = DayWindow.of(DAY, time(0, 0))
    try:
        frame = open_frame(content)
    except QuarantinedFileError:
        return
    expected = check_lines(bytes(frame.details), terminal_id=TERMINAL, window=window)
    try:
        gate.check(content)
        found = []
    except QuarantinedFileError as error:
        found = [wrong for wrong in error.lines if not wrong.code.startswith("trailer_")]

    assert found == expected


@settings(max_examples=200, deadline=None)
@given(
    instant=st.datetimes(
        datetime(2026, 2, 25),  # noqa: DTZ001  # the zone is the strategy's
        datetime(2026, 3, 5),  # noqa: DTZ001  # the same
        timezones=st.just(ZoneInfo("UTC")),
    ),
    cutoff=st.sampled_from([time(0, 0), time(22, 0), time(14, 30)]),
)
def test_the_window_of_a_day_is_the_business_day_and_its_neighbours(instant: datetime, cutoff: time) -> None:
    """Whatever the cut-off: an instant is inside exactly when its business date is within a day of the file's."""
    window = DayWindow.of(DAY, cutoff)

    is_near = abs((business_date(instant, cutoff) - DAY).days) <= 1

    assert window.holds(instant) == is_near
    assert not window.holds(instant) or instant.date() in window.utc_days


def _with_field(field: int, value: str) -> bytes:
    details = [a_detail(line) for line in (a_line(1), a_line(2), a_line(3))]
    values = details[1].split(",")
    values[field] = value
    details[1] = ",".join(values)
    last = f"TRAILER,{TERMINAL},3,37.500,0.300,BHD,{DAY}"
    return "\r\n".join([HEADER, *details, last, ""]).encode()


def _damaged(seed: int, change_count: int) -> bytes:
    draw = random.Random(seed)  # noqa: S311  # a damaged file, not a secret
    lines = [replace(a_line(number), captured_at=MORNING) for number in range(1, 6)]
    content = bytearray(a_file(lines))
    start, end = content.index(b"\n") + 1, content.index(b"TRAILER")
    for _ in range(change_count):
        at = draw.randrange(start, end)
        kind = draw.randrange(4)
        if kind == 0:
            content[at] = draw.choice(b'0129.,AZ"\r\n\x1f\x00 -=')
        elif kind == 1:
            del content[at : at + draw.randrange(1, 4)]
        elif kind == 2:
            content[at:at] = content[at : at + draw.randrange(1, 4)]
        else:
            content[at:at] = "٣".encode()
    return bytes(content)
