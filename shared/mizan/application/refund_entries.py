"""The journal entries of a refund: into transit when it is sent, out of it to its rail, or back. Pure."""

from dataclasses import replace
from datetime import datetime

from mizan.application.giving_back import account_of
from mizan.application.ports_refunds import RefundResult
from mizan.application.posting import entry_of
from mizan.application.refund_rails import Rail, transit_of
from mizan.domain.calendar import business_date
from mizan.domain.ledger import LedgerTransaction, Posting, TransactionKind
from mizan.domain.payments import Payment
from mizan.domain.refunds import Refund

PREFIXES = {
    TransactionKind.REFUND_SENT: "rfs",
    TransactionKind.REFUND_COMPLETED: "rfc",
    TransactionKind.REFUND_FAILED: "rff",
}


def sent_entry(refund: Refund, payment: Payment, now: datetime) -> LedgerTransaction:
    """The money leaves where it lay; nobody but its rail knows where it is."""
    posting = Posting(account_of(payment, refund.portion), transit_of(refund, payment), refund.amount)
    return _entry(refund, payment, TransactionKind.REFUND_SENT, posting, now)


def returned_entry(refund: Refund, payment: Payment, now: datetime) -> LedgerTransaction:
    """Nothing went to the payer: the money lies again where it lay."""
    posting = Posting(transit_of(refund, payment), account_of(payment, refund.portion), refund.amount)
    return _entry(refund, payment, TransactionKind.REFUND_FAILED, posting, now)


def completed_entry(
    refund: Refund, payment: Payment, rail: Rail, result: RefundResult, now: datetime
) -> LedgerTransaction:
    """The rail gave it to the payer. Its business date is the rail's own, which settlement files go by."""
    moved_at = result.completed_at or now
    posting = Posting(transit_of(refund, payment), rail.pays_from, refund.amount)
    entry = _entry(refund, payment, TransactionKind.REFUND_COMPLETED, posting, now)
    day = business_date(moved_at, rail.account.cutoff) if rail.account else business_date(moved_at)
    return replace(
        entry, captured_at=moved_at, business_date=day, gateway_transaction=result.transaction, rrn=result.rrn
    )


def handed_out_entry(
    refund: Refund, payment: Payment, operator_account: str, transaction: str, now: datetime
) -> LedgerTransaction:
    """An operator gave it out in cash for us: it is owed to the operator."""
    posting = Posting(transit_of(refund, payment), operator_account, refund.amount)
    entry = _entry(refund, payment, TransactionKind.REFUND_COMPLETED, posting, now)
    return replace(entry, gateway_transaction=transaction, rrn="")


def _entry(
    refund: Refund, payment: Payment, kind: TransactionKind, posting: Posting, now: datetime
) -> LedgerTransaction:
    """One of a kind per refund, ever."""
    entry = entry_of(payment, f"{PREFIXES[kind]}_{refund.refund_id}", kind, [posting], now)
    return replace(entry, agency=refund.agency, refund_id=refund.refund_id)
