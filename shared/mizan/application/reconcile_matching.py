"""One business date: the journal against each account's statement, every difference named, every row accounted for."""

import hashlib
import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from mizan.application.ports import Journal, PaymentRepository
from mizan.application.ports_reconciliation import Sieved, Statement, Workshop
from mizan.application.ports_refunds_store import RefundRepository
from mizan.application.reconcile_intake import AccountKey, Intake
from mizan.domain.accounts import PLATFORM_AGENCY, MerchantAccount
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.reconciliation.control import (
    Movements,
    Side,
    gateway_totals,
    platform_totals,
    status_of,
    verdict_of,
)
from mizan.domain.reconciliation.days import posting_days, settlement_due_at
from mizan.domain.reconciliation.entries import KnownPayment, Match, PlatformEntry
from mizan.domain.reconciliation.rules import RULES_VERSION, Classifier
from mizan.domain.reconciliation.runs import (
    AccountResult,
    Outcome,
    SourceFile,
    SourceStatus,
    newest_accepted,
    open_faults,
)
from mizan.domain.references import payment_id_of_track, refund_id_of_track
from mizan.domain.refunds import IN_TRANSIT_STATES, RefundDestination, RefundState
from mizan.domain.transfers import TRANSFER_GATEWAY

ENTRIES = "platform.parquet"


