"""What the use cases of vouchers need from the store and from machines, as protocols."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mizan.application.ports_billers import WireAnswer, WireRequest
from mizan.domain.accounts import MerchantAccount
from mizan.domain.references import voucher_id_of
from mizan.domain.vouchers import Holding, Voucher

Digest = Callable[[str], str]
"""A keyed hash of a personal identifier (`cpr:900101123`): finds again, tells nothing."""


class VoucherRepository(Protocol):
    """Strongly consistent. Written through `Books` alone: vouchers are money."""

    def get(self, voucher_id: str) -> Voucher | None:
        """None also for what is not a voucher id."""
        ...

    def holding(self, holder: str) -> Holding | None:
        """None where the holder never had one."""
        ...


@dataclass(frozen=True, slots=True)
class IssueVoucher:
    """`amount` fils were put into the operator's machine (`account`), under its own `transaction`, by who showed
    `identifier` (`cpr:…`, `passport:…`, `cr:…`).
    """

    account: MerchantAccount
    transaction: str
    identifier: str
    amount: int
    currency: str
    paid_at: datetime
    correlation_id: str

    @property
    def voucher_id(self) -> str:
        return voucher_id_of(f"{self.account.gateway}\x1f{self.account.account_id}\x1f{self.transaction}")


@dataclass(frozen=True, slots=True)
class SoldVoucher:
    """What the machine prints."""

    voucher: Voucher
    code: str


class VoucherProtocol(Protocol):
    """How machines ask for vouchers. Reading raises InvalidCallbackError alone, on whatever does not fit."""

    def read_sale(self, account: MerchantAccount, request: WireRequest, correlation_id: str) -> IssueVoucher: ...

    def read_cancellation(self, account: MerchantAccount, request: WireRequest) -> str:
        """The operator's own id of the sale."""
        ...

    def answer(self, account: MerchantAccount, request: WireRequest, result: SoldVoucher | Voucher | str) -> WireAnswer:
        """The voucher with its code, the cancelled one, or the reason of a refusal."""
        ...

    def refuse(self, account: MerchantAccount | None, request: WireRequest, reason: str) -> WireAnswer: ...
