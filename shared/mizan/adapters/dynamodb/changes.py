"""Everything that has a state and a history, as one put when it is new and one conditional update ever after.

An update writes the attributes that differ, under the state and the sequence as seen (and the count of inquiries where
there is one): two writers who saw the same thing cannot both win.
"""

from typing import Any

from mizan.adapters.dynamodb.invoice_records import (
    PersonalData,
    head_key,
    invoice_changeable,
    invoice_item,
    sealed_customer,
)
from mizan.adapters.dynamodb.items import pack
from mizan.adapters.dynamodb.payment_records import payment_changeable, payment_item, payment_key
from mizan.adapters.dynamodb.refund_records import (
    dispute_changeable,
    dispute_item,
    dispute_key,
    refund_changeable,
    refund_item,
    refund_key,
)
from mizan.application.ports_books import Record
from mizan.domain.disputes import Dispute
from mizan.domain.invoices import Invoice, InvoiceEvent
from mizan.domain.payments import Payment

IS_NEW = "attribute_not_exists(pk)"
IS_AS_SEEN = "#state = :seen_state AND #sequence = :seen_sequence"
IS_ASKED_AS_SEEN = "#state = :seen_state AND #sequence = :seen_sequence AND #inquiries = :seen_inquiries"


def creation(record: Record, personal: PersonalData) -> dict[str, Any]:
    """The arguments of a `Put` that stores a new record."""
    return {"Item": pack(_item_of(record, personal)), "ConditionExpression": IS_NEW}


def change(before: Record, after: Record, personal: PersonalData) -> dict[str, Any]:
    """The arguments of an `Update` from `before` to `after`. The sequence is written always: an expression that sets
    nothing, where attributes only go, is none.
    """
    old, new = _changeable_of(before, personal), _changeable_of(after, personal)
    if isinstance(before, Invoice) and isinstance(after, Invoice) and before.customer != after.customer:
        new["customer"] = sealed_customer(after, personal)
    changed = {name: value for name, value in new.items() if value is not None and value != old.get(name)}
    changed["sequence"] = after.sequence
    removed = [name for name, value in new.items() if value is None and old.get(name) is not None]
    seen = {":seen_state": str(before.state), ":seen_sequence": before.sequence}
    is_asked = not isinstance(before, Invoice | Dispute)
    if not isinstance(before, Invoice | Dispute):
        seen[":seen_inquiries"] = before.inquiry_count
    named = {*changed, *removed, "state", "sequence"} | ({"inquiries"} if is_asked else set())
    sets = ", ".join(f"#{name} = :{name}" for name in changed)
    removes = f" REMOVE {', '.join(f'#{name}' for name in removed)}" if removed else ""
    return {
        "Key": pack(key_of(before)),
        "UpdateExpression": f"SET {sets}{removes}",
        "ConditionExpression": IS_ASKED_AS_SEEN if is_asked else IS_AS_SEEN,
        "ExpressionAttributeNames": {f"#{name}": name for name in sorted(named)},
        "ExpressionAttributeValues": pack({f":{name}": value for name, value in changed.items()} | seen),
    }


def kept_revision(before: Invoice, after: Invoice, personal: PersonalData) -> dict[str, Any] | None:
    """The head as it was before an amendment, for the audit and for replays of its creation; None for other changes."""
    events = {entry.event for entry in after.history[before.sequence :]}
    if InvoiceEvent.AMEND not in events:
        return None
    item = invoice_item(before, personal) | {"sk": f"REV#{before.sequence:04d}", "gsi1pk": None, "gsi1sk": None}
    return {"Item": pack(item), "ConditionExpression": IS_NEW}


def key_of(record: Record) -> dict[str, str]:
    """Raises ValueError on a record whose id is none of ours."""
    if isinstance(record, Invoice):
        return head_key(record.reference)
    if isinstance(record, Payment):
        key = payment_key(record.payment_id)
    elif isinstance(record, Dispute):
        key = dispute_key(record.dispute_id)
    else:
        key = refund_key(record.refund_id)
    if key is None:
        raise ValueError("a record under an id that is none of ours")
    return key


def _item_of(record: Record, personal: PersonalData) -> dict[str, Any]:
    if isinstance(record, Invoice):
        return invoice_item(record, personal)
    if isinstance(record, Payment):
        return payment_item(record, personal)
    return dispute_item(record) if isinstance(record, Dispute) else refund_item(record, personal)


def _changeable_of(record: Record, personal: PersonalData) -> dict[str, Any]:
    if isinstance(record, Invoice):
        return invoice_changeable(record)
    if isinstance(record, Payment):
        return payment_changeable(record)
    return dispute_changeable(record) if isinstance(record, Dispute) else refund_changeable(record)
