"""A ledger transaction as one item holding all its postings, and back."""

from datetime import date, datetime
from typing import Any

from mizan.domain.ledger import LedgerTransaction, Posting, TransactionKind


def partition(posting_day: date, shard: int) -> str:
    return f"JRN#{posting_day:%Y-%m-%d}#{shard:02d}"


def transaction_item(transaction: LedgerTransaction) -> dict[str, Any]:
    return {
        "pk": partition(transaction.posting_day, transaction.shard),
        "sk": transaction.transaction_id,
        "kind": str(transaction.kind),
        "posting_day": transaction.posting_day.isoformat(),
        "business_date": transaction.business_date.isoformat(),
        "posted": transaction.posted_at.isoformat(),
        "captured": transaction.captured_at.isoformat(),
        "postings": [[posting.debit, posting.credit, posting.amount] for posting in transaction.postings],
        "currency": transaction.currency,
        "agency": transaction.agency,
        "service": transaction.service,
        "reference": transaction.reference,
        "payment_id": transaction.payment_id,
        "gateway": transaction.gateway,
        "account": transaction.account_id,
        "gateway_transaction": transaction.gateway_transaction,
        "rrn": transaction.rrn,
        "correlation": transaction.correlation_id,
        "refund": transaction.refund_id,
    }


def transaction_of(item: dict[str, Any]) -> LedgerTransaction:
    return LedgerTransaction(
        transaction_id=item["sk"],
        kind=TransactionKind(item["kind"]),
        posting_day=date.fromisoformat(item["posting_day"]),
        business_date=date.fromisoformat(item["business_date"]),
        posted_at=datetime.fromisoformat(item["posted"]),
        captured_at=datetime.fromisoformat(item["captured"]),
        postings=tuple(Posting(debit, credit, amount) for debit, credit, amount in item["postings"]),
        currency=item["currency"],
        agency=item["agency"],
        service=item["service"],
        reference=item["reference"],
        payment_id=item["payment_id"],
        gateway=item["gateway"],
        account_id=item["account"],
        gateway_transaction=item["gateway_transaction"],
        rrn=item["rrn"],
        correlation_id=item["correlation"],
        refund_id=item.get("refund"),
    )