@dataclass(frozen=True, slots=True)
class DayResult:
    """`matches` holds what the rules matched beside the clean pairs (voids), by account."""

    accounts: tuple[AccountResult, ...]
    matches: Mapping[AccountKey, tuple[Match, ...]]
    sources: tuple[SourceFile, ...]
    journal_sha256: str
    due_at: datetime

    @property
    def fingerprint(self) -> str:
        """Hash of what the result was made from and of every difference: what time or a look-up changed shows too."""
        parts = [
            RULES_VERSION,
            self.journal_sha256,
            sorted({(source.sha256, source.gateway, source.account_id, source.status) for source in self.sources}),
            [(found.gateway, found.account_id, found.file_sha256) for found in self.accounts if not found.is_idle],
            [
                (difference.exception_id, difference.reason, difference.known.state if difference.known else "")
                for account in self.accounts
                for difference in account.differences
            ],
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class DayMatching:
    def __init__(
        self,
        *,
        journal: Journal,
        payments: PaymentRepository,
        refunds: RefundRepository,
        accounts: Mapping[AccountKey, MerchantAccount],
    ) -> None:
        self._journal, self._payments, self._refunds, self._accounts = journal, payments, refunds, accounts

    def match(
        self, day: date, intake: Intake, workshop: Workshop, *, holidays: Container[date], now: datetime
    ) -> DayResult:
        owners = {key: account.agency for key, account in self._accounts.items()}
        path = workshop.folder / ENTRIES
        digest = workshop.write_entries(path, self._movements(day, now, owners))
        workshop.matcher.load_entries(path)
        due_at = settlement_due_at(day, holidays)
        results, matches = [], {}
        for key in sorted(owners.keys() | intake.statements.keys()):
            result, found = self._match_account(key, owners[key], intake, workshop, is_overdue=now >= due_at)
            results.append(result)
            matches[key] = found
        return DayResult(tuple(results), matches, tuple(intake.sources), digest, due_at)

    def _movements(self, day: date, now: datetime, owners: dict[AccountKey, str]) -> Iterator[LedgerTransaction]:
        """What the day moved at the gateways, whenever it was posted; notes whose accounts they are. A transfer was
        booked out of the bank's own file: no other file is to come that would bear it out.
        """
        for posting_day in posting_days(day, now):
            for transaction in self._journal.read_day(posting_day):
                is_told_of = transaction.gateway != TRANSFER_GATEWAY
                if transaction.business_date == day and transaction.clearing_movement and is_told_of:
                    owners.setdefault((transaction.gateway, transaction.account_id), transaction.agency)
                    yield transaction

    def _match_account(
        self, key: AccountKey, agency: str, intake: Intake, workshop: Workshop, *, is_overdue: bool
    ) -> tuple[AccountResult, tuple[Match, ...]]:
        statement = intake.statements.get(key)
        source = newest_accepted(intake.sources, *key) if statement else None

        def is_awaited(entry: PlatformEntry) -> bool:
            return not is_overdue and (source is None or entry.captured_at > source.received_at)

        sieved = workshop.matcher.sieve(*key, statement)
        judged = Classifier(partial(self._look_up, agency), is_awaited).classify(sieved.entries, sieved.lines)
        matches, differences = judged.matches, judged.differences
        result = AccountResult(
            gateway=key[0],
            account_id=key[1],
            agency=agency,
            platform=Side(sieved.platform_input, sieved.clean + platform_totals(matches), platform_totals(differences)),
            gateway_side=Side(
                sieved.gateway_input, sieved.clean + gateway_totals(matches), gateway_totals(differences)
            ),
            movements=statement.movements if statement else Movements(),
            differences=differences,
            file_sha256=source.sha256 if source else None,
            is_file_missing=_is_refused(key, intake.sources) or (is_overdue and _lacks_file(statement, sieved)),
        )
        return result, matches

    def _look_up(self, agency: str, track: str) -> KnownPayment | None:
        """The attempt behind a line of the agency's file; another agency's stays unknown: no report shows it. Through
        the platform's own account any agency is paid.
        """
        refund_id = refund_id_of_track(track)
        if refund_id is not None:
            return self._look_up_refund(agency, refund_id)
        payment_id = payment_id_of_track(track)
        payment = self._payments.get(payment_id) if payment_id else None
        if payment is None or agency not in (PLATFORM_AGENCY, payment.agency):
            return None
        capture = payment.capture
        return KnownPayment(
            payment_id=payment.payment_id,
            reference=payment.reference,
            agency=payment.agency,
            service=payment.service,
            state=str(payment.state),
            amount=capture.amount if capture else None,
            currency=capture.currency if capture else payment.currency,
            gateway_transaction=capture.transaction if capture else "",
            correlation_id=payment.correlation_id,
        )

    def _look_up_refund(self, agency: str, refund_id: str) -> KnownPayment | None:
        """A refund that was sent through the gateway, whatever it is known to have become; one that never was, or that
        failed, has no amount: a line of it is in doubt.
        """
        refund = self._refunds.get(refund_id)
        payment = self._payments.get(refund.payment_id) if refund else None
        if refund is None or payment is None or agency not in (PLATFORM_AGENCY, payment.agency):
            return None
        is_sent = refund.state is RefundState.COMPLETED or refund.state in IN_TRANSIT_STATES
        return KnownPayment(
            payment_id=payment.payment_id,
            reference=payment.reference,
            agency=payment.agency,
            service=payment.service,
            state=str(refund.state),
            amount=-refund.amount if is_sent and refund.destination is RefundDestination.INSTRUMENT else None,
            currency=refund.currency,
            gateway_transaction=refund.transaction or "",
            correlation_id=refund.correlation_id,
        )


def outcome_of(accounts: Sequence[AccountResult], sources: Sequence[SourceFile]) -> Outcome:
    """Of the accounts of one scope, with the files that are theirs."""
    sides = [side for account in accounts for side in (account.platform, account.gateway_side)]
    differences = [difference for account in accounts for difference in account.differences]
    faults = open_faults(sources)
    is_refused = any(fault.status is SourceStatus.QUARANTINED for fault in faults)
    is_file_missing = is_refused or any(account.is_file_missing for account in accounts)
    return Outcome(
        status=status_of(sides, differences, is_file_missing=is_refused),
        control=verdict_of(sides, is_file_missing=is_file_missing),
        platform=sum((account.platform for account in accounts), start=Side()),
        gateway_side=sum((account.gateway_side for account in accounts), start=Side()),
        exception_count=len(differences) + len(faults),
    )


def _lacks_file(statement: Statement | None, sieved: Sieved) -> bool:
    """The day has captures and no file at all."""
    return statement is None and sieved.platform_input.count > 0


def _is_refused(key: AccountKey, sources: Sequence[SourceFile]) -> bool:
    return any(
        fault.status is SourceStatus.QUARANTINED and (fault.gateway, fault.account_id) == key
        for fault in open_faults(sources)
    )
