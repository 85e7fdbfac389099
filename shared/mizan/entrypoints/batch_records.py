"""Bytes into records, one at a time, each with where it stands: nothing here holds more than one record and one block.

A record is a line, ended by LF or CRLF, in CSV too: no field of an invoice takes a line end, and a quote that is never
closed must not swallow the rows after it. A byte order mark of UTF-8 at the start of the file is passed over.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mizan.domain.errors import LineError, QuarantinedFileError
from mizan.domain.invoice_batches import Position
from mizan.entrypoints.json_body import BODY_BYTES_MAX

RECORD_BYTES_MAX = BODY_BYTES_MAX
"""A row may hold what a request may."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Record:
    """`text` without its line end; None where the record is longer than one may be. `line` counts from 1."""

    line: int
    end: Position
    text: str | None


def records(blocks: Iterable[bytes], start: Position) -> Iterator[Record]:
    """Every record that is not blank. Raises QuarantinedFileError at the first one that is not UTF-8."""
    offset, line = start.offset, start.line
    for size_bytes, content in _lines(blocks):
        offset += size_bytes
        text = None if content is None else _text(content, line)
        if text is None or text.strip():
            yield Record(line, Position(offset, line + 1), text)
        line += 1


def _text(content: bytes, line: int) -> str:
    try:
        text = content.removeprefix(BYTE_ORDER_MARK).decode() if line == 1 else content.decode()
    except UnicodeDecodeError:
        raise QuarantinedFileError([LineError(line, "not_utf8")]) from None
    if line == 1 and "\0" in text:  # UTF-16 of Latin letters happens to be UTF-8
        raise QuarantinedFileError([LineError(line, "not_utf8")])
    return text.removesuffix("\n").removesuffix("\r")


def _lines(blocks: Iterable[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Size and content, its end included, of each line; None for the content of one that is too long to keep."""
    rest, dropped_bytes = b"", 0
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        for content in whole:
            yield _measured(content + b"\n", dropped_bytes)
            dropped_bytes = 0
        if len(rest) > RECORD_BYTES_MAX:
            dropped_bytes, rest = dropped_bytes + len(rest), b""
    if rest or dropped_bytes:
        yield _measured(rest, dropped_bytes)


def _measured(content: bytes, dropped_bytes: int) -> tuple[int, bytes | None]:
    is_kept = not dropped_bytes and len(content) <= RECORD_BYTES_MAX
    return dropped_bytes + len(content), content if is_kept else None
