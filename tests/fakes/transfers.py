"""A platform with an account at a bank: transfers come in by files or one by one, and people decide about suspense."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from mizan.application.decide_suspense import SuspenseDecisions
from mizan.application.ports_books import Books
from mizan.application.read_suspense import SuspenseReader
from mizan.application.reverse_credit import CreditReversals
from mizan.application.suggest_invoices import InvoiceSuggestions
from mizan.application.take_credit import CreditDesk
from mizan.domain.accounts import AccountSecrets, MerchantAccount
from mizan.domain.history import Entry
from mizan.domain.incoming_credits import IncomingCredit, Remitter
from mizan.domain.ledger import trial_balance
from mizan.domain.suspense import SuspenseCase, SuspenseReason, SuspenseState
from mizan.domain.transfers import creditor_reference, virtual_iban
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.samples import ACCOUNT, AMOUNT, a_payment
from tests.fakes.store import (
    FakePayerIndex,
    FakeReferenceReservations,
    FakeRemitterIndex,
    FakeSuspenseCases,
)
from tests.fakes.world import FakeAccountDirectory

PREFIX = "MZNBV01"
STATEMENT_IBAN = "BH67BMAG00001299123456"
REMITTER = Remitter("Maryam Ali", "BH57NBOB00001234567890")
BANK = MerchantAccount(
    account_id="bank-treasury",
    token="tok-bank",  # a test's
    gateway="bank_transfer",
    agency="*",
    terminal_id=STATEMENT_IBAN,
    method="bank_transfer",
    base_url="",
    cutoff=time(0, 0),
    is_active=True,
    secrets=AccountSecrets(password="", resource_key=""),
    effective_from=datetime(2026, 1, 1, tzinfo=UTC),
    settings={"iban_prefix": PREFIX, "statement_iban": STATEMENT_IBAN, "beneficiary": "Treasury"},
)
CLEARING = "gateway_clearing:bank_transfer:bank-treasury"
SUSPENSE = "suspense:bank_transfer"


@dataclass
class TransferPlatform(Platform):
    """`Platform` with what transfers need."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.accounts = FakeAccountDirectory(ACCOUNT, BANK)
        self.cases = FakeSuspenseCases(self.books)
        self.references = FakeReferenceReservations(self.invoices)
        self.remitters = FakeRemitterIndex()
        self.payers = FakePayerIndex()

    def reversals(self, books: Books | None = None) -> CreditReversals:
        return CreditReversals(
            invoices=self.invoices,
            payments=self.payments,
            cases=self.cases,
            books=books or self.books,
            clock=self.clock,
            sleep=self.naps.append,
        )

    def credit_desk(self) -> CreditDesk:
        return CreditDesk(
            invoices=self.invoices,
            baskets=self.baskets,
            payments=self.payments,
            books=self.books,
            notices=self.notice_book(),
            reversals=self.reversals(),
            references=self.references,
            remitters=self.remitters,
            derivation=self.derivation,
            clock=self.clock,
            sleep=self.naps.append,
        )

    def decisions(self) -> SuspenseDecisions:
        return SuspenseDecisions(
            invoices=self.invoices,
            payments=self.payments,
            refunds=self.refunds,
            cases=self.cases,
            accounts=self.accounts,
            books=self.books,
            notices=self.notice_book(),
            requests=self.refund_requests(),
            clock=self.clock,
            sleep=self.naps.append,
        )

    def reader(self) -> SuspenseReader:
        suggestions = InvoiceSuggestions(
            invoices=self.invoices, remitters=self.remitters, payers=self.payers, clock=self.clock
        )
        return SuspenseReader(cases=self.cases, payments=self.payments, suggestions=suggestions)

    def balances(self) -> dict[str, int]:
        """Debit less credit of every account that is not at zero, in minor units."""
        found = {row.account: row.balance for row in trial_balance(self.journal.rows.values())}
        return {account: balance for account, balance in found.items() if balance}

    def only_case(self) -> SuspenseCase:
        (case,) = self.books.cases.values()
        return case


def a_credit(**changes: Any) -> IncomingCredit:
    """BHD 12.500 booked on 1 March at noon in Bahrain, naming nothing."""
    credit = IncomingCredit(
        line=5,
        amount=AMOUNT,
        currency="BHD",
        booked_on=date(2026, 3, 1),
        value_date=date(2026, 3, 1),
        bank_reference="BNK0001",
        entry_amount=changes.get("amount", AMOUNT),
        remitter=REMITTER,
        booked_at=NOON,
    )
    return replace(credit, **changes)


def to_virtual(reference: str, **changes: Any) -> IncomingCredit:
    return a_credit(credited_iban=virtual_iban(reference, PREFIX), **changes)


def with_text(text: str, **changes: Any) -> IncomingCredit:
    return a_credit(remittance=text, **changes)


def with_creditor_reference(reference: str, **changes: Any) -> IncomingCredit:
    return a_credit(structured_reference=creditor_reference(reference), **changes)


def a_case(**changes: Any) -> SuspenseCase:
    """BHD 12.500 that named nothing, every optional field that a new case has filled."""
    payment = a_payment()
    case = SuspenseCase(
        case_id=f"sus_{payment.payment_id.removeprefix('pay_')}",
        payment_id=payment.payment_id,
        reference=payment.reference,
        agency="*",
        gateway="bank_transfer",
        amount=AMOUNT,
        currency="BHD",
        reason=SuspenseReason.NO_REFERENCE,
        state=SuspenseState.OPEN,
        paid_at=NOON,
        created_at=NOON,
        updated_at=NOON,
        remitter=REMITTER,
        remittance="للعائلة",
        history=(Entry("receive", NOON, AMOUNT),),
    )
    return replace(case, **changes)
