"""A day of one account: captures in the journal, lines in the gateway's file, and how the two are written."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mizan.domain.calendar import business_date
from mizan.domain.ledger import LedgerTransaction, Posting, TransactionKind, agency_payable, gateway_clearing
from mizan.domain.money import format_amount
from mizan.domain.reconciliation.entries import Action, GatewayLine, PlatformEntry
from mizan.domain.references import track_id
from tests.fakes.samples import AGENCY, a_reference

DAY = date(2026, 3, 1)
MORNING = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
GATEWAY, ACCOUNT_ID, TERMINAL = "fake", "acc-1", "TERM0001"
AMOUNT = 12_500
HEADER = (
    "record_type,terminal_id,track_id,payment_id,tran_id,reference_number,auth_code,card_type,"
    "amount,fee,currency,captured_at,settlement_date,action"
)


def a_payment_id(number: int = 1) -> str:
    return f"pay_{a_reference(number)}{number:06d}"


def a_track(number: int = 1) -> str:
    return track_id(a_payment_id(number))


def a_transaction(number: int = 1, **changes: Any) -> LedgerTransaction:
    """The capture of payment `number`, allocated to its agency, on the morning of DAY."""
    amount = changes.pop("amount", AMOUNT)
    captured_at = changes.get("captured_at", MORNING + timedelta(minutes=number))
    agency = changes.get("agency", AGENCY)
    account_id = changes.get("account_id", ACCOUNT_ID)
    transaction = LedgerTransaction(
        transaction_id=f"cap_{a_payment_id(number)}",
        kind=TransactionKind.CAPTURE_ALLOCATED,
        posting_day=business_date(captured_at),
        business_date=business_date(captured_at),
        posted_at=captured_at,
        captured_at=captured_at,
        postings=(Posting(gateway_clearing(GATEWAY, account_id), agency_payable(agency), amount),),
        currency="BHD",
        agency=agency,
        service="cr-registration",
        reference=a_reference(number),
        payment_id=a_payment_id(number),
        gateway=GATEWAY,
        account_id=account_id,
        gateway_transaction=f"9000{number:06d}",
        rrn=f"{number:012d}",
        correlation_id=f"corr-{number}",
    )
    return replace(transaction, **changes)


def a_return(number: int = 1, amount: int = 4_000, **changes: Any) -> LedgerTransaction:
    """Money of payment `number` that went back through its gateway, an hour later, under a transaction of its own."""
    capture = a_transaction(number, captured_at=MORNING + timedelta(hours=1, minutes=number))
    (posting,) = capture.postings
    own = {
        "transaction_id": f"rfc_{number}",
        "postings": (Posting(posting.credit, posting.debit, amount),),
        "gateway_transaction": f"5000{number:06d}",
        "rrn": f"5{number:011d}",
    }
    return replace(capture, **own | changes)


def an_entry(number: int = 1, **changes: Any) -> PlatformEntry:
    return replace(PlatformEntry.of(a_transaction(number)), **changes)


def a_line(number: int = 1, line: int = 2, **changes: Any) -> GatewayLine:
    """The gateway's line for payment `number`."""
    sample = GatewayLine(
        line=line,
        track_id=a_track(number),
        gateway_payment=f"1000{number:06d}",
        tran_id=f"9000{number:06d}",
        rrn=f"{number:012d}",
        action=Action.PURCHASE,
        amount=AMOUNT,
        fee=100,
        currency="BHD",
        captured_at=MORNING + timedelta(minutes=number),
    )
    return replace(sample, **changes)


def a_file(
    lines: Sequence[GatewayLine], *, day: date = DAY, terminal: str = TERMINAL, trailer: dict[str, str] | None = None
) -> bytes:
    """As the gateway writes it; `trailer` replaces single fields of the last line: count, net, fees, date."""
    fields = {
        "count": str(len(lines)),
        "net": format_amount(sum(line.signed_amount for line in lines)),
        "fees": format_amount(sum(line.fee for line in lines)),
        "date": day.isoformat(),
    } | (trailer or {})
    last = f"TRAILER,{terminal},{fields['count']},{fields['net']},{fields['fees']},BHD,{fields['date']}"
    return "\r\n".join([HEADER, *(a_detail(line, day, terminal) for line in lines), last, ""]).encode()


def a_detail(line: GatewayLine, day: date = DAY, terminal: str = TERMINAL) -> str:
    settled_on = day + timedelta(days=1)
    return ",".join(
        (
            "DETAIL",
            terminal,
            line.track_id,
            line.gateway_payment,
            line.tran_id,
            line.rrn,
            "123456",
            "D",
            format_amount(line.amount),
            format_amount(line.fee),
            line.currency,
            f"{line.captured_at:%Y-%m-%dT%H:%M:%SZ}",
            settled_on.isoformat(),
            line.action,
        )
    )
