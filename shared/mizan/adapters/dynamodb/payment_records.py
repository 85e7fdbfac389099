"""A payment attempt as an item and back."""

from datetime import datetime
from typing import Any

from mizan.domain.payments import (
    UNDECIDED_STATES,
    Capture,
    Decline,
    Disposition,
    Payment,
    PaymentMethod,
    PaymentState,
)
from mizan.domain.references import parse_payment_id

PENDING_SHARD_COUNT = 4


def payment_key(payment_id: str) -> dict[str, str] | None:
    """Where an attempt is stored; None for what is not a payment id."""
    reference = parse_payment_id(payment_id)
    return {"pk": f"INV#{reference}", "sk": f"PAY#{payment_id}"} if reference else None


def pending_index(payment: Payment) -> dict[str, str]:
    """The sparse index of open outcomes; absent once the outcome is known."""
    if payment.state not in UNDECIDED_STATES:
        return {}
    shard = int(payment.payment_id[-6:]) % PENDING_SHARD_COUNT
    return {"gsi2pk": f"PEND#{shard}", "gsi2sk": f"{payment.created_at.isoformat()}#{payment.payment_id}"}


def mutable_attributes(payment: Payment) -> dict[str, Any]:
    """What an update may change; None removes the attribute."""
    decline, capture = payment.decline, payment.capture
    return {
        "state": str(payment.state),
        "updated": payment.updated_at.isoformat(),
        "next_inquiry": payment.next_inquiry_at.isoformat(),
        "inquiries": payment.inquiry_count,
        "gateway_payment": payment.gateway_payment,
        "redirect": payment.redirect_url,
        "decline": [decline.code, decline.text, decline.text_ar] if decline else None,
        "capture": _capture_list(capture) if capture else None,
        "disposition": str(payment.disposition) if payment.disposition else None,
    }


def payment_item(payment: Payment) -> dict[str, Any]:
    return {
        **(payment_key(payment.payment_id) or {}),
        **pending_index(payment),
        **mutable_attributes(payment),
        "agency": payment.agency,
        "service": payment.service,
        "amount": payment.amount,
        "currency": payment.currency,
        "method": str(payment.method),
        "gateway": payment.gateway,
        "account": payment.account_id,
        "token": payment.account_token,
        "created": payment.created_at.isoformat(),
        "expires": payment.expires_at.isoformat(),
        "identity": payment.identity,
        "fingerprint": payment.fingerprint,
        "correlation": payment.correlation_id,
    }


def payment_of(item: dict[str, Any]) -> Payment:
    disposition = item.get("disposition")
    return Payment(
        payment_id=item["sk"].removeprefix("PAY#"),
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
        inquiry_count=item["inquiries"],
        gateway_payment=item.get("gateway_payment"),
        redirect_url=item.get("redirect"),
        decline=Decline(*item["decline"]) if item.get("decline") else None,
        capture=_capture_of(item["capture"]) if item.get("capture") else None,
        disposition=Disposition(disposition) if disposition else None,
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
