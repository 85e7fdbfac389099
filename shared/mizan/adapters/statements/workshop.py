"""A place to work on one business date: a folder that goes afterwards, and one DuckDB for gate, entries and matcher."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mizan.adapters.statements.entries_file import ParquetEntries
from mizan.adapters.statements.matcher import DuckDbMatcher, open_connection
from mizan.adapters.statements.settlement_gate import DuckDbStatementGate
from mizan.application.ports_reconciliation import Workshop


@contextmanager
def open_workshop() -> Iterator[Workshop]:
    with tempfile.TemporaryDirectory(prefix="mizan-reconcile-") as name:
        folder = Path(name)
        connection = open_connection()
        try:
            yield Workshop(
                folder=folder,
                gate=DuckDbStatementGate(connection, folder),
                matcher=DuckDbMatcher(connection),
                write_entries=ParquetEntries(connection),
            )
        finally:
            connection.close()
