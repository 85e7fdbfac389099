"""Where money in suspense belongs: one person proposes an invoice, or its way back; another one confirms.

An allocation is one transaction: the case, the attempt that holds the money, the invoice, and the attempt on that
invoice that the money becomes, with suspense → agency in the journal. A way back is a refund to the remitter's IBAN,
with the refund's own second person; the case follows it.
"""

import time
from collections.abc import Sequence
from functools import partial

from mizan.application.book_notice import Notice, NoticeBook
from mizan.application.ports import AccountDirectory, Clock, InvoiceRepository, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_refunds_store import RefundRepository
from mizan.application.ports_transfers import SuspenseCases
from mizan.application.read_invoices import read_invoice
from mizan.application.read_suspense import visible_case
from mizan.application.request_refund import RefundRequests
from mizan.application.suspense_rules import (
    is_return_of,
    money_of,
    refund_order,
    remitter_of,
    require_confirmable,
    require_room,
    require_seen,
    require_taking,
    spent,
)
from mizan.application.trying_again import Sleep, attempts
from mizan.domain.accounts import Caller, maker_of
from mizan.domain.errors import BusyError, InvalidInputError, NotFoundError, PersonRequiredError
from mizan.domain.ledger import suspense
from mizan.domain.payments import CAPTURED_STATES, Payment
from mizan.domain.refunds import Beneficiary, Refund, RefundState
from mizan.domain.suspense import (
    Proposal,
    ProposalKind,
    SuspenseCase,
    SuspenseEvent,
    SuspenseState,
    changed,
)

DEAD_REFUND_STATES = frozenset({RefundState.REJECTED, RefundState.WITHDRAWN, RefundState.FAILED})


