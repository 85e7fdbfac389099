"""The matching path: DuckDB joins a day's entries with a file's lines and keeps what agrees on every field.

What it leaves (no counterpart, another amount, a track id that stands twice …) is small and judged by
`mizan.domain.reconciliation.rules`, which never sees the clean pairs and needs none of them.
"""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from mizan.adapters.statements.entries_file import quoted
from mizan.application.ports_reconciliation import Sieved, Statement
from mizan.domain.reconciliation.control import NOTHING, Totals
from mizan.domain.reconciliation.entries import Action, GatewayLine, Match, PlatformEntry

THREAD_COUNT = 2
FETCH_ROWS = 10_000
FIRST_LINE = 2  # line 1 holds the column names

ENTRY_FIELDS = (
    "e.transaction_id, e.track_id, e.gateway_transaction, e.rrn, e.amount, e.currency, e.agency, e.service, "
    "e.reference, e.payment_id, e.captured_at, e.posting_day, e.correlation_id"
)
LINE_FIELDS = (
    "l.rowid, l.track_id, l.payment_id, l.tran_id, l.rrn, l.action, l.amount, l.fee, l.currency, l.captured_at"
)
ENTRY_FIELD_COUNT = 13
ENTRIES_OF_ACCOUNT = "FROM entries WHERE gateway = $gateway AND account_id = $account"

# S608 below: what is put into these statements are names of tables and fields that this module makes, never input.


