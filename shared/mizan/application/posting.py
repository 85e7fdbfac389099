"""Where captured money goes: to its invoices, to visible overpayments, or to suspense. Pure; the caller writes it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mizan.application.surcharges import surcharge_postings
from mizan.domain.accounts import MerchantAccount
from mizan.domain.calendar import business_date
from mizan.domain.errors import InvalidInputError, MizanError
from mizan.domain.invoices import INVOICE_STATES, Invoice, InvoiceEvent, InvoiceState, changed, is_over
from mizan.domain.ledger import (
    LedgerTransaction,
    Posting,
    TransactionKind,
    agency_payable,
    dormant,
    gateway_clearing,
    overpayment,
    suspense,
)
from mizan.domain.payments import Capture, Disposition, Payment, PaymentEvent, PaymentLine, Share
from mizan.domain.payments import changed as changed_payment
from mizan.domain.quotes import quote_of
from mizan.domain.suspense import SuspenseCase, SuspenseReason, opened_case

KIND_OF_DISPOSITION = {
    Disposition.ALLOCATED: TransactionKind.CAPTURE_ALLOCATED,
    Disposition.OVERPAID: TransactionKind.CAPTURE_OVERPAID,
    Disposition.SUSPENDED: TransactionKind.CAPTURE_SUSPENDED,
}


@dataclass(frozen=True, slots=True)
class Booking:
    """What one transaction writes: the attempt as it becomes, the journal entry, each invoice as seen and as it
    becomes.
    """

    payment: Payment
    transaction: LedgerTransaction
    invoices: tuple[tuple[Invoice, Invoice], ...]
    cases: tuple[SuspenseCase, ...] = ()
    """A new case where some of the money fits nothing."""


def book_capture(
    payment: Payment,
    account: MerchantAccount,
    capture: Capture,
    invoices: Mapping[str, Invoice],
    *,
    is_same_track: bool,
    now: datetime,
    excess: int = 0,
    pays_from: str | None = None,
) -> Booking:
    """`invoices` as stored, by reference. Amount, currency and track id must be the attempt's; else the money is real
    all the same and stays visible in suspense (rails.md, rule 6). `excess`: fils of the first line that were paid
    beside what was owed, into a machine that gives no change. `pays_from`: the account that holds the money, where it
    is not the gateway's.

    Raises IllegalTransitionError when the attempt cannot be captured any more, InvalidInputError where money of
    `pays_from` would fit nothing again.
    """
    fits = is_same_track and capture.amount == payment.amount and capture.currency == payment.currency
    lines, touched = [], []
    for line in payment.lines:
        invoice = invoices.get(line.reference)
        due = replace(line, amount=line.amount - excess) if line is payment.lines[0] else line
        booked, after = _shared_out(due, invoice if fits else None, capture.captured_at, now)
        booked = replace(booked, amount=line.amount, shares=_with_excess(booked.shares, line.amount - due.amount))
        lines.append(booked)
        if invoice is not None and after is not None:
            touched.append((invoice, replace(after, paid_by=(*after.paid_by, payment.payment_id))))
    if not fits:
        lines = [replace(lines[0], shares=_whole(Disposition.SUSPENDED, capture.amount)), *payment.lines[1:]]
    after_payment = changed_payment(
        payment, PaymentEvent.CAPTURE, now, amount=capture.amount, lines=tuple(lines), capture=capture, decline=None
    )
    return Booking(
        after_payment,
        _capture_entry(after_payment, account, capture, now, pays_from),
        tuple(touched),
        _cases(after_payment, capture, now, is_same_track=is_same_track),
    )


def _cases(payment: Payment, capture: Capture, now: datetime, *, is_same_track: bool) -> tuple[SuspenseCase, ...]:
    """What is suspended is finance's case, opened with it."""
    if payment.amount_of(Disposition.SUSPENDED) == 0:
        return ()
    reason = SuspenseReason.NOT_PAYABLE
    if capture.currency != payment.currency:
        reason = SuspenseReason.WRONG_CURRENCY
    elif not is_same_track:
        reason = SuspenseReason.UNKNOWN_REFERENCE
    elif capture.amount != payment.amount:
        reason = SuspenseReason.WRONG_AMOUNT
    return (opened_case(payment, reason, now),)


def source_account(payment: Payment, line: PaymentLine, share: Share) -> str:
    """The account that holds a share of a capture."""
    if share.is_dormant:
        return dormant(line.agency)
    return {
        Disposition.ALLOCATED: agency_payable(line.agency),
        Disposition.OVERPAID: overpayment(line.agency),
        Disposition.SUSPENDED: suspense(payment.gateway),
    }[share.disposition]


def entry_of(
    payment: Payment, transaction_id: str, kind: TransactionKind, postings: Iterable[Posting], now: datetime
) -> LedgerTransaction:
    """A journal entry about a payment, dated now; the caller replaces what its rail says otherwise."""
    capture = payment.capture
    return LedgerTransaction(
        transaction_id=transaction_id,
        kind=kind,
        posting_day=business_date(now),
        business_date=business_date(now),
        posted_at=now,
        captured_at=now,
        postings=tuple(postings),
        currency=capture.currency if capture else payment.currency,
        agency=payment.agency,
        service=payment.service,
        reference=payment.reference,
        payment_id=payment.payment_id,
        gateway=payment.gateway,
        account_id=payment.account_id,
        gateway_transaction=capture.transaction if capture else "",
        rrn=capture.rrn if capture else "",
        correlation_id=payment.correlation_id,
    )


