"""Book what a bank says came in, once, however often and in whatever file it is told; and what it took back.

The claim on account and bank's reference is part of the booking's own transaction: whoever told of the credit first,
notification or statement, has it booked, and everybody after finds that it is. A reversal that comes before its credit
is kept as a note, and the credit is booked and reversed as soon as it is told.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from mizan.application.book_notice import Notice, NoticeBook
from mizan.application.match_credit import match_credit
from mizan.application.ports import Clock, Derivation, InvoiceRepository, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_quotes import BasketRepository
from mizan.application.ports_transfers import ReferenceReservations, RemitterIndex
from mizan.application.reverse_credit import CreditReversals
from mizan.application.trying_again import Sleep, attempts
from mizan.application.unknown_money import book_unknown
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import BusyError, InvalidCallbackError
from mizan.domain.incoming_credits import IncomingCredit
from mizan.domain.invoices import Customer
from mizan.domain.payments import Capture, Disposition, Payment
from mizan.domain.references import PROBE_COUNT_MAX
from mizan.domain.suspense import SuspenseReason

PARTS = "parts"
"""Who holds the claim on an entry whose payments are booked one by one."""

TOLD_AGAIN_WITHIN = timedelta(days=10)
"""How far apart the days may lie that two files tell of one credit; further apart, a bank used a reference again."""


class CreditOutcome(StrEnum):
    """What became of one credit of a file."""

    BOOKED = "booked"
    SUSPENDED = "suspended"
    KNOWN = "known"
    WAITING = "waiting"
    """A notification without a bank's reference: the statement will bring it."""
    REVERSED = "reversed"
    REVERSAL_KEPT = "reversal_kept"
    """A reversal of a credit that nobody told of yet."""


