"""Read what reconciliation wrote, the trial balance and the journal: everything for finance, its own for an agency."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from mizan.application.ports import Journal
from mizan.application.ports_reconciliation import JournalPages, ObjectStore, RunRecords
from mizan.domain.accounts import Caller
from mizan.domain.errors import InvalidInputError, NotFoundError
from mizan.domain.ledger import AccountBalance, LedgerTransaction, trial_balance
from mizan.domain.reconciliation.runs import Outcome, ReportFile, Run

SUMMARY = "summary.json"
INLINE_BYTES_MAX = 3 * 1024 * 1024
"""Texts above this are fetched by a link: an answer of a function may be 6 MB, and escapes make it grow."""

LINK_LIFETIME_SECONDS = 300


@dataclass(frozen=True, slots=True)
class RunSummary:
    """`document` is summary.json of the caller's scope, as `mizan.adapters.documents` wrote it."""

    run: Run
    document: dict[str, Any]
    files: tuple[ReportFile, ...]


@dataclass(frozen=True, slots=True)
class Download:
    """Either the text itself, or where to fetch it."""

    report: ReportFile
    text: str | None
    link: str | None


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """Of one posting day, in fils; Σ debit = Σ credit."""

    posting_day: date
    transaction_count: int
    accounts: list[AccountBalance]


class Reports:
    def __init__(self, *, runs: RunRecords, store: ObjectStore, journal: Journal, journal_pages: JournalPages) -> None:
        self._runs, self._store, self._journal, self._journal_pages = runs, store, journal, journal_pages

    def list_runs(
        self, *, caller: Caller, limit: int, cursor: str | None
    ) -> tuple[list[tuple[Run, Outcome]], str | None]:
        """The newest run of each date that the caller had a part in, newest date first, and the next page's cursor.

        A page of an agency may be shorter than `limit`. Raises InvalidInputError on a cursor that is not a date.
        """
        runs = self._runs.page(limit=limit, before=_date_of(cursor))
        following = runs[-1].business_date.isoformat() if len(runs) == limit else None
        mine = [(run, outcome) for run in runs if (outcome := run.outcome_for(caller.agency)) is not None]
        return mine, following

    def read_run(self, business_date: date, *, caller: Caller) -> RunSummary:
        """Raises NotFoundError where the date has no run, or none that the caller had a part in."""
        run, files = self._find(business_date, caller)
        content = self._store.read(_named(files, SUMMARY).key)
        if content is None:
            raise NotFoundError("report")
        return RunSummary(run, json.loads(content), tuple(file for file in files if file.name != SUMMARY))

    def read_file(self, business_date: date, name: str, *, caller: Caller) -> Download:
        """One report of the date's newest run. Raises NotFoundError."""
        _, files = self._find(business_date, caller)
        report = _named(files, name)
        is_text = report.content_type.startswith(("text/", "application/json"))
        if not is_text or report.size_bytes > INLINE_BYTES_MAX:
            return Download(report, None, self._store.link(report, lifetime_seconds=LINK_LIFETIME_SECONDS))
        content = self._store.read(report.key)
        if content is None:
            raise NotFoundError("report")
        return Download(report, content.decode(), None)

    def trial_balance(self, posting_day: date, *, caller: Caller) -> TrialBalance:
        """Of the transactions that the caller may see, read strongly."""
        seen = [found for found in self._journal.read_day(posting_day) if caller.may_see(found.agency)]
        return TrialBalance(posting_day, len(seen), trial_balance(seen))

    def journal(
        self, posting_day: date, *, caller: Caller, limit: int, cursor: str | None
    ) -> tuple[list[LedgerTransaction], str | None]:
        """Raises InvalidInputError on a bad cursor."""
        return self._journal_pages.page(posting_day, agency=caller.agency, limit=limit, cursor=cursor)

    def _find(self, business_date: date, caller: Caller) -> tuple[Run, tuple[ReportFile, ...]]:
        run = self._runs.head(business_date)
        if run is None or run.outcome_for(caller.agency) is None:
            raise NotFoundError("reconciliation")
        return run, run.files[caller.agency]


def _named(files: tuple[ReportFile, ...], name: str) -> ReportFile:
    found = next((file for file in files if file.name == name), None)
    if found is None:
        raise NotFoundError("report")
    return found


def _date_of(cursor: str | None) -> date | None:
    try:
        return date.fromisoformat(cursor) if cursor else None
    except ValueError:
        raise InvalidInputError.of("cursor", "bad_cursor") from None