def open_connection() -> duckdb.DuckDBPyConnection:
    """In memory, two threads, and nothing fetched from the network."""
    connection = duckdb.connect(
        config={"threads": THREAD_COUNT, "autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )
    connection.execute("SET preserve_insertion_order = true")  # a row's number is its line's
    return connection


class DuckDbMatcher:
    """Shares `connection` with the gate, whose tables hold the lines."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._sieves: dict[tuple[str, str], tuple[int, str]] = {}  # the sieve's number and the table of lines

    def load_entries(self, path: Path) -> None:
        """A view: what a statement does not ask for is not read."""
        self._connection.execute(
            f"""CREATE OR REPLACE VIEW entries AS SELECT * RENAME (file_row_number AS row)
                FROM read_parquet('{quoted(path)}', file_row_number=true)"""  # noqa: S608
        )

    def sieve(self, gateway: str, account_id: str, statement: Statement | None) -> Sieved:
        account = {"gateway": gateway, "account": account_id}
        platform = self._totals(f"({ENTRIES_OF_ACCOUNT})", "amount", account)
        if statement is None:
            return Sieved(platform, NOTHING, NOTHING, self._entries(None, account), ())
        number = len(self._sieves) + 1
        self._sieves[gateway, account_id] = (number, statement.details)
        captures = self._totals(f"({ENTRIES_OF_ACCOUNT} AND amount > 0)", "0", account)
        signed = "CASE action WHEN 'PURCHASE' THEN amount ELSE -amount END"
        lines = self._totals(statement.details, signed, {})
        self._pair(number, statement.details, account)
        self._unclean_shared(number, {"entry": captures.count, "line": lines.count})
        clean = f"joined_{number} j JOIN {statement.details} l ON l.rowid = j.line WHERE j.is_clean"
        return Sieved(
            platform_input=platform,
            gateway_input=lines,
            clean=self._totals(clean, "l.amount", {}),
            entries=self._entries(number, account),
            lines=self._lines(number, statement.details),
        )

    def clean_pairs(self, gateway: str, account_id: str) -> Iterator[Match]:
        found = self._sieves.get((gateway, account_id))
        if found is None:
            return
        number, lines = found
        cursor = self._connection.cursor()
        cursor.execute(
            f"""SELECT {ENTRY_FIELDS}, {LINE_FIELDS} FROM joined_{number} j
                JOIN entries e ON e.row = j.entry JOIN {lines} l ON l.rowid = j.line
                WHERE j.is_clean ORDER BY e.track_id"""  # noqa: S608
        )
        while rows := cursor.fetchmany(FETCH_ROWS):
            for row in rows:
                yield Match(_entry(row[:ENTRY_FIELD_COUNT]), (_line(row[ENTRY_FIELD_COUNT:]),))

    def close(self) -> None:
        self._connection.close()

    def _pair(self, number: int, lines: str, account: dict[str, str]) -> None:
        """Every capture and every line, joined by track id; clean where all fields agree and neither has another
        partner. What went back is few, and left to the rules with its lines.

        A full join names each row at least once: as many rows as entries (or lines) means that none stands twice.
        """
        self._connection.execute(
            f"""CREATE TABLE joined_{number} AS
                SELECT e.row AS entry, l.rowid AS line,
                       coalesce(e.amount = l.amount AND e.currency = l.currency AND e.gateway_transaction = l.tran_id
                                AND l.action = 'PURCHASE', false) AS is_clean
                FROM ({ENTRIES_OF_ACCOUNT} AND amount > 0) e
                FULL JOIN {lines} l ON e.track_id = l.track_id""",  # noqa: S608
            account,
        )

    def _unclean_shared(self, number: int, inputs: dict[str, int]) -> None:
        """A row with more than one partner is clean with none. `inputs`: how many entries and lines were joined."""
        for side, count in inputs.items():
            found = self._totals(f"joined_{number} WHERE {side} IS NOT NULL", "0", {}).count
            if found == count:
                continue  # none stands twice
            self._connection.execute(
                f"""UPDATE joined_{number} SET is_clean = false WHERE is_clean AND {side} IN (
                    SELECT {side} FROM joined_{number} WHERE {side} IS NOT NULL
                    GROUP BY {side} HAVING count(*) > 1)"""  # noqa: S608
            )

    def _totals(self, source: str, amount: str, parameters: dict[str, str]) -> Totals:
        row = self._connection.execute(
            f"SELECT count(*), coalesce(sum({amount}), 0)::BIGINT FROM {source}",  # noqa: S608
            parameters,
        ).fetchone()
        return Totals(*(row or (0, 0)))

    def _entries(self, number: int | None, account: dict[str, str]) -> list[PlatformEntry]:
        unclean = f"e.row IN (SELECT entry FROM joined_{number} WHERE NOT is_clean)"  # noqa: S608
        rest = f"AND ({unclean} OR e.amount < 0)" if number else ""
        rows = self._connection.execute(
            f"""SELECT {ENTRY_FIELDS} FROM entries e
                WHERE e.gateway = $gateway AND e.account_id = $account {rest} ORDER BY e.row""",  # noqa: S608
            account,
        ).fetchall()
        return [_entry(row) for row in rows]

    def _lines(self, number: int, lines: str) -> list[GatewayLine]:
        rows = self._connection.execute(
            f"""SELECT {LINE_FIELDS} FROM {lines} l
                WHERE l.rowid IN (SELECT line FROM joined_{number} WHERE NOT is_clean) ORDER BY l.rowid"""  # noqa: S608
        ).fetchall()
        return [_line(row) for row in rows]


def _entry(row: tuple[Any, ...]) -> PlatformEntry:
    transaction_id, track_id, gateway_transaction, rrn, amount, currency, agency, service, reference, *rest = row
    payment_id, captured_at, posting_day, correlation_id = rest
    return PlatformEntry(
        transaction_id,
        track_id,
        gateway_transaction,
        rrn,
        amount,
        currency,
        agency,
        service,
        reference,
        payment_id,
        datetime.fromisoformat(captured_at),
        date.fromisoformat(posting_day),
        correlation_id,
    )


def _line(row: tuple[Any, ...]) -> GatewayLine:
    number, track_id, payment_id, tran_id, rrn, action, amount, fee, currency, captured_at = row
    return GatewayLine(
        number + FIRST_LINE,
        track_id,
        payment_id,
        tran_id,
        rrn,
        Action(action),
        amount,
        fee,
        currency,
        datetime.fromisoformat(captured_at),
    )
