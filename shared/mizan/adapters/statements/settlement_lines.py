"""The gate in plain Python, a line at a time: names every line that is wrong. Says what a right file is."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

from mizan.adapters.statements.settlement_format import (
    COLUMNS,
    IN_PARTS,
    SHAPES,
    DayWindow,
    amount_shape,
    minor_units,
)
from mizan.domain.errors import LineError
from mizan.domain.money import CURRENCY_EXPONENTS
from mizan.domain.reconciliation.entries import Action, GatewayLine

FIRST_DETAIL_LINE = 2
_SHAPES = {name: re.compile(shape) for name, shape in SHAPES.items()}
_AMOUNTS = {currency: re.compile(amount_shape(currency)) for currency in CURRENCY_EXPONENTS}
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Fields = dict[str, str]


def check_lines(details: bytes, *, terminal_id: str, window: DayWindow) -> list[LineError]:
    """Every wrong line with its first reason, in order; a transaction that stands twice is wrong the second time.

    Every line ends as the last one does: a single other line end is what a damaged transfer leaves behind.
    """
    errors: list[LineError] = []
    seen: dict[tuple[str, ...], int] = {}
    end = "\r" if details.endswith(b"\r\n") else ""
    for number, raw in enumerate(details.decode().split("\n")[:-1], start=FIRST_DETAIL_LINE):
        text = raw.removesuffix("\r")
        error: tuple[str, str] | None = ("line_end", "") if raw != text + end else None
        error = error or next(_faults(text, terminal_id, window), None)
        if error is None:
            first = seen.setdefault(identity_of(text.split(",")), number)
            error = ("duplicate_line", f"line {first}") if first != number else None
        if error is not None:
            errors.append(LineError(number, *error))
    return errors


def identity_of(values: list[str]) -> tuple[str, ...]:
    """What makes a line the same movement: a payment may go back in parts, each with its own reference."""
    fields = dict(zip(COLUMNS, values, strict=True))
    part = fields["reference_number"] if fields["action"] in IN_PARTS else ""
    return fields["tran_id"], fields["action"], part


def read_line(number: int, text: str) -> GatewayLine:
    """A line that passed the gate."""
    fields = dict(zip(COLUMNS, text.split(","), strict=True))
    return GatewayLine(
        line=number,
        track_id=fields["track_id"],
        gateway_payment=fields["payment_id"],
        tran_id=fields["tran_id"],
        rrn=fields["reference_number"],
        action=Action(fields["action"]),
        amount=minor_units(fields["amount"]),
        fee=minor_units(fields["fee"]),
        currency=fields["currency"],
        captured_at=datetime.fromisoformat(fields["captured_at"]),
    )


def _faults(text: str, terminal_id: str, window: DayWindow) -> Iterator[tuple[str, str]]:
    values = text.split(",")
    if len(values) != len(COLUMNS):
        yield "field_count", str(len(values))
        return
    fields = dict(zip(COLUMNS, values, strict=True))
    for name, shape in _SHAPES.items():
        if not shape.fullmatch(fields[name]):
            yield name, fields[name]
    if fields["terminal_id"] != terminal_id:
        yield "terminal_id", fields["terminal_id"]
    yield from _value_faults(fields)
    yield from _day_faults(fields, window)


def _value_faults(fields: Fields) -> Iterator[tuple[str, str]]:
    shape = _AMOUNTS.get(fields["currency"])
    if shape is None:
        return  # the currency is the fault, and named already
    for name in ("amount", "fee"):
        if not shape.fullmatch(fields[name]) or (name == "amount" and minor_units(fields[name]) == 0):
            yield name, fields[name]


def _day_faults(fields: Fields, window: DayWindow) -> Iterator[tuple[str, str]]:
    captured_at, settlement_date = parse_instant(fields["captured_at"]), parse_day(fields["settlement_date"])
    if captured_at is None or not window.holds(captured_at):
        yield "captured_at", fields["captured_at"]
    if settlement_date is None or not window.settles(settlement_date):
        yield "settlement_date", fields["settlement_date"]


def parse_instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if _INSTANT.fullmatch(text) else None
    except ValueError:
        return None


def parse_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
