"""What the use cases of vouchers need from the store, as a protocol."""

from collections.abc import Callable
from typing import Protocol

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