class CreditDesk:
    def __init__(
        self,
        *,
        invoices: InvoiceRepository,
        baskets: BasketRepository,
        payments: PaymentRepository,
        books: Books,
        notices: NoticeBook,
        reversals: CreditReversals,
        references: ReferenceReservations,
        remitters: RemitterIndex,
        derivation: Derivation,
        clock: Clock,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._invoices, self._baskets, self._payments, self._books = invoices, baskets, payments, books
        self._notices, self._reversals = notices, reversals
        self._references, self._remitters, self._derivation = references, remitters, derivation
        self._clock, self._sleep = clock, sleep

    def take(self, account: MerchantAccount, credit: IncomingCredit) -> CreditOutcome:
        """Raises BusyError where writers kept colliding; a retry is safe."""
        if not credit.bank_reference:
            return CreditOutcome.WAITING
        return self._take_back(account, credit) if credit.is_reversal else self._take_in(account, credit)

    def _take_in(self, account: MerchantAccount, credit: IncomingCredit) -> CreditOutcome:
        transaction = self._transaction(account, credit)
        if transaction is None:
            return CreditOutcome.KNOWN
        notice = _notice(account, credit, transaction)
        holder = self._books.holder(notice.claim)
        if holder is not None:
            self._reversals.carry_out(account, credit, holder)  # if whoever booked it died before that
            return CreditOutcome.KNOWN
        payment = self._booked(notice, credit)
        if payment is None:
            return CreditOutcome.KNOWN
        if self._reversals.carry_out(account, credit, payment.payment_id):
            return CreditOutcome.REVERSED
        is_suspended = payment.amount_of(Disposition.SUSPENDED) > 0
        return CreditOutcome.SUSPENDED if is_suspended else CreditOutcome.BOOKED

    def _take_back(self, account: MerchantAccount, credit: IncomingCredit) -> CreditOutcome:
        names = [credit.bank_reference, *credit.other_references]
        found = [one for name in names for one in self._booked_under(account, name, credit)]
        if not found:
            self._reversals.keep(account, credit)
            found = [one for name in names for one in self._booked_under(account, name, credit)]  # since the look
        for payment_id in dict.fromkeys(found):
            self._reversals.reverse(account, payment_id)
        return CreditOutcome.REVERSED if found else CreditOutcome.REVERSAL_KEPT

    # -- which transaction it is --------------------------------------------------------------------------------------

    def _transaction(self, account: MerchantAccount, credit: IncomingCredit) -> str | None:
        """The name under which it is booked; None where the entry is booked otherwise already, whole or in parts.

        Banks that use a reference again mean another entry by it: then day and amount are part of its name.
        """
        reference = credit.bank_reference
        claim = _notice(account, credit, reference).claim
        holder = self._books.holder(claim)
        if credit.part:
            if holder is None:
                self._books.commit([], claims={claim: _parts(credit)})
                holder = self._books.holder(claim)
            return f"{reference}/{credit.part}" if holder == _parts(credit) else None
        if holder is None:
            return reference
        if holder.startswith(PARTS):
            return None if holder == _parts(credit) else _other_name(credit)
        capture = self._capture(holder)
        is_told_again = (
            _is_same_money(capture, credit) and abs(capture.captured_at - credit.paid_at) <= TOLD_AGAIN_WITHIN
        )
        return reference if is_told_again else _other_name(credit)

    def _capture(self, payment_id: str) -> Capture:
        payment = self._payments.get(payment_id)
        if payment is None or payment.capture is None:
            raise BusyError("the payment is being written")
        return payment.capture

    def _booked_under(self, account: MerchantAccount, reference: str, credit: IncomingCredit) -> Iterator[str]:
        """Payments that a reversal of this amount takes back: a credit's, or all of a batch's."""
        claim = _notice(account, credit, reference).claim
        holder = self._books.holder(claim)
        if holder is None:
            return
        if not holder.startswith(PARTS):
            if _is_same_money(self._capture(holder), credit):
                yield holder
            return
        if holder != _parts(credit):
            return
        number = 1
        while (part := self._books.holder(f"{claim}/{number}")) is not None:
            yield part
            number += 1

    # -- booking ------------------------------------------------------------------------------------------------------

    def _booked(self, notice: Notice, credit: IncomingCredit) -> Payment | None:
        """None: somebody else has booked it meanwhile."""
        match = match_credit(notice.account, credit, invoices=self._invoices, baskets=self._baskets)
        if match.reference is not None:
            try:
                payment = self._notices.book(replace(notice, reference=match.reference))
            except InvalidCallbackError:
                return None  # told at the same time, with other words
            if payment is not None:
                if credit.remitter.iban:
                    self._remitters.put(credit.remitter.iban, f"{credit.paid_at.isoformat()}#{match.reference}")
                return payment
        return self._suspended(notice, match.reason)

    def _suspended(self, notice: Notice, reason: SuspenseReason) -> Payment | None:
        own = replace(notice, reference=self._own_reference(notice))
        for _ in attempts(self._sleep):
            payment_id = self._notices.payment_id_of(own)
            booking = book_unknown(own, payment_id, reason, self._clock.now())
            moves = [Move(None, booking.payment), *(Move(None, case) for case in booking.cases)]
            outcome = self._books.commit(moves, transaction=booking.transaction, claims={own.claim: payment_id})
            if outcome is CommitOutcome.COMMITTED:
                return booking.payment
            if self._books.holder(own.claim) is not None:
                return None
        raise BusyError("the credit kept colliding")

    def _own_reference(self, notice: Notice) -> str:
        """A payment reference of its own for money that has none."""
        for probe in range(PROBE_COUNT_MAX):
            reference = self._derivation.reference(f"credit\x1f{notice.identity}", probe)
            if self._references.reserve(reference, notice.identity):
                return reference
        raise BusyError("no free reference")


def _notice(account: MerchantAccount, credit: IncomingCredit, transaction: str) -> Notice:
    told = " ".join(text for text in (credit.structured_reference, credit.remittance) if text)
    return Notice(
        account=account,
        reference="",
        amount=credit.amount,
        currency=credit.currency,
        transaction=transaction,
        paid_at=credit.paid_at,
        correlation_id="",
        payer=Customer(name=credit.remitter.name) if credit.remitter.name else None,
        remitter=credit.remitter,
        remittance=told,
    )


def _is_same_money(capture: Capture, credit: IncomingCredit) -> bool:
    return (capture.amount, capture.currency) == (credit.amount, credit.currency)


def _parts(credit: IncomingCredit) -> str:
    """What holds a batch's own claim: the same batch, told again, says the same."""
    total = credit.entry_amount or credit.amount
    return f"{PARTS}|{total}|{credit.currency}"


def _other_name(credit: IncomingCredit) -> str:
    return f"{credit.bank_reference}~{credit.value_date.isoformat()}~{credit.amount}"
