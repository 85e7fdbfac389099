"""A payment attempt as an item and back; whoever pays for another is sealed."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from mizan.adapters.dynamodb.history_records import history_list, history_of
from mizan.adapters.dynamodb.invoice_records import PersonalData
from mizan.domain.fees import Fee, FeeBearer
from mizan.domain.invoices import Customer
from mizan.domain.payments import (
    Capture,
    Decline,
    Disposition,
    Payment,
    PaymentLine,
    PaymentMethod,
    PaymentState,
    Share,
)
from mizan.domain.references import parse_payment_id

PENDING_SHARD_COUNT = 8


def payment_key(payment_id: str) -> dict[str, str] | None:
    """Where an attempt is stored; None for what is not a payment id."""
    reference = parse_payment_id(payment_id)
    return {"pk": f"INV#{reference}", "sk": f"PAY#{payment_id}"} if reference else None


def due_index(own_id: str, due_at: datetime | None) -> dict[str, str | None]:
    """The sparse index of what the platform has to see to by itself, by when; absent where there is nothing.

    A confirming inquiry keeps the place of the one that was due: settling writes no index.
    """
    if due_at is None:
        return {"gsi2pk": None, "gsi2sk": None}
    shard = int(own_id[-6:]) % PENDING_SHARD_COUNT
    return {"gsi2pk": f"PEND#{shard}", "gsi2sk": f"{due_at.isoformat()}#{own_id}"}


def payment_changeable(payment: Payment) -> dict[str, Any]:
    """What may change after creation; None: absent."""
    decline, capture = payment.decline, payment.capture
    return {
        **due_index(payment.payment_id, payment.next_step_at),
        "gateway": payment.gateway,
        "account": payment.account_id,
        "token": payment.account_token,
        "state": str(payment.state),
        "sequence": payment.sequence,
        "updated": payment.updated_at.isoformat(),
        "next_inquiry": payment.next_inquiry_at.isoformat(),
        "inquiries": payment.inquiry_count,
        "gateway_payment": payment.gateway_payment,
        "redirect": payment.redirect_url,
        "decline": [decline.code, decline.text, decline.text_ar] if decline else None,
        "capture": _capture_list(capture) if capture else None,
        "final": payment.is_final or None,
        "recheck": payment.is_rechecked or None,
        "lines": [_line_list(line) for line in payment.lines],
        "history": history_list(payment.history),
    }


def payment_item(payment: Payment, personal: PersonalData) -> dict[str, Any]:
    return {
        **(payment_key(payment.payment_id) or {}),
        "agency": payment.agency,
        "service": payment.service,
        "amount": payment.amount,
        "currency": payment.currency,
        "method": str(payment.method),
        "created": payment.created_at.isoformat(),
        "expires": payment.expires_at.isoformat(),
        "identity": payment.identity,
        "fingerprint": payment.fingerprint,
        "correlation": payment.correlation_id,
        "rounding": payment.rounding or None,
        "payer": _sealed_payer(payment, personal) if payment.payer else None,
        **payment_changeable(payment),
    }


def payment_of(item: dict[str, Any], personal: PersonalData) -> Payment:
    payment_id = item["sk"].removeprefix("PAY#")
    return Payment(
        payment_id=payment_id,
        reference=item["pk"].removeprefix("INV#"),
        agency=item["agency"],
        service=item["service"],
        amount=item["amount"],
        currency=item["currency"],
        method=PaymentMethod(item["method"]),
        gateway=item["gateway"],
        account_id=item["account"],
        account_token=item["token"],
        state=PaymentState(item["state"]),
        created_at=datetime.fromisoformat(item["created"]),
        updated_at=datetime.fromisoformat(item["updated"]),
        expires_at=datetime.fromisoformat(item["expires"]),
        next_inquiry_at=datetime.fromisoformat(item["next_inquiry"]),
        identity=item["identity"],
        fingerprint=item["fingerprint"],
        correlation_id=item["correlation"],
        lines=tuple(_line_of(values) for values in item["lines"]),
        inquiry_count=item["inquiries"],
        gateway_payment=item.get("gateway_payment"),
        redirect_url=item.get("redirect"),
        decline=Decline(*item["decline"]) if item.get("decline") else None,
        capture=_capture_of(item["capture"]) if item.get("capture") else None,
        is_final=item.get("final", False),
        is_rechecked=item.get("recheck", False),
        history=history_of(item["history"]),
        rounding=item.get("rounding", 0),
        payer=Customer(**json.loads(personal.open(item["payer"], payment_id))) if item.get("payer") else None,
    )


def _sealed_payer(payment: Payment, personal: PersonalData) -> bytes:
    values = (
        {name: value for name, value in asdict(payment.payer).items() if value is not None} if payment.payer else {}
    )
    return personal.seal(json.dumps(values, ensure_ascii=False).encode(), payment.payment_id)


def _line_list(line: PaymentLine) -> list[Any]:
    return [
        line.reference,
        line.agency,
        line.service,
        line.amount,
        line.discharge,
        line.valid_until.isoformat(),
        line.plan,
        line.leg,
        line.discharged,
        [_share_list(share) for share in line.shares],
        *([_fee_list(line.fee)] if line.fee else []),
    ]


def _fee_list(fee: Fee) -> list[Any]:
    return [fee.amount, fee.vat, str(fee.bearer)]


def _share_list(share: Share) -> list[Any]:
    """Without the empty end: most shares are whole and free."""
    values: list[Any] = [
        str(share.disposition), share.amount, share.left, share.reserved, share.is_dormant, share.elsewhere
    ]  # fmt: skip
    while not values[-1] and len(values) > 3:  # noqa: PLR2004  # the first three are always there
        values.pop()
    return values


def _line_of(values: list[Any]) -> PaymentLine:
    reference, agency, service, amount, discharge, valid_until, plan, leg, discharged, shares, *fees = values
    return PaymentLine(
        reference=reference,
        agency=agency,
        service=service,
        amount=amount,
        discharge=discharge,
        valid_until=datetime.fromisoformat(valid_until),
        plan=plan,
        leg=leg,
        discharged=discharged,
        shares=tuple(Share(Disposition(kind), *rest) for kind, *rest in shares),
        fee=Fee(fees[0][0], fees[0][1], FeeBearer(fees[0][2])) if fees else None,
    )


def _capture_list(capture: Capture) -> list[Any]:
    return [
        capture.amount,
        capture.currency,
        capture.transaction,
        capture.gateway_payment,
        capture.rrn,
        capture.auth_code,
        capture.captured_at.isoformat(),
    ]


def _capture_of(values: list[Any]) -> Capture:
    amount, currency, transaction, gateway_payment, rrn, auth_code, captured_at = values
    return Capture(amount, currency, transaction, gateway_payment, rrn, auth_code, datetime.fromisoformat(captured_at))
