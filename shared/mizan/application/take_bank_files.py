"""Banks' files in the inbox: each is read whole and worked through, or set aside whole with every reason.

A file leaves the inbox last, when all that it tells is booked: a crash at any point is simply done again, and what is
booked is found to be. No lease is needed, for every credit is claimed by itself.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from mizan.application.ports import AccountDirectory, Clock
from mizan.application.ports_reconciliation import ObjectStore, StoredObject
from mizan.application.ports_transfers import BankFileReader, RefusalNote, RefusedFile
from mizan.application.take_credit import CreditDesk, CreditOutcome
from mizan.domain.accounts import MerchantAccount
from mizan.domain.calendar import business_date
from mizan.domain.errors import LineError, QuarantinedFileError
from mizan.domain.incoming_credits import STATEMENT_FORMAT_SETTING, BankFile, FileKind, IncomingCredit
from mizan.domain.payments import PaymentMethod
from mizan.domain.transfers import STATEMENT_IBAN_SETTING

INBOX = "inbox/bank/"
QUARANTINE = "quarantine/bank/"
ARCHIVE = "archive/bank/"
SIZE_BYTES_MAX = 32 * 1024 * 1024
FILE_COUNT_MAX = 200
"""Files per run; the next run takes the rest."""

_NAME = re.compile(r"inbox/bank/(?P<account>[A-Za-z0-9_.-]{1,80})/(?P<file>[^/]{1,200})")


@dataclass(slots=True)
class BankFilesReport:
    """What one run did. `outcomes` counts credits by what became of them, and `debit` and `pending` entries."""

    taken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)


class BankFileDesk:
    def __init__(
        self,
        *,
        store: ObjectStore,
        accounts: AccountDirectory,
        read: BankFileReader,
        note: RefusalNote,
        desk: CreditDesk,
        clock: Clock,
    ) -> None:
        self._store, self._accounts, self._read, self._note = store, accounts, read, note
        self._desk, self._clock = desk, clock

    def run(self) -> BankFilesReport:
        """Every file of the inbox. Raises the first error of a file after every other file had its turn."""
        report, failure = BankFilesReport(), None
        waiting = sorted(self._store.listing(INBOX), key=lambda one: (one.modified_at, one.key))[:FILE_COUNT_MAX]
        accounts = self._transfer_accounts() if waiting else {}
        for stored in waiting:
            try:
                self._take(stored, accounts, report)
            except Exception as error:  # the file stays in the inbox; its turn comes again
                failure = failure or error
        if failure is not None:
            raise failure
        return report

    def _transfer_accounts(self) -> dict[str, MerchantAccount]:
        """Retired ones too: what comes in on them still is somebody's money."""
        found = self._accounts.list_all()
        return {account.account_id: account for account in found if account.method == PaymentMethod.BANK_TRANSFER}

    def _take(self, stored: StoredObject, accounts: Mapping[str, MerchantAccount], report: BankFilesReport) -> None:
        name = _NAME.fullmatch(stored.key)
        account_id = name["account"] if name else ""
        content = self._store.read(stored.key) if stored.size_bytes <= SIZE_BYTES_MAX else b""
        if content is None:
            return  # another run has taken it
        account = accounts.get(account_id)
        try:
            file = self._checked(stored, content, account)
        except QuarantinedFileError as error:
            self._refuse(stored, content, account_id, error)
            report.refused.append(stored.key)
            return
        if account is not None:
            for credit in file.credits:
                report.outcomes[self._outcome(account, file, credit)] += 1
        report.outcomes["debit"] += file.debit_count
        report.outcomes["pending"] += file.pending_count
        self._store.copy(stored.key, f"{ARCHIVE}{account_id}/{_digest(content)}-{stored.key.rpartition('/')[2]}")
        self._store.remove(stored.key)
        report.taken.append(stored.key)

    def _outcome(self, account: MerchantAccount, file: BankFile, credit: IncomingCredit) -> CreditOutcome:
        """What the bank gave no name is taken from one kind of statement alone: each kind would name it differently."""
        teller = account.settings.get(STATEMENT_FORMAT_SETTING, FileKind.STATEMENT)
        if credit.is_nameless and file.kind != teller:
            return CreditOutcome.WAITING
        return self._desk.take(account, credit)

    def _checked(self, stored: StoredObject, content: bytes, account: MerchantAccount | None) -> BankFile:
        """Raises QuarantinedFileError: the file is taken whole or not at all."""
        if _NAME.fullmatch(stored.key) is None:
            raise QuarantinedFileError([LineError(0, "name_unreadable", stored.key[:200])])
        if account is None:
            raise QuarantinedFileError([LineError(0, "account_unknown")])
        if stored.size_bytes > SIZE_BYTES_MAX:
            raise QuarantinedFileError([LineError(0, "too_large", f"{stored.size_bytes} bytes")])
        file = self._read(content)
        own = account.settings.get(STATEMENT_IBAN_SETTING, "")
        if own and file.account_iban != own:
            raise QuarantinedFileError([LineError(0, "account_mismatch")])
        last = business_date(self._clock.now()) + timedelta(days=1)  # a bank's day may be ahead of ours
        early = [credit for credit in file.credits if credit.booked_on > last]
        if early:
            errors = [LineError(one.line, "date_in_future", one.booked_on.isoformat()) for one in early]
            raise QuarantinedFileError(errors)
        return file

    def _refuse(self, stored: StoredObject, content: bytes, account_id: str, error: QuarantinedFileError) -> None:
        """The note first: a file in quarantine always has its reasons beside it."""
        digest = _digest(content)
        kept = f"{QUARANTINE}{account_id or 'unnamed'}/{digest}-{stored.key.rpartition('/')[2]}"
        refused = RefusedFile(stored.key, kept, account_id, digest, stored.size_bytes, error.lines)
        self._store.write(f"{kept}.json", self._note(refused), "application/json")
        self._store.copy(stored.key, kept)
        self._store.remove(stored.key)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
