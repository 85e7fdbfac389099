"""Sell a voucher at a machine or an agent's counter: the operator asks, signed, and hands the code out.

Unlike a bill's notice it is answered at once, for the payer waits for the code: the cash is in the machine and goes
back where the answer is a refusal.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mizan.application.issue_voucher import VoucherDesk
from mizan.application.operator_room import OperatorRoom
from mizan.application.ports import AccountDirectory
from mizan.application.ports_billers import BillerOperation, WireAnswer, WireRequest
from mizan.application.ports_vouchers import SoldVoucher, VoucherProtocol
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import (
    IdempotencyConflictError,
    IllegalTransitionError,
    InvalidCallbackError,
    InvalidInputError,
    MizanError,
    NotFoundError,
)
from mizan.domain.vouchers import Voucher


@dataclass(frozen=True, slots=True)
class AnsweredSale:
    """`outcome` for the log: sold, cancelled, or why not."""

    answer: WireAnswer
    outcome: str


REASONS: tuple[tuple[type[MizanError], Callable[[MizanError], str]], ...] = (
    (InvalidInputError, lambda error: error.fields[0].code if isinstance(error, InvalidInputError) else ""),
    (IdempotencyConflictError, lambda _: "same_transaction"),
    (IllegalTransitionError, lambda error: error.current if isinstance(error, IllegalTransitionError) else ""),
    (NotFoundError, lambda _: "unknown"),
)


class VoucherCounter:
    def __init__(
        self, *, accounts: AccountDirectory, wire: VoucherProtocol, desk: VoucherDesk, room: OperatorRoom, gateway: str
    ) -> None:
        self._accounts, self._wire, self._desk, self._room = accounts, wire, desk, room
        self._gateway = gateway

    def serve(self, token: str, request: WireRequest, correlation_id: str) -> AnsweredSale:
        """The signed answer. Raises BusyError: nothing is known then, and the machine asks again under the same id."""
        account = self._accounts.by_token(token)
        if account is None or account.gateway != self._gateway or not account.is_active:
            return AnsweredSale(self._wire.refuse(None, request, "unknown_account"), "unknown_account")
        try:
            result = self._done(account, request, correlation_id)
        except InvalidCallbackError as error:
            return AnsweredSale(self._wire.refuse(account, request, error.reason), error.reason)
        except tuple(kind for kind, _ in REASONS) as error:
            reason = next(word(error) for kind, word in REASONS if isinstance(error, kind))
            return AnsweredSale(self._wire.answer(account, request, reason), reason)
        outcome = {SoldVoucher: "sold", Voucher: "cancelled"}.get(type(result), str(result))
        return AnsweredSale(self._wire.answer(account, request, result), outcome)

    def _done(self, account: MerchantAccount, request: WireRequest, correlation_id: str) -> SoldVoucher | Voucher | str:
        if request.operation is BillerOperation.VOUCHER_CANCELLATION:
            return self._desk.cancel(account, self._wire.read_cancellation(account, request))
        sale = self._wire.read_sale(account, request, correlation_id)
        if not self._desk.is_known(sale) and (refusal := self._room.refusal(account, sale.amount)):
            return str(refusal)
        voucher, code, _ = self._desk.issue(sale)
        return SoldVoucher(voucher, code)
