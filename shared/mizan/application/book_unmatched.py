"""Money that a rail took under a number that is none of ours: an attempt of its own, whole in suspense, once."""

import time
from dataclasses import replace

from mizan.application.book_notice import Notice, NoticeBook
from mizan.application.ports import Clock, Derivation, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.trying_again import Sleep, attempts
from mizan.application.unknown_money import book_unknown
from mizan.domain.errors import BusyError
from mizan.domain.payments import Payment
from mizan.domain.references import is_reference
from mizan.domain.suspense import SuspenseReason


class UnmatchedMoney:
    def __init__(
        self,
        *,
        payments: PaymentRepository,
        books: Books,
        book: NoticeBook,
        derivation: Derivation,
        clock: Clock,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._payments, self._books, self._book = payments, books, book
        self._derivation, self._clock, self._sleep = derivation, clock, sleep

    def book(self, notice: Notice) -> Payment:
        """The attempt that holds the money, with a case for finance; told again, as it stands by now. A reversal that
        came before it takes it back at once. Raises BusyError (a retry is safe).
        """
        own = replace(notice, reference=self._reference(notice))
        for _ in attempts(self._sleep):
            holder = self._books.holder(own.claim)
            known = self._payments.get(holder) if holder else None
            if known is not None:
                return self._book.as_told(known, own)
            payment_id = self._book.payment_id_of(own)
            booking = book_unknown(own, payment_id, SuspenseReason.UNKNOWN_REFERENCE, self._clock.now())
            payment = replace(booking.payment, is_final=own.is_final)
            moves = [Move(None, payment), *(Move(None, case) for case in booking.cases)]
            outcome = self._books.commit(moves, transaction=booking.transaction, claims={own.claim: payment_id})
            if outcome is CommitOutcome.COMMITTED:
                return self._book.as_told(payment, own)
        raise BusyError("the notice kept colliding")

    def _reference(self, notice: Notice) -> str:
        """The number that was paid under, where it could be one of ours; else one derived from the transaction."""
        if is_reference(notice.reference):
            return notice.reference
        return self._derivation.reference(f"unmatched\x1f{notice.claim}", 0)
