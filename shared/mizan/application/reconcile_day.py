"""The scheduled reconciliation: every business date that needs it, whatever time the schedule says it is.

A date needs it when a settlement file waits for it, when it has ended and has no run, or when an earlier run said when
to look again. One worker at a time holds a lease; its fencing token is part of every write, so that one that was given
up on can record nothing. A run is recorded last: what was cut off is done again. Where nothing is new, nothing is
written.
"""

from collections import defaultdict
from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from mizan.application.ports import AccountDirectory, Clock, Journal, PaymentRepository
from mizan.application.ports_reconciliation import (
    HolidayCalendar,
    Lease,
    ObjectStore,
    ReportWriter,
    RunRecords,
    StoredObject,
    WorkshopFactory,
)
from mizan.application.ports_refunds_store import RefundRepository
from mizan.application.recheck_payment import recheck_payment
from mizan.application.reconcile_intake import INBOX, AccountKey, Delivery, IntakeDesk, read_name
from mizan.application.reconcile_matching import DayMatching, DayResult
from mizan.application.reconcile_reporting import Reporting, next_look
from mizan.domain.accounts import MerchantAccount
from mizan.domain.calendar import business_date
from mizan.domain.reconciliation.days import look_back
from mizan.domain.reconciliation.reasons import Reason
from mizan.domain.reconciliation.runs import Run

DATE_COUNT_MAX = 31
"""Dates per scheduled run: a bound on its length; the oldest come first, the next run takes the rest."""

HOLIDAYS_AHEAD = timedelta(days=31)


class LeaseLostError(Exception):
    """Somebody else took over: stop, write nothing more."""


@dataclass(slots=True)
class ReconciliationReport:
    """What one scheduled run did. `is_busy`: another worker was at it; `unchanged`: looked at again, nothing new."""

    is_busy: bool = False
    runs: list[Run] = field(default_factory=list)
    unchanged: list[date] = field(default_factory=list)
    refused_names: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Agenda:
    """What waits: unnamed files, and deliveries by business date, the dates oldest first."""

    unnamed: list[StoredObject]
    deliveries: dict[date, list[Delivery]]

    @property
    def is_empty(self) -> bool:
        return not self.unnamed and not self.deliveries


CONTRADICTED = frozenset({Reason.STATUS_MISMATCH, Reason.MISSING_IN_PLATFORM, Reason.MISSING_AT_GATEWAY})
"""Differences after which the gateway is asked again about the attempt itself."""


@dataclass(frozen=True, slots=True)
class _Shift:
    """What one scheduled run works with."""

    desk: IntakeDesk
    accounts: dict[AccountKey, MerchantAccount]
    fence: int
    report: ReconciliationReport