class SuspenseDecisions:
    def __init__(
        self,
        *,
        invoices: InvoiceRepository,
        payments: PaymentRepository,
        refunds: RefundRepository,
        cases: SuspenseCases,
        accounts: AccountDirectory,
        books: Books,
        notices: NoticeBook,
        requests: RefundRequests,
        clock: Clock,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._invoices, self._payments, self._refunds, self._cases = invoices, payments, refunds, cases
        self._accounts, self._books, self._notices, self._requests = accounts, books, notices, requests
        self._clock, self._sleep = clock, sleep

    # -- what one person proposes -------------------------------------------------------------------------------------

    def propose_allocation(self, case_id: str, reference: str, *, seen_left: int, caller: Caller) -> SuspenseCase:
        """The money is for the invoice `reference`. `seen_left`: what the caller saw as left in suspense, in fils. The
        same proposal of the same person again is answered alike.

        Raises NotFoundError, PersonRequiredError, StaleViewError, IllegalTransitionError (the case is not open, the
        invoice took no money when it was paid), InvalidInputError (another currency, a part that is not allowed).
        """
        proposal = Proposal(ProposalKind.ALLOCATE, reference, maker_of(caller))
        for _ in attempts(self._sleep):
            case = self._case(case_id, caller)
            if case.state is SuspenseState.PROPOSED and case.proposal == proposal:
                return case
            require_room(case, SuspenseEvent.PROPOSE_ALLOCATION)
            payment = self._payment(case)
            require_seen(payment, seen_left)
            invoice = read_invoice(reference, caller=caller, invoices=self._invoices)
            require_taking(case, money_of(payment, case), invoice)
            now = self._clock.now()
            after = changed(case, SuspenseEvent.PROPOSE_ALLOCATION, now, actor=proposal.maker, proposal=proposal)
            if self._books.commit([Move(case, after)]) is CommitOutcome.COMMITTED:
                return after
        raise BusyError("the case kept changing")

    def propose_return(
        self, case_id: str, *, seen_left: int, beneficiary: Beneficiary | None, reason: str, caller: Caller
    ) -> SuspenseCase:
        """The money goes back to the account that it came from, or to `beneficiary`: a refund that another person
        approves as any other. Raises as `propose_allocation` and `RefundRequests.request` do.
        """
        for _ in attempts(self._sleep):
            case = self._case(case_id, caller)
            if is_return_of(case, caller):
                return case
            require_room(case, SuspenseEvent.PROPOSE_RETURN)
            order = refund_order(case, seen_left, beneficiary or remitter_of(case), reason)
            refund, is_new = self._requests.request(order, caller=caller)
            if not is_new and refund.state in DEAD_REFUND_STATES:
                raise InvalidInputError.of("case_id", "decide_the_refund")
            proposal = Proposal(ProposalKind.RETURN, refund.refund_id, maker_of(caller))
            now = self._clock.now()
            after = changed(case, SuspenseEvent.PROPOSE_RETURN, now, actor=proposal.maker, proposal=proposal)
            if self._books.commit([Move(case, after)]) is CommitOutcome.COMMITTED:
                return after
        raise BusyError("the case kept changing")

    # -- what another person says -------------------------------------------------------------------------------------

    def confirm(self, case_id: str, *, caller: Caller) -> SuspenseCase:
        """The proposed allocation is carried out. The same person's word again is the same answer.

        Raises NotFoundError, PersonRequiredError, SamePersonError, AboveLimitError, IllegalTransitionError,
        InvalidInputError (the invoice takes no such money any more), StaleViewError (the money is no longer all
        there), BusyError.
        """
        case = self._case(case_id, caller)
        if case.state is SuspenseState.ALLOCATED and case.checker == maker_of(caller):
            return case
        proposal = require_confirmable(case, caller)
        payment = self._payment(case)
        invoice = self._invoices.get(proposal.target)
        if invoice is None:
            raise NotFoundError("invoice")
        require_taking(case, money_of(payment, case), invoice)
        notice = self._notice(case, payment, proposal.target)
        made = self._notices.book(
            notice, pays_from=suspense(case.gateway), moves=partial(self._allocated, case_id, caller), is_news=False
        )
        if made is None:
            raise InvalidInputError.of("reference", "takes_no_money")
        return visible_case(case_id, caller=caller, cases=self._cases)

    def _allocated(self, case_id: str, caller: Caller, made_id: str) -> Sequence[Move]:
        """The case and the attempt that held the money, as they become with the attempt `made_id`."""
        case = visible_case(case_id, caller=caller, cases=self._cases)
        require_confirmable(case, caller)
        payment, now, checker = self._payment(case), self._clock.now(), maker_of(caller)
        event = SuspenseEvent.ALLOCATE
        after = changed(case, event, now, actor=checker, checker=checker, allocated_to=made_id)
        return [Move(case, after), Move(payment, spent(payment, case, checker, now))]

    def drop(self, case_id: str, *, caller: Caller) -> SuspenseCase:
        """A proposed allocation is not made, by whoever finds it wrong. What goes back is withdrawn or rejected as the
        refund it is.
        """
        for _ in attempts(self._sleep):
            case = self._case(case_id, caller)
            if case.proposal is not None and case.proposal.kind is ProposalKind.RETURN:
                raise InvalidInputError.of("case_id", "decide_the_refund")
            after = changed(case, SuspenseEvent.DROP, self._clock.now(), actor=maker_of(caller), proposal=None)
            if self._books.commit([Move(case, after)]) is CommitOutcome.COMMITTED:
                return after
        raise BusyError("the case kept changing")

    # -- what became of it elsewhere ----------------------------------------------------------------------------------

    def follow(self, case: SuspenseCase) -> SuspenseCase:
        """What happened to the money beside the case: its refund was paid or came to nothing, its rail took it back."""
        after = self._followed(case)
        if after is case:
            return case
        is_written = self._books.commit([Move(case, after)]) is CommitOutcome.COMMITTED
        return after if is_written else self._cases.get(case.case_id) or case

    def _followed(self, case: SuspenseCase) -> SuspenseCase:
        now, refund = self._clock.now(), self._refund_of(case)
        if refund is not None and refund.state is RefundState.COMPLETED:
            return changed(case, SuspenseEvent.RETURN, now, actor=refund.checker, checker=refund.checker)
        if refund is not None and refund.state in DEAD_REFUND_STATES:
            return changed(case, SuspenseEvent.DROP, now, actor=refund.checker, proposal=None)
        is_waiting = case.state in (SuspenseState.OPEN, SuspenseState.PROPOSED)
        if is_waiting and self._payment(case).state not in CAPTURED_STATES:
            return changed(case, SuspenseEvent.TAKE_BACK, now)
        return case

    def _refund_of(self, case: SuspenseCase) -> Refund | None:
        proposal = case.proposal
        if case.state is not SuspenseState.PROPOSED or proposal is None or proposal.kind is not ProposalKind.RETURN:
            return None
        return self._refunds.get(proposal.target)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _case(self, case_id: str, caller: Caller) -> SuspenseCase:
        if caller.person is None:
            raise PersonRequiredError
        return self.follow(visible_case(case_id, caller=caller, cases=self._cases))

    def _payment(self, case: SuspenseCase) -> Payment:
        payment = self._payments.get(case.payment_id)
        if payment is None:
            raise NotFoundError("payment")
        return payment

    def _notice(self, case: SuspenseCase, payment: Payment, reference: str) -> Notice:
        """The money, told once more: for an invoice this time. A case is allocated once, ever."""
        account = self._accounts.by_token(payment.account_token)
        if account is None:
            raise NotFoundError("merchant account")
        money = money_of(payment, case)
        return Notice(
            account=account,
            reference=reference,
            amount=money.amount,
            currency=money.currency,
            transaction=money.transaction,
            paid_at=money.captured_at,
            correlation_id="",
            rrn=money.rrn,
            auth_code=money.auth_code,
            payer=payment.payer,
            name=f"SUS#{case.case_id}",
        )
