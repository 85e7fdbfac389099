"""A dispute ends: the held money is free again, or it goes back to the payer's bank and its invoice is owed again."""

import time
from dataclasses import replace
from datetime import datetime

from mizan.application.giving_back import chargeback_entry, reopen
from mizan.application.ports import AccountDirectory, Clock, InvoiceRepository, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_refunds_store import DisputeRepository
from mizan.application.read_disputes import show_dispute
from mizan.application.trying_again import Sleep, attempts
from mizan.domain.accounts import PLATFORM_AGENCY, Caller, maker_of
from mizan.domain.calendar import business_date
from mizan.domain.disputes import DISPUTE_STATES, Dispute, DisputeEvent, DisputeState, changed
from mizan.domain.errors import BusyError, FinanceOnlyError, NotFoundError, PersonRequiredError
from mizan.domain.headroom import HeadroomError, consume, release
from mizan.domain.invoices import as_of
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.payments import Payment, PaymentEvent
from mizan.domain.payments import changed as changed_payment

Ending = tuple[list[Move], LedgerTransaction | None]


class DisputeDecisions:
    def __init__(
        self,
        *,
        invoices: InvoiceRepository,
        payments: PaymentRepository,
        disputes: DisputeRepository,
        accounts: AccountDirectory,
        books: Books,
        clock: Clock,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._invoices, self._payments, self._disputes = invoices, payments, disputes
        self._accounts, self._books, self._clock, self._sleep = accounts, books, clock, sleep

    def decide(self, dispute_id: str, event: DisputeEvent, *, caller: Caller) -> Dispute:
        """WIN or LOSE by the treasury's people, as the bank said; ACCEPT by the agency. One transaction.

        The same decision again is answered alike. Raises NotFoundError, PersonRequiredError, FinanceOnlyError,
        IllegalTransitionError, BusyError.
        """
        is_won = event is DisputeEvent.WIN
        for _ in attempts(self._sleep):
            dispute = show_dispute(dispute_id, caller=caller, disputes=self._disputes)
            _require_right(event, caller)
            if dispute.state is (DisputeState.WON if is_won else DisputeState.LOST):
                return dispute
            if not DISPUTE_STATES.allows(dispute.state, event):
                raise DISPUTE_STATES.refusal(dispute.state, event)
            payment = self._payments.get(dispute.payment_id)
            if payment is None:
                raise NotFoundError("payment")
            now = self._clock.now()
            after = changed(dispute, event, now, actor=maker_of(caller))
            try:
                moves, entry = self._won(dispute, payment, now) if is_won else self._lost(dispute, payment, now)
            except HeadroomError:
                continue  # another decision came between the reading of the dispute and of its payment
            if self._books.commit([Move(dispute, after), *moves], transaction=entry) is CommitOutcome.COMMITTED:
                return after
        raise BusyError("the dispute kept changing")

    def _won(self, dispute: Dispute, payment: Payment, now: datetime) -> Ending:
        lines = release(payment, dispute.portions)
        after = changed_payment(payment, PaymentEvent.WIN_DISPUTE, now, amount=dispute.amount, lines=lines)
        return [Move(payment, after)], None

    def _lost(self, dispute: Dispute, payment: Payment, now: datetime) -> Ending:
        stored = {one.reference: one for one in self._invoices.get_many([line.reference for line in payment.lines])}
        aged = {reference: as_of(invoice, now) for reference, invoice in stored.items()}
        reopened = reopen(payment, consume(payment, dispute.portions), dispute.portions, aged, now)
        after = changed_payment(payment, PaymentEvent.LOSE_DISPUTE, now, amount=dispute.amount, lines=reopened.lines)
        moves = [Move(stored[invoice.reference], invoice) for _, invoice in reopened.invoices]
        return [Move(payment, after), *moves], self._chargeback(dispute, payment, now)

    def _chargeback(self, dispute: Dispute, payment: Payment, now: datetime) -> LedgerTransaction:
        """The bank's own number of the case is what the settlement file may tell several of one capture apart by."""
        account = self._accounts.by_token(payment.account_token)
        if account is None:
            raise NotFoundError("merchant account")
        entry = chargeback_entry(payment, dispute.dispute_id, dispute.portions, now)
        return replace(entry, business_date=business_date(now, account.cutoff), rrn=dispute.case_number)


def _require_right(event: DisputeEvent, caller: Caller) -> None:
    if event is DisputeEvent.ACCEPT:
        return
    if caller.person is None:
        raise PersonRequiredError
    if caller.agency != PLATFORM_AGENCY:
        raise FinanceOnlyError
