"""Reconcile many payments against many gateway lines, and compare with the bare DuckDB join of the same two files.

    PYTHONPATH=shared .venv/bin/python -m benchmarks.reconcile [--payments 1000000] [--lines 1010000] [--rounds 3]

Measured as one: the gate over the settlement file (every field of every line), both sides loaded, the sieve, and the
domain's judgement of what is left. The bare join reads both sides, joins and counts what agrees: no checks, no
classification. It is measured twice: on two CSV files, and with the platform's side as the Parquet that a run freezes.
Reports are not in it. Prints medians, wall and processor time, and ratios.
"""

import argparse
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

from mizan.adapters.statements.entries_file import COLUMNS as ENTRY_COLUMNS
from mizan.adapters.statements.entries_file import csv_to_parquet
from mizan.adapters.statements.matcher import DuckDbMatcher, open_connection
from mizan.adapters.statements.settlement_format import COLUMNS as LINE_COLUMNS
from mizan.adapters.statements.settlement_format import HEADER
from mizan.adapters.statements.settlement_gate import DuckDbStatementGate
from mizan.domain.accounts import AccountSecrets, MerchantAccount
from mizan.domain.money import format_amount
from mizan.domain.reconciliation.rules import Classifier

DAY = date(2026, 11, 24)
MIDNIGHT = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
DEFECT_SHARE = 200  # one payment in so many has another amount, and one is missing at the gateway
TERMINAL = "70000001"
GATEWAY, ACCOUNT_ID = "benefit", "benchmark"


@dataclass(frozen=True)
class Sides:
    """The platform's entries, as CSV and as Parquet, and the gateway's file."""

    entries_csv: Path
    entries: Path
    lines: Path


def account() -> MerchantAccount:
    return MerchantAccount(
        account_id=ACCOUNT_ID,
        token="t",  # noqa: S106  # not a secret
        gateway=GATEWAY,
        agency="moic",
        terminal_id=TERMINAL,
        method="debit_card",
        base_url="https://gateway.invalid",
        cutoff=clock_time(0, 0),
        is_active=True,
        secrets=AccountSecrets(password="", resource_key=""),
        effective_from=MIDNIGHT,
    )


def write_sides(folder: Path, payment_count: int, line_count: int) -> Sides:
    """Both files, one payment in 200 with another amount, one in 200 absent from the gateway's."""
    draw = random.Random(20261124)  # noqa: S311  # a benchmark, not a secret
    entries, lines = folder / "entries.csv", folder / "lines.csv"
    count = net = 0
    with entries.open("w", newline="") as mine, lines.open("w", newline="") as theirs:
        mine.write(",".join(ENTRY_COLUMNS) + "\n")
        theirs.write(HEADER.decode() + "\r\n")
        for number in range(payment_count):
            amount = draw.randrange(100, 500_000)
            track = f"{number * 7919 % 10**9:024d}"
            at = MIDNIGHT + timedelta(seconds=number % 86_400)
            mine.write(
                f"{GATEWAY},{ACCOUNT_ID},cap_pay_{track},{track},2026{number:011d},635{number:09d},{amount},BHD,moic,"
                f"cr-registration,{track[:18]},pay_{track},{at.isoformat()},{DAY},bench-{number}\n"
            )
            if number % DEFECT_SHARE == 1:
                continue
            said = amount + 100 if number % DEFECT_SHARE == 2 else amount  # noqa: PLR2004  # the one after
            theirs.write(_line(track, number, said, at))
            count, net = count + 1, net + said
        for number in range(payment_count, payment_count + line_count - count):
            theirs.write(_line(f"{number * 7919 % 10**9:024d}", number, 5_000, MIDNIGHT))
            net += 5_000
        theirs.write(
            f"TRAILER,{TERMINAL},{line_count},{format_amount(net)},{format_amount(100 * line_count)},BHD,{DAY}\r\n"
        )
    connection = open_connection()
    csv_to_parquet(connection, entries, folder / "entries.parquet")
    connection.close()
    return Sides(entries, folder / "entries.parquet", lines)


def _line(track: str, number: int, amount: int, at: datetime) -> str:
    return (
        f"DETAIL,{TERMINAL},{track},100{number:017d},2026{number:011d},635{number:09d},{number % 10**6:06d},D,"
        f"{format_amount(amount)},0.100,BHD,{at:%Y-%m-%dT%H:%M:%SZ},2026-11-25,PURCHASE\r\n"
    )


def bare_join(entries: Path, lines: Path) -> int:
    """Read both, join on the track id, count what agrees: the floor of the same machine in the same minute."""
    connection = open_connection()
    row = connection.execute(
        f"""SELECT count(*) FILTER (WHERE e.amount = replace(l.amount, '.', '')::BIGINT)
            FROM '{entries}' e
            FULL JOIN read_csv('{lines}', header=false, skip=1, delim=',', auto_detect=false, null_padding=true,
                columns={{{", ".join(f"'{name}': 'VARCHAR'" for name in LINE_COLUMNS)}}}) l
            ON e.track_id = l.track_id AND e.gateway_transaction = l.tran_id"""  # noqa: S608  # two paths of this benchmark
    ).fetchone()
    connection.close()
    return int((row or (0,))[0])


def reconcile(entries: Path, lines: Path, folder: Path) -> tuple[int, int]:
    """Clean pairs and differences."""
    connection = open_connection()
    gate, matcher = DuckDbStatementGate(connection, folder), DuckDbMatcher(connection)
    statement = gate.check(lines.read_bytes(), account=account(), business_date=DAY)
    matcher.load_entries(entries)
    sieved = matcher.sieve(GATEWAY, ACCOUNT_ID, statement)
    judged = Classifier(lambda _: None, lambda _: False).classify(sieved.entries, sieved.lines)
    matcher.close()
    return sieved.clean.count, len(judged.differences)


@dataclass(frozen=True)
class Timing:
    """Medians, in seconds."""

    wall: float
    processor: float
    answer: object

    def __str__(self) -> str:
        return f"{self.wall:6.2f} s  (processor {self.processor:.2f} s)  {self.answer}"


def timed(work: Callable[[], object], rounds: int) -> Timing:
    walls, processors, answer = [], [], None
    for _ in range(rounds):
        wall, processor = time.perf_counter(), time.process_time()
        answer = work()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return Timing(statistics.median(walls), statistics.median(processors), answer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--payments", type=int, default=100_000)
    parser.add_argument("--lines", type=int, default=101_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sides = write_sides(folder, options.payments, options.lines)
        csv_floor = timed(lambda: bare_join(sides.entries_csv, sides.lines), options.rounds)
        parquet_floor = timed(lambda: bare_join(sides.entries, sides.lines), options.rounds)
        ours = timed(lambda: reconcile(sides.entries, sides.lines, folder), options.rounds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    say = sys.stdout.write
    say(f"{options.payments:,} payments x {options.lines:,} lines, medians of {options.rounds}\n")
    say(f"bare join, CSV x CSV      {csv_floor} agree\n")
    say(f"bare join, Parquet x CSV  {parquet_floor} agree\n")
    say(f"reconcile                 {ours} clean pairs, differences; peak {peak} MB\n")
    for floor_name, floor in (("CSV x CSV", csv_floor), ("Parquet x CSV", parquet_floor)):
        wall, processor = ours.wall / floor.wall, ours.processor / floor.processor
        say(f"ratio to {floor_name:<13}  {wall:.2f} (processor {processor:.2f})\n")


if __name__ == "__main__":
    main()
