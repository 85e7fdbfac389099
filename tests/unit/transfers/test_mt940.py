"""MT940: what is read, what is counted, and what sets a whole file aside."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mizan.adapters.statements.bank_files.reading import read_bank_file
from mizan.domain.bank_file_errors import BANK_FILE_ERRORS
from mizan.domain.errors import QuarantinedFileError
from mizan.domain.incoming_credits import FileKind, Remitter
from tests.unit.transfers.files import ACCOUNT, mt940, mt940_entry


def _refusals(content: bytes) -> list[tuple[int, str]]:
    with pytest.raises(QuarantinedFileError) as refused:
        read_bank_file(content)
    assert all(error.code in BANK_FILE_ERRORS for error in refused.value.lines)
    return [(error.line, error.code) for error in refused.value.lines]


def test_a_statement_tells_who_paid_how_much_for_what() -> None:
    who = "/ORDP//NAME/Maryam Ali/IBAN/BH57NBOB00001234567890"
    details = f"{who}/VIBAN/BH74MZNBV011BGM6FQY\r\nASN/CREF/RF74482019374650192796/REMI/Bill 7/2"

    file = read_bank_file(mt940(mt940_entry(details=details)))

    (credit,) = file.credits
    assert (file.kind, file.account_iban) == (FileKind.SWIFT_STATEMENT, ACCOUNT)
    assert (credit.line, credit.amount, credit.currency, credit.bank_reference) == (5, 12_500, "BHD", "BNK0001")
    assert (credit.booked_on, credit.value_date) == (date(2026, 11, 25), date(2026, 11, 25))
    assert (credit.credited_iban, credit.structured_reference) == ("BH74MZNBV011BGM6FQYASN", "RF74482019374650192796")
    assert (credit.remittance, credit.remitter) == ("Bill 7/2", Remitter("Maryam Ali", "BH57NBOB00001234567890"))
    assert credit.paid_at == datetime(2026, 11, 24, 21, 0, tzinfo=UTC)


def test_a_reference_that_a_line_end_breaks_is_whole_again() -> None:
    (credit,) = read_bank_file(mt940(mt940_entry(details="/REMI/bill 4820193746\r\n50192796"))).credits

    assert credit.remittance == "bill 482019374650192796"


def test_reversals_go_the_other_way() -> None:
    """RC takes a credit back and is a debit; RD is money of ours that came back."""
    entries = (
        mt940_entry("25,375"),
        mt940_entry("5,250", "RC", "BNK0002"),
        mt940_entry("1,001", "RD", "BNK0003"),
        mt940_entry("0,500", "D", ""),
    )

    file = read_bank_file(mt940(*entries, closing="1020,626"))

    assert [(one.amount, one.is_reversal) for one in file.credits] == [(25_375, False), (5_250, True)]
    assert file.debit_count == 2


def test_a_statement_has_to_tie() -> None:
    assert _refusals(mt940(mt940_entry(), closing="1012,501")) == [(0, "statement_unbalanced")]


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        (mt940_entry("12,5001"), [(5, "precision")]),
        (":61:2611251125C12x5NTRFNONREF\r\n:86:x", [(5, "entry_unreadable")]),
    ],
)
def test_one_bad_entry_sets_the_whole_file_aside(entry: str, found: list[tuple[int, str]]) -> None:
    content = mt940(entry, mt940_entry("1,000", bank_reference="BNK0002"))

    assert _refusals(content) == found


def test_a_message_of_nothing_is_counted_not_taken() -> None:
    file = read_bank_file(mt940(mt940_entry("0,"), closing="1000,000"))

    assert (file.credits, file.pending_count) == ((), 1)


def test_a_statement_without_a_balance_is_set_aside() -> None:
    content = mt940(mt940_entry()).replace(b":62F:C261125BHD1012,500\r\n", b"")

    assert _refusals(content) == [(0, "missing_balance")]


@pytest.mark.parametrize(
    "content", [b"", b"hello", b":20:", b"\x00:20:x", b"/etc/passwd", str(Path(__file__)).encode()]
)
def test_what_is_no_statement_is_set_aside_and_no_file_is_opened(content: bytes) -> None:
    """The library would open a text that names a file."""
    assert _refusals(content)[0][1] in ("not_mt940", "missing_balance")


def test_a_file_about_two_accounts_is_set_aside() -> None:
    assert (0, "several_accounts") in _refusals(mt940(mt940_entry()) + mt940(mt940_entry(), account="BH00OTHER"))


def test_entries_without_a_banks_reference_are_named_by_what_they_are() -> None:
    """Twins differ; the statement sent again gives the same names."""
    entries = (mt940_entry(bank_reference=""), mt940_entry(bank_reference="NONREF"))

    first = read_bank_file(mt940(*entries, closing="1025,000"))
    again = read_bank_file(mt940(*entries, closing="1025,000"))

    names = [one.bank_reference for one in first.credits]
    assert len(set(names)) == 2
    assert [one.bank_reference for one in again.credits] == names
