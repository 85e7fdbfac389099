"""MT940 customer statements (SWIFT), read by the `mt-940` library; what it leaves open is decided here.

The library is given a stream, never text: text that names a file would be opened. Statements stay apart (`parse` merges
them and loses balances); `RC`, the reversal of a credit, is a debit and `RD` a credit. :86: is each bank's own: the
remittance is all of it, and of the usual codes (`/ORDP/NAME/`, `/IBAN/`, `/VIBAN/`, German `?` fields) remitter and
virtual account are taken where they stand (not verified with a bank of Bahrain).
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from mt940 import Options, parse_statements

from mizan.adapters.statements.bank_files.amounts import minor_units
from mizan.adapters.statements.bank_files.camt_entries import (
    NAME_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    FaultyError,
    reference_text,
)
from mizan.domain.errors import LineError, QuarantinedFileError
from mizan.domain.incoming_credits import BankFile, FileKind, IncomingCredit, Remitter, named

STATEMENT_COUNT_MAX = 400
_CREDIT_MARKS, _REVERSAL_MARKS = ("C", "RD"), ("RC", "RD")
_CODE = re.compile(r"/(?P<code>[A-Z]{3,5})/(?P<value>[^/]*)")
_ENTRY = re.compile(r"^:61:.*", re.MULTILINE)
_ENTRY_SHAPE = re.compile(r":61:[0-9]{6}(?:[0-9]{4})?R?[CD][A-Z]?[0-9]{1,15},[0-9]{0,10} ?[A-Z].*")
_STATEMENT = re.compile(r"^:20:", re.MULTILINE)


@dataclass(slots=True)
class _Reading:
    credits: list[IncomingCredit] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)
    accounts: set[str] = field(default_factory=set)
    debit_count: int = 0
    pending_count: int = 0


def read_mt940(content: bytes) -> BankFile:
    """Raises QuarantinedFileError naming every wrong line; nothing of such a file is used."""
    text = _decoded(content)
    told = [(text.count("\n", 0, match.start()) + 1, match[0]) for match in _ENTRY.finditer(text)]
    reading = _Reading()
    reading.errors = [LineError(line, "entry_unreadable", entry[:80]) for line, entry in told if not _is_entry(entry)]
    if reading.errors:
        raise QuarantinedFileError(reading.errors)
    lines = iter([line for line, _ in told])
    statements = _statements(text)
    for statement in statements:
        _read_statement(statement, lines, reading)
    read = sum(len(statement.transactions) for statement in statements)
    if read != len(told):
        reading.errors.append(LineError(0, "entry_unreadable", f"{read} of {len(told)} entries can be read"))
    if len(reading.accounts) > 1:
        reading.errors.append(LineError(0, "several_accounts", ", ".join(sorted(reading.accounts))[:200]))
    if reading.errors:
        raise QuarantinedFileError(reading.errors)
    return BankFile(
        kind=FileKind.SWIFT_STATEMENT,
        account_iban=next(iter(reading.accounts), ""),
        credits=tuple(reading.credits),
        debit_count=reading.debit_count,
        pending_count=reading.pending_count,
    )


def _is_entry(text: str) -> bool:
    """What the library does not understand it leaves out without a word."""
    return _ENTRY_SHAPE.fullmatch(text) is not None


def _decoded(content: bytes) -> str:
    """UTF-8, else the Latin that SWIFT's characters are part of."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x00" in text or not _STATEMENT.search(text):
        raise QuarantinedFileError([LineError(0, "not_mt940")])
    if len(_STATEMENT.findall(text)) > STATEMENT_COUNT_MAX:
        raise QuarantinedFileError([LineError(0, "too_many_statements")])
    return text


def _statements(text: str) -> list[Any]:
    try:
        return list(parse_statements(io.StringIO(text), options=Options(reversal_sign=True)))
    except Exception as error:  # a foreign parser raises what its day brings; no file may stop the others
        raise QuarantinedFileError([LineError(0, "not_mt940", type(error).__name__)]) from error


