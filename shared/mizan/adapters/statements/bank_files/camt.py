"""camt.053 (statement) and camt.054 (notification) of any version, ISO 20022.

Names are read without their namespace, for versions 02 to 13 keep the same ones where they matter here: `Sts` is a
text up to 07 and `Sts/Cd` from 08 on, parties stand in `Dbtr` or in `Dbtr/Pty`. Only what is booked counts (`BOOK`).
Where a statement names its balances, opening + Σ entries = closing must hold; where a summary names totals, they must
be the entries'. Which element carries a virtual account is the bank's habit: read is the creditor's account of the
transaction, `CdtrAcct` (not verified with a bank of Bahrain).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from mizan.adapters.statements.bank_files.amounts import minor_units
from mizan.adapters.statements.bank_files.camt_entries import Entry, FaultyError, credits_of, read_entry
from mizan.adapters.statements.bank_files.xml import Element, children, find, name_of, read_xml, text_at
from mizan.domain.errors import LineError, QuarantinedFileError
from mizan.domain.incoming_credits import BankFile, FileKind, IncomingCredit, named

_MESSAGES = {
    "BkToCstmrStmt": ("Stmt", FileKind.STATEMENT),
    "BkToCstmrDbtCdtNtfctn": ("Ntfctn", FileKind.NOTIFICATION),
}
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


@dataclass(slots=True)
class _Reading:
    """What a file came to so far."""

    credits: list[IncomingCredit] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)
    accounts: set[str] = field(default_factory=set)
    debit_count: int = 0
    pending_count: int = 0


def read_camt(content: bytes) -> BankFile:
    """Raises QuarantinedFileError naming every wrong line; nothing of such a file is used."""
    root = read_xml(content)
    message = next((child for child in root if name_of(child) in _MESSAGES), None)
    if name_of(root) != "Document" or message is None:
        raise QuarantinedFileError([LineError(0, "unsupported_message", name_of(root)[:80])])
    part_name, kind = _MESSAGES[name_of(message)]
    parts = children(message, part_name)
    reading = _Reading()
    if not parts:
        reading.errors.append(LineError(message.sourceline or 0, "missing_element", part_name))
    for part in parts:
        _read_part(part, kind, reading)
    if len(reading.accounts) > 1:
        reading.errors.append(LineError(0, "several_accounts", ", ".join(sorted(reading.accounts))[:200]))
    if reading.errors:
        raise QuarantinedFileError(reading.errors)
    return BankFile(
        kind=kind,
        account_iban=next(iter(reading.accounts), ""),
        credits=tuple(reading.credits),
        debit_count=reading.debit_count,
        pending_count=reading.pending_count,
    )


def _read_part(part: Element, kind: FileKind, reading: _Reading) -> None:
    """One statement or notification."""
    account = text_at(part, "Acct/Id/IBAN", "Acct/Id/Othr/Id").replace(" ", "")
    if account:
        reading.accounts.add(account)
    entries, found = [], []
    for element in children(part, "Ntry"):
        try:
            entry = read_entry(element)
            entries.append(entry)
            if not entry.is_booked:
                reading.pending_count += 1
            elif entry.is_incoming:
                found += credits_of(entry, element)
            else:
                reading.debit_count += 1
        except FaultyError as error:
            reading.errors.append(LineError(error.line, error.code, error.detail))
    if not reading.errors:
        reading.errors += _unbalanced(part, entries)
    number = text_at(part, "Id", "LglSeqNb", "ElctrncSeqNb")
    reading.credits += named(found, number) if kind is FileKind.STATEMENT else found


def _unbalanced(part: Element, entries: list[Entry]) -> Iterator[LineError]:
    """What the part says of itself and its entries do not bear out."""
    booked = [entry for entry in entries if entry.is_booked]
    try:
        opening, closing = _balance(part, _OPENING, first=True), _balance(part, _CLOSING, first=False)
        if opening is not None and closing is not None:
            movement = sum(entry.signed for entry in booked)
            if opening + movement != closing:
                line = part.sourceline or 0
                yield LineError(line, "statement_unbalanced", f"{opening} + {movement} is not {closing}")
        yield from _wrong_totals(part, booked, entries)
    except FaultyError as error:
        yield LineError(error.line, error.code, error.detail)


def _balance(part: Element, codes: tuple[str, ...], *, first: bool) -> int | None:
    """Minor units, negative for an overdraft. A statement of several pages repeats its balances; one of several
    currencies has no single sum.
    """
    found = [element for element in children(part, "Bal") if text_at(element, "Tp/CdOrPrtry/Cd", "Tp/Cd") in codes]
    if not found or len({_currency_of(one) for one in found}) > 1:
        return None
    element = found[0 if first else -1]
    try:
        units = minor_units(text_at(element, "Amt"), _currency_of(element))
    except ValueError as error:
        raise FaultyError(element.sourceline or 0, "balance", str(error)) from None
    return -units if text_at(element, "CdtDbtInd") == "DBIT" else units


def _currency_of(element: Element) -> str:
    amount = find(element, "Amt")
    return (amount.get("Ccy") or "") if amount is not None else ""


def _wrong_totals(part: Element, booked: list[Entry], entries: list[Entry]) -> Iterator[LineError]:
    """The summary counts what it wants to: all entries, or the booked ones."""
    for name, sign in (("TtlCdtNtries", 1), ("TtlDbtNtries", -1)):
        summary = find(part, f"TxsSummry/{name}")
        if summary is None:
            continue
        told = (text_at(summary, "NbOfNtries"), text_at(summary, "Sum"))
        if not any(_bears_out(told, [one for one in some if one.signed * sign > 0]) for some in (booked, entries)):
            yield LineError(summary.sourceline or 0, "file_total_mismatch", f"{name}: {told[0]}, {told[1]}")


def _bears_out(told: tuple[str, str], entries: list[Entry]) -> bool:
    """Whether a count and a sum, each where it is told, are these entries'."""
    count, total = told
    if count and count.lstrip("0") != (str(len(entries)) if entries else ""):
        return False
    if not total or not entries:
        return True
    try:
        return minor_units(total, entries[0].currency) == sum(abs(entry.signed) for entry in entries)
    except ValueError:
        return False
