"""DuckDB's sieve and the rules together, against an independent matcher in plain Python."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mizan.adapters.statements.entries_file import COLUMNS, csv_to_parquet
from mizan.adapters.statements.matcher import DuckDbMatcher, open_connection
from mizan.application.ports_reconciliation import Statement
from mizan.domain.reconciliation.control import (
    Side,
    gateway_totals,
    line_totals,
    movements_of,
    platform_totals,
)
from mizan.domain.reconciliation.entries import Action, Classified, Difference, GatewayLine, Match, PlatformEntry
from mizan.domain.reconciliation.rules import Classifier
from tests.unit.reconciliation.oracle import Verdicts, judge
from tests.unit.reconciliation.samples import ACCOUNT_ID, GATEWAY, a_line, an_entry


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = open_connection()
    yield opened
    opened.close()


STORIES = (
    "agrees",
    "agrees",
    "missing at the gateway",
    "missing here",
    "other amount",
    "other currency",
    "other transaction",
    "other track",
    "another's track",
    "another's transaction",
    "charged twice",
    "voided",
    "voided and charged again",
    "refunded",
    "booked twice",
    "void of another amount",
    "reversed unknown to us",
    "charged back unknown to us",
    "refund that we know",
    "refund of another amount",
    "refund in another currency",
    "refund missing at the gateway",
    "refund without a transaction",
    "void that we know",
    "reversal that we know",
    "reversal on another day",
    "chargeback that we know",
    "parts under one transaction",
    "parts without references",
    "more parts than we know",
    "reversed and charged back",
)

Sides = tuple[list[PlatformEntry], list[GatewayLine]]


@st.composite
def _days(draw: st.DrawFn) -> Sides:
    """A day of a few payments, each with a story; then a few rows changed at random, so that stories meet and clash."""
    entries: list[PlatformEntry] = []
    lines: list[GatewayLine] = []
    for number, story in enumerate(draw(st.lists(st.sampled_from(STORIES), min_size=1, max_size=6)), start=1):
        more_entries, more_lines = _told(number, story)
        entries += more_entries
        lines += more_lines
    for _ in range(draw(st.integers(0, 2))):
        _disturb(draw, entries, lines)
    lines = draw(st.permutations(lines))
    unique = {(line.tran_id, line.action, line.rrn): line for line in lines}  # the gate refuses doubled movements
    numbered = [replace(line, line=position) for position, line in enumerate(unique.values(), start=2)]
    return [replace(entry, transaction_id=f"cap_{place}") for place, entry in enumerate(entries)], numbered


def _told(number: int, story: str) -> Sides:
    entry, line, neighbour = an_entry(number), a_line(number), number % 6 + 1
    again = replace(line, tran_id=f"8000{number:06d}", gateway_payment=f"2000{number:06d}")
    void = replace(line, action=Action.VOID)
    back = replace(entry, amount=-entry.amount)
    refund = replace(line, action=Action.REFUND, amount=4_000, tran_id=f"5{number:09d}", rrn=f"5{number:09d}")
    refund = replace(refund, track_id=f"5{number:023d}")
    refunded = replace(back, amount=-4_000, gateway_transaction=refund.tran_id, rrn=refund.rrn)
    part = replace(line, action=Action.REFUND, amount=1_000, rrn=f"61{number:06d}")
    other_part = replace(part, amount=2_000, rrn=f"62{number:06d}")
    parts = [replace(back, amount=-1_000, rrn=part.rrn), replace(back, amount=-2_000, rrn=other_part.rrn)]
    reversal, charged_back = (replace(line, action=action) for action in (Action.REVERSAL, Action.CHARGEBACK))
    told: dict[str, Sides] = {
        "reversed unknown to us": ([entry], [line, reversal]),
        "charged back unknown to us": ([entry], [line, charged_back]),
        "refund that we know": ([entry, refunded], [line, refund]),
        "refund of another amount": ([entry, refunded], [line, replace(refund, amount=3_999 + number % 2 * 2)]),
        "refund in another currency": ([entry, refunded], [line, replace(refund, currency="KWD")]),
        "refund missing at the gateway": ([entry, refunded], [line]),
        "refund without a transaction": ([entry, replace(refunded, gateway_transaction="")], [line, refund]),
        "void that we know": ([entry, back], [line, void]),
        "reversal that we know": ([entry, back], [line, reversal]),
        "reversal on another day": ([back], [reversal]),
        "chargeback that we know": ([back], [replace(charged_back, rrn=f"63{number:06d}")]),
        "parts under one transaction": ([entry, *parts], [line, other_part, part]),
        "parts without references": ([replace(one, rrn="") for one in parts], [part, other_part]),
        "more parts than we know": (parts[:1], [part, other_part]),
        "reversed and charged back": ([back], [reversal, replace(charged_back, rrn=f"63{number:06d}")]),
        "missing at the gateway": ([entry], []),
        "missing here": ([], [line]),
        "other amount": ([entry], [replace(line, amount=12_499 + number % 2 * 2)]),
        "other currency": ([entry], [replace(line, currency="KWD")]),
        "other transaction": ([entry], [replace(line, tran_id=f"7000{number:06d}")]),
        "other track": ([entry], [replace(line, track_id=f"{number:024d}")]),
        "another's track": ([entry], [replace(line, track_id=a_line(neighbour).track_id)]),
        "another's transaction": ([replace(entry, gateway_transaction=a_line(neighbour).tran_id)], [line]),
        "charged twice": ([entry], [line, again]),
        "voided": ([entry], [line, void]),
        "voided and charged again": ([entry], [again, replace(again, action=Action.VOID), line]),
        "refunded": ([entry], [line, replace(line, action=Action.REFUND, amount=500)]),
        "booked twice": ([entry, entry], [line]),
        "void of another amount": ([entry], [line, replace(void, amount=1)]),
    }
    return told.get(story, ([entry], [line]))


def _disturb(draw: st.DrawFn, entries: list[PlatformEntry], lines: list[GatewayLine]) -> None:
    """One row gets another payment's reference, another amount, or becomes a void."""
    other = a_line(draw(st.integers(1, 6)))
    kind = draw(st.integers(0, 3))
    if entries and draw(st.sampled_from([True, False])):
        place = draw(st.integers(0, len(entries) - 1))
        entry = entries[place]
        entries[place] = (
            replace(entry, track_id=other.track_id),
            replace(entry, gateway_transaction=other.tran_id),
            replace(entry, amount=12_501),
            replace(entry, amount=-entry.amount),
        )[kind]
    elif lines:
        place = draw(st.integers(0, len(lines) - 1))
        line = lines[place]
        lines[place] = (
            replace(line, track_id=other.track_id),
            replace(line, tran_id=other.tran_id),
            replace(line, action=Action.VOID),
            replace(line, action=Action.CHARGEBACK),
        )[kind]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sides=_days())
