"""A suspense case as an item beside its attempt, and back. Who sent the money and what they wrote is sealed to it."""

import hashlib
import json
from datetime import datetime
from typing import Any

from mizan.adapters.dynamodb.history_records import history_list, history_of
from mizan.adapters.dynamodb.invoice_records import PersonalData
from mizan.domain.incoming_credits import Remitter
from mizan.domain.references import parse_payment_id
from mizan.domain.suspense import (
    Proposal,
    ProposalKind,
    SuspenseCase,
    SuspenseReason,
    SuspenseState,
    payment_id_of,
)

STATE_SHARD_COUNT = 4
"""Partitions of each state's listing: cases are few, but a bank's file may bring hundreds at once."""


def case_key(case_id: str) -> dict[str, str] | None:
    """Where a case is stored; None for what is not a case's id."""
    reference = parse_payment_id(payment_id_of(case_id)) if case_id.startswith("sus_") else None
    return {"pk": f"INV#{reference}", "sk": f"SUS#{case_id}"} if reference else None


def state_partition(state: SuspenseState, shard: int) -> str:
    return f"SUS#{state}#{shard}"


def case_item(case: SuspenseCase, personal: PersonalData) -> dict[str, Any]:
    told = [case.remitter.name, case.remitter.iban, case.remittance]
    return {
        **(case_key(case.case_id) or {}),
        "reference": case.reference,
        "agency": case.agency,
        "gateway": case.gateway,
        "amount": case.amount,
        "currency": case.currency,
        "reason": str(case.reason),
        "paid": case.paid_at.isoformat(),
        "created": case.created_at.isoformat(),
        "told": personal.seal(json.dumps(told, ensure_ascii=False).encode(), case.case_id) if any(told) else None,
        **case_changeable(case),
    }


def case_changeable(case: SuspenseCase) -> dict[str, Any]:
    """What may change after creation; None: absent."""
    proposal = case.proposal
    shard = int(hashlib.sha256(case.case_id.encode()).hexdigest()[:8], 16) % STATE_SHARD_COUNT
    return {
        "gsi1pk": state_partition(case.state, shard),
        "gsi1sk": f"{case.created_at.isoformat()}#{case.case_id}",
        "state": str(case.state),
        "sequence": case.sequence,
        "updated": case.updated_at.isoformat(),
        "proposal": [str(proposal.kind), proposal.target, proposal.maker] if proposal else None,
        "checker": case.checker,
        "allocated_to": case.allocated_to,
        "history": history_list(case.history),
    }


def case_of(item: dict[str, Any], personal: PersonalData) -> SuspenseCase:
    case_id = item["sk"].removeprefix("SUS#")
    name, iban, remittance = json.loads(personal.open(item["told"], case_id)) if item.get("told") else ("", "", "")
    return SuspenseCase(
        case_id=case_id,
        payment_id=payment_id_of(case_id),
        reference=item["reference"],
        agency=item["agency"],
        gateway=item["gateway"],
        amount=item["amount"],
        currency=item["currency"],
        reason=SuspenseReason(item["reason"]),
        state=SuspenseState(item["state"]),
        paid_at=datetime.fromisoformat(item["paid"]),
        created_at=datetime.fromisoformat(item["created"]),
        updated_at=datetime.fromisoformat(item["updated"]),
        remitter=Remitter(name, iban),
        remittance=remittance,
        proposal=_proposal_of(item.get("proposal")),
        checker=item.get("checker"),
        allocated_to=item.get("allocated_to"),
        history=history_of(item["history"]),
    )


def _proposal_of(values: list[str] | None) -> Proposal | None:
    return Proposal(ProposalKind(values[0]), values[1], values[2]) if values else None