# -- one line -------------------------------------------------------------------------------------------------------


def _shared_out(
    line: PaymentLine, invoice: Invoice | None, captured_at: datetime, now: datetime
) -> tuple[PaymentLine, Invoice | None]:
    """The line with its money's shares, and the invoice as it becomes where it takes some of it."""
    if invoice is not None and invoice.state is InvoiceState.PAID:
        return replace(line, shares=_whole(Disposition.OVERPAID, line.amount)), None
    if invoice is None or not _takes_money(line, invoice, captured_at):
        return replace(line, shares=_whole(Disposition.SUSPENDED, line.amount)), None
    if _is_excluded(line, invoice):
        return replace(line, shares=_whole(Disposition.OVERPAID, line.amount)), None
    covered = invoice.outstanding >= line.discharge
    late = max(0, line.amount - line.discharge)
    allocated = line.amount if covered else min(line.amount, invoice.outstanding + late)
    discharged = line.discharge if covered else min(allocated, invoice.outstanding)
    shares = [Share(Disposition.ALLOCATED, allocated, allocated)]
    if line.amount > allocated:
        shares.append(Share(Disposition.OVERPAID, line.amount - allocated, line.amount - allocated))
    return replace(line, shares=tuple(shares), discharged=discharged), _paid(invoice, line, allocated, discharged, now)


def _takes_money(line: PaymentLine, invoice: Invoice, captured_at: datetime) -> bool:
    """Whether the demand still took money when the payer paid, and took this much of it."""
    if not INVOICE_STATES.allows(invoice.state, InvoiceEvent.PAY):
        return False
    last_day = invoice.terms.expires_on
    if last_day is not None and is_over(invoice, last_day, captured_at):
        return False
    return captured_at <= line.valid_until or _is_still_due(line, invoice, captured_at)


def _is_still_due(line: PaymentLine, invoice: Invoice, captured_at: datetime) -> bool:
    """Paid after its quote had lapsed: it counts where a new quote would have said the same."""
    if invoice.state is InvoiceState.EXPIRED:  # it had not when the payer paid
        state = InvoiceState.ISSUED if invoice.is_untouched else InvoiceState.PARTIALLY_PAID
        invoice = replace(invoice, state=state)
    try:
        quote = quote_of(invoice, captured_at, plan=line.plan, amount=line.amount)
    except MizanError:
        return invoice.outstanding < line.discharge  # somebody else paid meanwhile: shared out as any other money
    return (quote.amount, quote.discharge) == (line.amount, line.discharge)


def _is_excluded(line: PaymentLine, invoice: Invoice) -> bool:
    """An instalment whose leg is paid already, or whose plan another way of paying has excluded."""
    if line.plan is None or invoice.terms.plan(line.plan) is None:
        return False  # no instalment, or one of a plan that was amended away: money like any other
    is_other = invoice.plan not in (None, line.plan) or (invoice.plan is None and not invoice.is_untouched)
    return is_other or line.leg in invoice.legs_paid


def _paid(invoice: Invoice, line: PaymentLine, allocated: int, discharged: int, now: datetime) -> Invoice:
    outstanding = invoice.outstanding - discharged
    plan = invoice.terms.plan(line.plan) if line.plan else None
    legs = invoice.legs_paid
    if plan is not None and line.leg is not None and line.leg < len(plan.legs):
        legs = (*legs, line.leg)
    event = InvoiceEvent.PAY_PART if outstanding else InvoiceEvent.PAY
    bound = plan.plan_id if plan is not None else invoice.plan
    return changed(invoice, event, now, amount=allocated, outstanding=outstanding, plan=bound, legs_paid=legs)


def _with_excess(shares: tuple[Share, ...], excess: int) -> tuple[Share, ...]:
    """What was paid beside what was owed lies with the rest of it where that lies whole, else it is overpaid."""
    if not excess:
        return shares
    last = shares[-1]
    if last.disposition is Disposition.ALLOCATED:
        return (*shares, Share(Disposition.OVERPAID, excess, excess))
    return (*shares[:-1], replace(last, amount=last.amount + excess, left=last.left + excess))


def _whole(disposition: Disposition, amount: int) -> tuple[Share, ...]:
    return (Share(disposition, amount, amount),)


def _capture_entry(
    payment: Payment, account: MerchantAccount, capture: Capture, now: datetime, pays_from: str | None
) -> LedgerTransaction:
    clearing = pays_from or gateway_clearing(payment.gateway, payment.account_id)
    if pays_from is not None and payment.amount_of(Disposition.SUSPENDED):
        raise InvalidInputError.of("reference", "takes_no_money")  # it would go from suspense to suspense
    postings = [
        Posting(clearing, source_account(payment, line, share), share.amount)
        for line in payment.lines
        for share in line.shares
    ]
    postings += surcharge_postings(payment, clearing)
    kind = KIND_OF_DISPOSITION[payment.disposition or Disposition.SUSPENDED]
    entry = entry_of(payment, f"cap_{payment.payment_id}", kind, postings, now)
    return replace(
        entry, business_date=business_date(capture.captured_at, account.cutoff), captured_at=capture.captured_at
    )
