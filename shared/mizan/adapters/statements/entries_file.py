"""The platform's side of a day, frozen: what a run read from the journal, in the journal's own order, as Parquet.

`amount` is what a transaction moved at its gateway, negative for money that went back.
"""

import csv
import hashlib
from collections.abc import Iterable
from pathlib import Path

import duckdb

from mizan.domain.ledger import LedgerTransaction
from mizan.domain.references import track_id

COLUMNS = {
    "gateway": "VARCHAR",
    "account_id": "VARCHAR",
    "transaction_id": "VARCHAR",
    "track_id": "VARCHAR",
    "gateway_transaction": "VARCHAR",
    "rrn": "VARCHAR",
    "amount": "BIGINT",
    "currency": "VARCHAR",
    "agency": "VARCHAR",
    "service": "VARCHAR",
    "reference": "VARCHAR",
    "payment_id": "VARCHAR",
    "captured_at": "VARCHAR",
    "posting_day": "VARCHAR",
    "correlation_id": "VARCHAR",
}


class ParquetEntries:
    """Writes through `connection`; DuckDB is what reads the file again."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def __call__(self, path: Path, transactions: Iterable[LedgerTransaction]) -> str:
        """Stream the transactions into `path`. Returns the SHA-256 of their rows as CSV, whatever Parquet does."""
        rows = path.with_suffix(".csv")
        with rows.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(_row(transaction) for transaction in transactions)
        with rows.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        csv_to_parquet(self._connection, rows, path)
        rows.unlink()
        return digest


def csv_to_parquet(connection: duckdb.DuckDBPyConnection, rows: Path, path: Path) -> None:
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
    texts = ", ".join(f"'{name}'" for name, kind in COLUMNS.items() if kind == "VARCHAR")
    connection.execute(
        f"""COPY (SELECT * FROM read_csv('{quoted(rows)}', header=true, auto_detect=false, delim=',', quote='"',
                  escape='"', new_line='\\n', columns={{{types}}}, force_not_null=[{texts}]))
            TO '{quoted(path)}' (FORMAT parquet)"""  # noqa: S608  # names of files and columns of this module
    )


def quoted(path: Path) -> str:
    """A path inside a SQL literal."""
    return str(path).replace("'", "''")


def _row(transaction: LedgerTransaction) -> tuple[object, ...]:
    return (
        transaction.gateway,
        transaction.account_id,
        transaction.transaction_id,
        track_id(transaction.payment_id),
        transaction.gateway_transaction,
        transaction.rrn,
        transaction.clearing_movement,
        transaction.currency,
        transaction.agency,
        transaction.service,
        transaction.reference,
        transaction.payment_id,
        transaction.captured_at.isoformat(),
        transaction.posting_day.isoformat(),
        transaction.correlation_id,
    )
