"""The columns of a CSV batch, and the member of `POST /v1/invoices` that each one fills. One row is one invoice.

A column more is one line more in `COLUMNS` (or in `LINE_COLUMNS`, once per invoice line). Names of amounts carry their
unit: a file in dinars cannot be taken for one in fils. Instalment plans are lists of lists: they need JSON lines.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]

LINE_COUNT_MAX = 10
"""Invoice lines of a CSV row; JSON lines take as many as the API."""

METADATA_PREFIX = "metadata_"
_INTEGER = re.compile("-?[0-9]{1,30}")


def _whole(text: str) -> str | int:
    """A whole number; any other text stays one, and is refused as one."""
    return int(text) if _INTEGER.fullmatch(text.strip()) else text


def _flag(text: str) -> str | bool:
    """true or false, in any case, as sheets write them; any other text stays one, and is refused as one."""
    return {"true": True, "false": False}.get(text.strip().lower(), text)


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Column:
    """`path` is where its cell goes in the body; an empty cell leaves the member out."""

    name: str
    path: Path
    convert: Callable[[str], str | int | bool] = _as_it_is
    is_required: bool = False


COLUMNS = (
    Column("invoice_number", ("invoice_number",), is_required=True),
    Column("service", ("service",), is_required=True),
    Column("due_date", ("due_date",), is_required=True),
    Column("currency", ("currency",)),
    Column("customer_name", ("customer", "name"), is_required=True),
    Column("customer_name_ar", ("customer", "name_ar")),
    Column("customer_cpr", ("customer", "cpr")),
    Column("customer_phone", ("customer", "phone")),
    Column("customer_email", ("customer", "email")),
    Column("draft", ("draft",), _flag),
    Column("discount_amount_fils", ("terms", "discount", "amount"), _whole),
    Column("discount_until", ("terms", "discount", "until")),
    Column("late_amount_fils", ("terms", "late", "amount"), _whole),
    Column("late_starts_on", ("terms", "late", "starts_on")),
    Column("partial_minimum_fils", ("terms", "partial", "minimum"), _whole),
    Column("partial_maximum_fils", ("terms", "partial", "maximum"), _whole),
    Column("expires_on", ("terms", "expires_on")),
)
LINE_COLUMNS = (
    Column("description", ("description",)),
    Column("description_ar", ("description_ar",)),
    Column("amount_fils", ("amount",), _whole),
)


def _line_columns() -> dict[str, Column]:
    return {
        f"line_{number}_{column.name}": Column(
            f"line_{number}_{column.name}", ("lines", number - 1, *column.path), column.convert
        )
        for number in range(1, LINE_COUNT_MAX + 1)
        for column in LINE_COLUMNS
    }


KNOWN = {column.name: column for column in COLUMNS} | _line_columns()
REQUIRED = (*(column.name for column in COLUMNS if column.is_required), "line_1_description", "line_1_amount_fils")


def column_of(name: str) -> Column | None:
    """`metadata_<key>` is the note `<key>`; None for a name that is not known."""
    if name.startswith(METADATA_PREFIX) and len(name) > len(METADATA_PREFIX):
        return Column(name, ("metadata", name.removeprefix(METADATA_PREFIX)))
    return KNOWN.get(name)


def body_of(columns: Sequence[Column], cells: Sequence[str]) -> dict[str, Any]:
    """The body that a row's cells spell, empty ones left out.

    Lines stand in the order of their numbers up to the last that has a cell; one that was left out between two is an
    empty line, and is refused as one.
    """
    body: dict[Any, Any] = {"customer": {}, "lines": {}}
    for column, cell in zip(columns, cells, strict=True):
        if not cell or cell.isspace():
            continue
        *groups, member = column.path
        target = body
        for group in groups:
            target = target.setdefault(group, {})
        target[member] = column.convert(cell)
    lines = body["lines"]
    body["lines"] = [lines.get(number, {}) for number in range(max(lines, default=-1) + 1)]
    return body


def name_of(path: str) -> str:
    """The column that fills a member (`lines.0.amount` → `line_1_amount_fils`); the path itself where none does."""
    return _NAMES.get(path) or re.sub(r"^metadata\.", METADATA_PREFIX, path)


_NAMES = {".".join(str(part) for part in column.path): name for name, column in KNOWN.items()} | {
    "lines": "line_1_amount_fils"
}
