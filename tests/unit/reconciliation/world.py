"""The scheduled reconciliation over fakes of the store, with the production gate, matcher and report writers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mizan.adapters.documents.reports import DocumentReportWriter
from mizan.adapters.statements.workshop import open_workshop
from mizan.application.read_reports import Reports
from mizan.application.reconcile_day import DayReconciler, ReconciliationReport
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import CallbackKey
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.payments import Payment, PaymentState
from mizan.domain.reconciliation.entries import GatewayLine
from mizan.domain.reconciliation.runs import Run
from tests.fakes.clock import FakeClock
from tests.fakes.reconciliation import (
    FakeHolidayCalendar,
    FakeJournalPages,
    FakeLease,
    FakeObjectStore,
    FakeRunRecords,
)
from tests.fakes.samples import ACCOUNT, a_capture, a_payment, an_invoice
from tests.fakes.store import (
    FakeBooks,
    FakeInvoiceRepository,
    FakeJournal,
    FakePaymentRepository,
    FakeRefundRepository,
)
from tests.fakes.world import FakeAccountDirectory
from tests.unit.reconciliation.samples import ACCOUNT_ID, DAY, GATEWAY, a_file, a_return, a_transaction

EVENING = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)
"""18:00 in Bahrain on DAY: the day is not over."""

NEXT_NIGHT = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
"""01:30 in Bahrain on the day after: the day is over and the grace too."""


@dataclass
class ReconciliationWorld:
    """Starts in the evening of DAY, with one account that took its first money on that day."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(EVENING))
    accounts: list[MerchantAccount] = field(
        default_factory=lambda: [replace(ACCOUNT, effective_from=EVENING - timedelta(hours=12))]
    )

    def __post_init__(self) -> None:
        self.store = FakeObjectStore(self.clock)
        self.lease = FakeLease()
        self.runs = FakeRunRecords(self.lease)
        self.journal = FakeJournal()
        invoices = FakeInvoiceRepository()
        self.payments = FakePaymentRepository(invoices.lock)
        self.refunds = FakeRefundRepository(FakeBooks(invoices, self.payments, self.journal))
        self.reports = Reports(
            runs=self.runs,
            store=self.store,
            journal=self.journal,
            journal_pages=FakeJournalPages(self.journal),
        )

    def run(self) -> ReconciliationReport:
        """As the schedule would."""
        reconciler = DayReconciler(
            lease=self.lease,
            runs=self.runs,
            store=self.store,
            reports=DocumentReportWriter(),
            workshop=open_workshop,
            journal=self.journal,
            payments=self.payments,
            refunds=self.refunds,
            accounts=FakeAccountDirectory(*self.accounts),
            holidays=FakeHolidayCalendar(),
            clock=self.clock,
        )
        return reconciler.run()

    def run_of_day(self, day: date = DAY) -> Run:
        """Run, and read the newest run of a day."""
        self.run()
        return self.runs.newest[day]

    def capture(self, *numbers: int, **changes: Any) -> list[LedgerTransaction]:
        """Payments that the platform has in its books."""
        transactions = [a_transaction(number, **changes) for number in numbers]
        for transaction in transactions:
            self.journal.rows[CallbackKey("JRN", transaction.transaction_id)] = transaction
        return transactions

    def give_back(self, number: int, amount: int = 4_000, **changes: Any) -> LedgerTransaction:
        """Money that went back through the gateway, in the books."""
        transaction = a_return(number, amount, **changes)
        self.journal.rows[CallbackKey("JRN", transaction.transaction_id)] = transaction
        return transaction

    def know(self, number: int, state: PaymentState) -> Payment:
        """An attempt that the platform has, whatever its books say."""
        payment = a_payment(an_invoice(number), number, state=state)
        if state is PaymentState.SUCCEEDED:
            capture = a_capture(serial=number, transaction=f"9000{number:06d}")
            payment = replace(payment, capture=capture)
        self.payments.rows[payment.payment_id] = payment
        return payment

    def deliver(self, lines: Sequence[GatewayLine], name: str = f"{DAY}-0001.csv", **changes: Any) -> bytes:
        """The gateway's file lands."""
        return self.deliver_bytes(a_file(lines, **changes), name)

    def deliver_bytes(self, content: bytes, name: str = f"{DAY}-0001.csv", account_id: str = ACCOUNT_ID) -> bytes:
        self.store.put(f"inbox/settlement/{GATEWAY}/{account_id}/{name}", content)
        return content

    def report(self, run: Run, name: str = "report.json", scope: str = "*") -> bytes:
        key = next(file.key for file in run.files[scope] if file.name == name)
        return self.store.rows[key][0]

    def document(self, run: Run, scope: str = "*") -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.report(run, scope=scope))
        return document

    def reasons(self, run: Run) -> list[str]:
        return [row["reason"] for row in self.document(run)["exceptions"]]
