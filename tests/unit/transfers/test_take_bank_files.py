"""Files in the inbox: taken whole and archived, or set aside whole with reasons; a crash anywhere is done again."""

import json
from dataclasses import replace
from typing import Any

import pytest

from mizan.adapters.statements.bank_files.note import refusal_note
from mizan.adapters.statements.bank_files.reading import read_bank_file
from mizan.application.take_bank_files import BankFileDesk
from mizan.domain.invoices import InvoiceState
from mizan.domain.transfers import virtual_iban
from tests.fakes.reconciliation import CrashError, FakeObjectStore
from tests.fakes.samples import AGENCY, AMOUNT
from tests.fakes.transfers import BANK, CLEARING, PREFIX, TransferPlatform
from tests.fakes.world import FakeAccountDirectory
from tests.unit.transfers.files import CamtEntry, CamtFile, mt940, mt940_entry, transaction

INBOX = "inbox/bank/bank-treasury/"
PAYABLE = f"agency_payable:{AGENCY}"
EARLY = {"booked": "<BookgDt><Dt>2026-03-01</Dt></BookgDt>", "value": "<ValDt><Dt>2026-03-01</Dt></ValDt>"}


class Branch:
    """A bank, an inbox, and the desk that works through it."""

    def __init__(self) -> None:
        self.platform = TransferPlatform()
        self.store = FakeObjectStore(self.platform.clock)
        self.invoice = self.platform.with_invoice()
        self.virtual = virtual_iban(self.invoice.reference, PREFIX)

    def desk(self) -> BankFileDesk:
        return BankFileDesk(
            store=self.store,
            accounts=self.platform.accounts,
            read=read_bank_file,
            note=refusal_note,
            desk=self.platform.credit_desk(),
            clock=self.platform.clock,
        )

    def notification(self, **changes: Any) -> bytes:
        entry = CamtEntry(details=transaction(virtual_iban=self.virtual), **EARLY)
        return CamtFile((entry,), **changes).content()

    def notes(self) -> list[dict[str, Any]]:
        return [json.loads(self.store.rows[key][0]) for key in self.store.keys("quarantine/") if key.endswith(".json")]


@pytest.fixture
def branch() -> Branch:
    return Branch()


def test_a_notification_pays_the_invoice_and_leaves_the_inbox(branch: Branch) -> None:
    branch.store.put(f"{INBOX}n-1.xml", branch.notification())

    report = branch.desk().run()

    assert dict(report.outcomes) == {"booked": 1, "debit": 0, "pending": 0}
    assert branch.platform.invoices.rows[branch.invoice.reference].state is InvoiceState.PAID
    assert branch.store.keys("inbox/") == []
    assert [key.partition("-treasury/")[2][17:] for key in branch.store.keys("archive/bank/")] == ["n-1.xml"]


def test_notification_statement_and_the_same_file_again_are_one_credit(branch: Branch) -> None:
    """camt.054, then MT940, then camt.053, then the notification once more."""
    line = mt940_entry().replace("2611251125", "2603010301")
    statement = mt940(line).replace(b"261124", b"260301").replace(b"261125", b"260301")
    branch.store.put(f"{INBOX}1.xml", branch.notification())
    branch.store.put(f"{INBOX}2.sta", statement)
    branch.store.put(f"{INBOX}3.xml", branch.notification(kind="053"))
    branch.store.put(f"{INBOX}4.xml", branch.notification())

    report = branch.desk().run()

    assert (report.outcomes["booked"], report.outcomes["known"]) == (1, 3)
    assert branch.platform.balances() == {CLEARING: AMOUNT, PAYABLE: -AMOUNT}


@pytest.mark.parametrize("teller", ["camt.053", "mt940"])
def test_what_the_bank_gave_no_name_is_taken_from_one_kind_of_statement(branch: Branch, teller: str) -> None:
    """Both kinds tell of it; each would name it differently."""
    account = replace(BANK, settings={**BANK.settings, "statement_format": teller})
    branch.platform.accounts = FakeAccountDirectory(account)
    line = mt940_entry(bank_reference="").replace("2611251125", "2603010301")
    entry = CamtEntry(bank_reference="", **EARLY)
    branch.store.put(f"{INBOX}1.xml", CamtFile((entry,)).content())
    branch.store.put(f"{INBOX}2.xml", CamtFile((entry,), kind="053").content())
    branch.store.put(f"{INBOX}3.sta", mt940(line).replace(b"261124", b"260301").replace(b"261125", b"260301"))

    report = branch.desk().run()

    assert (report.outcomes["suspended"], report.outcomes["waiting"]) == (1, 2)
    assert branch.platform.balances()[CLEARING] == AMOUNT


