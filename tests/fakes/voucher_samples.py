"""Vouchers of BHD 5.000, issued at noon."""

from dataclasses import replace
from typing import Any

from mizan.domain.history import Entry
from mizan.domain.references import voucher_id_of
from mizan.domain.vouchers import LIFETIME, Voucher, VoucherEvent, VoucherState
from tests.fakes.clock import NOON

HOLDER = "d" * 32


def a_voucher(number: int = 1, **changes: Any) -> Voucher:
    voucher = Voucher(
        voucher_id=voucher_id_of(f"sample-{number}"),
        amount=5_000,
        currency="BHD",
        state=VoucherState.ISSUED,
        holder=HOLDER,
        code_digest=f"{number:064d}",
        sold_by="kiosk",
        account_id="kiosks-1",
        transaction=f"cash-{number}",
        created_at=NOON,
        updated_at=NOON,
        expires_at=NOON + LIFETIME,
        correlation_id="corr-v",
        history=(Entry(VoucherEvent.ISSUE, NOON, 5_000),),
    )
    return replace(voucher, **changes)
