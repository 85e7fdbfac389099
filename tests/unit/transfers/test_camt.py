"""camt.053 and camt.054: what is read, what is counted, and what sets a whole file aside."""

from datetime import UTC, date, datetime

import pytest

from mizan.adapters.statements.bank_files.reading import read_bank_file
from mizan.domain.bank_file_errors import BANK_FILE_ERRORS
from mizan.domain.errors import QuarantinedFileError
from mizan.domain.incoming_credits import FileKind, Remitter
from tests.unit.transfers.files import ACCOUNT, CamtEntry, CamtFile, balance, transaction

VIRTUAL = "BH74MZNBV011BGM6FQYASN"


def _refusals(content: bytes) -> list[tuple[int, str]]:
    with pytest.raises(QuarantinedFileError) as refused:
        read_bank_file(content)
    assert all(error.code in BANK_FILE_ERRORS for error in refused.value.lines)
    return [(error.line, error.code) for error in refused.value.lines]


def test_a_notification_tells_who_paid_how_much_for_what() -> None:
    """Amount in fils, the bank's reference, the account credited, the texts, and who sent it."""
    details = transaction(
        virtual_iban=VIRTUAL,
        unstructured="Bill 7",
        structured="RF74482019374650192796",
        references="<EndToEndId>E2E-7</EndToEndId><TxId>TX-7</TxId>",
        more="<RltdDts><AccptncDtTm>2026-11-24T22:15:00+03:00</AccptncDtTm></RltdDts>",
    )

    file = read_bank_file(CamtFile((CamtEntry(details=details),)).content())

    (credit,) = file.credits
    assert (file.kind, file.account_iban, file.debit_count) == (FileKind.NOTIFICATION, ACCOUNT, 0)
    assert (credit.amount, credit.currency, credit.bank_reference) == (12_500, "BHD", "BNK0001")
    assert (credit.booked_on, credit.value_date) == (date(2026, 11, 25), date(2026, 11, 25))
    assert (credit.credited_iban, credit.structured_reference) == (VIRTUAL, "RF74482019374650192796")
    assert (credit.remittance, credit.remitter) == ("Bill 7", Remitter("Maryam Ali", "BH57NBOB00001234567890"))
    assert credit.other_references == ("TX-7", "E2E-7")
    assert credit.paid_at == datetime(2026, 11, 24, 19, 15, tzinfo=UTC)
    assert not credit.is_reversal


@pytest.mark.parametrize("version", ["02", "04", "08", "13"])
def test_every_version_is_read_by_its_names(version: str) -> None:
    """Up to 07 the status is a text and a party has no `Pty`."""
    status = "<Sts>BOOK</Sts>" if version < "08" else "<Sts><Cd>BOOK</Cd></Sts>"
    details = transaction().replace("<Pty>", "").replace("</Pty>", "") if version < "08" else transaction()

    file = read_bank_file(CamtFile((CamtEntry(status=status, details=details),), version=version).content())

    assert [(one.amount, one.remitter.name) for one in file.credits] == [(12_500, "Maryam Ali")]


def test_a_day_alone_counts_from_its_first_minute_in_bahrain() -> None:
    """What the bank does not say never costs the payer: the earlier of booking and value day, from midnight."""
    entry = CamtEntry(value="<ValDt><Dt>2026-11-24</Dt></ValDt>")

    (credit,) = read_bank_file(CamtFile((entry,)).content()).credits

    assert credit.paid_at == datetime(2026, 11, 23, 21, 0, tzinfo=UTC)


def test_an_instant_of_booking_is_the_transfers_time() -> None:
    entry = CamtEntry(booked="<BookgDt><DtTm>2026-11-25T09:30:00+03:00</DtTm></BookgDt>")

    (credit,) = read_bank_file(CamtFile((entry,)).content()).credits

    assert credit.paid_at == datetime(2026, 11, 25, 6, 30, tzinfo=UTC)


def test_debits_what_is_pending_and_messages_of_nothing_are_counted_not_taken() -> None:
    entries = (
        CamtEntry(direction="DBIT"),
        CamtEntry(status="<Sts><Cd>PDNG</Cd></Sts>"),
        CamtEntry(amount="0.000"),
        CamtEntry(bank_reference="BNK0002"),
    )

    file = read_bank_file(CamtFile(entries).content())

    assert [one.bank_reference for one in file.credits] == ["BNK0002"]
    assert (file.debit_count, file.pending_count) == (1, 2)


def test_the_reversal_of_a_credit_is_a_debit_that_concerns_us() -> None:
    """The indicator tells which way the entry went; the reversal of a debit is money of ours that came back."""
    reversal = "<RvslInd>true</RvslInd>"
    entries = (CamtEntry(direction="DBIT", reversal=reversal), CamtEntry(direction="CRDT", reversal=reversal))

    file = read_bank_file(CamtFile(entries).content())

    assert [(one.amount, one.is_reversal) for one in file.credits] == [(12_500, True)]
    assert file.debit_count == 1


def test_a_batch_is_its_payments() -> None:
    """Two payments in one entry: each with its number, its amount and the entry's."""
    details = transaction("10.000", unstructured="a") + transaction("2.500", unstructured="b")

    file = read_bank_file(CamtFile((CamtEntry(details=details),)).content())

    assert [(one.part, one.amount, one.entry_amount, one.remittance) for one in file.credits] == [
        (1, 10_000, 12_500, "a"),
        (2, 2_500, 12_500, "b"),
    ]


