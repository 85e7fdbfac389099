"""An object's history inside its item: one short list per entry, the instant as microseconds since 1970 (UTC)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from mizan.domain.history import Entry, History

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def history_list(history: History) -> list[Any]:
    return [_entry_list(entry) for entry in history]


def history_of(values: list[Any]) -> History:
    return tuple(_entry_of(entry) for entry in values)


def _entry_list(entry: Entry) -> list[Any]:
    """Without the empty end: most entries have neither actor nor balance nor note."""
    at = (entry.at - EPOCH) // MICROSECOND
    values: list[Any] = [str(entry.event), at, entry.amount, entry.actor, entry.balance, entry.note]
    while values[-1] is None:
        values.pop()
    return values


def _entry_of(values: list[Any]) -> Entry:
    event, at, amount, actor, balance, note = [*values, None, None, None, None][:6]
    return Entry(event, EPOCH + at * MICROSECOND, amount, actor, balance, note)
