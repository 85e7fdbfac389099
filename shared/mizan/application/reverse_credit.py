"""What a bank takes back as a mistake: the money leaves wherever it lies by now, or a note waits for its credit."""

import time

from mizan.application.giving_back import book_reversal
from mizan.application.ports import Clock, InvoiceRepository, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_transfers import SuspenseCases
from mizan.application.trying_again import Sleep, attempts
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import BusyError
from mizan.domain.incoming_credits import IncomingCredit
from mizan.domain.invoices import as_of
from mizan.domain.payments import PAYMENT_STATES, Payment, PaymentEvent
from mizan.domain.suspense import SUSPENSE_STATES, SuspenseCase, SuspenseEvent, case_id_of, changed


class CreditReversals:
    def __init__(
        self,
        *,
        invoices: InvoiceRepository,
        payments: PaymentRepository,
        cases: SuspenseCases,
        books: Books,
        clock: Clock,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._invoices, self._payments, self._cases, self._books = invoices, payments, cases, books
        self._clock, self._sleep = clock, sleep

    def keep(self, account: MerchantAccount, reversal: IncomingCredit) -> None:
        """Note that a credit that nobody told of yet is taken back, under every reference that may name it.

        Raises BusyError.
        """
        for name in (reversal.bank_reference, *reversal.other_references):
            for _ in attempts(self._sleep):
                note = {_note(account, name): _money(reversal)}
                if self._books.commit([], claims=note) is not CommitOutcome.CONFLICT:
                    break
            else:
                raise BusyError("the note kept colliding")

    def carry_out(self, account: MerchantAccount, credit: IncomingCredit, payment_id: str) -> bool:
        """Reverse what was just booked where a note says so: of this money, by the bank's reference."""
        if self._books.holder(_note(account, credit.bank_reference)) != _money(credit):
            return False
        self.reverse(account, payment_id)
        return True

    def reverse(self, account: MerchantAccount, payment_id: str) -> Payment:
        """The attempt that holds the money, taken back; as it stands where it was before. Raises BusyError."""
        for _ in attempts(self._sleep):
            payment, case = self._where_it_lies(payment_id)
            if not PAYMENT_STATES.allows(payment.state, PaymentEvent.REVERSE):
                return payment
            now = self._clock.now()
            stored = {one.reference: one for one in self._invoices.get_many([one.reference for one in payment.lines])}
            aged = {reference: as_of(invoice, now) for reference, invoice in stored.items()}
            booking = book_reversal(payment, account, PaymentEvent.REVERSE, aged, now)
            moves = [Move(payment, booking.payment)]
            moves += [Move(stored[after.reference], after) for _, after in booking.invoices]
            if case is not None and SUSPENSE_STATES.allows(case.state, SuspenseEvent.TAKE_BACK):
                moves.append(Move(case, changed(case, SuspenseEvent.TAKE_BACK, now)))
            if self._books.commit(moves, transaction=booking.transaction) is CommitOutcome.COMMITTED:
                return booking.payment
        raise BusyError("the payment kept changing")

    def _where_it_lies(self, payment_id: str) -> tuple[Payment, SuspenseCase | None]:
        """The attempt that holds the money now: what was allocated out of suspense is an attempt of its own."""
        case = self._cases.get(case_id_of(payment_id))
        payment = self._payments.get(case.allocated_to if case and case.allocated_to else payment_id)
        if payment is None:
            raise BusyError("the payment is being written")
        return payment, case


def _note(account: MerchantAccount, name: str) -> str:
    return f"GWB#{account.gateway}#{account.account_id}#{name}"


def _money(credit: IncomingCredit) -> str:
    return f"{credit.entry_amount or credit.amount}|{credit.currency}"
