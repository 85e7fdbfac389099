"""One `Ntry` of a camt message: the entry, and the payments in it."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from mizan.adapters.statements.bank_files.amounts import minor_units
from mizan.adapters.statements.bank_files.xml import Element, children, find, text_at
from mizan.domain.calendar import BAHRAIN, business_date
from mizan.domain.incoming_credits import NO_REFERENCE, IncomingCredit, Remitter

PARTS_MAX = 10_000
REFERENCE_PATHS = ("AcctSvcrRef", "TxId", "EndToEndId", "InstrId", "UETR", "ClrSysRef")
TEXT_LENGTH_MAX = 1_000
NAME_LENGTH_MAX = 140
REFERENCE_LENGTH_MAX = 64


class FaultyError(Exception):
    """A line that cannot be used: its number, a stable code, and the detail."""

    def __init__(self, line: int, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.line, self.code, self.detail = line, code, detail[:200]


@dataclass(frozen=True, slots=True)
class Entry:
    """`signed`: minor units, negative where money left. `is_incoming`: a credit, or the reversal of one. `is_booked`:
    money moved; an entry of nothing at all, which some banks send as a message, moved none.
    """

    line: int
    signed: int
    currency: str
    is_booked: bool
    is_reversal: bool
    booked_on: date
    booked_at: datetime | None
    value_date: date
    reference: str

    @property
    def is_incoming(self) -> bool:
        """The indicator says which way the entry went: the reversal of a credit is itself a debit."""
        return (self.signed > 0) != self.is_reversal


def read_entry(element: Element) -> Entry:
    """Raises FaultyError."""
    line = element.sourceline or 0
    indicator = text_at(element, "CdtDbtInd")
    if indicator not in ("CRDT", "DBIT"):
        raise FaultyError(line, "credit_or_debit", indicator)
    amount, currency = _amount(element, line)
    booked_on, booked_at = _moment(element, "BookgDt", line)
    value_date, _ = _moment(element, "ValDt", line)
    if booked_on is None and value_date is None:
        raise FaultyError(line, "date", "neither booking nor value date")
    return Entry(
        line=line,
        signed=amount if indicator == "CRDT" else -amount,
        currency=currency,
        is_booked=text_at(element, "Sts/Cd", "Sts") == "BOOK" and amount > 0,
        is_reversal=text_at(element, "RvslInd") in ("true", "1"),
        booked_on=booked_on or value_date or date.min,
        booked_at=booked_at,
        value_date=value_date or booked_on or date.min,
        reference=reference_text(text_at(element, "AcctSvcrRef")),
    )


def credits_of(entry: Entry, element: Element) -> list[IncomingCredit]:
    """The payments of an incoming entry: its transactions where each tells its amount, else the entry as one.

    Raises FaultyError where transactions do not add up to their entry.
    """
    whole = _as_one(entry)
    details = [one for group in children(element, "NtryDtls") for one in children(group, "TxDtls")]
    if len(details) > PARTS_MAX:
        raise FaultyError(entry.line, "too_many_parts", str(len(details)))
    if len(details) == 1:
        own = reference_text(text_at(details[0], "Refs/AcctSvcrRef"))
        return [_detailed(replace(whole, bank_reference=entry.reference or own), details[0])]
    if not details or not all(_has_amount(one) for one in details):
        return [whole]
    parts: list[IncomingCredit] = []
    for number, one in enumerate(details, start=1):
        amount = _part_amount(one, entry)
        if amount == 0:
            raise FaultyError(one.sourceline or 0, "amount", "zero")
        part = replace(whole, line=one.sourceline or 0, amount=amount, part=number, part_count=len(details))
        parts.append(_detailed(part, one))
    if sum(part.amount for part in parts) != abs(entry.signed):
        raise FaultyError(entry.line, "parts_do_not_add_up", str(sum(part.amount for part in parts)))
    return parts


def reference_text(text: str) -> str:
    """A bank's reference, empty where it is one of the words for none."""
    return "" if text.upper() in NO_REFERENCE else text[:REFERENCE_LENGTH_MAX]


def _as_one(entry: Entry) -> IncomingCredit:
    return IncomingCredit(
        line=entry.line,
        amount=abs(entry.signed),
        currency=entry.currency,
        booked_on=entry.booked_on,
        value_date=entry.value_date,
        bank_reference=entry.reference,
        is_reversal=entry.is_reversal,
        entry_amount=abs(entry.signed),
        booked_at=entry.booked_at,
    )


def _detailed(credit: IncomingCredit, one: Element) -> IncomingCredit:
    parties, remittance = find(one, "RltdPties"), find(one, "RmtInf")
    references = [reference_text(text_at(one, f"Refs/{name}")) for name in REFERENCE_PATHS]
    ordered_at = _instant(text_at(one, "RltdDts/AccptncDtTm"))
    texts = [(text.text or "").strip() for text in children(remittance, "Ustrd")] if remittance is not None else []
    return replace(
        credit,
        credited_iban=text_at(parties, "CdtrAcct/Id/IBAN", "CdtrAcct/Id/Othr/Id").replace(" ", "").upper()[:34],
        structured_reference=text_at(remittance, "Strd/CdtrRefInf/Ref")[:REFERENCE_LENGTH_MAX],
        remittance=" ".join(text for text in texts if text)[:TEXT_LENGTH_MAX],
        remitter=Remitter(
            text_at(parties, "Dbtr/Pty/Nm", "Dbtr/Nm")[:NAME_LENGTH_MAX],
            text_at(parties, "DbtrAcct/Id/IBAN", "DbtrAcct/Id/Othr/Id").replace(" ", "").upper()[:34],
        ),
        other_references=tuple(dict.fromkeys(text for text in references if text and text != credit.bank_reference)),
        ordered_at=ordered_at,
    )


def _amount(element: Element, line: int) -> tuple[int, str]:
    """Raises FaultyError."""
    found = find(element, "Amt")
    currency = (found.get("Ccy") or "") if found is not None else ""
    try:
        return minor_units(text_at(element, "Amt"), currency), currency
    except ValueError as error:
        raise FaultyError(line, str(error), f"{text_at(element, 'Amt')} {currency}") from None


def _has_amount(one: Element) -> bool:
    return bool(text_at(one, "Amt", "AmtDtls/TxAmt/Amt"))


def _part_amount(one: Element, entry: Entry) -> int:
    own = one if find(one, "Amt") is not None else find(one, "AmtDtls/TxAmt")
    amount, currency = _amount(own, one.sourceline or 0)
    if currency != entry.currency:
        raise FaultyError(one.sourceline or 0, "currency", f"{currency} in an entry in {entry.currency}")
    return amount


def _moment(element: Element, name: str, line: int) -> tuple[date | None, datetime | None]:
    """A day, and the instant where the bank tells it. Raises FaultyError on what is no date."""
    day, instant = text_at(element, f"{name}/Dt"), text_at(element, f"{name}/DtTm")
    if instant:
        read = _instant(instant)
        if read is None:
            raise FaultyError(line, "date", instant)
        return business_date(read), read
    if not day:
        return None, None
    try:
        return date.fromisoformat(day[:10]), None  # a day may carry a timezone
    except ValueError:
        raise FaultyError(line, "date", day) from None


def _instant(text: str) -> datetime | None:
    """Aware UTC; an instant without a timezone is Bahrain's. None where it is none."""
    try:
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo else read.replace(tzinfo=BAHRAIN)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