def test_every_row_gets_the_verdict_of_the_independent_matcher(
    connection: duckdb.DuckDBPyConnection, sides: Sides
) -> None:
    """The same verdict per row, whatever clashes; every row once; matched + exceptions = input in rows and in fils."""
    entries, lines = sides
    clean, judged, side_platform, side_gateway = _match(connection, entries, lines)

    assert _verdicts(clean, judged) == judge(entries, lines)
    assert side_platform.is_tied
    assert side_gateway.is_tied
    assert side_platform.input.count == len(entries)
    assert side_gateway.input == line_totals(lines)


def test_clean_pairs_never_reach_the_rules(connection: duckdb.DuckDBPyConnection) -> None:
    """A hundred captures that agree leave nothing to judge: the rules are for what is left."""
    entries = [an_entry(number) for number in range(1, 101)]
    lines = [a_line(number, line=number + 1) for number in range(1, 101)]

    clean, judged, side_platform, _ = _match(connection, entries, lines)

    assert len(clean) == 100
    assert [match.lines[0].line for match in clean] == sorted(match.lines[0].line for match in clean)
    assert judged == Classified((), ())
    assert side_platform.matched.amount == 100 * 12_500


def _match(
    connection: duckdb.DuckDBPyConnection, entries: Sequence[PlatformEntry], lines: Sequence[GatewayLine]
) -> tuple[list[Match], Classified, Side, Side]:
    for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
        connection.execute(f"DROP TABLE {table}")
    matcher = DuckDbMatcher(connection)
    with TemporaryDirectory() as folder:
        matcher.load_entries(_entries_file(connection, Path(folder), entries))
        sieved = matcher.sieve(GATEWAY, ACCOUNT_ID, _statement(connection, lines))
        clean = list(matcher.clean_pairs(GATEWAY, ACCOUNT_ID))
    judged = Classifier(lambda _: None, lambda _: False).classify(sieved.entries, sieved.lines)
    platform = Side(
        sieved.platform_input,
        sieved.clean + platform_totals(judged.matches),
        platform_totals(judged.differences),
    )
    gateway = Side(
        sieved.gateway_input,
        sieved.clean + gateway_totals(judged.matches),
        gateway_totals(judged.differences),
    )
    return clean, judged, platform, gateway


def _entries_file(connection: duckdb.DuckDBPyConnection, folder: Path, entries: Sequence[PlatformEntry]) -> Path:
    rows, path = folder / "entries.csv", folder / "entries.parquet"
    with rows.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(COLUMNS), lineterminator="\n")
        writer.writeheader()
        for entry in entries:
            fields = {name: getattr(entry, name) for name in COLUMNS if hasattr(entry, name)}
            fields |= {"captured_at": entry.captured_at.isoformat(), "gateway": GATEWAY, "account_id": ACCOUNT_ID}
            writer.writerow(fields)
    csv_to_parquet(connection, rows, path)
    return path


def _statement(connection: duckdb.DuckDBPyConnection, lines: Sequence[GatewayLine]) -> Statement:
    """Straight into the table, for lines that the gate's currency table does not have."""
    connection.execute(
        "CREATE TABLE lines_1 (track_id VARCHAR, payment_id VARCHAR, tran_id VARCHAR, rrn VARCHAR, action VARCHAR, "
        "currency VARCHAR, captured_at VARCHAR, settlement_date VARCHAR, amount BIGINT, fee BIGINT)"
    )
    for line in lines:
        connection.execute(
            "INSERT INTO lines_1 VALUES (?, ?, ?, ?, ?, ?, ?, '2026-03-02', ?, ?)",
            [
                line.track_id,
                line.gateway_payment,
                line.tran_id,
                line.rrn,
                line.action,
                line.currency,
                line.captured_at.isoformat(),
                line.amount,
                line.fee,
            ],
        )
    return Statement("lines_1", len(lines), movements_of(lines))


def _verdicts(clean: Sequence[Match], judged: Classified) -> Verdicts:
    """Fails on a row that comes out twice."""
    mine: dict[str, str] = {}
    theirs: dict[int, str] = {}
    items: list[tuple[str, Match | Difference]] = [("MATCHED", match) for match in (*clean, *judged.matches)]
    items += [(str(found.reason), found) for found in judged.differences]
    for verdict, item in items:
        if item.entry is not None:
            assert item.entry.transaction_id not in mine
            mine[item.entry.transaction_id] = verdict
        for line in item.lines:
            assert line.line not in theirs
            theirs[line.line] = verdict
    return mine, theirs
