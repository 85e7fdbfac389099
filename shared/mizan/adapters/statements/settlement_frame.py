"""What stands around a settlement file's lines: encoding, column names, trailer."""

import re
from dataclasses import dataclass
from datetime import date

from mizan.adapters.statements.settlement_format import HEADER, SIZE_BYTES_MAX, amount_shape, minor_units
from mizan.domain.errors import LineError, QuarantinedFileError
from mizan.domain.money import CURRENCY_EXPONENTS, format_amount
from mizan.domain.reconciliation.control import Movements

TRAILER = b"TRAILER,"
TRAILER_FIELD_COUNT = 7
ALL_TERMINALS = "ALL"


@dataclass(frozen=True, slots=True)
class Trailer:
    """What the file says about itself; sums in minor units."""

    line: int
    terminal_id: str
    count: int
    net: int
    fees: int
    currency: str
    business_date: date


@dataclass(frozen=True, slots=True)
class Frame:
    """`details`: the bytes of the DETAIL lines, each with its line end."""

    details: memoryview
    trailer: Trailer


def open_frame(content: bytes) -> Frame:
    """Size, encoding, column names, trailer, in this order. Raises QuarantinedFileError on the first that is wrong."""
    if len(content) > SIZE_BYTES_MAX:
        raise _refused("too_large", 0, f"{len(content)} bytes")
    if not content:
        raise _refused("empty")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused("not_utf8", content.count(b"\n", 0, error.start) + 1, f"byte {error.start}") from None
    header_end = content.find(b"\n") + 1
    if not header_end or content[:header_end].rstrip(b"\r\n") != HEADER:
        raise _refused("header", 1)
    body_end = len(content) - (2 if content.endswith(b"\r\n") else 1 if content.endswith(b"\n") else 0)
    trailer_start = max(content.rfind(b"\n", 0, body_end) + 1, header_end)
    line = content.count(b"\n", 0, trailer_start) + 1
    trailer = _read_trailer(content[trailer_start:body_end], line)
    return Frame(memoryview(content)[header_end:trailer_start], trailer)


def check_trailer(trailer: Trailer, *, terminal_id: str, business_date: date, line_count: int) -> list[LineError]:
    """What the trailer says that needs no sums."""
    errors = []
    if trailer.terminal_id not in (terminal_id, ALL_TERMINALS):
        errors.append(LineError(trailer.line, "trailer_terminal", trailer.terminal_id))
    if trailer.business_date != business_date:
        errors.append(LineError(trailer.line, "trailer_date", trailer.business_date.isoformat()))
    if trailer.count != line_count:
        errors.append(LineError(trailer.line, "trailer_count", f"says {trailer.count}, has {line_count}"))
    return errors


def check_sums(trailer: Trailer, movements: Movements) -> list[LineError]:
    net = movements.lines.amount
    errors = []
    for code, said, found in (("trailer_sum", trailer.net, net), ("trailer_fees", trailer.fees, movements.fees)):
        if said != found:
            texts = format_amount(said, trailer.currency), format_amount(found, trailer.currency)
            errors.append(LineError(trailer.line, code, "says {}, lines come to {}".format(*texts)))
    return errors


def _read_trailer(text: bytes, line: int) -> Trailer:
    if not text.startswith(TRAILER):
        raise _refused("trailer_missing", line)
    fields = text.decode().split(",")
    if len(fields) != TRAILER_FIELD_COUNT or fields[5] not in CURRENCY_EXPONENTS:
        raise _refused("trailer_fields", line)
    _, terminal_id, count, net, fees, currency, day = fields
    amount = amount_shape(currency).replace("[0-9]{0,8}", "[0-9]{0,14}")  # sums are longer than amounts
    is_shaped = re.fullmatch("[0-9]{1,9}", count) and re.fullmatch(f"-?{amount}", net) and re.fullmatch(amount, fees)
    if not is_shaped or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
        raise _refused("trailer_fields", line)
    try:
        business_date = date.fromisoformat(day)
    except ValueError:
        raise _refused("trailer_fields", line) from None
    return Trailer(line, terminal_id, int(count), minor_units(net), minor_units(fees), currency, business_date)


def _refused(code: str, line: int = 0, detail: str = "") -> QuarantinedFileError:
    return QuarantinedFileError([LineError(line, code, detail)])
