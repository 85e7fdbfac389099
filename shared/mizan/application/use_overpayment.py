"""Money that a payer paid twice: credited to an invoice, or set aside when nobody asked for it for a year."""

import hashlib
import time
from dataclasses import dataclass, replace
from datetime import datetime

from mizan.application.giving_back import account_of
from mizan.application.ports import Clock, InvoiceRepository, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.posting import entry_of
from mizan.application.read_invoices import read_invoice
from mizan.application.trying_again import Sleep, attempts
from mizan.domain.accounts import Caller, maker_of
from mizan.domain.errors import (
    BusyError,
    ConflictError,
    IdempotencyConflictError,
    InvalidInputError,
    NotFoundError,
    StaleViewError,
)
from mizan.domain.headroom import HeadroomError, Portion, spend
from mizan.domain.invoices import Invoice, InvoiceEvent, as_of, changed
from mizan.domain.ledger import LedgerTransaction, Posting, TransactionKind, agency_payable, dormant, overpayment
from mizan.domain.payments import PAYMENT_STATES, Disposition, Payment, PaymentEvent, PaymentLine
from mizan.domain.payments import changed as changed_payment
from mizan.domain.quotes import quote_of

CREDIT_SEQUENCE_MAX = 60
"""Entries that a payment's history may have before it is credited no more; what a rail says is always taken."""


@dataclass(frozen=True, slots=True)
class CreditOverpayment:
    """`amount` fils of what was overpaid on `reference`, to pay `to_reference` with: an invoice of the same agency;
    the same one where it is owed again.

    `seen_refundable`: what the caller saw as left of the overpayment, in fils.
    """

    payment_id: str
    reference: str
    to_reference: str
    amount: int
    seen_refundable: int
    idempotency_key: str

    @property
    def fingerprint(self) -> str:
        amounts = [str(self.amount), str(self.seen_refundable)]
        parts = [self.payment_id, self.reference, self.to_reference, *amounts]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


