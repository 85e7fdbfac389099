"""What a rail takes back: a void or reversal of a whole capture, or a chargeback of a part. Pure; the caller writes it.

The invoice is owed again by as much as the money had discharged; the postings are the capture's, turned round.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mizan.application.posting import Booking, entry_of, source_account
from mizan.application.surcharges import surcharges_back
from mizan.domain.accounts import MerchantAccount
from mizan.domain.calendar import business_date
from mizan.domain.headroom import Portion, emptied, takeable
from mizan.domain.invoices import Invoice, InvoiceEvent, changed
from mizan.domain.ledger import LedgerTransaction, Posting, TransactionKind, gateway_clearing
from mizan.domain.payments import Disposition, Payment, PaymentEvent, PaymentLine
from mizan.domain.payments import changed as changed_payment


@dataclass(frozen=True, slots=True)
class Reopened:
    """Lines as they become, and each invoice as seen and as it becomes."""

    lines: tuple[PaymentLine, ...]
    invoices: tuple[tuple[Invoice, Invoice], ...]


def book_reversal(
    payment: Payment, account: MerchantAccount, event: PaymentEvent, invoices: Mapping[str, Invoice], now: datetime
) -> Booking:
    """The rail took the whole capture back (`event` VOID or REVERSE): all but what it gave back itself.

    Raises IllegalTransitionError where the attempt cannot be taken back.
    """
    portions = takeable(payment)
    reopened = reopen(payment, emptied(payment), portions, invoices, now)
    taken = sum(one.amount for one in portions) + (payment.surcharge if payment.is_surcharged else 0)
    after = changed_payment(payment, event, now, amount=taken, lines=reopened.lines, is_final=True)
    clearing = gateway_clearing(payment.gateway, payment.account_id)
    postings = [*postings_back(payment, portions), *surcharges_back(payment, clearing)]
    entry = entry_of(payment, f"rev_{payment.payment_id}", TransactionKind.CAPTURE_REVERSED, postings, now)
    entry = replace(entry, business_date=business_date(now, account.cutoff))
    return Booking(after, entry, reopened.invoices)


def postings_back(payment: Payment, portions: Sequence[Portion]) -> list[Posting]:
    """From where each portion lies, back to the gateway."""
    clearing = gateway_clearing(payment.gateway, payment.account_id)
    return [Posting(account_of(payment, portion), clearing, portion.amount) for portion in portions]


def account_of(payment: Payment, portion: Portion) -> str:
    """Where a portion's money lies now. Raises StopIteration on a portion that is not the payment's."""
    line = next(line for line in payment.lines if line.reference == portion.reference)
    share = next(share for share in line.shares if share.disposition is portion.disposition)
    return source_account(payment, line, share)


def reopen(
    payment: Payment,
    lines: tuple[PaymentLine, ...],
    portions: Sequence[Portion],
    invoices: Mapping[str, Invoice],
    now: datetime,
) -> Reopened:
    """Owe again what allocated money had discharged; money that was allocated to nothing reopens nothing."""
    lost: defaultdict[str, int] = defaultdict(int)
    for portion in portions:
        if portion.disposition is Disposition.ALLOCATED:
            lost[portion.reference] += portion.amount
    after, moved = [], []
    for line in lines:
        owed_again = _owed_again(line, lost[line.reference])
        invoice = invoices.get(line.reference)
        if owed_again and invoice is not None:
            is_gone = line.discharged == owed_again
            again = _reopened(invoice, line if is_gone else None, owed_again, lost[line.reference], now)
            left = tuple(one for one in again.paid_by if not (is_gone and one == payment.payment_id))
            moved.append((invoice, replace(again, paid_by=left)))
        after.append(replace(line, discharged=line.discharged - owed_again))
    return Reopened(tuple(after), tuple(moved))


def _owed_again(line: PaymentLine, lost: int) -> int:
    """As much as went, and the discount with it where nothing of the money is left; a late charge is not owed again.

    `line` as it becomes: what was refunded before stays discharged, for its agency gave it back of its own will.
    """
    share = line.share(Disposition.ALLOCATED)
    is_empty = share is None or share.left + share.reserved + share.elsewhere == 0
    discount = max(0, line.discharge - share.amount) if share is not None and lost and is_empty else 0
    return min(lost + discount, line.discharged)


def _reopened(invoice: Invoice, line: PaymentLine | None, owed_again: int, lost: int, now: datetime) -> Invoice:
    """`line` where all that it had discharged is owed again: its leg is unpaid again too."""
    outstanding = invoice.outstanding + owed_again
    event = InvoiceEvent.REVERSE if outstanding == invoice.amount else InvoiceEvent.REVERSE_PART
    changes: dict[str, Any] = {"outstanding": outstanding}
    if line is not None and line.leg is not None:
        legs = tuple(leg for leg in invoice.legs_paid if leg != line.leg)
        changes |= {"legs_paid": legs, "plan": invoice.plan if legs else None}
    return changed(invoice, event, now, amount=lost, **changes)


def chargeback_entry(
    payment: Payment, dispute_id: str, portions: Sequence[Portion], now: datetime
) -> LedgerTransaction:
    """The journal entry of a lost dispute."""
    return entry_of(payment, f"cbk_{dispute_id}", TransactionKind.CHARGEBACK, postings_back(payment, portions), now)