class DayReconciler:
    def __init__(
        self,
        *,
        lease: Lease,
        runs: RunRecords,
        store: ObjectStore,
        reports: ReportWriter,
        workshop: WorkshopFactory,
        journal: Journal,
        payments: PaymentRepository,
        refunds: RefundRepository,
        accounts: AccountDirectory,
        holidays: HolidayCalendar,
        clock: Clock,
    ) -> None:
        self._lease, self._runs, self._store, self._reports = lease, runs, store, reports
        self._workshop, self._journal, self._payments, self._refunds = workshop, journal, payments, refunds
        self._accounts, self._holidays, self._clock = accounts, holidays, clock

    def run(self) -> ReconciliationReport:
        """One scheduled run. Raises the first error of a date after every other date had its turn."""
        agenda = self._agenda()
        report = ReconciliationReport()
        if agenda.is_empty:
            return report
        fence = self._lease.acquire(self._clock.now())
        if fence is None:
            report.is_busy = True
            return report
        try:
            self._work(self._agenda(), fence, report)  # again, now that nobody else writes
        finally:
            self._lease.release(fence)
        return report

    def _agenda(self) -> _Agenda:
        now = self._clock.now()
        unnamed: list[StoredObject] = []
        waiting: defaultdict[date, list[Delivery]] = defaultdict(list)
        for stored in self._store.listing(INBOX):
            delivery = read_name(stored)
            if delivery is None:
                unnamed.append(stored)
            else:
                waiting[delivery.business_date].append(delivery)
        newest = {run.business_date: run for run in self._runs.since(business_date(now) - timedelta(days=30))}
        due = {day for day, run in newest.items() if run.recheck_at is not None and run.recheck_at <= now}
        due |= self._days_without_run(now, newest)
        dates = sorted(waiting.keys() | due)[:DATE_COUNT_MAX]
        return _Agenda(unnamed, {day: waiting.get(day, []) for day in dates})

    def _days_without_run(self, now: datetime, newest: Container[date]) -> set[date]:
        """Ended days of the look-back that no run knows; before the first account took money there is nothing."""
        missing = {day for day in look_back(now) if day not in newest}
        accounts = self._accounts.list_all() if missing else []
        if not accounts:
            return set()
        first = min(business_date(account.effective_from) for account in accounts)
        return {day for day in missing if day >= first}

    def _work(self, agenda: _Agenda, fence: int, report: ReconciliationReport) -> None:
        accounts = {(account.gateway, account.account_id): account for account in self._accounts.list_all()}
        desk = IntakeDesk(store=self._store, reports=self._reports, accounts=accounts)
        shift = _Shift(desk, accounts, fence, report)
        for stored in agenda.unnamed:
            desk.refuse_unnamed(stored)
            report.refused_names.append(stored.key)
        failure: Exception | None = None
        for day, deliveries in agenda.deliveries.items():
            try:
                self._reconcile(day, deliveries, shift)
            except LeaseLostError:
                return
            except Exception as error:  # one date's fault must not keep the others from their reports
                failure = failure or error
        if failure is not None:
            raise failure

    def _reconcile(self, day: date, deliveries: list[Delivery], shift: _Shift) -> None:
        fence, accounts = shift.fence, shift.accounts
        before = self._runs.head(day)
        known = before.sources if before else ()
        holidays = self._holidays.holidays(day, day + HOLIDAYS_AHEAD)
        matching = DayMatching(journal=self._journal, payments=self._payments, refunds=self._refunds, accounts=accounts)
        with self._workshop() as workshop:
            self._hold(fence)
            intake = shift.desk.take(day, deliveries, known, workshop.gate, self._clock.now())
            self._hold(fence)
            now = self._clock.now()
            result = matching.match(day, intake, workshop, holidays=holidays, now=now)
            self._hold(fence)
            self._ask_again(result)  # before the run is recorded, and at each look: asking twice is harmless
            if before is not None and before.fingerprint == result.fingerprint:
                self._must(self._runs.postpone(before, next_look(day, result, now), fence))
                shift.report.unchanged.append(day)
            else:
                reporting = Reporting(store=self._store, reports=self._reports)
                run = reporting.publish(day, result, workshop, before=before, fence=fence, now=now)
                self._must(self._runs.commit(run, fence))
                shift.report.runs.append(run)
        shift.desk.clear(intake.finished)

    def _ask_again(self, result: DayResult) -> None:
        """What the gateway's file contradicts is asked about once more: a late capture, a void that nobody told."""
        contradicted = {
            about.payment_id
            for account in result.accounts
            for difference in account.differences
            if difference.reason in CONTRADICTED and (about := difference.known or difference.entry) is not None
        }
        for payment_id in sorted(contradicted):
            payment = self._payments.get(payment_id)
            if payment is not None:
                recheck_payment(payment, payments=self._payments, clock=self._clock)

    def _hold(self, fence: int) -> None:
        self._must(self._lease.renew(fence, self._clock.now()))

    @staticmethod
    def _must(is_held: bool) -> None:
        if not is_held:
            raise LeaseLostError
