"""The settlement file of one business day, as the acquirer's end of day would hand it over.

CSV, UTF-8, CRLF line ends, comma-separated, no quoting needed (no field holds a comma):

line 1    the column names: record_type,terminal_id,track_id,payment_id,tran_id,reference_number,auth_code,card_type,
          amount,fee,currency,captured_at,settlement_date,action
then      one `DETAIL` line for each movement of money of the day, in the order they happened:
          reference_number is the RRN; card_type is `D`; amount and fee are BHD with three decimals and never negative;
          captured_at is the movement's instant in UTC, `2026-11-25T07:51:06Z`; settlement_date is the next working day
          (weekend Friday and Saturday; no holidays known here); action is PURCHASE, VOID, REVERSAL, REFUND or
          CHARGEBACK. VOID (the acknowledgement was missing) and REVERSAL (taken back later) carry the numbers of their
          PURCHASE; a REFUND has its own track_id, tran_id and reference_number and the payment_id of its PURCHASE; a
          CHARGEBACK (a dispute that was lost) has its PURCHASE's numbers and its own reference_number. A fee is taken
          for a PURCHASE alone and never given back.
last      `TRAILER,<terminal_id or ALL>,<count of DETAIL lines>,<sum>,<sum of fees>,BHD,<business_date>`, seven fields;
          sum = Σ amounts of PURCHASE - Σ of all the others; sum of fees = Σ fee.

The business day is the calendar day in Asia/Bahrain. A file asked for before the day is over holds what
happened so far.

Defects, for tests (`?defect=`): bad_line (the first detail loses its last three fields and its amount is not a number),
wrong_trailer (count + 1, sum + 1.000), missing_line (the last detail is absent and the trailer agrees without it),
extra_line (a payment that no merchant asked for; the trailer agrees), wrong_amount (the first detail's amount is 0.100
more; the trailer agrees), duplicate_line (the first detail stands twice; the trailer agrees). On a day with no
detail, those that need a line leave the file as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from .amounts import three_decimals
from .errors import ControlError
from .messages import BAHRAIN
from .records import Movement
from .store import Store

COLUMNS = (
    "record_type,terminal_id,track_id,payment_id,tran_id,reference_number,auth_code,card_type,"
    "amount,fee,currency,captured_at,settlement_date,action"
)
SIGNS = {"PURCHASE": 1, "VOID": -1, "REVERSAL": -1, "REFUND": -1, "CHARGEBACK": -1}
WEEKEND = (4, 5)  # Friday, Saturday, as date.weekday() counts
WRONG_AMOUNT_FILS = 100
EXTRA_AMOUNT_FILS = 7_250
DEFECTS = ("bad_line", "wrong_trailer", "missing_line", "extra_line", "wrong_amount", "duplicate_line")


def settlement_file(store: Store, terminal_id: str, business_date: date, defect: str = "") -> str:
    """The file of one terminal, or of all when `terminal_id` is empty. Raises ControlError on an unknown defect."""
    if defect and defect not in DEFECTS:
        raise ControlError(422, "unknown_defect", f"defect is one of {list(DEFECTS)}")
    start = datetime.combine(business_date, time(0, 0), BAHRAIN).astimezone(UTC)
    with store.write() as session:
        movements = session.movements(start, start + timedelta(days=1), terminal_id)
    if defect in _MOVEMENT_DEFECTS:
        movements = _MOVEMENT_DEFECTS[defect](movements, start, terminal_id)
    lines = [_detail(movement, business_date) for movement in movements]
    trailer = _trailer(movements, terminal_id, business_date, is_wrong=defect == "wrong_trailer")
    if defect == "bad_line" and lines:
        lines[0] = _spoiled(lines[0])
    return "\r\n".join([COLUMNS, *lines, trailer, ""])


def next_working_day(day: date) -> date:
    """T+1, over the weekend of Friday and Saturday."""
    following = day + timedelta(days=1)
    while following.weekday() in WEEKEND:
        following += timedelta(days=1)
    return following


def _detail(movement: Movement, business_date: date) -> str:
    return ",".join(
        (
            "DETAIL",
            movement.terminal_id,
            movement.track_id,
            movement.payment_id,
            movement.tran_id,
            movement.rrn,
            movement.auth_code,
            "D",
            three_decimals(movement.amount_fils),
            three_decimals(movement.fee_fils),
            "BHD",
            f"{movement.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            next_working_day(business_date).isoformat(),
            movement.action,
        )
    )


def _trailer(movements: Sequence[Movement], terminal_id: str, business_date: date, *, is_wrong: bool) -> str:
    count = len(movements) + int(is_wrong)
    total = sum(SIGNS[movement.action] * movement.amount_fils for movement in movements) + 1000 * int(is_wrong)
    fees = sum(movement.fee_fils for movement in movements)
    sums = f"{three_decimals(total)},{three_decimals(fees)}"
    return f"TRAILER,{terminal_id or 'ALL'},{count},{sums},BHD,{business_date.isoformat()}"


def _spoiled(line: str) -> str:
    fields = line.split(",")[:-3]
    fields[8] = "12.3x"
    return ",".join(fields)


def _without_last(movements: list[Movement], _start: datetime, _terminal_id: str) -> list[Movement]:
    return movements[:-1]


def _with_stranger(movements: list[Movement], start: datetime, terminal_id: str) -> list[Movement]:
    terminal = terminal_id or (movements[0].terminal_id if movements else "00000000")
    stranger = Movement(
        action="PURCHASE",
        at=start + timedelta(hours=9),
        terminal_id=terminal,
        track_id="999999999999999999999999",
        payment_id=f"100{start:%Y%j}99999999",
        tran_id=f"{start:%Y%j}99999999",
        rrn=f"{start:%Y%j}09999999"[3:],
        auth_code="999999",
        amount_fils=EXTRA_AMOUNT_FILS,
        fee_fils=0,
    )
    return [*movements, stranger]


def _with_other_amount(movements: list[Movement], _start: datetime, _terminal_id: str) -> list[Movement]:
    return [replace(m, amount_fils=m.amount_fils + WRONG_AMOUNT_FILS) for m in movements[:1]] + movements[1:]


def _with_double(movements: list[Movement], _start: datetime, _terminal_id: str) -> list[Movement]:
    return movements[:1] + movements


_MOVEMENT_DEFECTS: dict[str, Callable[[list[Movement], datetime, str], list[Movement]]] = {
    "missing_line": _without_last,
    "extra_line": _with_stranger,
    "wrong_amount": _with_other_amount,
    "duplicate_line": _with_double,
}