def test_one_bad_line_sets_the_whole_file_aside(branch: Branch) -> None:
    """The good credit beside it is not booked; the note says which line and why, in both languages."""
    good, bad = CamtEntry(details=transaction(virtual_iban=branch.virtual), **EARLY), CamtEntry("12.5001", **EARLY)
    branch.store.put(f"{INBOX}bad.xml", CamtFile((good, bad)).content())

    report = branch.desk().run()

    (note,) = branch.notes()
    assert report.refused == [f"{INBOX}bad.xml"]
    assert [(one["line"], one["code"]) for one in note["errors"]] == [(8, "precision")]
    assert note["errors"][0]["text_ar"]
    assert branch.platform.balances() == {}
    assert branch.store.keys("inbox/") == []
    assert note["kept"] in branch.store.keys("quarantine/bank/bank-treasury/")


@pytest.mark.parametrize(
    ("key", "account_id", "code"),
    [
        ("inbox/bank/elsewhere/n.xml", "elsewhere", "account_unknown"),
        ("inbox/bank/n.xml", "", "name_unreadable"),
        ("inbox/bank/bank-treasury/deeper/n.xml", "", "name_unreadable"),
    ],
)
def test_a_file_that_is_nobodys_is_set_aside(branch: Branch, key: str, account_id: str, code: str) -> None:
    branch.store.put(key, branch.notification())

    branch.desk().run()

    (note,) = branch.notes()
    assert (note["account_id"], note["errors"][0]["code"]) == (account_id, code)
    assert branch.platform.balances() == {}


def test_a_file_about_another_account_is_set_aside(branch: Branch) -> None:
    """Put into the wrong folder, its credits are somebody else's."""
    branch.store.put(f"{INBOX}n.xml", branch.notification(account="<IBAN>BH57NBOB00001234567890</IBAN>"))

    branch.desk().run()

    assert branch.notes()[0]["errors"][0]["code"] == "account_mismatch"
    assert branch.platform.balances() == {}


def test_a_day_that_has_not_begun_is_not_booked(branch: Branch) -> None:
    later = {"booked": "<BookgDt><Dt>2026-03-05</Dt></BookgDt>"}
    branch.store.put(f"{INBOX}n.xml", CamtFile((CamtEntry(**EARLY | later),)).content())

    branch.desk().run()

    assert branch.notes()[0]["errors"][0]["code"] == "date_in_future"


def test_a_file_above_the_limit_is_not_opened(branch: Branch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mizan.application.take_bank_files.SIZE_BYTES_MAX", 10)
    branch.store.put(f"{INBOX}n.xml", branch.notification())

    branch.desk().run()

    assert branch.notes()[0]["errors"][0]["code"] == "too_large"


def test_a_retired_accounts_money_is_still_somebodys(branch: Branch) -> None:
    branch.platform.accounts = FakeAccountDirectory(replace(BANK, is_active=False))
    branch.store.put(f"{INBOX}n.xml", branch.notification())

    assert branch.desk().run().outcomes["booked"] == 1


@pytest.mark.parametrize("content", ["good", "bad"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_crash_before_any_change_of_the_bucket_is_done_again(branch: Branch, content: str, nth: int) -> None:
    """The file stays in the inbox until all is done; what was booked is found to be."""
    branch.store.put(f"{INBOX}n.xml", branch.notification() if content == "good" else b"<html/>")
    left = [nth]

    def crash(_kind: str, _key: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise CrashError

    branch.store.before_change = crash
    try:
        branch.desk().run()
    except CrashError:
        branch.store.before_change = lambda _kind, _key: None
        branch.desk().run()

    assert branch.store.keys("inbox/") == []
    assert branch.platform.balances() == ({CLEARING: AMOUNT, PAYABLE: -AMOUNT} if content == "good" else {})


def test_one_files_trouble_does_not_keep_the_others(branch: Branch) -> None:
    """The store fails for one credit; the other file is taken, and the first one's turn comes again."""
    branch.store.put(f"{INBOX}1.xml", branch.notification())
    branch.store.put(f"{INBOX}2.xml", CamtFile((CamtEntry(bank_reference="BNK0002", **EARLY),)).content())
    real = branch.platform.books.holder
    calls = iter(range(1_000))

    def failing(claim: str) -> str | None:
        if next(calls) == 0:
            raise ConnectionError("the table is away")
        return real(claim)

    branch.platform.books.holder = failing  # type: ignore[method-assign]  # a store that is away once
    with pytest.raises(ConnectionError):
        branch.desk().run()

    assert branch.store.keys("inbox/") == [f"{INBOX}1.xml"]
    assert branch.desk().run().outcomes["booked"] == 1


def test_an_empty_inbox_costs_no_look_at_accounts(branch: Branch) -> None:
    branch.platform.accounts = None  # type: ignore[assignment]  # whoever asks it fails

    assert branch.desk().run().taken == []
