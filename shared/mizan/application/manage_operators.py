"""What people do about operators: see their exposure, suspend and resume them, and record what they banked."""

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime

from mizan.application.ports import Clock
from mizan.application.ports_books import Books, CommitOutcome
from mizan.application.ports_operators import OperatorRepository, RunningBalances
from mizan.application.trying_again import Sleep, attempts
from mizan.domain.accounts import PLATFORM_AGENCY, Caller, maker_of
from mizan.domain.calendar import business_date
from mizan.domain.errors import (
    AboveLimitError,
    BusyError,
    FinanceOnlyError,
    IdempotencyConflictError,
    InvalidInputError,
    NotFoundError,
)
from mizan.domain.ledger import OPERATOR_RECEIVABLE, LedgerTransaction, Posting, TransactionKind, deposits_bank
from mizan.domain.operators import Operator, OperatorEvent, changed

BANK = "bank"
"""The gateway of a deposit's journal entry: no rail moved it, so that no rail's settlement is asked for it."""


@dataclass(frozen=True, slots=True)
class OperatorView:
    """`exposure` in fils: notified and not banked, over all its accounts."""

    operator: Operator
    exposure: int
    by_account: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class BankDeposit:
    """`amount` fils were credited at the treasury's bank at `banked_at` (UTC) for what `account_id` took.
    `bank_reference` is the bank's own: a deposit is recorded once under it.
    """

    code: str
    account_id: str
    amount: int
    currency: str
    bank_reference: str
    banked_at: datetime
    correlation_id: str

    @property
    def identity(self) -> str:
        return hashlib.sha256(f"{self.code}\x1f{self.bank_reference}".encode()).hexdigest()[:32]

    @property
    def fingerprint(self) -> str:
        parts = [self.account_id, str(self.amount), self.currency, self.banked_at.isoformat()]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


class OperatorDesk:
    """Platform roles alone see and change operators. Raises FinanceOnlyError for anybody else."""

    def __init__(
        self,
        *,
        operators: OperatorRepository,
        balances: RunningBalances,
        books: Books,
        clock: Clock,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._operators, self._balances, self._books = operators, balances, books
        self._clock, self._sleep = clock, sleep

    def view(self, code: str, *, caller: Caller) -> OperatorView:
        """Raises NotFoundError."""
        return self._view(self._operator(code, caller))

    def list(self, *, caller: Caller) -> list[OperatorView]:
        _require_platform(caller)
        return [self._view(operator) for operator in self._operators.all()]

    def decide(self, code: str, event: OperatorEvent, *, caller: Caller, reason: str = "") -> OperatorView:
        """Suspend or resume; who did it and why stays. From the next inquiry on it holds.

        Raises NotFoundError, IllegalTransitionError, BusyError.
        """
        for _ in attempts(self._sleep):
            operator = self._operator(code, caller)
            after = changed(operator, event, self._clock.now(), actor=maker_of(caller), reason=reason)
            if self._operators.replace(operator, after):
                return self._view(after)
        raise BusyError("the operator kept changing")

    def bank(self, deposit: BankDeposit, *, caller: Caller) -> tuple[OperatorView, bool]:
        """The operator after its deposit, and whether this call recorded it. Banked in advance, its exposure may be
        below zero.

        Raises NotFoundError, InvalidInputError (an account that is not the operator's, a day that has not come),
        AboveLimitError (more than this person may decide alone), IdempotencyConflictError (the bank's reference came
        before with other money), BusyError.
        """
        operator = self._operator(deposit.code, caller)
        if deposit.account_id not in operator.accounts:
            raise InvalidInputError.of("account_id", "unknown_account")
        if deposit.banked_at > self._clock.now():
            raise InvalidInputError.of("banked_at", "date_in_future")
        if caller.approval_limit is not None and deposit.amount > caller.approval_limit:
            raise AboveLimitError(caller.approval_limit)
        claim = f"DEP#{deposit.identity}"
        for _ in attempts(self._sleep):
            holder = self._books.holder(claim)
            if holder is not None:
                if holder != deposit.fingerprint:
                    raise IdempotencyConflictError("the bank's reference came before with other money")
                return self._view(operator), False
            entry = _entry(deposit, self._clock.now())
            outcome = self._books.commit([], transaction=entry, claims={claim: deposit.fingerprint})
            if outcome is CommitOutcome.COMMITTED:
                return self._view(operator), True
        raise BusyError("the deposit kept colliding")

    def _operator(self, code: str, caller: Caller) -> Operator:
        _require_platform(caller)
        operator = self._operators.get(code)
        if operator is None:
            raise NotFoundError("operator")
        return operator

    def _view(self, operator: Operator) -> OperatorView:
        by_account = tuple((one, self._balances.balance(f"{OPERATOR_RECEIVABLE}{one}")) for one in operator.accounts)
        return OperatorView(operator, sum(balance for _, balance in by_account), by_account)


def _require_platform(caller: Caller) -> None:
    if caller.agency != PLATFORM_AGENCY:
        raise FinanceOnlyError


def _entry(deposit: BankDeposit, now: datetime) -> LedgerTransaction:
    receivable = f"{OPERATOR_RECEIVABLE}{deposit.account_id}"
    return LedgerTransaction(
        transaction_id=f"dep_{deposit.identity}",
        kind=TransactionKind.DEPOSIT_BANKED,
        posting_day=business_date(now),
        business_date=business_date(deposit.banked_at),
        posted_at=now,
        captured_at=deposit.banked_at,
        postings=(Posting(deposits_bank(deposit.code), receivable, deposit.amount),),
        currency=deposit.currency,
        agency=PLATFORM_AGENCY,
        service="",
        reference="",
        payment_id="",
        gateway=BANK,
        account_id=deposit.account_id,
        gateway_transaction=deposit.bank_reference,
        rrn="",
        correlation_id=deposit.correlation_id,
    )