class Overpayments:
    def __init__(
        self,
        *,
        invoices: InvoiceRepository,
        payments: PaymentRepository,
        books: Books,
        clock: Clock,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._invoices, self._payments, self._books = invoices, payments, books
        self._clock, self._sleep = clock, sleep

    def credit(self, command: CreditOverpayment, *, caller: Caller) -> tuple[Payment, bool]:
        """The payment after, and whether this call did it. The other invoice is paid, or paid in part, at once.

        Raises NotFoundError, InvalidInputError (more than is left, or than is owed there), StaleViewError,
        IllegalTransitionError (the payment is disputed, or the invoice takes no money),
        IdempotencyConflictError, BusyError.
        """
        own = hashlib.sha256(f"{caller.agency}\x1f{command.idempotency_key}".encode()).hexdigest()[:32]
        claim = f"CRD#{own}"
        for _ in attempts(self._sleep):
            payment = self._payment(command, caller)
            holder = self._books.holder(claim)
            if holder is not None:
                if holder != command.fingerprint:
                    raise IdempotencyConflictError("the Idempotency-Key came before with another body")
                return payment, False
            stored = read_invoice(command.to_reference, caller=caller, invoices=self._invoices)
            now = self._clock.now()
            portion = self._portion(command, payment)
            after, paid = self._credited(payment, portion, as_of(stored, now), maker_of(caller), now)
            entry = _credit_entry(payment, portion, paid, f"crd_{own}", now)
            outcome = self._books.commit(
                [Move(payment, after), Move(stored, paid)], transaction=entry, claims={claim: command.fingerprint}
            )
            if outcome is CommitOutcome.COMMITTED:
                return after, True
        raise BusyError("the payment kept changing")

    def set_aside(self, payment: Payment) -> Payment:
        """An overpayment that waited for its payer long enough is dormant: still the payer's, in an account of its
        own.
        """
        now = self._clock.now()
        if payment.is_open or payment.next_step_at is None or payment.next_step_at > now:
            return payment
        postings = [
            Posting(overpayment(line.agency), dormant(line.agency), share.left)
            for line in payment.lines
            for share in line.shares
            if share.is_idle
        ]
        lines = tuple(_dormant_line(line) for line in payment.lines)
        amount = sum(posting.amount for posting in postings)
        after = changed_payment(payment, PaymentEvent.DORMANT, now, amount=amount, lines=lines)
        transaction_id = f"drm_{payment.payment_id}_{after.sequence}"
        entry = entry_of(payment, transaction_id, TransactionKind.OVERPAYMENT_DORMANT, postings, now)
        if self._books.commit([Move(payment, after)], transaction=entry) is CommitOutcome.COMMITTED:
            return after
        return self._payments.get(payment.payment_id) or payment

    def _payment(self, command: CreditOverpayment, caller: Caller) -> Payment:
        payment = self._payments.get(command.payment_id)
        lines = [line for line in payment.lines if line.reference == command.reference] if payment else []
        if payment is None or not lines or not caller.may_see(lines[0].agency):
            raise NotFoundError("payment")
        return payment

    def _portion(self, command: CreditOverpayment, payment: Payment) -> Portion:
        line = next(line for line in payment.lines if line.reference == command.reference)
        share = line.share(Disposition.OVERPAID)
        left = share.left if share else 0
        if command.seen_refundable != left:
            raise StaleViewError(left)
        if left == 0:
            raise InvalidInputError.of("amount", "nothing_refundable")
        if command.amount > left:
            raise InvalidInputError.of("amount", "above_refundable")
        return Portion(command.reference, Disposition.OVERPAID, command.amount)

    def _credited(
        self, payment: Payment, portion: Portion, invoice: Invoice, actor: str, now: datetime
    ) -> tuple[Payment, Invoice]:
        if payment.sequence >= CREDIT_SEQUENCE_MAX:
            raise ConflictError("the payment was divided too often; refund the rest")
        if not PAYMENT_STATES.allows(payment.state, PaymentEvent.CREDIT):
            raise PAYMENT_STATES.refusal(payment.state, PaymentEvent.CREDIT)
        if not payment.is_final:
            raise InvalidInputError.of("payment_id", "not_final")
        line = next(line for line in payment.lines if line.reference == portion.reference)
        if invoice.agency != line.agency:
            raise InvalidInputError.of("to_reference", "another_agency")
        quote = quote_of(invoice, now, amount=portion.amount)
        try:
            lines = spend(payment, [portion])
        except HeadroomError:
            raise InvalidInputError.of("amount", "above_refundable") from None
        after = changed_payment(payment, PaymentEvent.CREDIT, now, amount=portion.amount, actor=actor, lines=lines)
        outstanding = invoice.outstanding - quote.discharge
        legs = (*invoice.legs_paid, quote.leg) if quote.leg is not None else invoice.legs_paid
        paid = changed(
            invoice,
            InvoiceEvent.PAY_PART if outstanding else InvoiceEvent.PAY,
            now,
            amount=portion.amount,
            actor=actor,
            outstanding=outstanding,
            plan=quote.plan or invoice.plan,
            legs_paid=legs,
            paid_by=tuple(dict.fromkeys((*invoice.paid_by, payment.payment_id))),
        )
        return after, paid


def _dormant_line(line: PaymentLine) -> PaymentLine:
    return replace(
        line, shares=tuple(replace(share, is_dormant=True) if share.is_idle else share for share in line.shares)
    )


def _credit_entry(
    payment: Payment, portion: Portion, paid: Invoice, transaction_id: str, now: datetime
) -> LedgerTransaction:
    posting = Posting(account_of(payment, portion), agency_payable(paid.agency), portion.amount)
    entry = entry_of(payment, transaction_id, TransactionKind.CREDIT_APPLIED, [posting], now)
    return replace(entry, agency=paid.agency, service=paid.service, reference=paid.reference)
