"""The sandbox's state: one SQLite file, written through before anything is answered, so that `kill -9` loses nothing.

Tables: merchants, transactions (one JSON document each), things (refunds, disputes, payouts, the bank's clients: a JSON
document each, listed by what they belong to), movements (money, for settlement), scenarios, timers (what happens by
itself later), deliveries (the outbox of callbacks). Every use case runs inside one `Store.write()` transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from .records import Delivery, Merchant, Movement
from .scenarios import Script
from .schema import SCHEMA
from .transactions import Transaction

BUSY_TIMEOUT_SECONDS = 20
DRAW_COUNT_MAX = 1000


class Session:
    """Reads and writes inside one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute

    # merchants
    def put_merchant(self, merchant: Merchant) -> None:
        document = json.dumps(asdict(merchant))
        self._run("INSERT OR REPLACE INTO merchants VALUES (?, ?)", (merchant.terminal_id, document))

    def merchant(self, terminal_id: str) -> Merchant | None:
        row = self._run("SELECT document FROM merchants WHERE terminal_id = ?", (terminal_id,)).fetchone()
        return Merchant(**json.loads(row[0])) if row else None

    def merchants(self) -> list[Merchant]:
        return [Merchant(**json.loads(row[0])) for row in self._run("SELECT document FROM merchants ORDER BY 1")]

    # transactions
    def put_transaction(self, transaction: Transaction) -> None:
        key = (transaction.payment_id, transaction.terminal_id, transaction.track_id)
        document = json.dumps(transaction.to_document())
        self._run(
            "INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (payment_id) DO UPDATE SET"
            " tran_id = excluded.tran_id, rrn = excluded.rrn, document = excluded.document",
            (*key, transaction.tran_id, transaction.rrn, document),
        )

    def transaction(self, payment_id: str) -> Transaction | None:
        return self._one_transaction("payment_id = ?", payment_id)

    def unused(self, column: str, draw: Callable[[datetime], str], now: datetime) -> str:
        """A number for payment_id, tran_id or rrn that no transaction of any terminal has."""
        if column not in ("payment_id", "tran_id", "rrn"):
            raise ValueError(column)
        for _ in range(DRAW_COUNT_MAX):
            number = draw(now)
            # the column is one of the three above
            if self._run(f"SELECT 1 FROM transactions WHERE {column} = ?", (number,)).fetchone() is None:  # noqa: S608
                return number
        raise RuntimeError(f"no free {column} was found: too many payments in one hour")

    def transaction_by(self, terminal_id: str, column: str, value: str) -> Transaction | None:
        """By one of track_id, payment_id, tran_id, rrn of this terminal."""
        if column not in ("track_id", "payment_id", "tran_id", "rrn"):
            raise ValueError(column)
        return self._one_transaction(f"terminal_id = ? AND {column} = ?", terminal_id, value)

    def transactions(self, *, terminal_id: str = "", track_id: str = "", limit: int = 200) -> list[Transaction]:
        """Newest first."""
        rows = self._run(
            "SELECT document FROM transactions WHERE ? IN ('', terminal_id) AND ? IN ('', track_id)"
            " ORDER BY rowid DESC LIMIT ?",
            (terminal_id, track_id, limit),
        )
        return [Transaction.from_document(json.loads(row[0])) for row in rows]

    def _one_transaction(self, condition: str, *values: str) -> Transaction | None:
        # the condition is one of the fixed texts above, never a caller's
        row = self._run(f"SELECT document FROM transactions WHERE {condition}", values).fetchone()  # noqa: S608
        return Transaction.from_document(json.loads(row[0])) if row else None

    # things
    def put_thing(self, kind: str, name: str, parent: str, document: dict[str, Any]) -> None:
        """Store or replace; `parent` is what it is listed under."""
        self._run(
            "INSERT INTO things (kind, name, parent, document) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (kind, name) DO UPDATE SET document = excluded.document",
            (kind, name, parent, json.dumps(document)),
        )

    def thing(self, kind: str, name: str) -> dict[str, Any] | None:
        row = self._run("SELECT document FROM things WHERE kind = ? AND name = ?", (kind, name)).fetchone()
        return dict(json.loads(row[0])) if row else None

    def things(self, kind: str, parent: str = "") -> list[dict[str, Any]]:
        """Oldest first; of one parent, or all."""
        rows = self._run(
            "SELECT document FROM things WHERE kind = ? AND ? IN ('', parent) ORDER BY number", (kind, parent)
        )
        return [json.loads(row[0]) for row in rows]

    # timers
    def add_timer(self, due_at: datetime, kind: str, subject: str) -> None:
        """Let `later.mature` do what `kind` means to `subject` at that instant."""
        self._run("INSERT INTO timers (due_at, kind, subject) VALUES (?, ?, ?)", (stamp(due_at), kind, subject))

    def take_timer(self, now: datetime) -> tuple[datetime, str, str] | None:
        """The oldest that is due, taken away: its instant, kind and subject."""
        row = self._run(
            "DELETE FROM timers WHERE number = (SELECT number FROM timers WHERE due_at <= ? ORDER BY due_at, number"
            " LIMIT 1) RETURNING due_at, kind, subject",
            (stamp(now),),
        ).fetchone()
        return (datetime.fromisoformat(row[0]), row[1], row[2]) if row else None

    # movements
    def add_movement(self, movement: Movement) -> int:
        document = asdict(movement) | {"at": movement.at.isoformat()}
        cursor = self._run(
            "INSERT INTO movements (at, terminal_id, document) VALUES (?, ?, ?)",
            (stamp(movement.at), movement.terminal_id, json.dumps(document)),
        )
        return int(cursor.lastrowid or 0)

    def movements(self, start: datetime, end: datetime, terminal_id: str = "") -> list[Movement]:
        """From `start`, before `end`, in the order they happened; of one terminal, or of all."""
        rows = self._run(
            "SELECT document FROM movements WHERE at >= ? AND at < ? AND ? IN ('', terminal_id) ORDER BY number",
            (stamp(start), stamp(end), terminal_id),
        )
        documents = [json.loads(row[0]) for row in rows]
        return [Movement(**(d | {"at": datetime.fromisoformat(d["at"])})) for d in documents]

    # scenarios
    def add_script(self, script: Script, *, terminal_id: str | None, track_id: str | None) -> None:
        self._run(
            "INSERT INTO scenarios (terminal_id, track_id, phase, times, document) VALUES (?, ?, ?, ?, ?)",
            (terminal_id, track_id, script.phase, script.times, json.dumps(asdict(script))),
        )

    def take_script(self, phase: str, *, terminal_id: str, track_id: str) -> Script | None:
        """Use up one turn of the oldest script for this step: the track id's own first, then the terminal's."""
        row = self._run(
            "SELECT number, document FROM scenarios WHERE phase = ? AND times > 0 AND"
            " (track_id = ? OR (track_id IS NULL AND terminal_id = ?)) ORDER BY track_id IS NULL, number LIMIT 1",
            (phase, track_id, terminal_id),
        ).fetchone()
        if row is None:
            return None
        self._run("UPDATE scenarios SET times = times - 1 WHERE number = ?", (row[0],))
        return Script(**json.loads(row[1]))

    def scenarios(self) -> list[dict[str, Any]]:
        rows = self._run("SELECT terminal_id, track_id, times, document FROM scenarios WHERE times > 0 ORDER BY number")
        return [json.loads(row[3]) | {"terminal_id": row[0], "track_id": row[1], "times": row[2]} for row in rows]

    def clear_scenarios(self) -> None:
        self._run("DELETE FROM scenarios")

    # deliveries
    def add_delivery(
        self,
        payment_id: str,
        kind: str,
        url: str,
        body: bytes,
        due_at: datetime,
        *,
        headers: dict[str, str] | None = None,
        claimed: bool = False,
    ) -> Delivery:
        """Store a callback to make; `claimed` keeps it for the caller to send."""
        text = json.dumps(headers or {})
        cursor = self._run(
            "INSERT INTO deliveries (payment_id, kind, url, body, headers, due_at, claimed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (payment_id, kind, url, body, text, stamp(due_at), int(claimed)),
        )
        return Delivery(int(cursor.lastrowid or 0), payment_id, kind, url, body, text)

    def claim_delivery(self, now: datetime) -> Delivery | None:
        """Take one due delivery so that no other thread sends it."""
        row = self._run(
            "UPDATE deliveries SET claimed = 1 WHERE number = (SELECT number FROM deliveries WHERE done_at IS NULL AND"
            " claimed = 0 AND due_at <= ? ORDER BY due_at, number LIMIT 1)"
            " RETURNING number, payment_id, kind, url, body, headers",
            (stamp(now),),
        ).fetchone()
        return Delivery(*row) if row else None

    def finish_delivery(self, number: int, at: datetime, status: int | None, acknowledged: bool, reply: str) -> None:
        self._run(
            "UPDATE deliveries SET done_at = ?, http_status = ?, acknowledged = ?, reply = ? WHERE number = ?",
            (stamp(at), status, int(acknowledged), reply, number),
        )

    def prepare(self) -> None:
        """At start: make the tables, and make due again what a dead process had claimed and not finished."""
        for statement in filter(str.strip, SCHEMA.split(";")):
            self._run(statement)
        self._run("UPDATE deliveries SET claimed = 0 WHERE done_at IS NULL")

    def deliveries(self, payment_id: str) -> list[dict[str, Any]]:
        rows = self._run(
            "SELECT number, kind, url, due_at, done_at, http_status, acknowledged, reply FROM deliveries"
            " WHERE payment_id = ? ORDER BY number",
            (payment_id,),
        )
        names = ("number", "kind", "url", "due_at", "done_at", "http_status", "acknowledged", "reply")
        return [dict(zip(names, row, strict=True)) | {"acknowledged": bool(row[6])} for row in rows]

    def pending_delivery_count(self) -> int:
        return int(self._run("SELECT count(*) FROM deliveries WHERE done_at IS NULL").fetchone()[0])


def stamp(moment: datetime) -> str:
    """An aware UTC instant as text that sorts in time order."""
    return moment.isoformat(timespec="microseconds")


class Store:
    """The SQLite file under `directory` (made when absent). One connection per transaction: threads share none."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._path = directory / "sandbox.sqlite3"
        with self.write() as session:
            session.prepare()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN IMMEDIATE")
            yield Session(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        finally:
            connection.close()
