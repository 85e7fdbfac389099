"""Refunds and disputes as items beside their payment, and back. Who gets the money is sealed to its refund."""

import json
from datetime import datetime
from typing import Any

from mizan.adapters.dynamodb.history_records import history_list, history_of
from mizan.adapters.dynamodb.invoice_records import PersonalData
from mizan.adapters.dynamodb.payment_records import due_index
from mizan.domain.disputes import Dispute, DisputeState
from mizan.domain.headroom import Portion
from mizan.domain.payments import Decline, Disposition
from mizan.domain.references import parse_dispute_id, parse_refund_id
from mizan.domain.refunds import Beneficiary, Refund, RefundDestination, RefundState


def refund_key(refund_id: str) -> dict[str, str] | None:
    """Where a refund is stored; None for what is not a refund id."""
    reference = parse_refund_id(refund_id)
    return {"pk": f"INV#{reference}", "sk": f"RFD#{refund_id}"} if reference else None


def refund_item(refund: Refund, personal: PersonalData) -> dict[str, Any]:
    return {
        **(refund_key(refund.refund_id) or {}),
        "payment": refund.payment_id,
        "agency": refund.agency,
        "portion": portion_list(refund.portion),
        "currency": refund.currency,
        "destination": str(refund.destination),
        "reason": refund.reason,
        "maker": refund.maker,
        "created": refund.created_at.isoformat(),
        "identity": refund.identity,
        "fingerprint": refund.fingerprint,
        "correlation": refund.correlation_id,
        "beneficiary": _sealed(refund.beneficiary, refund.refund_id, personal),
        **refund_changeable(refund),
    }


def refund_changeable(refund: Refund) -> dict[str, Any]:
    """What may change after creation; None: absent."""
    decline = refund.decline
    return {
        **due_index(refund.refund_id, refund.next_step_at),
        "state": str(refund.state),
        "sequence": refund.sequence,
        "updated": refund.updated_at.isoformat(),
        "next_inquiry": refund.next_inquiry_at.isoformat(),
        "inquiries": refund.inquiry_count,
        "checker": refund.checker,
        "sent": _iso(refund.sent_at),
        "expires": _iso(refund.expires_at),
        "code": refund.code_digest,
        "transaction": refund.transaction,
        "decline": [decline.code, decline.text, decline.text_ar] if decline else None,
        "history": history_list(refund.history),
    }


def refund_of(item: dict[str, Any], personal: PersonalData) -> Refund:
    refund_id = item["sk"].removeprefix("RFD#")
    return Refund(
        refund_id=refund_id,
        payment_id=item["payment"],
        payment_reference=item["pk"].removeprefix("INV#"),
        agency=item["agency"],
        portion=portion_of(item["portion"]),
        currency=item["currency"],
        destination=RefundDestination(item["destination"]),
        state=RefundState(item["state"]),
        reason=item["reason"],
        maker=item["maker"],
        created_at=datetime.fromisoformat(item["created"]),
        updated_at=datetime.fromisoformat(item["updated"]),
        next_inquiry_at=datetime.fromisoformat(item["next_inquiry"]),
        identity=item["identity"],
        fingerprint=item["fingerprint"],
        correlation_id=item["correlation"],
        beneficiary=_opened(item.get("beneficiary"), refund_id, personal),
        checker=item.get("checker"),
        inquiry_count=item["inquiries"],
        sent_at=_instant(item.get("sent")),
        expires_at=_instant(item.get("expires")),
        code_digest=item.get("code"),
        transaction=item.get("transaction"),
        decline=Decline(*item["decline"]) if item.get("decline") else None,
        history=history_of(item["history"]),
    )


def dispute_key(dispute_id: str) -> dict[str, str] | None:
    """Where a dispute is stored; None for what is not a dispute id."""
    reference = parse_dispute_id(dispute_id)
    return {"pk": f"INV#{reference}", "sk": f"DSP#{dispute_id}"} if reference else None


def dispute_item(dispute: Dispute) -> dict[str, Any]:
    return {
        **(dispute_key(dispute.dispute_id) or {}),
        "payment": dispute.payment_id,
        "agency": dispute.agency,
        "portions": [portion_list(portion) for portion in dispute.portions],
        "currency": dispute.currency,
        "case": dispute.case_number,
        "reason": dispute.reason,
        "maker": dispute.maker,
        "created": dispute.created_at.isoformat(),
        "respond_by": dispute.respond_by.isoformat(),
        "identity": dispute.identity,
        "fingerprint": dispute.fingerprint,
        "correlation": dispute.correlation_id,
        **dispute_changeable(dispute),
    }


def dispute_changeable(dispute: Dispute) -> dict[str, Any]:
    return {
        "state": str(dispute.state),
        "sequence": dispute.sequence,
        "updated": dispute.updated_at.isoformat(),
        "evidence": list(dispute.evidence) or None,
        "history": history_list(dispute.history),
    }


def dispute_of(item: dict[str, Any]) -> Dispute:
    return Dispute(
        dispute_id=item["sk"].removeprefix("DSP#"),
        payment_id=item["payment"],
        payment_reference=item["pk"].removeprefix("INV#"),
        agency=item["agency"],
        portions=tuple(portion_of(values) for values in item["portions"]),
        currency=item["currency"],
        state=DisputeState(item["state"]),
        case_number=item["case"],
        reason=item["reason"],
        maker=item["maker"],
        created_at=datetime.fromisoformat(item["created"]),
        updated_at=datetime.fromisoformat(item["updated"]),
        respond_by=datetime.fromisoformat(item["respond_by"]),
        identity=item["identity"],
        fingerprint=item["fingerprint"],
        correlation_id=item["correlation"],
        evidence=tuple(item.get("evidence", ())),
        history=history_of(item["history"]),
    )


def portion_list(portion: Portion) -> list[Any]:
    return [portion.reference, str(portion.disposition), portion.amount]


def portion_of(values: list[Any]) -> Portion:
    reference, disposition, amount = values
    return Portion(reference, Disposition(disposition), amount)


def _sealed(beneficiary: Beneficiary | None, refund_id: str, personal: PersonalData) -> bytes | None:
    if beneficiary is None:
        return None
    content = [beneficiary.name, beneficiary.iban, beneficiary.identifier]
    return personal.seal(json.dumps(content, ensure_ascii=False).encode(), refund_id)


def _opened(sealed: bytes | None, refund_id: str, personal: PersonalData) -> Beneficiary | None:
    return Beneficiary(*json.loads(personal.open(sealed, refund_id))) if sealed else None


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
