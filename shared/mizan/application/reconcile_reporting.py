"""Reports of a run: one set for the platform, one for each agency that had a part in the day, holding only its rows."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from mizan.application.ports_reconciliation import ObjectStore, ReportInput, ReportWriter, Workshop, WrittenReport
from mizan.application.reconcile_intake import REPORTS
from mizan.application.reconcile_matching import ENTRIES, DayResult, outcome_of
from mizan.domain.accounts import PLATFORM_AGENCY
from mizan.domain.reconciliation.days import recheck_at
from mizan.domain.reconciliation.entries import Match
from mizan.domain.reconciliation.reasons import AWAITING, MAY_RESOLVE_ITSELF
from mizan.domain.reconciliation.rules import RULES_VERSION
from mizan.domain.reconciliation.runs import AccountResult, Outcome, ReportFile, Run

PARQUET = "application/vnd.apache.parquet"


@dataclass(frozen=True, slots=True)
class Scope:
    """`agency` "*" is the platform."""

    agency: str
    accounts: tuple[AccountResult, ...]
    outcome: Outcome


class Reporting:
    def __init__(self, *, store: ObjectStore, reports: ReportWriter) -> None:
        self._store, self._reports = store, reports

    def publish(
        self, day: date, result: DayResult, workshop: Workshop, *, before: Run | None, fence: int, now: datetime
    ) -> Run:
        """Write and upload everything; the run that names it is the caller's to record.

        The fence is part of the place: a worker that lost its lease cannot overwrite the files of the one after it.
        """
        number = before.number + 1 if before else 1
        prefix = f"{REPORTS}{day}/run-{number:04d}/f{fence:06d}/"
        first_seen = self._first_seen(before)
        scopes = scopes_of(result)
        files = {}
        for scope in scopes:
            report = ReportInput(
                business_date=day,
                number=number,
                created_at=now,
                agency=scope.agency,
                outcome=scope.outcome,
                accounts=scope.accounts,
                sources=[source for source in result.sources if _is_of(scope, source.gateway, source.account_id)],
                matches=_matches(result, scope, workshop),
                first_seen=first_seen,
                journal_sha256=result.journal_sha256,
                rules_version=RULES_VERSION,
            )
            files[scope.agency] = self._upload(prefix, scope, report, workshop.folder)
        self._store.write_file(f"{prefix}inputs/{ENTRIES}", workshop.folder / ENTRIES, PARQUET)
        return Run(
            business_date=day,
            number=number,
            created_at=now,
            fingerprint=result.fingerprint,
            journal_sha256=result.journal_sha256,
            rules_version=RULES_VERSION,
            outcome=scopes[0].outcome,
            agencies={scope.agency: scope.outcome for scope in scopes[1:]},
            sources=result.sources,
            files=files,
            recheck_at=next_look(day, result, now),
        )

    def _upload(self, prefix: str, scope: Scope, report: ReportInput, folder: Path) -> tuple[ReportFile, ...]:
        place = prefix if scope.agency == PLATFORM_AGENCY else f"{prefix}agencies/{scope.agency}/"
        own = folder / f"scope-{hashlib.sha256(scope.agency.encode()).hexdigest()[:16]}"
        own.mkdir()
        return tuple(self._store_one(place, written) for written in self._reports.write(report, own))

    def _store_one(self, place: str, written: WrittenReport) -> ReportFile:
        with written.path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size_bytes = written.path.stat().st_size
        self._store.write_file(place + written.name, written.path, written.content_type)
        written.path.unlink()
        return ReportFile(written.name, place + written.name, written.content_type, size_bytes, sha256)

    def _first_seen(self, before: Run | None) -> dict[str, datetime]:
        files = before.files[PLATFORM_AGENCY] if before else ()
        report = next((file for file in files if file.name == "report.json"), None)
        content = self._store.read(report.key) if report else None
        return self._reports.first_seen(content) if content else {}


def scopes_of(result: DayResult) -> list[Scope]:
    """The platform first, then each agency whose accounts had anything on that day; what the platform's own accounts
    had is in the first alone.
    """
    busy = tuple(account for account in result.accounts if not account.is_idle)
    scopes = [Scope(PLATFORM_AGENCY, busy, outcome_of(busy, result.sources))]
    for agency in sorted({account.agency for account in busy} - {PLATFORM_AGENCY}):
        own = tuple(account for account in busy if account.agency == agency)
        keys = {(account.gateway, account.account_id) for account in own}
        sources = [source for source in result.sources if (source.gateway, source.account_id) in keys]
        scopes.append(Scope(agency, own, outcome_of(own, sources)))
    return scopes


def next_look(day: date, result: DayResult, now: datetime) -> datetime | None:
    reasons = {difference.reason for account in result.accounts for difference in account.differences}
    return recheck_at(
        day,
        now,
        due_at=result.due_at,
        is_awaited=bool(reasons & AWAITING),
        may_resolve=bool(reasons & MAY_RESOLVE_ITSELF),
    )


def _is_of(scope: Scope, gateway: str, account_id: str) -> bool:
    """The platform sees every file, also those that name no known account."""
    keys = {(account.gateway, account.account_id) for account in scope.accounts}
    return scope.agency == PLATFORM_AGENCY or (gateway, account_id) in keys


@dataclass(frozen=True, slots=True)
class _ScopeMatches:
    result: DayResult
    scope: Scope
    workshop: Workshop

    def __call__(self) -> Iterator[tuple[AccountResult, Match]]:
        for account in self.scope.accounts:
            key = (account.gateway, account.account_id)
            for match in self.workshop.matcher.clean_pairs(*key):
                yield account, match
            for match in self.result.matches[key]:
                yield account, match


def _matches(result: DayResult, scope: Scope, workshop: Workshop) -> _ScopeMatches:
    return _ScopeMatches(result, scope, workshop)
