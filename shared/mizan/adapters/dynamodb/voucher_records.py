"""Vouchers and what a holder has in them, as items and back."""

from datetime import datetime
from typing import Any

from mizan.adapters.dynamodb.history_records import history_list, history_of
from mizan.adapters.dynamodb.payment_records import due_index
from mizan.domain.references import is_voucher_id
from mizan.domain.vouchers import Holding, Voucher, VoucherState


def voucher_key(voucher_id: str) -> dict[str, str] | None:
    """Where a voucher is stored; None for what is not a voucher id."""
    return {"pk": voucher_id, "sk": f"VCH#{voucher_id}"} if is_voucher_id(voucher_id) else None


def voucher_item(voucher: Voucher, _personal: object = None) -> dict[str, Any]:
    return {
        **(voucher_key(voucher.voucher_id) or {}),
        "amount": voucher.amount,
        "currency": voucher.currency,
        "holder": voucher.holder,
        "code": voucher.code_digest,
        "gateway": voucher.sold_by,
        "account": voucher.account_id,
        "transaction": voucher.transaction,
        "created": voucher.created_at.isoformat(),
        "expires": voucher.expires_at.isoformat(),
        "correlation": voucher.correlation_id,
        "parent": voucher.parent,
        **voucher_changeable(voucher),
    }


def voucher_changeable(voucher: Voucher) -> dict[str, Any]:
    """What may change after creation; None: absent."""
    return {
        **due_index(voucher.voucher_id, voucher.next_step_at),
        "state": str(voucher.state),
        "sequence": voucher.sequence,
        "updated": voucher.updated_at.isoformat(),
        "payment": voucher.payment_id,
        "request": voucher.spent_by,
        "history": history_list(voucher.history),
    }


def voucher_of(item: dict[str, Any]) -> Voucher:
    return Voucher(
        voucher_id=item["pk"],
        amount=item["amount"],
        currency=item["currency"],
        state=VoucherState(item["state"]),
        holder=item["holder"],
        code_digest=item["code"],
        sold_by=item["gateway"],
        account_id=item["account"],
        transaction=item["transaction"],
        created_at=datetime.fromisoformat(item["created"]),
        updated_at=datetime.fromisoformat(item["updated"]),
        expires_at=datetime.fromisoformat(item["expires"]),
        correlation_id=item["correlation"],
        parent=item.get("parent"),
        payment_id=item.get("payment"),
        spent_by=item.get("request"),
        history=history_of(item["history"]),
    )


def holding_key(holder: str) -> dict[str, str]:
    return {"pk": f"HLD#{holder}", "sk": "HEAD"}


def holding_item(holding: Holding, _personal: object = None) -> dict[str, Any]:
    return {**holding_key(holding.holder), **holding_changeable(holding)}


def holding_changeable(holding: Holding) -> dict[str, Any]:
    return {"state": holding.state, "sequence": holding.sequence, "amount": holding.amount}


def holding_of(item: dict[str, Any]) -> Holding:
    return Holding(item["pk"].removeprefix("HLD#"), item["amount"], item["sequence"], item["state"])