def test_a_batch_that_does_not_add_up_sets_the_file_aside() -> None:
    details = transaction("10.000") + transaction("2.000")

    assert _refusals(CamtFile((CamtEntry(details=details),)).content()) == [(5, "parts_do_not_add_up")]


def test_a_foreign_amount_is_read_in_its_own_units() -> None:
    entries = (CamtEntry("33.15", "USD"), CamtEntry("500", "JPY"), CamtEntry("1.5", "KWD"))

    file = read_bank_file(CamtFile(entries).content())

    assert [(one.amount, one.currency) for one in file.credits] == [(3_315, "USD"), (500, "JPY"), (1_500, "KWD")]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (CamtEntry("12.5001"), "precision"),
        (CamtEntry("-12.500"), "amount"),
        (CamtEntry("1,250"), "amount"),
        (CamtEntry("1e3"), "amount"),
        (CamtEntry(currency="bhd"), "currency"),
        (CamtEntry(direction="C"), "credit_or_debit"),
        (CamtEntry(booked="<BookgDt><Dt>2026-02-30</Dt></BookgDt>"), "date"),
        (CamtEntry(booked="<BookgDt><DtTm>noon</DtTm></BookgDt>"), "date"),
        (CamtEntry(booked="", value=""), "date"),
    ],
)
def test_one_bad_entry_sets_the_whole_file_aside_with_line_and_reason(entry: CamtEntry, code: str) -> None:
    content = CamtFile((CamtEntry(), entry, CamtEntry(bank_reference="BNK0003"))).content()

    assert _refusals(content) == [(8, code)]


def test_every_bad_entry_is_named() -> None:
    content = CamtFile((CamtEntry("x"), CamtEntry(), CamtEntry("1.0001"))).content()

    assert _refusals(content) == [(5, "amount"), (11, "precision")]


def test_a_statement_has_to_tie() -> None:
    """Opening + Σ entries = closing, or nothing of it is used."""
    entries = (CamtEntry(), CamtEntry("2.000", direction="DBIT", bank_reference="BNK0002"))
    right = balance("OPBD", "1000.125") + balance("CLBD", "1010.625")
    wrong = balance("OPBD", "1000.125") + balance("CLBD", "1010.626")

    file = read_bank_file(CamtFile(entries, kind="053", balances=right).content())

    assert (file.kind, len(file.credits), file.debit_count) == (FileKind.STATEMENT, 1, 1)
    assert _refusals(CamtFile(entries, kind="053", balances=wrong).content()) == [(4, "statement_unbalanced")]


def test_an_overdraft_is_a_negative_balance() -> None:
    balances = balance("OPBD", "20.000", "DBIT") + balance("CLBD", "7.500", "DBIT")

    assert len(read_bank_file(CamtFile(kind="053", balances=balances).content()).credits) == 1


def test_a_summary_has_to_be_the_entries() -> None:
    right = "<TxsSummry><TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>12.500</Sum></TtlCdtNtries></TxsSummry>"

    assert len(read_bank_file(CamtFile(summary=right).content()).credits) == 1
    assert _refusals(CamtFile(summary=right.replace("12.500", "12.600")).content()) == [(4, "file_total_mismatch")]
    assert _refusals(CamtFile(summary=right.replace(">1<", ">2<")).content()) == [(4, "file_total_mismatch")]


def test_entries_without_a_banks_reference_are_named_in_a_statement_only() -> None:
    """Alike entries get different names, and the same names when the statement is sent again."""
    entries = (CamtEntry(bank_reference="NONREF"), CamtEntry(bank_reference=""), CamtEntry("1.000", bank_reference=""))

    first = read_bank_file(CamtFile(entries, kind="053").content())
    again = read_bank_file(CamtFile(entries, kind="053").content())
    notified = read_bank_file(CamtFile(entries).content())

    names = [one.bank_reference for one in first.credits]
    assert len(set(names)) == 3
    assert [one.bank_reference for one in again.credits] == names
    assert [one.bank_reference for one in notified.credits] == ["", "", ""]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (CamtFile(kind="052").content(), "unsupported_message"),
        (b"<html/>", "unsupported_message"),
        (b"<Document", "not_xml"),
        (CamtFile().content()[:-30], "not_xml"),
        (CamtFile(prologue='<!DOCTYPE Document [<!ENTITY a "b">]>').content(), "doctype"),
        (CamtFile(prologue='<!DOCTYPE Document SYSTEM "file:///etc/passwd">').content(), "doctype"),
        (CamtFile().content().replace(b"UTF-8", b"nonsense"), "not_xml"),
        (CamtFile().content().decode().encode("utf-16"), "not_mt940"),
        (b'<?xml version="1.0"?><Document><BkToCstmrStmt/></Document>', "missing_element"),
    ],
)
def test_what_is_no_message_of_ours_is_set_aside(content: bytes, code: str) -> None:
    assert [found for _, found in _refusals(content)] == [code]


def test_an_entity_bomb_is_not_lit() -> None:
    bomb = '<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9)
    )
    content = CamtFile(prologue=f"{bomb}]>", account="<IBAN>&j;</IBAN>").content()

    assert _refusals(content)[0][1] in ("doctype", "not_xml")


def test_a_file_about_two_accounts_is_set_aside() -> None:
    content = (
        CamtFile().content().replace(b"</Ntfctn>", b"</Ntfctn><Ntfctn><Acct><Id><IBAN>X</IBAN></Id></Acct></Ntfctn>")
    )

    assert _refusals(content) == [(0, "several_accounts")]
