"""The gate at scale: DuckDB checks all lines at once; only a file that fails is read again line by line, to say why."""

import re
from datetime import date
from pathlib import Path

import duckdb

from mizan.adapters.statements.settlement_format import COLUMNS, IN_PARTS, SHAPES, DayWindow, amount_shape
from mizan.adapters.statements.settlement_frame import Frame, check_sums, check_trailer, open_frame
from mizan.adapters.statements.settlement_lines import check_lines, parse_day
from mizan.application.ports_reconciliation import Statement
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import LineError, QuarantinedFileError
from mizan.domain.money import CURRENCY_EXPONENTS
from mizan.domain.reconciliation.control import Movements, Totals
from mizan.domain.reconciliation.entries import SIGN_OF_ACTION, Action

NO_DELIMITER = "\x1f"
"""ASCII's unit separator: a line that holds one is not a line of these files, and DuckDB then refuses to read it."""

TEXT_COLUMNS = (
    "track_id",
    "payment_id",
    "tran_id",
    "reference_number",
    "action",
    "currency",
    "captured_at",
    "settlement_date",
)
"""What the table of lines keeps as text, beside `amount` and `fee` in minor units."""

TABLE_NAMES = {"reference_number": "rrn"}
IN_PARTS_SQL = "({})".format(", ".join(f"'{action}'" for action in IN_PARTS))

# S608 below: what is put into these statements are names of tables and files that this module makes, never input.


class DuckDbStatementGate:
    """Loads each accepted file into a table of `connection`, for the matcher on the same connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._connection, self._folder, self._count = connection, folder, 0

    def check(self, content: bytes, *, account: MerchantAccount, business_date: date) -> Statement:
        frame = open_frame(content)
        window = DayWindow.of(business_date, account.cutoff)
        name = self._store(frame)
        movements = self._load(name, account.terminal_id, window, is_crlf=bytes(frame.details[-2:]) == b"\r\n")
        if movements is None:
            raise _refusal(frame, account.terminal_id, window, business_date)
        line_count = movements.lines.count
        errors = check_trailer(
            frame.trailer, terminal_id=account.terminal_id, business_date=business_date, line_count=line_count
        )
        errors += check_sums(frame.trailer, movements)
        if errors:
            raise QuarantinedFileError(errors)
        return Statement(name, line_count, movements)

    def _store(self, frame: Frame) -> str:
        self._count += 1
        name = f"lines_{self._count}"
        self._path(name).write_bytes(frame.details)
        return name

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.csv"

    def _load(self, name: str, terminal_id: str, window: DayWindow, *, is_crlf: bool) -> Movements | None:
        """The lines as a table and what they add up to; None where any line is wrong."""
        path = self._path(name)
        if path.stat().st_size == 0:
            self._connection.execute(_empty_table(name))
            return Movements()
        try:
            self._connection.execute(_load_table(name, path, is_crlf=is_crlf), [line_shape(terminal_id, window)])
        except duckdb.Error:
            return None  # a line of another shape, or no text that DuckDB reads
        finally:
            path.unlink()
        return self._movements(name) if self._is_sound(name, window) else None

    def _is_sound(self, name: str, window: DayWindow) -> bool:
        """What no shape can say: positive amounts, instants and dates of the day, no movement twice (by hash: a
        collision of 64 bits would refuse a good file, never accept a bad one).
        """
        row = self._connection.execute(
            f"""SELECT min(amount) > 0 AND min(captured_at) >= ? AND max(captured_at) < ?
                   AND count(*) = count(DISTINCT hash(tran_id, action, CASE WHEN action IN {IN_PARTS_SQL} THEN rrn END))
                FROM {name}""",  # noqa: S608
            [f"{window.starts_at:%Y-%m-%dT%H:%M:%SZ}", f"{window.ends_at:%Y-%m-%dT%H:%M:%SZ}"],
        ).fetchone()
        days = self._connection.execute(f"SELECT DISTINCT settlement_date FROM {name}").fetchall()  # noqa: S608
        parsed = [parse_day(text) for (text,) in days]
        return row == (True,) and all(day is not None and window.settles(day) for day in parsed)

    def _movements(self, name: str) -> Movements:
        rows = self._connection.execute(
            f"SELECT action, count(*), sum(amount)::BIGINT, sum(fee)::BIGINT FROM {name} GROUP BY action"  # noqa: S608
        ).fetchall()
        totals = {
            Action(action): Totals(count, SIGN_OF_ACTION[Action(action)] * amount) for action, count, amount, _ in rows
        }
        return Movements.of(totals, sum(fee for *_, fee in rows))


def _refusal(frame: Frame, terminal_id: str, window: DayWindow, business_date: date) -> QuarantinedFileError:
    """Every wrong line; a file that the line reader finds right is refused all the same: the two must agree."""
    details = bytes(frame.details)
    errors = check_lines(details, terminal_id=terminal_id, window=window)
    if not errors:
        return QuarantinedFileError([LineError(0, "unreadable")])
    line_count = details.count(b"\n")
    return QuarantinedFileError(
        errors
        + check_trailer(frame.trailer, terminal_id=terminal_id, business_date=business_date, line_count=line_count)
    )


def line_shape(terminal_id: str, window: DayWindow) -> str:
    """One expression for a whole DETAIL line of the account and the day, for each currency."""
    days = "|".join(day.isoformat() for day in window.utc_days)
    shapes = SHAPES | {
        "terminal_id": re.escape(terminal_id),
        "captured_at": f"(?:{days})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z",
        "settlement_date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    }
    forms = []
    for currency in CURRENCY_EXPONENTS:
        amount = amount_shape(currency)
        fields = shapes | {"amount": amount, "fee": amount, "currency": currency}
        forms.append(",".join(f"(?:{fields[name]})" for name in COLUMNS))
    return "|".join(forms)


def _load_table(name: str, path: Path, *, is_crlf: bool) -> str:
    """One scan: each line is checked whole and split; the first wrong one stops the statement."""
    line_end = r"\r\n" if is_crlf else r"\n"
    place = str(path).replace("'", "''")
    field = {column: f"f[{position}]" for position, column in enumerate(COLUMNS, start=1)}
    texts = ", ".join(f"{field[column]} AS {TABLE_NAMES.get(column, column)}" for column in TEXT_COLUMNS)
    return f"""CREATE TABLE {name} AS
        SELECT {texts}, replace({field["amount"]}, '.', '')::BIGINT AS amount,
               replace({field["fee"]}, '.', '')::BIGINT AS fee
        FROM (SELECT string_split(line, ',') AS f
              FROM read_csv('{place}', header=false, auto_detect=false, delim='{NO_DELIMITER}', quote='', escape='',
                            new_line='{line_end}', columns={{'line': 'VARCHAR'}})
              WHERE CASE WHEN regexp_full_match(line, ?) THEN true ELSE error('not a line of this file') END)"""  # noqa: S608


def _empty_table(name: str) -> str:
    texts = ", ".join(f"{TABLE_NAMES.get(column, column)} VARCHAR" for column in TEXT_COLUMNS)
    return f"CREATE TABLE {name} ({texts}, amount BIGINT, fee BIGINT)"