def _read_statement(statement: Any, lines: Iterator[int], reading: _Reading) -> None:
    account = str(statement.data.get("account_identification") or "").strip().replace(" ", "")
    if account:
        reading.accounts.add(account)
    found, movement, faults = [], Decimal(0), len(reading.errors)
    for transaction in statement.transactions:
        line = next(lines, 0)
        try:
            credit = _credit_of(transaction.data, line)
            movement += transaction.data["amount"].amount
            if credit.amount == 0:
                reading.pending_count += 1  # a message, not money
            elif (transaction.data["status"] in _CREDIT_MARKS) != credit.is_reversal:
                found.append(credit)
            else:
                reading.debit_count += 1
        except FaultyError as error:
            reading.errors.append(LineError(error.line, error.code, error.detail))
    number = "/".join(
        str(statement.data.get(name) or "") for name in ("statement_number", "sequence_number", "transaction_reference")
    )
    reading.credits += named(found, number)
    if len(reading.errors) == faults:
        reading.errors += _unbalanced(statement.data, movement)


def _unbalanced(told: dict[str, Any], movement: Decimal) -> Iterator[LineError]:
    """Opening + Σ entries = closing, of the statement or of this page of it."""
    opening = told.get("final_opening_balance") or told.get("intermediate_opening_balance")
    closing = told.get("final_closing_balance") or told.get("intermediate_closing_balance")
    if opening is None or closing is None:
        yield LineError(0, "missing_balance")
    elif opening.amount.amount + movement != closing.amount.amount:
        detail = f"{opening.amount.amount} + {movement} is not {closing.amount.amount}"
        yield LineError(0, "statement_unbalanced", detail)


def _credit_of(told: dict[str, Any], line: int) -> IncomingCredit:
    """Any entry, as if it had come in; the caller counts those that went out. Raises FaultyError."""
    amount, currency = told.get("amount"), str(told.get("currency") or "")
    status = told.get("status")
    if amount is None or status not in ("C", "D", "RC", "RD"):
        raise FaultyError(line, "credit_or_debit", str(status))
    try:
        units = minor_units(f"{abs(amount.amount):f}", currency)
    except ValueError as error:
        raise FaultyError(line, str(error), f"{amount.amount} {currency}") from None
    value_date = told.get("date")
    if value_date is None:
        raise FaultyError(line, "date", "no value date")
    booked_on = told.get("guessed_entry_date") or told.get("entry_date") or value_date
    bank_reference = reference_text(_one_line(told.get("bank_reference")))
    customer = reference_text(_one_line(told.get("customer_reference")))[:REFERENCE_LENGTH_MAX]
    return _detailed(
        IncomingCredit(
            line=line,
            amount=units,
            currency=currency,
            booked_on=date(booked_on.year, booked_on.month, booked_on.day),
            value_date=date(value_date.year, value_date.month, value_date.day),
            bank_reference=bank_reference,
            is_reversal=status in _REVERSAL_MARKS,
            entry_amount=units,
            other_references=(customer,) if customer else (),
        ),
        told,
    )


def _detailed(credit: IncomingCredit, told: dict[str, Any]) -> IncomingCredit:
    details = " ".join(
        _one_line(told.get(name))
        for name in ("transaction_details", "purpose", "end_to_end_reference", "extra_details")
    ).strip()
    codes = {match["code"]: match["value"].strip() for match in _CODE.finditer(f"/{details.lstrip('/')}")}
    iban = codes.get("IBAN") or _one_line(told.get("gvc_applicant_iban"))
    name = codes.get("NAME") or _one_line(told.get("applicant_name"))
    return replace(
        credit,
        credited_iban=codes.get("VIBAN", "").replace(" ", "").upper()[:34],
        structured_reference=codes.get("CREF", "")[:REFERENCE_LENGTH_MAX],
        remittance=(details.partition("/REMI/")[2] or details)[:TEXT_LENGTH_MAX],
        remitter=Remitter(name[:NAME_LENGTH_MAX], iban.replace(" ", "").upper()[:34]),
    )


def _one_line(value: Any) -> str:
    """SWIFT breaks text after 65 characters wherever that falls: the pieces belong together."""
    return str(value or "").replace("\n", "").strip()
