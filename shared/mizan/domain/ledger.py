"""Double entry: a posting moves a positive amount from one account to another; a transaction holds all its postings.

Every posting has both its sides, so Σ = 0 holds by construction; `balances` proves it again over what was read back.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

JOURNAL_SHARD_COUNT = 16


class TransactionKind(StrEnum):
    CAPTURE_ALLOCATED = "capture_allocated"
    CAPTURE_OVERPAID = "capture_overpaid"
    CAPTURE_SUSPENDED = "capture_suspended"
    CAPTURE_REVERSED = "capture_reversed"
    REFUND_SENT = "refund_sent"
    REFUND_COMPLETED = "refund_completed"
    REFUND_FAILED = "refund_failed"
    CHARGEBACK = "chargeback"
    CREDIT_APPLIED = "credit_applied"
    OVERPAYMENT_DORMANT = "overpayment_dormant"
    VOUCHER_ISSUED = "voucher_issued"
    VOUCHER_CANCELLED = "voucher_cancelled"
    VOUCHER_EXPIRED = "voucher_expired"
    DEPOSIT_BANKED = "deposit_banked"


CAPTURE_KINDS = frozenset(
    {TransactionKind.CAPTURE_ALLOCATED, TransactionKind.CAPTURE_OVERPAID, TransactionKind.CAPTURE_SUSPENDED}
)
"""Named after where most of the money went; the postings say where all of it did."""


@dataclass(frozen=True, slots=True)
class Posting:
    """`amount` (fils, > 0) leaves `credit` and enters `debit`. Raises ValueError on anything else."""

    debit: str
    credit: str
    amount: int

    def __post_init__(self) -> None:
        if self.amount <= 0 or self.debit == self.credit:
            raise ValueError("a posting moves a positive amount between two different accounts")


@dataclass(frozen=True, slots=True)
class LedgerTransaction:
    """One journal entry, immutable. `posting_day` and `business_date` are Bahrain days; instants are UTC.

    `business_date` is the gateway's (its cut-off applied to `captured_at`): reconciliation matches by it. `captured_at`
    is when the money moved there: taken, given back, or only moved in our books; `gateway_transaction` the rail's id
    of it. `posting_day` is when the books took it; a late capture has the later one.
    """

    transaction_id: str
    kind: TransactionKind
    posting_day: date
    business_date: date
    posted_at: datetime
    captured_at: datetime
    postings: tuple[Posting, ...]
    currency: str
    agency: str
    service: str
    reference: str
    payment_id: str
    gateway: str
    account_id: str
    gateway_transaction: str
    rrn: str
    correlation_id: str
    refund_id: str | None = None

    @property
    def amount(self) -> int:
        """What the transaction moved, in fils."""
        return sum(posting.amount for posting in self.postings)

    @property
    def clearing_movement(self) -> int:
        """What it adds to what the gateway owes us, in fils: negative for money that went back through the gateway, 0
        for what only moves in our books. Reconciliation matches what moves.
        """
        if self.gateway == VOUCHER_GATEWAY:
            return 0
        clearing = gateway_clearing(self.gateway, self.account_id)
        taken = sum(posting.amount for posting in self.postings if posting.debit == clearing)
        return taken - sum(posting.amount for posting in self.postings if posting.credit == clearing)

    @property
    def shard(self) -> int:
        return int(hashlib.sha256(self.transaction_id.encode()).hexdigest()[:8], 16) % JOURNAL_SHARD_COUNT


CASH_ROUNDING = "cash_rounding"
"""What coins cannot pay, either way: cash rounds to 5 fils, what is owed does not."""

TREASURY_FEES = "treasury_fees"
"""Fees that the treasury bears."""

FEE_VAT = "fee_vat"
"""VAT on fees: the tax authority's."""

OPERATOR_RECEIVABLE = "operator_receivable:"
"""How the names of the accounts begin that hold what operators took and have not banked: an operator's exposure."""

CASH_GATEWAYS = frozenset({"kiosk", "sadad"})
"""Rails whose operators take notes and coins: what they took is a receivable on them until it is banked."""

VOUCHER_GATEWAY = "voucher"


def gateway_clearing(gateway: str, account_id: str) -> str:
    """Money that a gateway took and has not settled to us yet; of a voucher, what was paid in when it was issued."""
    if gateway in CASH_GATEWAYS:
        return f"{OPERATOR_RECEIVABLE}{account_id}"
    if gateway == VOUCHER_GATEWAY:
        return vouchers_outstanding()
    return f"gateway_clearing:{gateway}:{account_id}"


def vouchers_outstanding() -> str:
    """Money paid in for vouchers that were not used yet: their holders'."""
    return "vouchers_outstanding"


def fees_collected(gateway: str) -> str:
    """Fees for paying through a gateway, without their VAT: what its own charges are paid from."""
    return f"fees_collected:{gateway}"


def agency_payable(agency: str) -> str:
    """Money that is an agency's."""
    return f"agency_payable:{agency}"


def overpayment(agency: str) -> str:
    """Money that a payer paid twice: the payer's, shown and never silent."""
    return f"overpayment:{agency}"


def dormant(agency: str) -> str:
    """Overpayments that nobody asked for within the rule's time: still the payers'."""
    return f"dormant:{agency}"


def refunds_in_transit(rail: str) -> str:
    """Refunds that a rail was asked for and has not answered: neither here nor there."""
    return f"refunds_in_transit:{rail}"


def payout_bank(bank: str) -> str:
    """Money that a bank paid out for us."""
    return f"payout_bank:{bank}"


def operator_payable(operator: str) -> str:
    """Money that an operator gave out in cash for us: the operator's until we settle."""
    return f"operator_payable:{operator}"


def deposits_bank(operator: str) -> str:
    """Cash that an operator brought to the treasury's bank."""
    return f"deposits_bank:{operator}"


def suspense(gateway: str) -> str:
    """Money that fits nothing yet: a case for finance."""
    return f"suspense:{gateway}"


def counted_movements(transaction: LedgerTransaction) -> dict[str, int]:
    """What the transaction adds (fils, signed) to each account whose balance is counted as it is posted to: operators'
    receivables, for a cap must be held to an exact number before the next bill is shown.
    """
    movements: defaultdict[str, int] = defaultdict(int)
    for posting in transaction.postings:
        movements[posting.debit] += posting.amount
        movements[posting.credit] -= posting.amount
    return {name: moved for name, moved in movements.items() if moved and name.startswith(OPERATOR_RECEIVABLE)}


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """Totals of one account in one currency over some transactions, in minor units (fils for BHD)."""

    account: str
    debit: int
    credit: int
    currency: str

    @property
    def balance(self) -> int:
        return self.debit - self.credit


def trial_balance(transactions: Iterable[LedgerTransaction]) -> list[AccountBalance]:
    """Totals per account and currency, sorted by both. Σ debit = Σ credit over the list, in each currency.

    A gateway may capture in a currency nobody asked for: that is in suspense, and its units are never added to fils.
    """
    debits: defaultdict[tuple[str, str], int] = defaultdict(int)
    credits: defaultdict[tuple[str, str], int] = defaultdict(int)
    for transaction in transactions:
        for posting in transaction.postings:
            debits[posting.debit, transaction.currency] += posting.amount
            credits[posting.credit, transaction.currency] += posting.amount
    return [
        AccountBalance(account, debits[account, currency], credits[account, currency], currency)
        for account, currency in sorted(debits.keys() | credits.keys())
    ]
