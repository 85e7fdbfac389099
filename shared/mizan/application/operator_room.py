"""Whether an operator may take more cash: not while it is suspended, nor over its cap. Asked before money moves."""

from mizan.application.ports_billers import BillRefusal
from mizan.application.ports_operators import OperatorRepository, RunningBalances
from mizan.domain.accounts import MerchantAccount
from mizan.domain.ledger import gateway_clearing


class OperatorRoom:
    def __init__(self, *, operators: OperatorRepository, balances: RunningBalances) -> None:
        self._operators, self._balances = operators, balances

    def refusal(self, account: MerchantAccount, amount: int) -> BillRefusal | None:
        """Why `amount` fils more may not be taken; None where they may, or no operator stands behind the account."""
        if account.operator is None:
            return None
        operator = self._operators.get(account.operator)
        if operator is None or operator.is_suspended:
            return BillRefusal.OPERATOR_SUSPENDED
        exposure = sum(self._balances.balance(gateway_clearing(account.gateway, one)) for one in operator.accounts)
        return None if operator.has_room_for(amount, exposure) else BillRefusal.OPERATOR_CAP
